"""A function in a process of its own."""

from __future__ import annotations

import operator
import os
from concurrent.futures.process import BrokenProcessPool

import pytest

from scripts.bench.alone import alone


def test_another_process_answers() -> None:
    assert alone(os.getpid) not in (os.getpid(), alone(os.getpid))


def test_what_it_raises_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        alone(operator.truediv, 1, 0)


def test_a_process_that_is_killed_says_so() -> None:
    with pytest.raises(BrokenProcessPool):
        alone(os._exit, 3)
