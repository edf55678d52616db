"""`stageprint init` on the demo's data: keys, foreign keys and event times are right, planted faults are found."""

from __future__ import annotations

from typing import Final

import pandas as pd
import pytest

from scripts.demo.frames import write_parquet
from scripts.demo.layout import table_path
from stageprint.config.loader import load_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.local.engine import LocalEngine
from stageprint.model import Finding
from stageprint.onboarding import draft_config
from stageprint.pipeline.compare import compare
from stageprint.pipeline.profile import profile
from stageprint.stores.memory import MemoryStore
from tests.demo.test_demo_stages import run_of

RUNS: Final = ("2013-03", "2013-04", "2013-05", "2013-06", "2013-07")
LOST, MOVED = "2013-06", "2013-07"
"""The run in which the join loses rows, and that in which times are in another zone: the faults of README's demo."""

FLIGHTS: Final = ("carrier", "flight", "time_hour")
"""Identifies a flight, see chapter 19 of *R for Data Science*; the demo's own configuration names six columns."""

KEYS: Final = {
    "raw.flights": FLIGHTS,
    "raw.weather": ("origin", "time_hour"),
    "raw.planes": ("tailnum",),
    "raw.airports": ("faa",),
    "raw.airlines": ("carrier",),
    "joined.flights_joined": FLIGHTS,
    "features.flight_features": FLIGHTS,
    "training.training_set": FLIGHTS,
    "evaluation.evaluation_set": FLIGHTS,
    "serving.serving_log": FLIGHTS,
    "predictions.predictions": FLIGHTS,
}
REFERENCES: Final = {
    ("raw.flights", "carrier"): "raw.airlines.carrier",
    ("raw.flights", "tailnum"): "raw.planes.tailnum",
    ("raw.flights", "origin"): "raw.airports.faa",
    ("raw.flights", "dest"): "raw.airports.faa",
    ("raw.weather", "origin"): "raw.airports.faa",
}
"""The relations that the documentation of nycflights13 draws, but for the pair of columns from flights to weather."""

UPSTREAM: Final = {
    "raw": (),
    "joined": ("raw",),
    "features": ("joined",),
    "training": ("features",),
    "evaluation": ("features",),
    "serving": ("raw",),
    "predictions": ("serving",),
}
WITHOUT_TIME: Final = {"raw.planes", "raw.airports", "raw.airlines"}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> PipelineConfig:
    root = tmp_path_factory.mktemp("demo")
    for run in RUNS:
        for stage, tables in run_of(run).stages.items():
            for name, table in tables.items():
                write_parquet(_faulty(run, stage, name, table), table_path(root / "data", run, stage, name))
    draft = draft_config(str(root / "data"), str(root / "demo.yml"), pipeline="demo")
    (root / "demo.yml").write_text(draft.text, "utf-8")
    return load_config(root / "demo.yml")


def _faulty(run: str, stage: str, name: str, table: pd.DataFrame) -> pd.DataFrame:
    if run == LOST and stage == "joined":
        return table[table["engines"].notna()].reset_index(drop=True)
    if run == MOVED and name not in {"weather", "planes", "airports", "airlines"}:
        return table.assign(time_hour=table["time_hour"] - pd.Timedelta(hours=4))
    return table


def test_keys_foreign_keys_and_times_are_right(config: PipelineConfig) -> None:
    tables = {f"{stage.name}.{table.name}": table for stage, table in config.select()}
    assert {name: table.keys for name, table in tables.items()} == KEYS
    found = {(name, column): to for name, table in tables.items() for column, to in table.references.items()}
    assert found == REFERENCES
    assert {name for name, table in tables.items() if table.event_time is None} == WITHOUT_TIME
    assert {table.event_time for table in tables.values()} == {None, "time_hour"}


def test_stages_are_in_their_order_with_their_roles(config: PipelineConfig) -> None:
    assert {stage.name: stage.upstream for stage in config.stages} == UPSTREAM
    roles = {stage.name: stage.role for stage in config.stages if stage.role is not None}
    assert set(roles) == {"training", "evaluation", "serving", "predictions"}
    assert all(name == role for name, role in roles.items())


def test_the_runs_are_recognised(config: PipelineConfig) -> None:
    assert LocalEngine().list_runs(config) == list(RUNS)


def test_what_it_writes_finds_the_planted_faults(config: PipelineConfig) -> None:
    store = MemoryStore(config.pipeline)
    assert not profile(config, RUNS, engine=LocalEngine(1), store=store).failed
    found = [one for one in compare(config, RUNS, store=store).findings if one.severity.value == "critical"]
    planted = {
        (LOST, "join_lost_rows", "joined.flights_joined"),
        (MOVED, "wrong_timezone", "raw.flights.time_hour"),
    }
    briefs = {_brief(one) for one in found}
    assert briefs >= planted
    assert len(briefs) <= len(planted) + 1  # a third of the flights makes small tables, in which nulls come in lumps


def _brief(finding: Finding) -> tuple[str, str, str]:
    return finding.run_id, finding.cause, str(finding.origin)
