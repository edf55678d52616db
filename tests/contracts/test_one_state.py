"""A state is one file: fingerprints, the generic contract and the result table find it by themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pytest

import stageprint.states
from stageprint.fingerprint import TableFingerprint, TablePlan, merge_partials, plan_column
from stageprint.model import ColumnKind
from stageprint.pipeline.profile_codec import states_of, stored_states
from stageprint.pipeline.tables import column_profiles
from stageprint.registry import discover
from stageprint.states.base import State, all_states
from tests.contracts.states import check_bytes, check_merge_laws
from tests.support.columns import example
from tests.support.plugins import one_more_file

NAME: Final = "odd_rows"
FILE: Final = '''
"""Odd numbers."""

from typing import ClassVar

import numpy as np

from stageprint.batch.column import ColumnBatch
from stageprint.model import ColumnKind
from stageprint.states.base_tally import TallyState


class OddRowsState(TallyState):
    """Exact count of the rows whose value is an odd integer; nulls are not counted."""

    name: ClassVar[str] = "odd_rows"
    version: ClassVar[int] = 1
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.INTEGER})
    fields: ClassVar[tuple[str, ...]] = ("odd",)
    odd: int

    def update(self, batch: ColumnBatch) -> None:
        values = batch.sorted_values
        rows = np.ones(len(values.doubles), np.int64) if values.counts is None else values.counts
        self._add(int(rows[values.exact % 2 == 1].sum()))
'''
BEFORE: Final = set(all_states())
VALUES: Final = [1, 2, None, 3, 3, -5]


@pytest.fixture
def state(tmp_path: Path) -> Iterator[type[State]]:
    with one_more_file(stageprint.states, NAME, FILE, tmp_path, (discover, column_profiles)):
        yield all_states()[NAME]


@pytest.fixture
def plan(state: type[State]) -> TablePlan:
    assert state.name == NAME
    return TablePlan(
        (plan_column("n", 0, "bigint", ColumnKind.INTEGER), plan_column("x", 1, "double", ColumnKind.FLOAT))
    )


def taken(plan: TablePlan, values: list[int | None]) -> TableFingerprint:
    fingerprint = TableFingerprint(plan)
    columns = [pa.array(values, pa.int64()), pa.array(values, pa.float64())]
    fingerprint.update(pa.RecordBatch.from_arrays(columns, ["n", "x"]))
    return fingerprint


def odd(state: Any) -> int:
    found: int = state.odd
    return found


def test_a_fingerprint_keeps_it_of_the_columns_it_is_for(plan: TablePlan) -> None:
    assert NAME in plan.columns[0].states
    assert NAME not in plan.columns[1].states
    assert odd(taken(plan, VALUES).states(0)[NAME]) == 4


def test_partials_of_it_are_merged(plan: TablePlan) -> None:
    parts = [taken(plan, values) for values in (VALUES[:2], VALUES[2:])]
    merged = merge_partials(plan, 0, [dict(part.partials())[0] for part in parts])
    assert odd(merged[NAME]) == 4
    parts[0].merge(parts[1])
    assert odd(parts[0].states(0)[NAME]) == 4


def test_it_is_stored_as_a_field_of_states(plan: TablePlan) -> None:
    schema = pa.schema([column_profiles().arrow_schema.field("states")])
    assert {field.name for field in schema.field("states").type} == BEFORE | {NAME}
    rows = [{"states": stored_states(taken(plan, VALUES).states(index))} for index in (0, 1)]
    first, second = (states_of(row["states"]) for row in pa.Table.from_pylist(rows, schema).to_pylist())
    assert odd(first[NAME]) == 4
    assert NAME not in second


def test_it_keeps_the_contract_of_states(state: type[State]) -> None:
    values = example(ColumnKind.INTEGER)
    check_merge_laws(state, ColumnKind.INTEGER, (values, values[2:], pa.concat_arrays([values[1:], values])))
    check_bytes(state, ColumnKind.INTEGER)


def test_a_state_whose_bytes_hold_nothing_breaks_the_contract(
    state: type[State], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state, "_payload", lambda _: bytes(8))
    with pytest.raises(AssertionError):
        check_bytes(state, ColumnKind.INTEGER)


def test_it_is_gone_again() -> None:
    assert set(all_states()) == BEFORE
