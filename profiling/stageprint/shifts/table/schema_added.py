"""Columns that are new."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.table import TableFeatures
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import Example, Outcome, TableRule
from stageprint.shifts.base_wording import Number, Wording
from stageprint.shifts.table._schema import listed


class SchemaAdded(TableRule):
    """Number of columns that the reference's latest run does not have; for review only.

    Example:
        (a) → (a, b): 1.
    """

    name: ClassVar[str] = "schema_added"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.SCHEMA})
    wording: ClassVar[Wording] = Number("{} columns added")
    unit: ClassVar[str] = "columns"
    convention: ClassVar[str] = "top-level fields by exact name; a renamed column is removed and added"
    source: ClassVar[str] = "this project"
    review_only: ClassVar[bool] = True
    min_effect: ClassVar[float] = 1.0
    example: ClassVar[Example] = Example({"fields": "a"}, {"fields": "a b"}, 1.0)

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return how many columns are new."""
        then = {field.name for field in past[-1].fields}
        return listed(field.name for field in current.fields if field.name not in then)
