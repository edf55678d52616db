from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from stageprint.errors import StateError
from stageprint.states.lengths import LengthsState
from tests.support.columns import state_of


def test_characters() -> None:
    state = state_of(LengthsState, [pa.array(["", "ä", "日本", None, "abc", "abc"])])
    assert (state.n, state.minimum, state.maximum, state.total) == (5, 0, 3, 9)
    starts, counts = state.histogram()
    assert (starts.tolist(), counts.tolist()) == ([0, 1, 2, 3], [1, 1, 1, 2])
    assert [state.quantile(rank) for rank in (0, 0.2, 0.21, 0.5, 1)] == [0, 0, 1, 2, 3]


def test_without_texts() -> None:
    state = state_of(LengthsState, [pa.array([None], pa.string())])
    assert (state.n, state.quantile(0.5)) == (0, None)


def test_the_shortest_counts_also_where_a_later_batch_is_longer() -> None:
    state = state_of(LengthsState, [pa.array(["abc"]), pa.array(["abcd"]), pa.array(["a"])])
    assert (state.minimum, state.maximum) == (1, 4)


@pytest.mark.parametrize("distinct", [True, False])
def test_long_texts_within_a_fifth_of_a_percent(distinct: bool) -> None:
    lengths = np.random.default_rng(5).integers(1_000, 60_000, 40)
    texts = [
        chr(97 + place) * int(length) if distinct else "x" * int(length)
        for place, length in enumerate(lengths % 26 + lengths)
    ]
    state = state_of(LengthsState, [pa.array(texts[:25]), pa.array(texts[25:])])
    exact = sorted(map(len, texts))
    assert (state.minimum, state.maximum, state.total) == (exact[0], exact[-1], sum(exact))
    for rank in (0.1, 0.5, 0.9):
        assert state.quantile(rank) == pytest.approx(exact[int(np.ceil(rank * 40)) - 1], rel=0.002)


def test_texts_that_are_not_counted_by_the_batch() -> None:
    state = state_of(LengthsState, [pa.array([f"{number}" for number in range(10_000)])])
    assert (state.n, state.total) == (10_000, 10 + 2 * 90 + 3 * 900 + 4 * 9_000)


def test_bins_that_do_not_add_up() -> None:
    data = bytearray(state_of(LengthsState, [pa.array(["a"])]).to_bytes())
    data[2] = 7
    with pytest.raises(StateError, match="its bins hold 1 values instead of 7"):
        LengthsState.from_bytes(bytes(data))
