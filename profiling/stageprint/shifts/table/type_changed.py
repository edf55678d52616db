"""A column has another type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.column import ColumnFeatures
from stageprint.model import ALL_KINDS, ColumnKind, Concern, NotComputable
from stageprint.shifts.base import ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Number, Wording

OTHER_MEANING = 1.0
SAME_FAMILY = 0.5
SAME_KIND = 0.25


class TypeChanged(ColumnRule):
    """The column's type changed.

    Formula: 1 for another meaning (a number became text), ½ for another kind of number or timestamp, ¼ for another
    width.

    It is compared with the latest run of the reference that has values, one of which is enough: a type does not vary by
    chance, and a column without values has none.
    """

    name: ClassVar[str] = "type_changed"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.SCHEMA, Concern.FOREIGN_VALUES})
    wording: ClassVar[Wording] = Number("the type changed (weight {})")
    unit: ClassVar[str] = "1 other meaning, ½ other kind of number or timestamp, ¼ other width, 0 same type"
    convention: ClassVar[str] = "Spark SQL's type names"
    source: ClassVar[str] = "this project"
    kinds: ClassVar[frozenset[ColumnKind]] = ALL_KINDS
    min_effect: ClassVar[float] = SAME_KIND
    critical_effect: ClassVar[float] = OTHER_MEANING
    example: ClassVar[Example] = Example([1], [1], 0.0, ColumnKind.INTEGER)

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return how much of a change it is."""
        if not has_values(current):
            return NotComputable("no values in this run, and so no type")
        before = next((run for run in reversed(past) if has_values(run)), None)
        if before is None:
            return NotComputable("no values in an earlier run, and so no type")
        if before.data_type == current.data_type:
            return Outcome(0.0)
        if before.kind is current.kind and current.kind is not ColumnKind.OTHER:
            change = SAME_KIND
        else:
            change = SAME_FAMILY if current.comparable(before) and before.kind is not current.kind else OTHER_MEANING
        return Outcome(change, detail=f"{before.data_type} → {current.data_type}")


def has_values(column: ColumnFeatures) -> bool:
    """Return whether a row has a value; True where that is not known."""
    return not column.nulls >= column.rows
