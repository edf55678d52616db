from __future__ import annotations

import datetime as dt

import pytest

from stageprint.config.pipeline import PipelineConfig
from stageprint.model import TableKey
from stageprint.report.html import data
from stageprint.report.html.data import load_report
from tests.support.report import Store


def test_a_report_ends_with_its_run(store: Store, config: PipelineConfig) -> None:
    now = dt.datetime(2026, 1, 2, 3, 4, tzinfo=dt.timezone.utc)
    loaded = load_report(config, store, "2013-05", version="1.0", now=now)
    assert loaded.runs == ("2013-04", "2013-05")
    assert loaded.run["run_id"] == "2013-05"
    assert {row["run_id"] for row in loaded.tables} == set(loaded.runs)
    assert [finding["finding_id"] for finding in loaded.findings] == ["f1", "f2"]
    assert [stage.name for stage in loaded.stages] == ["raw", "training", "monthly"]
    assert loaded.stages[2].upstream == ("raw", "training")
    assert loaded.compared == {"columns": 131, "tables": 11, "baseline": "auto"}
    assert (loaded.others, loaded.written_at, store.asked) == ((), now, [None, None])
    assert {row["run_id"] for row in loaded.details} == {"2013-04", "2013-05"}
    # The texts of a column are read of the report's run alone.
    assert {row["run_id"] for row in loaded.columns if "min_text" in row} == {"2013-05"}
    assert {row["run_id"] for row in loaded.columns if "null_share" in row} == {"2013-04", "2013-05"}


def test_only_the_newest_runs_are_drawn(store: Store, config: PipelineConfig) -> None:
    store.run_rows = [{"run_id": f"r{n:03}", "tables_profiled": 1, "tables_failed": 0} for n in range(100)]
    loaded = load_report(config, store, "r050", version="1.0")
    assert (len(loaded.runs), loaded.runs[-1]) == (data.MAX_RUNS_SHOWN, "r050")
    assert loaded.written_at.tzinfo is dt.timezone.utc


def test_of_a_very_wide_pipeline_only_tables_with_findings_are_listed(
    store: Store, config: PipelineConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(data, "MAX_COLUMNS_SHOWN", 5)
    loaded = load_report(config, store, "2013-05", version="1.0")
    assert store.asked == [[TableKey("raw", "orders")]] * 2 + [None]
    assert {row["table"] for row in (*loaded.columns, *loaded.details)} == {"orders"}
    assert {(row["run_id"], row["table"]) for row in loaded.others} == {("2013-05", "matrix"), ("2013-05", "log")}
    assert len(loaded.others) == 8
