from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stageprint.batch.text_formats import TextFormat
from stageprint.config.sketches import SketchSettings
from stageprint.errors import StateError
from stageprint.model import ColumnKind
from stageprint.states.text_shapes import TextShapesState
from tests.support.columns import SETTINGS, SMALL, merged, state_of


def shapes(rows: Sequence[str | None], settings: SketchSettings = SETTINGS) -> TextShapesState:
    return state_of(TextShapesState, [pa.array(rows, pa.string())], settings=settings)


def test_exact_while_every_text_is_sampled() -> None:
    state = shapes(["12", "12", None, "2026-03-02", "x", "", "34"])
    assert state.complete
    assert (state.distinct, state.rows) == (5, 6)
    found = [((0, ""), 1), ((0, "a"), 1), ((1, "99"), 1), ((1, "99"), 2), ((2, "9999-99-99"), 1)]
    assert sorted(state.items().values()) == found
    assert list(state.items()) == state._hashes.tolist()


def test_no_text_is_kept() -> None:
    data = shapes(["secret-4711", "Jane Doe"]).to_bytes()
    for part in (b"secret", b"4711", b"Jane", b"Doe"):
        assert part not in data


def test_a_sampled_text_has_all_its_rows() -> None:
    random = np.random.default_rng(4)
    rows = [f"t{number}" for number in random.zipf(1.3, 30_000) % 5_000]
    state = shapes(rows, SMALL)
    assert (state.complete, state.distinct) == (False, SMALL.shape_values)
    # The same hashes, all of them known: the truth of the same sample.
    every = shapes(rows, SketchSettings(shape_values=10_000))
    assert every.complete
    assert every.rows == len(rows)
    assert state._hashes.tolist() == every._hashes[: SMALL.shape_values].tolist()
    assert state._rows.tolist() == every._rows[: SMALL.shape_values].tolist()


def test_the_sample_is_an_unbiased_one() -> None:
    rows = [str(number) if number % 4 else f"t{number}" for number in range(40_000)]
    state = shapes(rows)
    share = sum(rows for shape, rows in state.items().values() if TextFormat.NUMBER in shape.formats) / state.rows
    assert abs(share - 0.75) < 4 * (0.75 * 0.25 / state.distinct) ** 0.5


def test_texts_of_any_length() -> None:
    rows = ["x" * 600, "x" * 600, "y" * 512, "y" * 513, "1", "9" * 700]
    state = shapes(rows)
    assert (state.distinct, state.rows) == (5, 6)
    assert merged(shapes(rows[:1]), shapes(rows[1:])).to_bytes() == state.to_bytes()


@pytest.mark.parametrize("pieces", [1, 7, 60])
def test_beyond_the_limit_too_the_order_does_not_matter(pieces: int) -> None:
    random = np.random.default_rng(pieces)
    rows = np.array([f"user {number}" for number in random.integers(0, 900, 6_000)])
    whole = state_of(TextShapesState, [pa.array(rows)], settings=SMALL)
    parts = [pa.array(part) for part in np.array_split(random.permutation(rows), pieces)]
    states = [state_of(TextShapesState, [part], settings=SMALL) for part in parts]
    assert merged(states[0], *states[1:]).to_bytes() == whole.to_bytes()
    assert state_of(TextShapesState, parts, settings=SMALL).to_bytes() == whole.to_bytes()
    encoded = [part.dictionary_encode() for part in parts]
    assert state_of(TextShapesState, encoded, settings=SMALL).to_bytes() == whole.to_bytes()


@pytest.mark.parametrize("distinct", [16, 17, 40, 1_000])
def test_the_same_texts_over_and_over(distinct: int) -> None:
    rows = [f"t{number % distinct}" for number in range(20 * distinct)]
    state = shapes(rows, SMALL)
    assert state.complete == (distinct <= SMALL.shape_values)
    assert state.rows == 20 * state.distinct == 20 * min(distinct, SMALL.shape_values)


def test_of_two_sizes_the_smaller() -> None:
    rows = [f"t{number}" for number in range(100)]
    state = merged(shapes(rows), shapes(rows, SMALL))
    assert (state.k, state.distinct, state.complete) == (16, 16, False)
    assert state.rows == 32
    assert merged(shapes(rows, SMALL), shapes(rows)).to_bytes() == state.to_bytes()


@given(st.lists(st.integers(0, 40).map(lambda number: f"t{number}"), max_size=80), st.integers(0, 80))
def test_laws_beyond_the_limit(rows: list[str], at: int) -> None:
    whole = shapes(rows, SMALL)
    parts = [shapes(part, SMALL) for part in (rows[:at], rows[at:])]
    assert merged(*parts).to_bytes() == merged(*parts[::-1]).to_bytes() == whole.to_bytes()


def test_damaged() -> None:
    data = shapes(["a"]).to_bytes()
    with pytest.raises(StateError, match="1 strings of at most 0"):
        TextShapesState.from_bytes(data[:2] + b"\0" + b"\0" + data[4:])
    assert TextShapesState.from_bytes(data).kind is ColumnKind.STRING
