"""The queries for the rows of the demo's own findings: they return the rows in which the faults are, and as many."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd
import pytest

from scripts.demo.incidents.plan import parse_all
from scripts.demo.layout import DELTA_STAGES, EVENT_TIME, KEYS, table_path
from scripts.demo.pandas_stages import PandasStages
from scripts.demo.pipeline import Pipeline
from scripts.demo.sources import load_source
from stageprint.config.loader import parse_config
from stageprint.engines.local.engine import LocalEngine
from stageprint.pipeline.compare import compare
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.report.faulty_rows import FaultyRows, RowQuery
from stageprint.stores.memory import MemoryStore
from tests.support.row_queries import rows_of

CONF: Final = Path(__file__).resolve().parents[2] / "conf" / "nycflights.yml"


@dataclass(frozen=True)
class Part:
    """Some stages of some months of the demo, with the faults that it plants there, compared.

    Attributes:
        folder: Where they were built.
        run: The last month.
        results: What was found.
        about: The queries for the rows of the last month's findings.
    """

    folder: Path
    run: str
    results: Results
    about: FaultyRows

    def frame(self, stage: str, table: str) -> pd.DataFrame:
        """Return a table of the last month."""
        path = table_path(self.folder, self.run, stage, table)
        return PandasStages().read(path) if stage in DELTA_STAGES else pd.read_parquet(path)

    def query(self, cause: str, place: str) -> RowQuery | None:
        """Return the query for the rows of a finding of the last month."""
        found: list[dict[str, Any]] = self.results.findings(self.run)
        (one,) = [row for row in found if row["cause"] == cause and f"{row['stage']}.{row['table']}" == place]
        return self.about.of(one)


def _part(
    monkeypatch: pytest.MonkeyPatch, folder: Path, stages: Sequence[str], tables: Sequence[str], runs: Sequence[str]
) -> Part:
    monkeypatch.setattr("scripts.demo.pipeline.STAGES", tuple(stages))
    Pipeline(PandasStages(), load_source(), folder, parse_all(None, runs)).make(runs)
    config = parse_config(CONF.read_text("utf-8").replace("build/demo/data", str(folder)))
    store = MemoryStore(config.pipeline)
    done = profile(config, runs, engine=LocalEngine(), store=store, stages=stages, tables=tables)
    assert done.exit_status == 0
    compare(config, runs, store=store)
    results, last = Results(store), runs[-1]
    return Part(folder, last, results, FaultyRows(config, results.table_rows([last]), results.column_rows([last])))


def _keys(frame: pd.DataFrame) -> set[tuple[Any, ...]]:
    return set(frame[KEYS].itertuples(index=False, name=None))


def test_the_flights_that_june_s_join_lost(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    months = ["2013-03", "2013-04", "2013-05", "2013-06"]
    june = _part(monkeypatch, tmp_path, ["raw", "joined"], ["flights", "planes", "flights_joined"], months)
    query = june.query("join_lost_rows", "joined.flights_joined")
    assert query is not None
    flights, joined = june.frame("raw", "flights"), june.frame("joined", "flights_joined")
    returned = rows_of({"flights": flights, "flights_joined": joined}, query.sql)
    # The fault makes the join of the planes an inner one.
    lost = flights[~flights["tailnum"].isin(june.frame("raw", "planes")["tailnum"])]
    assert set(returned) == _keys(lost)
    assert (len(returned), query.expected, query.margin, query.usual) == (len(lost), len(lost), 0, 0)


def test_no_query_tells_october_s_hours_since_all_of_them_moved(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    months = ["2013-07", "2013-08", "2013-09", "2013-10"]
    october = _part(monkeypatch, tmp_path, ["raw"], ["flights"], months)
    assert october.query("wrong_timezone", "raw.flights") is None


def test_the_flights_that_december_s_weather_lacks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    months = ["2013-09", "2013-11", "2013-12"]
    december = _part(monkeypatch, tmp_path, ["raw", "serving"], ["flights", "weather", "serving_log"], months)
    query = december.query("join_lost_rows", "serving.serving_log")
    assert query is not None
    served, weather = december.frame("serving", "serving_log"), december.frame("raw", "weather")
    returned = rows_of({"serving_log": served}, query.sql)
    hours = pd.MultiIndex.from_frame(weather[["origin", EVENT_TIME]])
    unmatched = served[~pd.MultiIndex.from_frame(served[["origin", EVENT_TIME]]).isin(hours)]
    assert len(unmatched) > 500
    assert len(set(returned) & _keys(unmatched)) >= 0.95 * len(returned)
    assert len(returned) == query.expected
