"""Groups items into batches of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def packed(things: Iterable[T], size: Callable[[T], int], most: int) -> Iterator[list[T]]:
    """Yield batches of consecutive items whose sizes add up to at most `most`; a larger item is a batch of its own.

    Args:
        things: The items.
        size: Returns the size of an item.
        most: Largest sum of sizes in a batch.

    Example:
        >>> list(packed([3, 2, 4, 9, 1], int, 5))
        [[3, 2], [4], [9], [1]]
    """
    together: list[T] = []
    total = 0
    for thing in things:
        own = size(thing)
        if together and total + own > most:
            yield together
            together, total = [], 0
        together.append(thing)
        total += own
    if together:
        yield together
