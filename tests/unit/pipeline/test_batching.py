from __future__ import annotations

import doctest
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from stageprint.pipeline import batching as packing
from stageprint.pipeline.batching import packed


def test_worked_example() -> None:
    assert doctest.testmod(packing) == (0, 1)


@given(st.lists(st.integers(0, 9)), st.integers(0, 12))
def test_nothing_is_lost_and_no_two_that_are_too_large_are_together(sizes: list[int], most: int) -> None:
    found = list(packed(sizes, int, most))
    assert [size for together in found for size in together] == sizes
    assert all(len(together) == 1 or sum(together) <= most for together in found)
    # None is closed before it has to be.
    assert all(sum(one) + other[0] > most for one, other in pairwise(found))
