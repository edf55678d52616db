"""A function in a process of its own."""

from __future__ import annotations

import operator
import os
import threading
from concurrent.futures.process import BrokenProcessPool

import pytest

from scripts.benchmarks.alone import alone


def test_another_process_answers() -> None:
    assert alone(os.getpid) not in (os.getpid(), alone(os.getpid))


class LockHeldError(Exception):
    """What cannot be pickled."""

    def __init__(self) -> None:
        super().__init__("the driver is gone")
        self.lock = threading.RLock()


def fail() -> None:
    raise LockHeldError


def test_what_it_raises_is_told_here_even_if_it_cannot_be_pickled() -> None:
    with pytest.raises(RuntimeError, match=r"^ZeroDivisionError: division by zero$"):
        alone(operator.truediv, 1, 0)
    with pytest.raises(RuntimeError, match=r"^LockHeldError: the driver is gone$"):
        alone(fail)


def test_a_process_that_is_killed_says_so() -> None:
    with pytest.raises(BrokenProcessPool):
        alone(os._exit, 3)
