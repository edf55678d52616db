"""No nulls in a column."""

from __future__ import annotations

from typing import ClassVar

from stageprint.checks._text import percent
from stageprint.checks.base import CheckContext, ColumnCheck, Parameters, Verdict, state_of
from stageprint.model import ColumnProfile
from stageprint.model.figures import plural
from stageprint.states.counts import CountsState


class NotNullParameters(Parameters):
    """``not_null`` has no parameters but the column."""


class NotNullCheck(ColumnCheck[NotNullParameters]):
    """No row is null. Exact. NaN counts as a value, as in Spark; `observed` says how many there are.

    Not computable if the table has no rows.

    Example:
        - not_null: [dep_time, origin]
        - {check: not_null, column: tailnum, severity: warning}
    """

    name: ClassVar[str] = "not_null"
    model: ClassVar[type[Parameters]] = NotNullParameters

    @property
    def expected(self) -> str:
        """No null."""
        return "no nulls"

    def judge_column(self, column: ColumnProfile, context: CheckContext) -> Verdict:  # noqa: ARG002 -- the column says it all
        """Count the nulls."""
        counts = state_of(column, CountsState)
        observed = f"{counts.nulls:,} of {plural(counts.rows, 'row')} null ({percent(counts.nulls / counts.rows)})"
        if counts.nan:
            observed += f"; {counts.nan:,} NaN, which are not null"
        return Verdict(counts.nulls == 0, observed)
