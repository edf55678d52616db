"""Compares figures, with their sketch error, with declared bounds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from pydantic import Field, PlainValidator

from stageprint.checks._text import percent
from stageprint.checks.base import Parameters, Verdict
from stageprint.features.table import Bounded


def _share(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        message = "expected a share from 0 to 1"
        if isinstance(value, (int, float)) and not isinstance(value, bool) and 1 < value <= 100:
            message += f" (for {value:g} % write {value / 100:g})"
        raise ValueError(message)
    return float(value)


Share = Annotated[float, PlainValidator(_share)]
"""A share from 0 to 1."""


class MinShareParameters(Parameters):
    """Parameters with a smallest accepted share.

    Attributes:
        min_share: Smallest accepted share, 0–1.
    """

    min_share: Share = Field(default=1.0)


def check_order(low: float | None, high: float | None) -> None:
    """Check that at least one bound is given and that the lower is not above the upper.

    Raises:
        ValueError: Neither is given, or they are the wrong way round.
    """
    if low is None and high is None:
        message = "expected a lower or an upper bound or both, got neither"
        raise ValueError(message)
    if low is not None and high is not None and low > high:
        message = f"expected the lower bound to be at most the upper, got {low:g} and {high:g}"
        raise ValueError(message)


def exactly(value: float) -> Bounded:
    """Return a figure that has no error."""
    return Bounded(value, value, value)


def judge(found: Bounded, low: float | None, high: float | None, show: Callable[[float], str] = percent) -> Verdict:
    """Compare a figure with bounds; it fails only if its whole error interval is outside them.

    Example:
        >>> judge(Bounded(0.94, 0.92, 0.96), 0.95, None)
        Verdict(passed=True, observed='94 % (92 % to 96 %), within sketch error of the bound')
        >>> judge(exactly(0.94), 0.95, None)
        Verdict(passed=False, observed='94 %')
    """
    observed = show(found.value)
    if found.lower != found.upper:
        observed += f" ({show(found.lower)} to {show(found.upper)})"
    beyond = (low is not None and found.upper < low) or (high is not None and found.lower > high)
    outside = (low is not None and found.value < low) or (high is not None and found.value > high)
    if outside and not beyond:
        observed += ", within sketch error of the bound"
    return Verdict(not beyond, observed)
