"""Calls a function in a process of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

Found = TypeVar("Found")


def alone(function: Callable[..., Found], *arguments: object) -> Found:
    """Return what a function of a module returns, after running it in a new process that has ended.

    A JVM keeps the heap it was started with and outlives its session, and the peak memory of a process cannot be
    reset. A measurement that needs its own heap or its own peak therefore needs its own process.

    Args:
        function: A function that can be imported by name in the new process.
        arguments: Its arguments, which are pickled.

    Raises:
        BrokenProcessPool: The process was killed.
        RuntimeError: The function raised; the message names the exception.
    """
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_call, function, *arguments).result()


def _call(function: Callable[..., Found], *arguments: object) -> Found:
    try:
        return function(*arguments)
    except Exception as error:  # noqa: BLE001 -- exceptions of Spark often cannot be pickled
        message = f"{type(error).__name__}: {error}"
        raise RuntimeError(message) from None
