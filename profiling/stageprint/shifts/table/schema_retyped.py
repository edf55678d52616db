"""Columns with another type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.table import TableFeatures
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import Example, Outcome, TableRule
from stageprint.shifts.base_wording import Number, Wording
from stageprint.shifts.table._schema import listed


class SchemaRetyped(TableRule):
    """Number of columns whose type differs from that of the reference's latest run.

    `type_changed` says how much it matters for each column; a wider integer breaks nothing.

    Example:
        (a int) → (a string): 1.
    """

    name: ClassVar[str] = "schema_retyped"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.SCHEMA})
    wording: ClassVar[Wording] = Number("{} columns of another type")
    unit: ClassVar[str] = "columns"
    convention: ClassVar[str] = "Spark SQL's type names; nullability is not compared"
    source: ClassVar[str] = "this project"
    min_effect: ClassVar[float] = 1.0
    example: ClassVar[Example] = Example({"fields": "a:int"}, {"fields": "a:string"}, 1.0)

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return how many columns have another type."""
        then = {field.name: field.data_type for field in past[-1].fields}
        return listed(
            f"{field.name} {then[field.name]} → {field.data_type}"
            for field in current.fields
            if then.get(field.name, field.data_type) != field.data_type
        )
