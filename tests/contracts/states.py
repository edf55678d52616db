"""What every state must keep to, as functions of its class."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from stageprint.batch.column import ColumnBatch
from stageprint.errors import StateError
from stageprint.model import ColumnKind
from stageprint.states.base import State
from stageprint.states.kll import KllState
from stageprint.states.moments import MomentsState
from tests.support.columns import SETTINGS, example, merged, state_of

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


def check_bytes(cls: type[State], kind: ColumnKind) -> None:
    """Check that the bytes hold the values behind a header, and that other bytes are a `StateError`."""
    data = state_of(cls, [example(kind)], kind).to_bytes()
    assert data[0] == cls.version
    assert data != cls.empty(kind, SETTINGS).to_bytes()
    for short in range(len(data)):
        with pytest.raises(StateError):
            cls.from_bytes(data[:short])
    with pytest.raises(StateError, match="upgrade stageprint"):
        cls.from_bytes(bytes((cls.version + 1,)) + data[1:])
    with pytest.raises(StateError, match="version 0"):
        cls.from_bytes(b"\0" + data[1:])
    with pytest.raises(StateError, match="code 200"):
        cls.from_bytes(data[:1] + bytes((200,)) + data[2:])
    with pytest.raises(StateError, match="at least 2 bytes, got 1"):
        cls.from_bytes(data[:1])
    with pytest.raises(StateError, match=f"damaged {cls.name} state"):
        cls.from_bytes(data[:2] + b"\xff" * 3)
