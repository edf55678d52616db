"""Columns that are gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.table import TableFeatures
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import Example, Outcome, TableRule
from stageprint.shifts.base_wording import Number, Wording
from stageprint.shifts.table._schema import listed


class SchemaRemoved(TableRule):
    """Number of columns of the reference's latest run that are missing.

    Example:
        (a, b) → (a): 1.
    """

    name: ClassVar[str] = "schema_removed"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.SCHEMA})
    wording: ClassVar[Wording] = Number("{} columns removed")
    unit: ClassVar[str] = "columns"
    convention: ClassVar[str] = "top-level fields by exact name; a renamed column is removed and added"
    source: ClassVar[str] = "this project"
    min_effect: ClassVar[float] = 1.0
    critical_effect: ClassVar[float] = 1.0
    example: ClassVar[Example] = Example({"fields": "a b"}, {"fields": "a"}, 1.0)

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return how many columns are gone."""
        now = {field.name for field in current.fields}
        return listed(field.name for field in past[-1].fields if field.name not in now)
