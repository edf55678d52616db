"""Smallest and largest value."""

from __future__ import annotations

from typing import ClassVar

from stageprint.checks._limits import LimitParameters, Scale
from stageprint.checks.base import CheckContext, ColumnCheck, Parameters, Verdict, counts_with_values, state_of
from stageprint.model import ColumnProfile
from stageprint.states.extremes import ExtremesState


class AcceptedRangeParameters(LimitParameters):
    """Parameters of ``accepted_range``.

    Attributes:
        min: Smallest accepted value: a number or a date.
        max: Largest accepted value.
    """


class AcceptedRangeCheck(ColumnCheck[AcceptedRangeParameters]):
    """Every value lies within a range, bounds included. Exact: the profile keeps minimum and maximum in full precision.

    Nulls and NaN are ignored; ±∞ counts as a value. Dates and times without a time zone are read as UTC. Not computable
    if the column has no values, or holds neither numbers nor dates.

    Example:
        - accepted_range: {column: hour, min: 0, max: 23}
        - {check: accepted_range, column: time_hour, min: 2013-01-01}
    """

    name: ClassVar[str] = "accepted_range"
    model: ClassVar[type[Parameters]] = AcceptedRangeParameters

    @property
    def expected(self) -> str:
        """The range."""
        return self.parameters.text

    def judge_column(self, column: ColumnProfile, context: CheckContext) -> Verdict:  # noqa: ARG002 -- the column says it all
        """Compare the extremes with the limits."""
        scale = Scale(column)
        least, most = scale.limit(self.parameters.min), scale.limit(self.parameters.max)
        counts_with_values(column)
        extremes = state_of(column, ExtremesState)
        low, high = scale.value(extremes.minimum), scale.value(extremes.maximum)
        passed = (least is None or low >= least) and (most is None or high <= most)
        return Verdict(passed, f"{scale.show(low)} to {scale.show(high)}")
