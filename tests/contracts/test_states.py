"""What every registered state must keep to, for every kind of column it is kept for."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stageprint.batch.column import ColumnBatch
from stageprint.errors import StateError
from stageprint.model import ColumnKind
from stageprint.states.base import State, all_states
from stageprint.states.kll import KllState
from stageprint.states.moments import MomentsState
from tests.support.columns import SETTINGS, example, merged, state_of, thirds

STATES = sorted(all_states())
CASES = [
    pytest.param(cls, kind, id=f"{name}-{kind.value}")
    for name, cls in sorted(all_states().items())
    for kind in sorted(cls.kinds)
]

Thirds = tuple[pa.Array, pa.Array, pa.Array]


def assert_same(one: State, two: State) -> None:
    """Compare two states of the same rows: to the byte, but for rounding (moments) and chance (KLL)."""
    if isinstance(one, MomentsState) and isinstance(two, MomentsState):
        assert one.n == two.n
        scale = max(abs(one.mean), one.m2**0.5, 1e-300)
        assert_close(one.mean, two.mean, scale)
        for power, (left, right) in enumerate(zip((one.m2, one.m3, one.m4), (two.m2, two.m3, two.m4), strict=True), 2):
            assert_close(left, right, max(one.n, 1) * scale**power if scale < 1e70 else np.inf)
    elif isinstance(one, KllState) and isinstance(two, KllState):
        assert not one.is_estimation
        for ours, theirs in zip(one.points(), two.points(), strict=True):
            np.testing.assert_array_equal(ours, theirs)
    else:
        assert one.to_bytes() == two.to_bytes()


def assert_close(one: float, two: float, scale: float) -> None:
    """Compare figures whose rounding errors are of the order of `scale`; overflowed ones say nothing."""
    if np.isfinite(one) and np.isfinite(two) and np.isfinite(scale):
        assert abs(one - two) <= 1e-9 * scale


@pytest.mark.parametrize("name", STATES)
@given(data=st.data())
def test_laws(name: str, data: st.DataObject) -> None:
    cls = all_states()[name]
    kind = data.draw(st.sampled_from(sorted(cls.kinds)))
    check_merge_laws(cls, kind, data.draw(thirds(kind)))


@pytest.mark.parametrize(("cls", "kind"), CASES)
def test_laws_on_ordinary_values(cls: type[State], kind: ColumnKind) -> None:
    values = example(kind)
    check_merge_laws(cls, kind, (values, values[2:], pa.concat_arrays([values[1:], values])))


def check_merge_laws(cls: type[State], kind: ColumnKind, arrays: Thirds) -> None:
    """Check that merge commutes, associates, has a neutral element, and that merged = incremental = one-shot."""
    a, b, c = (state_of(cls, [array], kind) for array in arrays)
    whole = state_of(cls, [pa.concat_arrays(arrays)], kind)

    assert_same(merged(a, b), merged(b, a))
    assert_same(merged(merged(a, b), c), merged(a, merged(b, c)))
    assert_same(merged(a, cls.empty(kind, SETTINGS)), a)
    assert_same(merged(cls.empty(kind, SETTINGS), a), a)
    assert_same(merged(a, b, c), whole)
    assert_same(state_of(cls, arrays, kind), whole)
    # A state that was read is the state that was written, and goes on taking in rows.
    again = cls.from_bytes(a.to_bytes())
    assert again.to_bytes() == a.to_bytes()
    again.update(ColumnBatch(arrays[1], kind))
    assert_same(again, merged(a, b))


@pytest.mark.parametrize(("cls", "kind"), CASES)
def test_reading_and_merging_leave_the_other_state_alone(cls: type[State], kind: ColumnKind) -> None:
    one, two = (state_of(cls, [example(kind)], kind) for _ in range(2))
    before = two.to_bytes()
    one.merge(two)
    one.update(ColumnBatch(example(kind), kind))
    assert two.to_bytes() == before


@pytest.mark.parametrize(("cls", "kind"), CASES)
def test_header_is_version_then_kind(cls: type[State], kind: ColumnKind) -> None:
    data = cls.empty(kind, SETTINGS).to_bytes()
    assert data[0] == cls.version
    others = {other: cls.empty(other, SETTINGS).to_bytes()[1] for other in cls.kinds}
    assert len(set(others.values())) == len(others)


@pytest.mark.parametrize(("cls", "kind"), CASES)
def test_damaged_bytes_are_a_state_error(cls: type[State], kind: ColumnKind) -> None:
    data = state_of(cls, [example(kind)], kind).to_bytes()
    for short in range(len(data)):
        with pytest.raises(StateError):
            cls.from_bytes(data[:short])


@pytest.mark.parametrize("name", STATES)
def test_newer_and_foreign_bytes_are_a_state_error(name: str) -> None:
    cls = all_states()[name]
    kind = min(cls.kinds)
    data = cls.empty(kind, SETTINGS).to_bytes()
    with pytest.raises(StateError, match="upgrade stageprint"):
        cls.from_bytes(bytes((cls.version + 1,)) + data[1:])
    with pytest.raises(StateError, match="version 0"):
        cls.from_bytes(b"\0" + data[1:])
    with pytest.raises(StateError, match="code 200"):
        cls.from_bytes(data[:1] + bytes((200,)) + data[2:])
    with pytest.raises(StateError, match="at least 2 bytes, got 1"):
        cls.from_bytes(data[:1])
    with pytest.raises(StateError, match=f"damaged {name} state"):
        cls.from_bytes(data[:2] + b"\xff" * 3)


@pytest.mark.parametrize("name", [name for name in STATES if all_states()[name].kinds != frozenset(ColumnKind)])
def test_bytes_of_a_kind_it_is_not_kept_for(name: str) -> None:
    cls = all_states()[name]
    every = all_states()["counts"]
    foreign = min(frozenset(ColumnKind) - cls.kinds)
    code = every.empty(foreign, SETTINGS).to_bytes()[1]
    with pytest.raises(StateError, match=f"holds a {foreign.value} column"):
        cls.from_bytes(bytes((1, code)))


@pytest.mark.parametrize("name", [name for name in STATES if len(all_states()[name].kinds) > 1])
def test_states_of_different_kinds_do_not_merge(name: str) -> None:
    cls = all_states()[name]
    one, two = sorted(cls.kinds)[:2]
    with pytest.raises(StateError, match=f"cannot merge {name} of a {one.value} column with {name} of a {two.value}"):
        cls.empty(one, SETTINGS).merge(cls.empty(two, SETTINGS))


@pytest.mark.parametrize("name", STATES)
def test_documented(name: str) -> None:
    cls = all_states()[name]
    assert cls.__doc__
    assert len(cls.__doc__.split()) > 8, "say what it holds and what it leaves out"
    assert cls.kinds
