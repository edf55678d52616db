"""Cases in which the cause of a flagged node is not one of its parents in the graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.example import evidence_of, flag, table_profile
from stageprint.diagnosis.graph import StageGraph
from stageprint.diagnosis.links import suspects
from stageprint.diagnosis.own_signature import NULLS, best_signature
from stageprint.diagnosis.redirects import (
    came_too_late,
    changed_column_behind,
    followed_suspect,
    is_clock_off,
    late_event_times,
    source_of_lookup,
)
from stageprint.model import TABLE_LEVEL, ColumnKey, ShiftRecord, TableKey
from tests.unit.diagnosis.chains import chain
from tests.unit.diagnosis.scenarios import DAY, times

N = 3000
RAW, LATE = TableKey("raw", "t"), TableKey("joined", "t")


def suspects_of(evidence: Evidence) -> tuple[Any, dict[TableKey, list[ColumnKey]]]:
    """Return the strengths of the suspects, and the suspects by table."""
    strengths = suspects(evidence)
    by_table: dict[TableKey, list[ColumnKey]] = {}
    for node in strengths:
        by_table.setdefault(node.table_key, []).append(node)
    return strengths, by_table


def followed(evidence: Evidence, stage: str) -> str | None:
    """Return the suspect that the table of a stage follows, as text."""
    found = followed_suspect(evidence, ColumnKey(stage, "t", TABLE_LEVEL), *suspects_of(evidence))
    return None if found is None else str(found)


@pytest.mark.parametrize(
    ("flagged", "suspect"),
    [
        ({"raw": {"x": "ks"}, "joined": {"y": "ks"}, "features": {"y": "ks", TABLE_LEVEL: "auc"}}, "features.t.y"),
        ({"raw": {"x": "ks"}, "joined": {"y": "ks"}, "features": {TABLE_LEVEL: "auc"}}, "joined.t.y"),
        ({"raw": {"x": "ks"}, "features": {TABLE_LEVEL: "auc"}}, "raw.t.x"),
        ({"features": {TABLE_LEVEL: "auc"}}, None),
        # Rows were lost as well, and no feature can spoil those.
        ({"raw": {"x": "ks"}, "features": {TABLE_LEVEL: "rows"}}, None),
    ],
    ids=["own column", "next stage", "source", "nothing else", "other trouble"],
)
def test_model_quality_follows_the_nearest_suspect(flagged: Mapping[str, Any], suspect: str | None) -> None:
    assert followed(chain(flagged), "features") == suspect


def test_model_quality_follows_the_strongest_of_several_columns() -> None:
    flagged = {"features": {"x": "ks", "y": "ks", TABLE_LEVEL: "auc"}}
    assert followed(chain(flagged, effects={"features.y": 30.0}), "features") == "features.t.y"


@pytest.mark.parametrize(
    ("above", "suspect"), [({TABLE_LEVEL: "rows"}, "raw.t"), ({TABLE_LEVEL: "stale"}, None), ({"x": "unique"}, None)]
)
def test_event_times_that_end_early_follow_missing_rows_however_far_upstream(
    above: Mapping[str, str], suspect: str | None
) -> None:
    evidence = chain({"raw": above, "joined": {"x": "ks"}, "features": {TABLE_LEVEL: "holdout_age"}})
    assert followed(evidence, "features") == suspect


def clocks(shifts: Sequence[ShiftRecord], hours: int = 5, lost: float = 0.0) -> Evidence:
    """Return the evidence of a source and the table behind it: event times moved by hours or lost, and ``x`` scaled."""
    runs: dict[str, dict[TableKey, Any]] = {}
    for number, (moved, share, factor) in enumerate(((0, 0.0, 1), (hours, lost, 1000)), 1):
        at = times(np.random.default_rng(number), N, start_day=15_000 + 28 * number) + moved * DAY // 24
        x = np.random.default_rng(10 + number).normal(50, 9, N) * factor
        empty = np.random.default_rng(20 + number).random(N) < share
        table = {"at": pa.array(at, pa.timestamp("us", "UTC"), mask=empty), "x": x}
        runs[str(number)] = {key: table_profile(key, table, event_time="at") for key in (RAW, LATE)}
    evidence = evidence_of(runs, {"raw": (), "joined": ("raw",)}, shifts)
    names = {"raw": ["t"], "joined": ["t"]}
    evidence.graph = StageGraph(
        "p", {"raw": (), "joined": ("raw",)}, names, lambda _: ("at", "x"), event_times={RAW: "at", LATE: "at"}
    )
    return evidence


AT, X = RAW.column("at"), RAW.column("x")


@pytest.mark.parametrize(("hours", "column", "off"), [(5, AT, True), (0, AT, False), (5, X, False)])
def test_a_clock_is_off_where_the_event_times_show_how(hours: int, column: ColumnKey, off: bool) -> None:
    assert is_clock_off(clocks([flag(AT, "hour_rotation"), flag(X)], hours), column) is off


def test_lost_event_times_are_no_clock_that_is_off() -> None:
    evidence = clocks([flag(AT, "null_share")], hours=0, lost=0.25)
    best = best_signature(evidence, AT)
    assert best is not None
    assert best.cause.name == NULLS
    assert not is_clock_off(evidence, AT)


def test_rows_of_another_time_follow_the_clock_that_is_off() -> None:
    table = flag(LATE.level, "time_order", deterministic=True)
    assert followed(clocks([flag(AT, "hour_rotation"), table]), "joined") == "raw.t.at"
    assert followed(clocks([flag(X), table]), "joined") is None


@pytest.mark.parametrize(("hours", "column"), [(5, AT), (0, None)])
def test_a_time_range_that_broke_with_the_source_is_that_of_a_clock_that_is_off(
    hours: int, column: ColumnKey | None
) -> None:
    evidence = clocks([flag(AT, "hour_rotation"), flag(RAW.level, "upstream_ends")], hours)
    assert changed_column_behind(evidence, RAW.level, suspects(evidence)) == column


def keyed(shifts: Sequence[ShiftRecord], keys: Sequence[str] = ("id", "day")) -> Evidence:
    """Return the evidence of a table with a key."""
    table = {"id": list(range(100)), "day": [1] * 100, "x": [float(x) for x in range(100)]}
    run = {RAW: table_profile(RAW, table, keys=keys)}
    return evidence_of({"1": run, "2": run}, {"raw": ()}, shifts)


@pytest.mark.parametrize(
    ("table", "columns", "behind"),
    [
        (["new_keys"], {"id": "type_changed"}, "id"),
        (["new_keys", "files"], {"id": "unseen_share"}, "id"),
        (["new_keys"], {"day": "unseen_share", "id": "ks"}, "day"),
        # No value is new there, or it is no part of the key, or the rows changed too.
        (["new_keys"], {"id": "ks"}, None),
        (["new_keys"], {"x": "unseen_share"}, None),
        (["new_keys", "rows"], {"id": "unseen_share"}, None),
        (["files"], {"id": "unseen_share"}, None),
    ],
)
def test_keys_follow_a_column_of_theirs_with_new_values(
    table: Sequence[str], columns: Mapping[str, str], behind: str | None
) -> None:
    shifts = [flag(RAW.level, statistic) for statistic in table]
    shifts += [flag(RAW.column(name), statistic) for name, statistic in columns.items()]
    evidence = keyed(shifts)
    expected = None if behind is None else RAW.column(behind)
    assert changed_column_behind(evidence, RAW.level, suspects(evidence)) == expected


ORDERS, PRICES, WIDE = TableKey("raw", "orders"), TableKey("raw", "prices"), TableKey("wide", "orders")
ASKED, PRICE = PRICES.column("asked_at"), WIDE.column("price")


def lookup(lost: float, late: float | None, *shifts: ShiftRecord) -> Evidence:
    """Return the evidence of prices looked up for orders, with a share of prices lost and a share of requests late."""
    rng = np.random.default_rng(5)
    runs: dict[str, dict[TableKey, Any]] = {}
    for run, share in (("1", 0.0), ("2", lost)):
        price = np.where(np.arange(N) < share * N, np.nan, rng.normal(50, 9, N))
        tables: dict[TableKey, dict[str, Any]] = {
            ORDERS: {"id": np.arange(N), "amount": rng.normal(9, 1, N), "discount": price},
            PRICES: {"asked_at": np.arange(N // 10), "price": rng.normal(50, 9, N // 10)},
            WIDE: {"id": np.arange(N), "amount": rng.normal(9, 1, N), "price": price, "discount": price},
        }
        runs[run] = {key: table_profile(key, table) for key, table in tables.items()}
    found = [*(shifts or [flag(PRICE, "null_share")]), *([late_rows(ASKED, late)] if late is not None else [])]
    return evidence_of(runs, {"raw": (), "wide": ("raw",)}, found)


def late_rows(node: ColumnKey, share: float) -> ShiftRecord:
    return replace(flag(node, "late_rows", deterministic=True), value=share)


def test_a_column_is_looked_up_for_the_rows_of_the_table_that_it_does_not_come_from() -> None:
    evidence = lookup(0.2, None)
    assert source_of_lookup(evidence, PRICE) == (ORDERS,)
    assert source_of_lookup(evidence, WIDE.column("amount")) == ()
    assert source_of_lookup(evidence, WIDE.level) == ()


@pytest.mark.parametrize(
    ("late", "equal"), [(0.2, True), (0.24, True), (0.165, True), (0.3, False), (0.1, False), (None, False)]
)
def test_rows_came_too_late_where_as_many_values_are_lost(late: float | None, equal: bool) -> None:
    evidence = lookup(0.2, late)
    assert came_too_late(evidence, ASKED, PRICE) is equal
    found = late_event_times(evidence, PRICE, suspects_of(evidence)[1])
    assert found == (ASKED if equal else None)


def test_only_new_nulls_are_owed_to_late_rows() -> None:
    for statistic, owed in (("null_share", ASKED), ("ks", None)):
        evidence = lookup(0.2, 0.2, flag(PRICE, statistic))
        assert late_event_times(evidence, PRICE, suspects_of(evidence)[1]) == owed


def test_late_rows_of_the_table_that_keeps_its_rows_explain_no_nulls() -> None:
    late, taken = ORDERS.column("asked_at"), WIDE.column("discount")
    evidence = lookup(0.2, None, flag(taken, "null_share"), late_rows(late, 0.2))
    assert came_too_late(evidence, late, taken)
    assert late_event_times(evidence, taken, suspects_of(evidence)[1]) is None
