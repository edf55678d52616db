"""Whether a flagged column shows a signature of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.example import evidence_of, flag, table_profile
from stageprint.diagnosis.own_signature import (
    MIN_FIT_OWN_SIGNATURE,
    NULLS,
    best_signature,
    certain_signatures,
    has_own_signature,
    is_computed,
    shares_signature,
)
from stageprint.model import TABLE_LEVEL, ColumnKey, TableKey
from tests.unit.diagnosis.chains import chain
from tests.unit.diagnosis.scenarios import column_evidence

X = ColumnKey("raw", "t", "x")
N = 3000
USUAL = np.random.default_rng(1).normal(50, 9, N)
LATER = np.random.default_rng(2).normal(50, 9, N)

CHANGES = {
    "scaled": LATER * 1000,
    "empty": np.where(np.arange(N) % 4 == 0, np.nan, LATER),
    "stretched": np.where(LATER > 50, 2 * LATER - 50 + 10 * np.sin(LATER), LATER),
}


def changed(name: str) -> Evidence:
    """Return the evidence of one column that changed in this way."""
    return column_evidence({"x": USUAL}, {"x": CHANGES[name]})


@pytest.mark.parametrize(("change", "cause"), [("scaled", "unit_change"), ("empty", NULLS), ("stretched", None)])
def test_the_best_signature_is_that_of_the_change(change: str, cause: str | None) -> None:
    best = best_signature(changed(change), X)
    assert (None if best is None else best.cause.name) == cause


@pytest.mark.parametrize(
    ("change", "names"), [("scaled", {"unit_change"}), ("empty", {NULLS}), ("stretched", set[str]())]
)
def test_a_certain_signature_lies_in_the_values(change: str, names: set[str]) -> None:
    assert certain_signatures(changed(change), X) == names


@pytest.mark.parametrize(("change", "own"), [("scaled", True), ("empty", True), ("stretched", False)])
def test_a_signature_that_lost_rows_cannot_leave_is_the_columns_own(change: str, own: bool) -> None:
    assert has_own_signature(changed(change), X, ()) is own


@pytest.mark.parametrize("statistics", [["ks"], ["ks", "upstream_surplus"]])
def test_nulls_that_broke_with_the_column_upstream_are_its_own_however_faint(statistics: list[str]) -> None:
    moved = np.where(np.arange(N) % 4 == 0, np.nan, np.where(LATER > 50, LATER + 3, LATER))
    runs = {run: {X.table_key: table_profile(X.table_key, {"x": x})} for run, x in (("1", USUAL), ("2", moved))}
    evidence = evidence_of(runs, {"raw": ()}, [flag(X, statistic) for statistic in statistics])
    best = best_signature(evidence, X)
    assert best is not None
    assert best.cause.name == NULLS
    assert best.fit.score < MIN_FIT_OWN_SIGNATURE
    assert has_own_signature(evidence, X, ()) is ("upstream_surplus" in statistics)


def test_a_spared_cause_is_no_signature_of_the_columns_own() -> None:
    assert not has_own_signature(changed("empty"), X, (NULLS,))
    assert has_own_signature(changed("scaled"), X, (NULLS,))


@pytest.mark.parametrize(
    ("whole", "half", "looks_like"),
    [
        (np.random.default_rng(3).uniform(0, 100, 2 * N), slice(None, N), "unit_change"),
        (np.random.default_rng(3).exponential(30, 2 * N), slice(N, None), "offset"),
    ],
    ids=["lower half", "upper half"],
)
def test_half_of_a_column_may_look_scaled_or_moved_and_is_no_signature_of_its_own(
    whole: Any, half: slice, looks_like: str
) -> None:
    evidence = column_evidence({"x": whole}, {"x": np.sort(whole)[half]})
    best = best_signature(evidence, X)
    assert best is not None
    assert best.cause.name == looks_like
    assert not has_own_signature(evidence, X, ())


def test_nulls_upstream_share_the_signature_of_nulls_and_a_whole_table_does_too() -> None:
    evidence = chain({"raw": {"x": "null_share", "y": "ks", TABLE_LEVEL: "rows"}})
    assert shares_signature(evidence, X, {NULLS})
    assert shares_signature(evidence, ColumnKey("raw", "t", TABLE_LEVEL), {NULLS})
    assert not shares_signature(evidence, ColumnKey("raw", "t", "y"), {NULLS})
    assert not shares_signature(evidence, X, {"unit_change"})


def test_the_same_signature_upstream_is_shared() -> None:
    assert shares_signature(changed("scaled"), X, {"unit_change", "clipping"})
    assert not shares_signature(changed("scaled"), X, {"clipping"})


def test_a_column_is_computed_unless_one_of_its_name_is_upstream() -> None:
    raw, late = TableKey("raw", "t"), TableKey("features", "t")
    columns: dict[TableKey, dict[str, Any]] = {raw: {"Fare": USUAL}, late: {"fare": USUAL, "speed": USUAL}}
    run = {key: table_profile(key, table) for key, table in columns.items()}
    speed, fare = (ColumnKey("features", "t", name) for name in ("speed", "fare"))
    evidence = evidence_of({"1": run, "2": run}, {"raw": (), "features": ("raw",)}, [flag(speed), flag(fare)])
    assert is_computed(evidence, speed)
    assert not is_computed(evidence, fare)
