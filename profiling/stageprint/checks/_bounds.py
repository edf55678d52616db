"""Figures with their sketch error, held against declared bounds."""

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


class LeastShare(Parameters):
    """A least share.

    Attributes:
        min_share: Least share, 0–1.
    """

    min_share: Share = Field(default=1.0)


def check_order(low: float | None, high: float | None) -> None:
    """See that there is a least or a greatest value, and that they leave something between them.

    Raises:
        ValueError: They do not.
    """
    if low is None and high is None:
        message = "expected a least value, a greatest or both, got neither"
        raise ValueError(message)
    if low is not None and high is not None and low > high:
        message = f"expected the least value to be at most the greatest, got {low:g} and {high:g}"
        raise ValueError(message)


def exactly(value: float) -> Bounded:
    """Return a figure without error."""
    return Bounded(value, value, value)


def judge(found: Bounded, low: float | None, high: float | None, show: Callable[[float], str] = percent) -> Verdict:
    """Hold a figure against bounds: outside is a failure only where its whole interval is.

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
