"""`merge` without Spark: three days merged are as if all their rows had been profiled at once, slices included."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stageprint.config.loader import parse_config
from stageprint.config.sketches import SketchSettings
from stageprint.errors import UsageError
from stageprint.model import ColumnKind
from stageprint.model.result_tables import RUNS, TABLE_PROFILES
from stageprint.model.where import EVERY_ROW, where
from stageprint.pipeline.merge import merge, merge_profiles
from stageprint.pipeline.profile import profile
from stageprint.pipeline.profile_codec import profile_of, table_from_row
from stageprint.pipeline.tables import column_profiles
from stageprint.ports import EngineVersions
from stageprint.states.counts import CountsState
from stageprint.states.kll import KllState
from stageprint.stores.memory import MemoryStore
from tests.support import shop
from tests.support.columns import profile_of as column_of
from tests.support.memory_engine import MemoryEngine, profiled_store
from tests.support.progress import Recorded

DAYS = shop.days(3)
WEEK, AT_ONCE = "2026-W10", "at-once"
VERSIONS = EngineVersions("4.2.0", None, "UTC")
CONFIG = parse_config(
    shop.yaml(Path("nowhere")).replace(
        "event_time: ordered_at\n", "event_time: ordered_at\n        slices: [{by: country, values: [DE, XX]}]\n", 1
    )
)

EXACT_WORDS = {"count", "min", "max", "sum", "text", "share"}
"""A metric with one of these words in its name is exact, unless it is an estimate of distinct or frequent values."""


@pytest.fixture(scope="module")
def merged() -> MemoryStore:
    """Return the days, the week merged of them, and the week profiled at once."""
    rows = shop.tables(DAYS)
    together = {name: pa.concat_tables([rows[day][name] for day in DAYS]) for name in rows[DAYS[0]]}
    store = profiled_store(CONFIG, {**rows, AT_ONCE: together})
    assert merge(CONFIG, DAYS, WEEK, store=store, versions=VERSIONS).exit_status == 0
    return store


def tables(store: MemoryStore, run: str) -> dict[Any, dict[str, Any]]:
    found = store.read(TABLE_PROFILES, where(run_id=run)).to_pylist()
    return {(row["stage"], row["slice_value"]): row for row in found}


def columns(store: MemoryStore, run: str) -> dict[Any, dict[str, Any]]:
    found = store.read(column_profiles(), where(run_id=run)).to_pylist()
    return {(row["stage"], row["slice_value"], row["column_name"]): row for row in found}


def test_tables_and_slices_add_up(merged: MemoryStore) -> None:
    week, at_once = tables(merged, WEEK), tables(merged, AT_ONCE)
    assert week.keys() == at_once.keys()
    assert week["raw", None]["row_count"] == 3 * shop.ROWS
    for place, row in week.items():
        for name in ("row_count", "rows_scanned", "column_count", "schema_json", "event_time_min", "event_time_max"):
            assert row[name] == at_once[place][name], (place, name)
        (key,), (whole,) = row["keys"], at_once[place]["keys"]
        assert (key["rows"], key["null_rows"]) == (whole["rows"], whole["null_rows"])
        assert key["distinct"] == pytest.approx(whole["distinct"], rel=0.05)
        assert key["duplicate_rows"] is None  # what repeats across runs nobody has counted
        assert table_from_row(row).keys
    assert week["raw", None]["engine_path"] == "merge"
    assert ", ".join(DAYS) in week["raw", None]["source_location"]


def test_columns_are_as_if_profiled_at_once(merged: MemoryStore) -> None:
    week, at_once = columns(merged, WEEK), columns(merged, AT_ONCE)
    assert week.keys() == at_once.keys()
    checked = 0
    for place, row in week.items():
        for name, value in row.items():
            if not set(name.split("_")) & EXACT_WORDS or "distinct" in name or "top" in name or "future" in name:
                continue
            expected = at_once[place][name]
            checked += value is not None
            assert value == (pytest.approx(expected, rel=1e-12) if isinstance(value, float) else expected), (
                place,
                name,
            )
        for name in ("mean", "standard_deviation", "skewness", "kurtosis"):
            if row[name] is not None:
                assert row[name] == pytest.approx(at_once[place][name], rel=1e-9, abs=1e-9)
        if row["distinct_count"] is not None:
            assert row["distinct_count"] == pytest.approx(at_once[place]["distinct_count"], rel=0.1)
    assert checked > 200
    kll, other = (profile_of(found["raw", None, "price"]).state(KllState) for found in (week, at_once))
    assert kll is not None
    assert other is not None
    assert kll.n == other.n
    points = np.array([1.0, 5.0, 20.0, 60.0, 150.0])
    assert abs(kll.cdf(points) - other.cdf(points)).max() <= kll.rank_error + other.rank_error


def test_the_run_is_known_as_merged(merged: MemoryStore) -> None:
    rows = {row["run_id"]: row for row in merged.read(RUNS).to_pylist()}
    assert {run for run, row in rows.items() if row["merged"]} == {WEEK}
    assert (rows[WEEK]["spark_version"], rows[WEEK]["tables_profiled"]) == ("4.2.0", 2)


def test_merging_again_replaces_the_run_alone(merged: MemoryStore) -> None:
    store = merged.copy()
    others = where(run_id=[*DAYS, AT_ONCE])
    before = store.read(TABLE_PROFILES, others)
    progress = Recorded()
    outcome = merge(
        CONFIG, DAYS[1:], WEEK, store=store, versions=VERSIONS, stages=["raw"], tables=["orders"], progress=progress
    )
    assert [(one.run_id, str(one.key), one.rows) for one in outcome.tables] == [(WEEK, "raw.orders", 2 * shop.ROWS)]
    assert (progress.phases, progress.steps, progress.closed) == ([(1, "tables")], [f"{WEEK} raw.orders ok"], 1)
    assert tables(store, WEEK)["raw", None]["row_count"] == 2 * shop.ROWS
    assert tables(store, WEEK)["features", None]["row_count"] == 3 * shop.ROWS
    assert store.read(TABLE_PROFILES, others).equals(before)


def test_a_table_missing_from_a_run_fails_and_says_where() -> None:
    rows = shop.tables(DAYS[:2])
    del rows[DAYS[1]]["features.order_features"]
    store = MemoryStore("shop")
    profile(CONFIG, DAYS[:2], engine=MemoryEngine(rows), store=store)
    profile(CONFIG, DAYS[:1], engine=MemoryEngine(rows), store=store, stages=["features"])
    outcome = merge(CONFIG, DAYS[:2], WEEK, store=store, versions=VERSIONS)
    assert [(one.key.stage, one.status, one.rows) for one in outcome.tables] == [
        ("raw", "ok", 2 * shop.ROWS),
        ("features", "failed", None),
    ]
    error = f"features.order_features was failed in run {DAYS[1]}: profile it there, then merge"
    assert outcome.tables[1].error == error
    assert tables(store, WEEK)["features", None]["error"] == error
    assert outcome.exit_status == 3


def test_a_table_that_was_never_profiled_in_a_run_is_said_so() -> None:
    rows = shop.tables(DAYS[:2])
    store = MemoryStore("shop")
    profile(CONFIG, DAYS[:2], engine=MemoryEngine(rows), store=store, stages=["raw"])
    profile(CONFIG, DAYS[:1], engine=MemoryEngine(rows), store=store, stages=["features"])
    (outcome,) = merge(CONFIG, DAYS[:2], WEEK, store=store, versions=VERSIONS, stages=["features"]).tables
    assert outcome.error == f"features.order_features was not profiled in run {DAYS[1]}: profile it there, then merge"


def test_what_cannot_be_merged_is_said(merged: MemoryStore) -> None:
    for runs, into in ((DAYS[:1], "x"), ([DAYS[0], DAYS[0]], "x"), (DAYS[:2], DAYS[0])):
        with pytest.raises(UsageError, match="at least two runs to merge and another name"):
            merge(CONFIG, runs, into, store=merged, versions=VERSIONS)
    with pytest.raises(UsageError, match="run '3' is not in the store"):
        merge(CONFIG, [DAYS[0], "3"], "x", store=merged, versions=VERSIONS)


def test_a_column_whose_kind_changed_keeps_its_counts() -> None:
    numbers = column_of(pa.array([1, None]))
    texts = column_of(pa.array(["a", "b", None]))
    found = merge_profiles([numbers, texts], SketchSettings())
    counts = found.state(CountsState)
    assert counts is not None
    assert (counts.rows, counts.nulls) == (5, 2)
    assert (found.kind, found.data_type) == (ColumnKind.OTHER, "int64 | string")


def test_the_name_of_the_merged_run_must_be_one_that_may_be_profiled() -> None:
    store = MemoryStore("shop")
    with pytest.raises(UsageError, match=r"run id '\.\./week': expected 1 to 128 letters"):
        merge(CONFIG, DAYS, "../week", store=store, versions=VERSIONS)
    assert not store.exists(RUNS)


def test_malformed_rows_and_notes_of_all_runs_are_kept() -> None:
    rows = shop.tables(DAYS)
    store = profiled_store(CONFIG, rows)
    stored = store.read(TABLE_PROFILES).to_pylist()
    for row in stored:
        if row["slice_key"] is None:
            number = DAYS.index(row["run_id"])
            row |= {"malformed_rows": number, "source_notes": [f"note {number}"] if number else None}
    store.replace(TABLE_PROFILES, TABLE_PROFILES.rows(stored), EVERY_ROW)
    outcome = merge(CONFIG, DAYS, WEEK, store=store, versions=VERSIONS)
    whole = tables(store, WEEK)["raw", None]
    assert (whole["malformed_rows"], whole["source_notes"]) == (
        3,
        [f"run {DAYS[1]}: note 1", f"run {DAYS[2]}: note 2"],
    )
    assert all(table.notes == tuple(whole["source_notes"]) for table in outcome.tables)
