"""What rows lost or repeated in one table leave behind in columns of others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from stageprint.diagnosis.diagnose import diagnose
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.example import evidence_of, flag, table_profile
from stageprint.diagnosis.graph import StageGraph, table_node
from stageprint.model import ColumnKey, ShiftRecord, TableKey
from stageprint.model.lineage import NO_LINEAGE, with_declared

N = 2000
LINES, ORDERS, CUSTOMERS = TableKey("raw", "lines"), TableKey("raw", "orders"), TableKey("raw", "customers")
WIDE, SUMS = TableKey("wide", "wide"), TableKey("sums", "sums")
UPSTREAM = {"raw": (), "wide": ("raw",), "sums": ("wide",)}

Tables = Mapping[TableKey, Mapping[str, Any]]


def evidence(then: Tables, now: Tables, shifts: list[ShiftRecord], declared: Mapping[ColumnKey, Any]) -> Evidence:
    runs = {
        run: {key: table_profile(key, table, keys=("id",) if "id" in table else ()) for key, table in tables.items()}
        for run, tables in (("1", then), ("2", now))
    }
    found = evidence_of(runs, UPSTREAM, shifts)
    tables = {stage: [key.table for key in then if key.stage == stage] for stage in UPSTREAM}
    found.graph = StageGraph(
        "p",
        UPSTREAM,
        tables,
        lambda key: tuple(then.get(key, ())),
        sources={WIDE: LINES},
        lineage=with_declared(NO_LINEAGE, declared),
    )
    return found


def normal(seed: int, size: int = N) -> Any:
    return np.random.default_rng(seed).normal(50, 10, size)


def test_one_column_computed_from_many_is_no_block() -> None:
    wide = {name: normal(seed) for seed, name in enumerate("abcd")}
    lost = np.where(np.arange(N) % 5 == 0, np.nan, normal(9))
    then, now = ({WIDE: wide, SUMS: {"score": score}} for score in (normal(8), lost))
    score = ColumnKey("sums", "sums", "score")
    declared = {score: [ColumnKey("wide", "wide", name) for name in "abcd"]}
    (finding,) = diagnose(evidence(then, now, [flag(score, "null_share")], declared))
    assert (finding.cause, finding.origin) == ("null_spike", score)


def left_join(found: Any) -> Tables:
    size = int(found.sum())
    orders = {name: normal(seed, N)[:size] for seed, name in enumerate("pqr")}
    wide = {name: np.where(found, normal(seed), np.nan) for seed, name in enumerate("pqru")}
    lines = {"id": np.arange(N), "x": normal(7)}
    return {LINES: lines, ORDERS: orders, CUSTOMERS: {"u": normal(5)}, WIDE: {**lines, **wide}}


@pytest.mark.parametrize(("part", "origin"), [(True, "raw.orders"), (False, "wide.wide")])
def test_a_join_that_finds_no_match_in_a_short_table_is_that_tables(part: bool, origin: str) -> None:
    then, now = left_join(np.full(N, fill_value=True)), left_join(np.arange(N) % 10 < 7)
    if not part:
        now = {**now, ORDERS: then[ORDERS]}
    shifts = [flag(ColumnKey("wide", "wide", name), "null_share") for name in "pqru"]
    (finding,) = diagnose(evidence(then, now, shifts, {}))
    assert (str(finding.origin), finding.cause) == (origin, "partial_load" if part else "join_lost_rows")
    # Looked up through the orders that are not there: the same rows, so the same incident.
    assert "wide.wide.u" in finding.explains


@pytest.mark.parametrize(("repeated", "origins"), [(True, {"wide.wide"}), (False, {"sums.sums.total"})])
def test_sums_over_rows_that_came_twice_are_explained(repeated: bool, origins: set[str]) -> None:
    lines = {"id": np.arange(N), "x": normal(7)}
    twice = {name: np.concatenate([values, values]) for name, values in lines.items()}
    total = normal(3)
    then = {LINES: lines, WIDE: lines, SUMS: {"total": total}}
    now = {LINES: lines, WIDE: twice if repeated else lines, SUMS: {"total": 2 * total}}
    column = ColumnKey("sums", "sums", "total")
    shifts = [flag(column), *([flag(table_node(WIDE), "rows")] if repeated else [])]
    found = diagnose(evidence(then, now, shifts, {column: [ColumnKey("wide", "wide", "x")]}))
    assert {str(finding.origin) for finding in found} == origins
