from __future__ import annotations

import itertools
from typing import cast

import pyarrow as pa
import pytest

from stageprint.errors import StateError
from stageprint.fingerprint import SlicedFingerprint, SlicePlan, TablePlan, members, merge_partials, plan_column
from stageprint.model import NULL_VALUE, OTHER_VALUES, ColumnKind, Slice
from stageprint.states.base import State
from stageprint.states.counts import CountsState
from stageprint.states.extremes import ExtremesState

PLAN = TablePlan((plan_column("x", 0, "bigint", ColumnKind.INTEGER),), (("x",),))
SLICES = (SlicePlan("origin", ("EWR", "JFK", "PIT")), SlicePlan("x > 2", ("true", "false")))
X = [1, 2, 3, 4, None, 6]
ORIGIN = ["EWR", "JFK", "EWR", "LGA", None, "SWF"]


def batch(start: int, stop: int) -> pa.RecordBatch:
    large = [None if x is None else str(x > 2).lower() for x in X]
    columns = [pa.array(X, pa.int64()), pa.array(ORIGIN), pa.array(large, pa.large_string())]
    return pa.RecordBatch.from_arrays(columns, ["c0", "s0", "s1"]).slice(start, stop - start)


def merged(cuts: list[int]) -> dict[Slice | None, dict[int, dict[str, State]]]:
    """Fingerprint the rows in parts and merge what comes of them."""
    known = members(SLICES)
    blobs: dict[tuple[int, int], list[bytes]] = {}
    for start, stop in itertools.pairwise(cuts):
        fingerprint = SlicedFingerprint(PLAN, SLICES)
        fingerprint.update(batch(start, stop))
        for member, index, blob in fingerprint.partials():
            blobs.setdefault((member, index), []).append(blob)
    found: dict[Slice | None, dict[int, dict[str, State]]] = {}
    for (member, index), parts in blobs.items():
        found.setdefault(known[member], {})[index] = merge_partials(PLAN, index, parts)
    return found


def rows(found: dict[int, dict[str, State]]) -> int:
    return cast("CountsState", found[PLAN.table_index]["counts"]).rows


@pytest.mark.parametrize("cuts", [[0, 6], [0, 1, 2, 3, 4, 5, 6], [0, 4, 6]])
def test_each_row_is_in_the_whole_and_in_one_slice_of_each_key(cuts: list[int]) -> None:
    found = merged(cuts)
    assert {member: rows(states) for member, states in found.items()} == {
        None: 6,
        Slice("origin", "EWR"): 2,
        Slice("origin", "JFK"): 1,
        Slice("origin", OTHER_VALUES): 2,
        Slice("origin", NULL_VALUE): 1,
        Slice("x > 2", "true"): 3,
        Slice("x > 2", "false"): 2,
        Slice("x > 2", NULL_VALUE): 1,
    }
    extremes = cast("ExtremesState", found[Slice("origin", OTHER_VALUES)][0]["extremes"])
    assert (extremes.minimum, extremes.maximum) == (4, 6)


@pytest.mark.parametrize("key", ["origin", "x > 2"])
def test_the_whole_is_the_merge_of_its_slices(key: str) -> None:
    found = merged([0, 3, 6])
    for index in PLAN.indices:
        whole = {name: state.to_bytes() for name, state in found[None][index].items()}
        parts = [states[index] for part, states in found.items() if part is not None and part.key == key]
        together = PLAN.empty_states(index)
        for name, state in together.items():
            for part in parts:
                state.merge(part[name])
            if name not in {"kll", "moments", "hll"}:
                assert state.to_bytes() == whole[name], name
        counts = cast("CountsState", together["counts"])
        assert counts.rows == 6


def test_slices_and_columns_must_be_there() -> None:
    fingerprint = SlicedFingerprint(PLAN, SLICES)
    with pytest.raises(StateError, match="1 columns and 2 slices, the batch 2"):
        fingerprint.update(batch(0, 6).select([0, 1]))
    assert SlicePlan("k", ()).members == (Slice("k", OTHER_VALUES), Slice("k", NULL_VALUE))
