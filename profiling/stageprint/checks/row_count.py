"""Number of rows."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, model_validator
from typing_extensions import Self

from stageprint.checks._bounds import check_order
from stageprint.checks._text import between
from stageprint.checks.base import CheckContext, Parameters, TableCheck, Verdict
from stageprint.model.figures import plural

Rows = Annotated[int, Field(ge=0, strict=True)]


class RowCountParameters(Parameters):
    """Parameters of ``row_count``.

    Attributes:
        min: Smallest accepted number of rows.
        max: Largest accepted number of rows.
    """

    min: Rows | None = None
    max: Rows | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        check_order(self.min, self.max)
        return self


class RowCountCheck(TableCheck[RowCountParameters]):
    """The number of rows lies within a range. Exact, and always computable.

    Example:
        - row_count: {min: 1}
        - {check: row_count, min: 20000, max: 40000, severity: warning}
    """

    name: ClassVar[str] = "row_count"
    model: ClassVar[type[Parameters]] = RowCountParameters

    @property
    def expected(self) -> str:
        """The range."""
        bounds = (None if bound is None else f"{bound:,}" for bound in (self.parameters.min, self.parameters.max))
        return f"{between(*bounds)} rows"

    def judge(self, context: CheckContext) -> Verdict:
        """Compare the number of rows with the bounds."""
        rows, least, most = context.table.rows, self.parameters.min, self.parameters.max
        passed = (least is None or rows >= least) and (most is None or rows <= most)
        return Verdict(passed, plural(rows, "row"))
