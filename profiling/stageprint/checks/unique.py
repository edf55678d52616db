"""Values that occur only once."""

from __future__ import annotations

from typing import ClassVar, Final

from stageprint.checks._bounds import MinShareParameters, judge
from stageprint.checks._distinct import distinct
from stageprint.checks._text import percent
from stageprint.checks.base import CheckContext, ColumnCheck, Parameters, UndecidedError, Verdict, counts_with_values
from stageprint.features.table import Bounded
from stageprint.model import ColumnProfile
from stageprint.model.figures import plural
from stageprint.states.theta import ThetaState

UNIQUE_BOUND_FACTOR: Final = 2.0
"""Multiple of three standard deviations for the bounds of a sketch.

A column without repeats lies exactly at the bound in every run: three standard deviations would fail one such column in
700, six fail none.
"""


class UniqueParameters(MinShareParameters):
    """Parameters of ``unique``.

    Attributes:
        min_share: Smallest accepted number of distinct values, as a share of the rows with a value, 0–1; 1 means that
            no value occurs twice.
    """


class UniqueCheck(ColumnCheck[UniqueParameters]):
    """No value occurs twice; nulls and NaN are ignored, as in SQL.

    The profile decides in these cases: every value or label was counted; a theta sketch (of a declared key or of
    ``columns.theta``) is exact; a frequent label occurs twice; there are more rows than values that fit between minimum
    and maximum; or a sketch's estimate plus six standard deviations is below the number of rows. Otherwise the check is
    not computable: an estimate cannot tell 100,000 distinct values from 99,999. With a `min_share` below 1, a share
    that is too low by no more than the sketch error passes. Not computable if the column has no values.

    Example:
        - unique: order_id
        - {check: unique, column: session_id, min_share: 0.99, severity: warning}
    """

    name: ClassVar[str] = "unique"
    model: ClassVar[type[Parameters]] = UniqueParameters

    @property
    def expected(self) -> str:
        """No value twice, or the share."""
        share = self.parameters.min_share
        return "no value twice" if share == 1 else f"distinct values at least {percent(share)} of the values"

    def judge_column(self, column: ColumnProfile, context: CheckContext) -> Verdict:
        """Compare the number of distinct values with the number of rows that have a value."""
        rows = counts_with_values(column).values
        key = context.table.keys.get(column.column)
        thetas = [key] if isinstance(key, ThetaState) else []
        if self.parameters.min_share == 1:
            return judge_unique(distinct(column, thetas, factor=UNIQUE_BOUND_FACTOR), rows, "value")
        found = distinct(column, thetas)
        share = Bounded(found.value / rows, found.lower / rows, found.upper / rows)
        return judge(share, self.parameters.min_share, None)


def judge_unique(found: Bounded, rows: int, what: str) -> Verdict:
    """Return whether there are as many distinct values as rows.

    Raises:
        UndecidedError: Neither that nor the opposite is proven.
    """
    if found.lower >= rows:
        return Verdict(True, f"all {plural(rows, what)} distinct")
    if found.lower == found.upper:
        return Verdict(False, f"{found.value:,.0f} distinct of {plural(rows, what)}")
    if found.upper < rows:
        return Verdict(False, f"at most {found.upper:,.0f} distinct of {plural(rows, what)}")
    reason = "the number of distinct values is an estimate, which cannot tell no repeats from a few"
    raise UndecidedError(reason, f"at least {found.lower:,.0f} distinct of {plural(rows, what)}")
