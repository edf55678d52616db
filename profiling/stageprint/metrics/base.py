"""The contract of a metric: from states to one value, or to the reason why there is none."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Final

from stageprint.config.sketches import SketchSettings
from stageprint.model import ColumnKind, ColumnProfile, NotComputable
from stageprint.registry import discover
from stageprint.states.base import State

TEMPORAL_UNIT: Final = "as the column; dates in days, timestamps in microseconds, since 1970-01-01"

Value = bool | int | float | str | list[object] | dict[str, object]


class Metric(ABC):
    """One value per column, computed from its merged states.

    Attributes:
        name: Name of the metric and of its column in `column_profiles`; the field's standard term.
        unit: Unit of the value, such as ``rows``, ``share 0–1`` or ``as the column``.
        kinds: Kinds of column it is defined for.
        sql_type: Spark SQL type of the stored value.
        source: Formula, paper or library it follows.
        null_means: What a null in the table means; the column `not_computable` has the exact reason.
        needs: States it reads; where one is missing the metric is not computable.
        exact: Whether it never depends on a sketch or a sample; the others are exact too while these drop nothing.
        settings: Sketch sizes that the table was profiled with.
        as_of: First moment after the run's logical date, in microseconds since 1970-01-01 UTC; None without a date.
    """

    name: ClassVar[str]
    unit: ClassVar[str]
    kinds: ClassVar[frozenset[ColumnKind]]
    sql_type: ClassVar[str]
    source: ClassVar[str]
    null_means: ClassVar[str]
    needs: ClassVar[tuple[type[State], ...]]
    exact: ClassVar[bool] = True

    def __init__(self, settings: SketchSettings | None = None, as_of: int | None = None) -> None:
        self.settings = settings or SketchSettings()
        self.as_of = as_of

    @abstractmethod
    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the value; only called for a kind in `kinds`, with every state in `needs`."""

    def evaluate(self, column: ColumnProfile) -> Value | NotComputable:
        """Return the value, or the reason why there is none: a wrong kind, a missing state, or `compute`'s own."""
        if column.kind not in self.kinds:
            shown = column.data_type if column.kind is ColumnKind.OTHER else column.kind.value
            return NotComputable(f"type {shown}")
        for state in self.needs:
            if column.state(state) is None:
                why = "" if column.sensitive is None else f": the column is sensitive ({column.sensitive})"
                return NotComputable(f"no {state.name} state was kept{why}")
        return self.compute(column)


def all_metrics(settings: SketchSettings | None = None, as_of: int | None = None) -> Mapping[str, Metric]:
    """Return every registered metric by name."""
    return {name: metric(settings, as_of) for name, metric in discover("stageprint.metrics", Metric).items()}


def evaluate_all(
    column: ColumnProfile, settings: SketchSettings | None = None, as_of: int | None = None
) -> tuple[dict[str, Value], dict[str, str]]:
    """Evaluate every registered metric of a column.

    Args:
        column: The column's profile.
        settings: Sketch sizes that the table was profiled with; None: the defaults.
        as_of: First moment after the run's logical date, in microseconds since 1970-01-01 UTC; None without a date,
            which is then the reason of the metrics that measure time from it.

    Returns:
        Metric → value, and metric → reason for every metric without a value.
    """
    values: dict[str, Value] = {}
    reasons: dict[str, str] = {}
    for name, metric in all_metrics(settings, as_of).items():
        result = metric.evaluate(column)
        if isinstance(result, NotComputable):
            reasons[name] = result.reason
        else:
            values[name] = result
    return values, reasons
