"""Lengths of texts."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, model_validator
from typing_extensions import Self

from stageprint.checks._bounds import check_order
from stageprint.checks._text import between
from stageprint.checks.base import CheckContext, ColumnCheck, Parameters, Verdict, counts_with_values, state_of
from stageprint.model import ColumnProfile
from stageprint.states.lengths import LengthsState

Length = Annotated[int, Field(ge=0, strict=True)]


class StringLengthParameters(Parameters):
    """Parameters of ``string_length``.

    Attributes:
        min: Smallest accepted length, in characters.
        max: Largest accepted length.
    """

    min: Length | None = None
    max: Length | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        check_order(self.min, self.max)
        return self


class StringLengthCheck(ColumnCheck[StringLengthParameters]):
    """The length of every text, in characters, lies within a range. Exact. Nulls are ignored.

    Not computable if the column has no values, or is not text.

    Example:
        - string_length: {column: origin, min: 3, max: 3}
        - {check: string_length, column: tailnum, max: 6}
    """

    name: ClassVar[str] = "string_length"
    model: ClassVar[type[Parameters]] = StringLengthParameters

    @property
    def expected(self) -> str:
        """The range."""
        bounds = (None if bound is None else str(bound) for bound in (self.parameters.min, self.parameters.max))
        return f"{between(*bounds)} characters"

    def judge_column(self, column: ColumnProfile, context: CheckContext) -> Verdict:  # noqa: ARG002 -- the column says it all
        """Compare the shortest and the longest text with the bounds."""
        lengths = state_of(column, LengthsState)
        counts_with_values(column)
        least, most = self.parameters.min, self.parameters.max
        passed = (least is None or lengths.minimum >= least) and (most is None or lengths.maximum <= most)
        return Verdict(passed, f"{lengths.minimum:,} to {lengths.maximum:,} characters")
