"""Things taken together as long as they are not too large."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def packed(things: Iterable[T], size: Callable[[T], int], most: int) -> Iterator[list[T]]:
    """Yield the things in their order, as many together as are no larger than `most`; one that is, by itself.

    Args:
        things: What is packed.
        size: How large one is.
        most: Largest sum of sizes.

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
