from __future__ import annotations

from collections import Counter

import datasketches
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stageprint.config.sketches import SketchSettings
from stageprint.model import ColumnKind
from stageprint.states.frequent_items import MAX_CHARACTERS, FrequentItemsState
from tests.support.columns import merged, state_of

FEW = SketchSettings(max_items=12)


def zipf(rows: int, seed: int = 0) -> list[str]:
    numbers = np.random.default_rng(seed).zipf(1.2, rows)
    return [f"item-{number % 50_000}" for number in numbers.tolist()]


def check(state: FrequentItemsState, rows: list[str]) -> None:
    """Check that every bound holds, and that no text that must be there is missing."""
    true = Counter(rows)
    assert state.rows == len(rows)
    items = {item.item: item for item in state.items()}
    assert len(items) <= state.capacity
    for text, item in items.items():
        assert item.lower <= true[text] <= item.upper == item.estimate
        assert item.upper - item.lower == state.max_error
    for text, count in true.items():
        assert text in items or count <= state.max_error
    assert state.max_error <= len(rows) / state.capacity


@pytest.mark.parametrize("size", [(8, 12), (12, 12), (13, 24), (768, 768), (769, 1_536), (1 << 20, 3 << 19)])
def test_room_for_at_least_as_many_as_asked(size: tuple[int, int]) -> None:
    asked, capacity = size
    assert FrequentItemsState.empty(ColumnKind.STRING, SketchSettings(max_items=asked)).capacity == capacity


def test_exact_up_to_the_capacity() -> None:
    rows = [f"item-{number}" for number in range(768) for _ in range(number % 3 + 1)]
    state = state_of(FrequentItemsState, [pa.array([*rows, None, None])])
    assert state.max_error == 0
    assert {item.item: item.lower for item in state.items()} == Counter(rows)
    assert [item.estimate for item in state.items(3)] == [3, 3, 3]
    assert [item.item for item in state.items(2)] == ["item-101", "item-104"]


@pytest.mark.parametrize("max_items", [12, 768])
@pytest.mark.parametrize("parts", [1, 5, 40])
def test_bounds_hold_however_the_rows_are_split(max_items: int, parts: int) -> None:
    rows, settings = zipf(20_000), SketchSettings(max_items=max_items)
    array = pa.array(rows)
    size = -(-len(rows) // parts)
    slices = [array.slice(start, size) for start in range(0, len(rows), size)]
    states = [state_of(FrequentItemsState, [part], settings=settings) for part in slices]
    check(merged(states[0], *states[1:]), rows)
    check(state_of(FrequentItemsState, slices, settings=settings), rows)


@given(st.lists(st.lists(st.sampled_from([f"t{n}" for n in range(40)]), max_size=80), min_size=1, max_size=6))
def test_bounds_hold_always(parts: list[list[str]]) -> None:
    arrays = [pa.array(part, pa.string()) for part in parts]
    rows = [text for part in parts for text in part]
    states = [state_of(FrequentItemsState, [array], settings=FEW) for array in arrays]
    for state in (state_of(FrequentItemsState, arrays, settings=FEW), merged(states[0], *states[1:])):
        check(state, rows)
        again = FrequentItemsState.from_bytes(state.to_bytes())
        check(again, rows)
        assert (again.items(), again.max_error) == (state.items(), state.max_error)


@pytest.mark.parametrize("max_items", [12, 768])
def test_all_texts_differ(max_items: int) -> None:
    rows = [f"user-{number}" for number in range(5_000)]
    settings = SketchSettings(max_items=max_items)
    state = state_of(FrequentItemsState, [pa.array(rows[:2_500]), pa.array(rows[2_500:])], settings=settings)
    check(state, rows)
    again = FrequentItemsState.from_bytes(state.to_bytes())
    # The library's bytes say nothing of a stream without a single text left.
    assert (again.rows, again.max_error) == (5_000, state.max_error)
    check(again, rows)
    assert state.max_error <= 2


def test_all_texts_differ_one_row_at_a_time() -> None:
    rows = [f"user-{number}" for number in range(100)]
    state = state_of(FrequentItemsState, [pa.array([text]) for text in rows], settings=FEW)
    check(state, rows)
    check(FrequentItemsState.from_bytes(state.to_bytes()), rows)


def test_of_two_sizes_the_smaller_is_kept() -> None:
    rows = zipf(3_000)
    small = state_of(FrequentItemsState, [pa.array(rows)], settings=FEW)
    large = state_of(FrequentItemsState, [pa.array(rows)])
    for state in (merged(small, large), merged(large, small)):
        assert state.capacity == small.capacity
        check(state, rows * 2)


def test_the_payload_is_the_librarys() -> None:
    state = state_of(FrequentItemsState, [pa.array(zipf(20_000))], settings=FEW)
    sketch = datasketches.frequent_strings_sketch.deserialize(state.to_bytes()[2:])
    assert sketch.total_weight == state.rows
    assert sketch.num_active_items == len(state.items())
    for item in state.items():
        assert sketch.get_lower_bound(item.item) == item.lower
        assert sketch.get_upper_bound(item.item) == item.upper
        assert sketch.get_estimate(item.item) == item.estimate
    assert sketch.get_upper_bound("never seen") == state.max_error


def test_long_texts_are_shortened_and_told_apart() -> None:
    texts = ["x" * 1_000, "x" * 1_001, "ä" * 256, "y" * 257]
    state = state_of(FrequentItemsState, [pa.array([*texts, texts[0]])])
    items = state.items()
    assert len(items) == 4
    assert {len(item.item) for item in items} == {MAX_CHARACTERS}
    assert items[0].item.startswith("x" * 239 + "…")
    assert items[0].lower == 2
    assert "ä" * 256 in {item.item for item in items}


def test_empty_and_odd_texts_are_items() -> None:
    state = state_of(FrequentItemsState, [pa.array(["", "", "a\0b", "🙂"])])
    again = FrequentItemsState.from_bytes(state.to_bytes())
    assert {item.item: item.lower for item in again.items()} == {"": 2, "a\0b": 1, "🙂": 1}
