"""The first look belongs to the run that first profiled a table, and to nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stageprint.config.loader import build_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.local.engine import LocalEngine
from stageprint.model.finding import FINDING_KEYS
from stageprint.model.result_tables import FINDINGS
from stageprint.pipeline.compare import compare
from stageprint.pipeline.first_look import first_look
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.stores.memory import MemoryStore

RUNS = ("2026-03-01", "2026-03-02", "2026-03-03")
CITIES = ["Oslo"] * 60 + ["oslo"] * 40


def write(root: Path, run: str, table: str, columns: Mapping[str, Any]) -> None:
    (root / run).mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(dict(columns)), root / run / f"{table}.parquet")


@pytest.fixture
def config(tmp_path: Path) -> PipelineConfig:
    def table(name: str, **more: Any) -> dict[str, Any]:
        source = {"format": "parquet", "path": f"{tmp_path}/{{run_id}}/{name}.parquet"}
        return {"name": name, "source": source, "optional": True, **more}

    for run in RUNS:
        write(tmp_path, run, "orders", {"id": [1, 1, *range(98)], "city": CITIES, "secret": CITIES})
        write(tmp_path, run, "features", {"city": CITIES})
    write(tmp_path, RUNS[1], "late", {"x": pa.nulls(50, pa.int64())})
    stages = [
        {"name": "features", "upstream": ["raw"], "tables": [table("features")]},
        {
            "name": "raw",
            "tables": [table("orders", keys=["id"], columns={"sensitive": {"secret": "off"}}), table("late")],
        },
    ]
    return build_config({"pipeline": "p", "store": "s", "stages": stages})


@pytest.fixture
def store(config: PipelineConfig) -> MemoryStore:
    store = MemoryStore("p")
    profile(config, RUNS, engine=LocalEngine(1), store=store)
    return store


def said(config: PipelineConfig, store: MemoryStore, runs: Sequence[str]) -> list[tuple[str, str, str, str | None]]:
    found = first_look(config, store, Results(store).run_ids(), runs)
    return [(row["run_id"], row["cause"], row["table"], row["column"]) for row in found]


def test_each_table_is_told_with_its_first_run_only(config: PipelineConfig, store: MemoryStore) -> None:
    first = [
        ("2026-03-01", "near_duplicate_labels", "orders", "city"),
        ("2026-03-01", "repeated_key", "orders", None),
    ]
    late = [("2026-03-02", "only_nulls", "late", "x")]
    assert said(config, store, RUNS[:1]) == first
    assert said(config, store, RUNS[1:2]) == late
    assert said(config, store, RUNS[2:]) == []
    assert said(config, store, RUNS) == [*first, *late]


def test_copies_in_later_stages_stand_beside_the_origin(config: PipelineConfig, store: MemoryStore) -> None:
    (labels, _) = first_look(config, store, RUNS, RUNS[:1])
    assert labels["stage"] == "raw"
    assert labels["explains"] == ["features.features.city"]


def test_it_has_the_keys_of_findings_and_reviews_only(config: PipelineConfig, store: MemoryStore) -> None:
    for row in first_look(config, store, RUNS, RUNS):
        assert tuple(row) == FINDING_KEYS
        assert (row["severity"], row["class"], row["told_once"]) == ("review", "first look", True)
        assert row["sentence"].startswith(f"{row['stage']}.{row['table']}")
    again = first_look(config, store, RUNS, RUNS)
    assert [row["finding_id"] for row in again] == [row["finding_id"] for row in first_look(config, store, RUNS, RUNS)]


def test_no_comparison_knows_of_it(config: PipelineConfig, store: MemoryStore) -> None:
    outcome = compare(config, RUNS[:1], store=store)
    assert "first look" not in {finding.finding_class for finding in outcome.findings}
    stored = store.read(FINDINGS).to_pylist()
    assert not {row["cause"] for row in stored} & {"near_duplicate_labels", "repeated_key", "only_nulls"}


def test_a_failed_profile_is_no_first_one(config: PipelineConfig, tmp_path: Path) -> None:
    (tmp_path / RUNS[0] / "orders.parquet").write_bytes(b"no parquet")
    store = MemoryStore("p")
    profile(config, RUNS, engine=LocalEngine(1), store=store)
    assert ("2026-03-02", "repeated_key", "orders", None) in said(config, store, RUNS)
    assert not [one for one in said(config, store, RUNS[:1]) if one[2] == "orders"]


def test_a_table_that_the_configuration_no_longer_has_is_still_told(config: PipelineConfig, store: MemoryStore) -> None:
    fewer = config.model_copy(update={"stages": config.stages[1:]})
    found = {row["table"] for row in first_look(fewer, store, RUNS, RUNS[:1])}
    assert found >= {"orders"}
