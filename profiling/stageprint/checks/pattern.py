"""Texts of a form."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from pydantic import Field, field_validator

from stageprint.checks._bounds import LeastShare
from stageprint.checks._labels import Label, judge_labels, read_labels
from stageprint.checks._text import percent
from stageprint.checks.base import CheckContext, ColumnCheck, Parameters, UndecidedError, Verdict
from stageprint.model import ColumnKind, ColumnProfile
from stageprint.states.frequent_items import MAX_CHARACTERS

_ELLIPSIS_AT: Final = -17
"""Where the state puts … in a text it shortened: 16 hex digits follow."""


class PatternParameters(LeastShare):
    """What the form is told.

    Attributes:
        regex: Regular expression in Python's syntax; the whole text must match.
        min_share: Least share of the values that must match, 0–1.
    """

    regex: str = Field(min_length=1)

    @field_validator("regex")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            message = f"expected a regular expression, got {value!r}: {error}"
            raise ValueError(message) from None
        return value


class PatternCheck(ColumnCheck[PatternParameters]):
    """Every text matches a regular expression from its first to its last character; nulls are left out.

    The expression is tried on the labels that the profile counts: on all of them up to ``sketches.max_items``, so the
    share is exact there. Beyond, frequent labels alone are known: where they do not decide it is not computable, as
    for texts over 256 characters, of which the profile keeps the beginning. Not computable without values, and for a
    column that is no text.

    Example:
        - pattern: {column: tailnum, regex: "N[0-9A-Z]{1,5}", min_share: 0.99}
        - {check: pattern, column: carrier, regex: "[A-Z0-9]{2}"}
    """

    name: ClassVar[str] = "pattern"
    model: ClassVar[type[Parameters]] = PatternParameters

    @property
    def expected(self) -> str:
        """The expression and the share."""
        return f"at least {percent(self.parameters.min_share)} of values matching {self.parameters.regex}"

    def judge_column(self, column: ColumnProfile, context: CheckContext) -> Verdict:  # noqa: ARG002 -- the column says it all
        """Try the expression on the labels known."""
        if column.kind is not ColumnKind.STRING:
            reason = f"the column is {column.data_type}, no text"
            raise UndecidedError(reason)
        return judge_labels(read_labels(column), self._matches, self.parameters.min_share, "matching")

    def _matches(self, label: Label) -> bool | None:
        text = str(label)
        if len(text) == MAX_CHARACTERS and text[_ELLIPSIS_AT] == "…":
            return None
        return re.fullmatch(self.parameters.regex, text) is not None
