"""Which runs and tables are beyond the limits."""

from __future__ import annotations

import datetime as dt

import pytest

from stageprint.config.retention import Keep, RetentionSettings, TableRetention
from stageprint.model import TableKey
from stageprint.pipeline.retention import StoredRun, decide_runs, decide_tables

NOW = dt.datetime(2026, 3, 31, tzinfo=dt.timezone.utc)
ORDERS, FEATURES = TableKey("raw", "orders"), TableKey("features", "order_features")


def stored(ages: list[int], merged: bool = False) -> list[StoredRun]:
    """Return a run profiled so many days ago, for each age; its name is the age."""
    return [StoredRun(str(age), merged, NOW - dt.timedelta(days=age)) for age in ages]


def removed(runs: list[StoredRun], keep: Keep) -> list[str]:
    return [run.run_id for run in decide_runs(runs, keep, {}, NOW) if run.removed]


@pytest.mark.parametrize(
    ("keep", "gone"),
    [
        (Keep(), []),
        (Keep(keep_runs=2), ["40", "30"]),
        (Keep(keep_days=30), ["40"]),
        (Keep(keep_runs=1, keep_days=30), ["40"]),
        (Keep(keep_runs=4, keep_days=1), []),
        (Keep(keep_runs=9), []),
    ],
)
def test_a_run_goes_only_if_no_limit_keeps_it(keep: Keep, gone: list[str]) -> None:
    assert removed(stored([40, 30, 2, 1]), keep) == gone


def test_merged_runs_are_counted_apart() -> None:
    runs = [*stored([40, 30]), *stored([25, 20], merged=True), *stored([2, 1])]
    assert removed(runs, Keep(keep_runs=2)) == ["40", "30"]


def test_a_run_of_unknown_age_is_kept_by_a_limit_of_days() -> None:
    assert removed([StoredRun("a", False, None)], Keep(keep_days=1)) == []


def test_a_protected_run_stays_and_says_why_unless_asked() -> None:
    runs, why = stored([40, 30, 1]), {"40": "it is marked as bad: test data"}
    kept, gone = decide_runs(runs, Keep(keep_runs=1), why, NOW)
    assert (kept.run_id, kept.removed, kept.reason) == ("40", False, "it is marked as bad: test data")
    assert (gone.run_id, gone.removed, gone.reason) == ("30", True, "not among the newest 1 runs")
    asked = decide_runs(runs, Keep(keep_runs=1), why, NOW, include_protected=True)
    assert [run.run_id for run in asked if run.removed] == ["40", "30"]


def test_the_reason_names_every_limit() -> None:
    (gone,) = decide_runs(stored([40, 1]), Keep(keep_runs=1, keep_days=7), {}, NOW)
    assert gone.reason == "not among the newest 1 runs and profiled more than 7 days ago, on 2026-02-19"


def test_a_table_may_have_a_shorter_retention_and_the_last_rule_counts() -> None:
    settings = RetentionSettings(
        tables=(TableRetention(stage="raw", keep_runs=2), TableRetention(table="raw.orders", keep_runs=1))
    )
    tables = {ORDERS: stored([3, 2, 1]), FEATURES: stored([3, 2, 1])}
    (found,) = decide_tables(tables, settings, {"3": "it is marked as bad"}, NOW)
    assert (found.key, found.runs) == (ORDERS, ["2"])
