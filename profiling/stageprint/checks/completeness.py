"""Share of rows with a value."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from stageprint.checks._bounds import Share
from stageprint.checks._text import percent
from stageprint.checks.base import CheckContext, ColumnCheck, Parameters, Verdict, state_of
from stageprint.model import ColumnProfile
from stageprint.model.figures import plural
from stageprint.states.counts import CountsState


class CompletenessParameters(Parameters):
    """Parameters of ``completeness``.

    Attributes:
        min_share: Smallest accepted share of rows with a value, 0–1.
        nan_is_null: Whether NaN also counts as missing, as in pandas.
    """

    min_share: Share
    nan_is_null: bool = Field(default=False, strict=True)


class CompletenessCheck(ColumnCheck[CompletenessParameters]):
    """At least the given share of rows is not null. Exact.

    NaN counts as a value, as in Spark, unless `nan_is_null` is set. Not computable if the table has no rows.

    Example:
        - {check: completeness, column: dep_time, min_share: 0.95}
        - completeness: {column: speed, min_share: 0.9, nan_is_null: true}
    """

    name: ClassVar[str] = "completeness"
    model: ClassVar[type[Parameters]] = CompletenessParameters

    @property
    def expected(self) -> str:
        """The share."""
        what = "neither null nor NaN" if self.parameters.nan_is_null else "not null"
        return f"at least {percent(self.parameters.min_share)} of rows {what}"

    def judge_column(self, column: ColumnProfile, context: CheckContext) -> Verdict:  # noqa: ARG002 -- the column says it all
        """Count the values."""
        counts = state_of(column, CountsState)
        present = counts.values if self.parameters.nan_is_null else counts.rows - counts.nulls
        # A single division is correctly rounded: 95 of 100 rows are not below 0.95.
        share = present / counts.rows
        observed = f"{present:,} of {plural(counts.rows, 'row')} ({percent(share)})"
        return Verdict(share >= self.parameters.min_share, observed)
