"""A quantile between bounds."""

from __future__ import annotations

from typing import ClassVar

from stageprint.checks._bounds import Share, judge
from stageprint.checks._limits import LimitParameters, Scale
from stageprint.checks._quantile import quantile
from stageprint.checks._text import number
from stageprint.checks.base import CheckContext, ColumnCheck, Parameters, Verdict
from stageprint.features.table import Bounded
from stageprint.model import ColumnProfile


class QuantileRangeParameters(LimitParameters):
    """Parameters of ``quantile_range``.

    Attributes:
        quantile: Rank, 0–1: 0.5 is the median, 0.99 the value that 99 % of the values do not exceed.
        min: Smallest accepted value: a number or a date.
        max: Largest accepted value.
    """

    quantile: Share


class QuantileRangeCheck(ColumnCheck[QuantileRangeParameters]):
    """A quantile lies within a range. Unlike `accepted_range`, this check does not fail because of a few outliers.

    The quantile is the smallest value that at least the given share of values does not exceed, as in Spark's
    ``kll_sketch_get_quantile``. Exact up to 1,000 distinct values. With more, the sketch's rank error (0.68 % at
    k = 400, in 99 % of cases) gives an interval, and the check fails only if the whole interval is outside the range.
    Nulls and NaN are ignored. Not computable if the column has no values, or holds neither numbers nor dates.

    Example:
        - quantile_range: {column: dep_delay, quantile: 0.99, max: 240}
        - {check: quantile_range, column: distance, quantile: 0.5, min: 700, max: 1000, severity: warning}
    """

    name: ClassVar[str] = "quantile_range"
    model: ClassVar[type[Parameters]] = QuantileRangeParameters

    @property
    def expected(self) -> str:
        """The quantile's range."""
        return f"quantile {number(self.parameters.quantile)} {self.parameters.text}"

    def judge_column(self, column: ColumnProfile, context: CheckContext) -> Verdict:  # noqa: ARG002 -- the column says it all
        """Compare the quantile's interval with the limits."""
        scale = Scale(column)
        found = quantile(column, self.parameters.quantile)
        around = Bounded(*(float(scale.value(value)) for value in (found.value, found.lower, found.upper)))
        return judge(around, scale.double(self.parameters.min), scale.double(self.parameters.max), scale.show)
