"""Texts that match a regular expression."""

from __future__ import annotations

import re
from typing import ClassVar, Final

from pydantic import Field, field_validator

from stageprint.checks._bounds import MinShareParameters
from stageprint.checks._labels import Label, judge_labels, read_labels
from stageprint.checks._text import percent
from stageprint.checks.base import CheckContext, ColumnCheck, Parameters, UndecidedError, Verdict
from stageprint.model import ColumnKind, ColumnProfile
from stageprint.states.frequent_items import MAX_CHARACTERS

_ELLIPSIS_AT: Final = -17
"""Position of the … in a text that the state shortened; 16 hex digits follow it."""


class PatternParameters(MinShareParameters):
    """Parameters of ``pattern``.

    Attributes:
        regex: Regular expression in Python syntax; the whole text must match.
        min_share: Smallest accepted share of values that match, 0–1.
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
    """Every text matches a regular expression from its first to its last character; nulls are ignored.

    The check matches the labels in the profile. Up to ``sketches.max_items`` labels, the profile holds all of them, so
    the share is exact; with more, it holds only the frequent ones. Of texts over 256 characters it holds only the
    beginning. Not computable if the known labels do not decide, or if the column has no values or is not text.

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
        """Match the expression against the known labels."""
        if column.kind is not ColumnKind.STRING:
            reason = f"the column is {column.data_type}, not text"
            raise UndecidedError(reason)
        return judge_labels(read_labels(column), self._matches, self.parameters.min_share, "matching")

    def _matches(self, label: Label) -> bool | None:
        text = str(label)
        if len(text) == MAX_CHARACTERS and text[_ELLIPSIS_AT] == "…":
            return None
        return re.fullmatch(self.parameters.regex, text) is not None
