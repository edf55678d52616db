"""What every registered shift statistic and rule must keep to."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite, isnan
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stageprint.batch.column import ColumnBatch
from stageprint.fingerprint import plan_column
from stageprint.model import TABLE_LEVEL, ColumnKey, ColumnKind, ColumnProfile, SchemaField, TableKey, TableProfile
from stageprint.shifts import (
    MEASUREMENTS,
    ColumnHistory,
    DeliveredAgain,
    Shift,
    TableHistory,
    all_shifts,
    column_relations,
    column_rules,
    column_shifts,
    measure,
    measure_tables,
    table_rules,
    table_shifts,
)
from stageprint.shifts.base import (
    ColumnRelation,
    ColumnRule,
    ColumnShift,
    RelationRule,
    TableRule,
    TableShift,
)
from stageprint.states.quality import QualityState
from stageprint.states.theta import ThetaState
from tests.support.columns import ARROW_TYPES, arrays, example, profile_of, state_of

MIDNIGHT = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
KEY = ColumnKey("raw", "trips", "fare")
START = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
SHIFTS = all_shifts()
COLUMN_SHIFTS = [shift for shift in SHIFTS.values() if isinstance(shift, ColumnShift)]
RELATIONS = [shift for shift in SHIFTS.values() if isinstance(shift, ColumnRelation)]
COLUMN_RULES = [shift for shift in SHIFTS.values() if isinstance(shift, ColumnRule)]
TABLE_SHIFTS = [shift for shift in SHIFTS.values() if isinstance(shift, TableShift)]


def ids(shifts: Iterable[Shift]) -> list[Any]:
    return [pytest.param(shift, id=shift.name) for shift in shifts]


def column(values: Sequence[object], kind: ColumnKind) -> ColumnProfile:
    return profile_of(pa.array(list(values), ARROW_TYPES[kind][0]), kind)


def measured(current: ColumnProfile, references: Mapping[str, Sequence[ColumnProfile]]) -> list[dict[str, Any]]:
    table = measure([ColumnHistory(KEY, current, references, again=DeliveredAgain())])
    assert table.schema.equals(MEASUREMENTS)
    rows: list[dict[str, Any]] = table.to_pylist()
    return rows


def of(rows: Iterable[dict[str, Any]], statistic: str) -> dict[str, Any]:
    (row,) = (row for row in rows if row["statistic"] == statistic)
    return row


def check(row: Mapping[str, Any]) -> None:
    """Check that a row has a value or a reason, and never a NaN."""
    numbers = ("value", "error", "residual", "variance_floor")
    if row["value"] is None:
        assert row["reason"]
        assert all(row[name] is None for name in numbers)
    else:
        assert row["reason"] is None
        assert all(row[name] is not None and not isnan(row[name]) for name in numbers if name != "variance_floor")
        assert isfinite(row["value"])
        assert row["error"] >= 0
        assert row["residual"] == pytest.approx(max(0.0, abs(row["value"]) - row["error"]))
        assert row["variance_floor"] is None or row["variance_floor"] >= 0


@pytest.mark.parametrize("shift", ids(SHIFTS.values()))
def test_says_what_it_is(shift: Shift) -> None:
    doc = type(shift).__doc__ or ""
    assert len(doc.splitlines()[0]) > 20
    assert doc is not Shift.__doc__
    for text in (shift.name, shift.unit, shift.convention, shift.source):
        assert text.strip() == text
        assert text
    assert type(shift).__module__.startswith("stageprint.shifts.")
    assert type(shift).__module__.rpartition(".")[2] == shift.name
    if isinstance(shift, TableShift):
        assert "Example:" in doc


@pytest.mark.parametrize("shift", ids(SHIFTS.values()))
def test_says_how_it_decides(shift: Shift) -> None:
    if shift.deterministic:
        assert isinstance(shift, ColumnRule | RelationRule | TableRule)
        assert isfinite(shift.min_effect)
        assert shift.critical_effect >= shift.min_effect
    elif shift.used_in_decision:
        assert 0 <= shift.negligible_effect < shift.min_effect < shift.critical_effect < np.inf
        assert 0 < shift.default_scale < np.inf
    else:
        assert shift.min_effect == np.inf
    assert shift.pinned_limit is None or shift.pinned_limit > shift.min_effect
    for name in shift.capped_by:
        assert SHIFTS[name].used_in_decision, "a score is limited by what does not decide"


NO_RULE_FOR_REPEATS = {
    **dict.fromkeys(
        ("advance_back", "advance_jumped", "advance_stalled", "off_calendar"),
        "the column is not known to advance with time or run",
    ),
    "frozen": "does not change from run to run",
    "late_rows": "earlier runs overlapped in time",
}
"""What the rules say that a past of the same run seven times is no past for."""


@pytest.mark.parametrize("shift", ids([*COLUMN_SHIFTS, *COLUMN_RULES]))
def test_example_of_a_column(shift: ColumnShift | ColumnRule) -> None:
    case = shift.example
    assert case.kind is not None
    assert case.kind in shift.kinds
    assert not isinstance(case.reference, Mapping)
    assert not isinstance(case.current, Mapping)
    runs = 7 if isinstance(shift, ColumnRule) else 1
    rows = measured(column(case.current, case.kind), {"long": [column(case.reference, case.kind) for _ in range(runs)]})
    row = of(rows, shift.name)
    if row["value"] is None:
        assert row["reason"] == NO_RULE_FOR_REPEATS[shift.name]
    else:
        assert row["value"] == pytest.approx(case.value, rel=1e-9, abs=1e-12)


def pairs_of_columns() -> st.SearchStrategy[tuple[ColumnKind, list[pa.Array]]]:
    def two(kind: ColumnKind) -> st.SearchStrategy[tuple[ColumnKind, list[pa.Array]]]:
        arrow = ARROW_TYPES[kind][0]
        return st.tuples(st.just(kind), st.lists(arrays(arrow), min_size=2, max_size=5))

    return st.sampled_from(list(ColumnKind)).flatmap(two)


def related(current: ColumnProfile, upstream: ColumnProfile, past: Sequence[ColumnProfile]) -> list[dict[str, Any]]:
    """Return the measurements of a column beside its upstream column, of which the earlier runs were copies."""
    history = ColumnHistory(KEY, current, {"long": past}, ColumnKey("above", "trips", "fare"), upstream, {"long": past})
    rows: list[dict[str, Any]] = measure([history]).to_pylist()
    return rows


@pytest.mark.parametrize("shift", ids(RELATIONS))
def test_example_of_a_relation(shift: ColumnRelation) -> None:
    case = shift.example
    assert case.kind is not None
    assert case.kind in shift.kinds
    assert not isinstance(case.reference, Mapping)
    assert not isinstance(case.current, Mapping)
    above = column(case.reference, case.kind)
    row = of(related(column(case.current, case.kind), above, [above] * 3), shift.name)
    check(row)
    assert row["value"] == pytest.approx(case.value, rel=1e-9)
    assert "above.trips.fare" in row["detail"]


@pytest.mark.parametrize("kind", list(ColumnKind))
def test_a_copy_is_in_order(kind: ColumnKind) -> None:
    profile = profile_of(example(kind), kind)
    rows = [row for row in related(profile, profile, [profile] * 4) if row["statistic"].startswith("upstream_")]
    assert {row["statistic"] for row in rows} == {shift.name for shift in column_relations(kind)}
    for row in rows:
        check(row)
        assert row["value"] is None or row["value"] == pytest.approx(0.0, abs=1e-9)


@given(pairs_of_columns())
def test_any_columns_beside_any_give_a_value_or_a_reason(columns: tuple[ColumnKind, list[pa.Array]]) -> None:
    kind, (current, above, *past) = columns
    profiles = [profile_of(array, kind) for array in (*past, above, current)]
    for row in related(profile_of(current, kind), profile_of(above, kind), profiles):
        check(row)


@pytest.mark.parametrize("shift", ids(COLUMN_SHIFTS))
def test_symmetry_is_as_claimed(shift: ColumnShift) -> None:
    assert shift.example.kind is not None
    one, two = (column(list(side), shift.example.kind) for side in (shift.example.reference, shift.example.current))
    there, back = (of(measured(a, {"prev": [b]}), shift.name)["value"] for a, b in ((one, two), (two, one)))
    if shift.symmetric:
        assert abs(there) == pytest.approx(abs(back))
    elif there is not None and back is not None and shift.name not in {"psi", "wasserstein", "mean", "median"}:
        assert there != back


@pytest.mark.parametrize("kind", list(ColumnKind))
def test_identical_columns_have_not_shifted(kind: ColumnKind) -> None:
    profile = profile_of(example(kind), kind)
    rows = measured(profile, {"prev": [profile], "window": [profile] * 4, "seasonal": []})
    expected = {shift.name for shift in (*column_shifts(kind), *column_rules(kind))}
    assert {row["statistic"] for row in rows} == expected
    for row in rows:
        check(row)
        if row["reference"] == "seasonal":
            assert row["reason"] == "no run for this reference"
        elif row["value"] is not None:
            assert row["value"] == pytest.approx(0.0, abs=1e-9)
            assert not row["deterministic"] or row["value"] == 0.0


@given(pairs_of_columns())
def test_any_columns_give_a_value_or_a_reason(columns: tuple[ColumnKind, list[pa.Array]]) -> None:
    kind, (current, *past) = columns
    profiles = [profile_of(array, kind) for array in past]
    for row in measured(profile_of(current, kind), {"prev": profiles[-1:], "long": profiles}):
        check(row)


@pytest.mark.parametrize(("now", "then"), list(itertools.permutations(ColumnKind, 2)))
def test_any_change_of_type_gives_a_value_or_a_reason(now: ColumnKind, then: ColumnKind) -> None:
    rows = measured(profile_of(example(now), now), {"prev": [profile_of(example(then), then)] * 3})
    for row in rows:
        check(row)
    assert of(rows, "type_changed")["value"] > 0


@pytest.mark.parametrize("kind", list(ColumnKind))
def test_missing_states_give_reasons(kind: ColumnKind) -> None:
    whole = profile_of(example(kind), kind)
    plan = plan_column("column", 0, "type", kind)
    for kept in ((), ("counts",), *[tuple(set(plan.states) - {name}) for name in plan.states]):
        part = ColumnProfile("column", 0, "type", kind, {name: whole.states[name] for name in kept})
        for current, reference in ((part, whole), (whole, part), (part, part)):
            for row in (*measured(current, {"prev": [reference]}), *related(current, reference, [whole, part, whole])):
                check(row)


def table(figures: Mapping[str, Any], stage: str = "raw") -> TableProfile:
    """Return the profile of a table with an example's figures."""
    fields = [part.partition(":") for part in figures.get("fields", "id").split()]
    schema = tuple(SchemaField(name, kind or "int") for name, _, kind in fields)
    keys = {"id": state_of(ThetaState, [pa.array(list(figures["keys"]), pa.int64())])} if "keys" in figures else {}
    names = {"bytes": "source_bytes", "files": "source_files", "latest": "event_time_max"}
    names["malformed"] = "malformed_rows"
    facts: dict[str, Any] = {fact: figures[name] for name, fact in names.items() if name in figures}
    if "span" in figures:
        start, end = (MIDNIGHT + dt.timedelta(hours=hours) for hours in figures["span"])
        facts |= {"event_time_min": start, "event_time_max": end}
    if "answers" in figures:
        answers = figures["answers"]
        rows = pa.StructArray.from_arrays([pa.array(values) for values in answers.values()], list(answers))
        facts["quality"] = QualityState()
        facts["quality"].update(ColumnBatch(rows, ColumnKind.OTHER))
    facts["model_versions"] = tuple(figures.get("versions", {}).items())
    facts["expected_model_versions"] = tuple(figures.get("expected", ()))
    if "days" in figures:
        facts |= {"event_time_min": START, "event_time_max": START + dt.timedelta(days=figures["days"])}
    return TableProfile(TableKey(stage, "trips"), figures.get("rows", 100), schema, {}, keys, facts)


def upstream(figures: Mapping[str, Any]) -> TableProfile | None:
    if not any(name.startswith("upstream") for name in figures):
        return None
    above = {"rows": figures.get("upstream", figures.get("rows", 100))}
    if "upstream_days" in figures:
        above["days"] = figures["upstream_days"]
    if "upstream_keys" in figures:
        above["keys"] = figures["upstream_keys"]
    return table(above, "above")


def peers(figures: Mapping[str, Any]) -> dict[str, TableProfile]:
    return {role: table(peer, role) for role, peer in figures.get("peers", {}).items()}


def tables_measured(current: Mapping[str, Any], past: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    history = TableHistory(
        table(current),
        {"long": [table(run) for run in past]},
        upstream(current),
        {"long": [upstream(run) for run in past]},
        current.get("role"),
        peers(current),
        {"long": [peers(run) for run in past]},
    )
    result = measure_tables([history])
    assert result.schema.equals(MEASUREMENTS)
    rows: list[dict[str, Any]] = result.to_pylist()
    return rows


def runs_of(figures: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return three runs; a figure that is a list has its own value in each."""
    return [
        {name: value[run] if isinstance(value, list) else value for name, value in figures.items()} for run in range(3)
    ]


@pytest.mark.parametrize("shift", ids(TABLE_SHIFTS))
def test_example_of_a_table(shift: TableShift) -> None:
    case = shift.example
    assert case.kind is None
    assert isinstance(case.reference, Mapping)
    assert isinstance(case.current, Mapping)
    past = runs_of(case.reference)
    row = of(tables_measured(case.current, past if isinstance(shift, TableRule) else past[:1]), shift.name)
    assert row["value"] == pytest.approx(case.value, rel=1e-9)
    assert row["column_name"] == TABLE_LEVEL


@pytest.mark.parametrize("shift", ids(TABLE_SHIFTS))
def test_identical_tables_have_not_shifted(shift: TableShift) -> None:
    assert isinstance(shift.example.reference, Mapping)
    figures = runs_of(shift.example.reference)
    row = of(tables_measured({**figures[-1], "latest": "never before"}, figures), shift.name)
    check(row)
    assert row["value"] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("past", [0, 1, 3])
@pytest.mark.parametrize(
    "now", [{"rows": 0}, {"rows": 10}, {"rows": 10, "keys": [], "upstream": 0, "upstream_keys": []}]
)
def test_any_table_gives_a_value_or_a_reason(now: dict[str, Any], past: int) -> None:
    runs: list[dict[str, Any]] = [{"rows": 0, "keys": [1]}, {"rows": 5, "bytes": 0}, {"rows": 7, "upstream": 3}]
    rows = tables_measured(now, runs[:past])
    assert {row["statistic"] for row in rows} == {shift.name for shift in (*table_shifts(), *table_rules())}
    for row in rows:
        check(row)
