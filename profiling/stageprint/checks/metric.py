"""Any metric between bounds."""

from __future__ import annotations

import datetime as dt
from math import ceil, floor, isnan
from typing import ClassVar, Final

from pydantic import Field, field_validator

from stageprint.checks._bounds import exactly, judge
from stageprint.checks._distinct import distinct
from stageprint.checks._limits import LimitParameters, Scale
from stageprint.checks._quantile import quantile
from stageprint.checks._text import number
from stageprint.checks.base import CheckContext, ColumnCheck, Parameters, UndecidedError, Verdict, state_of
from stageprint.errors import did_you_mean
from stageprint.features.table import Bounded
from stageprint.metrics.base import TEMPORAL_UNIT, Metric, all_metrics
from stageprint.model import ColumnKind, ColumnProfile, Lack, NotComputable
from stageprint.states.counts import CountsState
from stageprint.states.frequent_items import FrequentItemsState

_NUMBERS: Final = frozenset({"tinyint", "smallint", "int", "bigint", "float", "double"})


def _scalars() -> dict[str, Metric]:
    return {name: metric for name, metric in all_metrics().items() if metric.sql_type in _NUMBERS}


class MetricParameters(LimitParameters):
    """Parameters of ``metric``.

    Attributes:
        metric: Name of a metric that is a single number: a column of `column_profiles`, such as ``mean``.
        min: Smallest accepted value, in the metric's unit; a date for the mean, median, minimum or maximum of dates.
        max: Largest accepted value.
    """

    metric: str = Field()

    @field_validator("metric")
    @classmethod
    def _known(cls, value: str) -> str:
        scalars = _scalars()
        if value not in scalars:
            what = "which is not one number" if value in all_metrics() else "which does not exist"
            message = f"expected a metric that is one number, got {value!r}, {what}{did_you_mean(value, scalars)}"
            raise ValueError(message)
        return value


class MetricRangeCheck(ColumnCheck[MetricParameters]):
    """A metric of the column, such as its mean, lies within a range.

    As exact as the metric. For ``median``, ``distinct_count``, ``distinct_share`` and ``top_share``, the check takes
    the sketch error into account. Not computable if the metric is not, for the same reason.

    Example:
        - metric: {column: dep_delay, metric: mean, min: 0, max: 30}
        - {check: metric, column: distance, metric: standard_deviation, max: 1000, severity: review}
    """

    name: ClassVar[str] = "metric"
    model: ClassVar[type[Parameters]] = MetricParameters

    @property
    def expected(self) -> str:
        """The metric's range."""
        return f"{self.parameters.metric} {self.parameters.text}"

    def judge_column(self, column: ColumnProfile, context: CheckContext) -> Verdict:  # noqa: ARG002 -- the column says it all
        """Compare the metric with the limits."""
        metric = _scalars()[self.parameters.metric]
        value = metric.evaluate(column)
        if isinstance(value, NotComputable):
            counts = column.state(CountsState)
            empty = counts is not None and not counts.values
            raise UndecidedError(value.reason, lacks=Lack.VALUES if empty else None)
        found = float(str(value))
        if isnan(found):
            reason = f"the {metric.name} is not a number"
            raise UndecidedError(reason)
        bounds = _interval(metric.name, found, column)
        low, high = self.parameters.min, self.parameters.max
        if metric.unit == TEMPORAL_UNIT:
            scale = Scale(column)
            around = Bounded(*(float(scale.value(bound)) for bound in (bounds.value, bounds.lower, bounds.upper)))
            return judge(around, scale.double(low), scale.double(high), scale.show)
        if isinstance(low, dt.datetime) or isinstance(high, dt.datetime):
            reason = f"{metric.name} is a number, its limit a date"
            raise UndecidedError(reason)
        return judge(bounds, low, high, _figure)


def _interval(metric: str, value: float, column: ColumnProfile) -> Bounded:
    """Return a metric's value with its sketch error."""
    if metric == "median":
        around = quantile(column, 0.5)
    elif metric == "distinct_count":
        found = distinct(column)
        around = Bounded(found.value, floor(found.lower), ceil(found.upper))
    elif metric == "distinct_share":
        around = _of_values(distinct(column), column)
    elif metric == "top_share" and column.kind is ColumnKind.STRING:
        top = state_of(column, FrequentItemsState).items(1)[0]
        around = _of_values(Bounded(top.estimate, top.lower, top.upper), column)
    else:
        return exactly(value)
    return Bounded(value, min(value, around.lower), max(value, around.upper))


def _figure(value: float) -> str:
    return number(float(f"{value:.10g}"))


def _of_values(found: Bounded, column: ColumnProfile) -> Bounded:
    rows = state_of(column, CountsState).values
    return Bounded(found.value / rows, found.lower / rows, found.upper / rows)
