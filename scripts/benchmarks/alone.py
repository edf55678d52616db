"""Calls a function in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Found = TypeVar("Found")


def alone(function: Callable[..., Found], *arguments: object) -> Found:
    """Return what a function of a module returns in a new process, which has ended by then.

    A JVM keeps the heap it was started with and outlives its session, and the most memory that a process ever had
    cannot be set back: what is to have both for itself starts anew.

    Args:
        function: Found by its name in the new process, as its arguments are pickled.
        arguments: Given to the function.

    Raises:
        BrokenProcessPool: The process was killed.
        RuntimeError: The function raised; its message names what it was.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_call, function, *arguments).result()


def _call(function: Callable[..., Found], *arguments: object) -> Found:
    try:
        return function(*arguments)
    except Exception as error:  # noqa: BLE001 -- Spark's hold what cannot be pickled, and that would be what arrives
        message = f"{type(error).__name__}: {error}"
        raise RuntimeError(message) from None
