"""Columns in another order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from stageprint.features.table import TableFeatures
from stageprint.model import Concern, NotComputable
from stageprint.shifts.base import Example, Outcome, TableRule
from stageprint.shifts.base_wording import Number, Wording
from stageprint.shifts.table._schema import listed


class SchemaReordered(TableRule):
    """Number of columns in both runs whose position among them has changed; for review only.

    It breaks readers by position, such as a CSV file without a header.

    Example:
        (a, b, c) → (b, a, c): 2.
    """

    name: ClassVar[str] = "schema_reordered"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.SCHEMA})
    wording: ClassVar[Wording] = Number("{} columns in another place")
    unit: ClassVar[str] = "columns"
    convention: ClassVar[str] = "rank among the columns of both schemas"
    source: ClassVar[str] = "this project"
    review_only: ClassVar[bool] = True
    min_effect: ClassVar[float] = 1.0
    example: ClassVar[Example] = Example({"fields": "a b c"}, {"fields": "b a c"}, 2.0)

    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return how many columns moved."""
        now, then = ([field.name for field in table.fields] for table in (current, past[-1]))
        kept_now = [name for name in now if name in set(then)]
        kept_then = [name for name in then if name in set(now)]
        return listed(after for after, before in zip(kept_now, kept_then, strict=True) if after != before)
