"""The result of a check in one run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Literal, TypeAlias

from stageprint.model.keys import ColumnKey
from stageprint.model.severity import Severity

CheckStatus: TypeAlias = Literal["pass", "fail", "not_computable"]


class Lack(str, Enum):
    """What a check lacks that could not be computed, where it is not the check or its configuration that is wrong."""

    PROFILE = "profile"
    """Its table, or a table that it is compared with, has no profile in the run."""
    HISTORY = "history"
    """There is no earlier run to compare with yet."""
    VALUES = "values"
    """The table has no rows, or the column no values."""


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """The result of one check in one run.

    Attributes:
        run_id: The run.
        key: The column as declared in the check; its `column` is `TABLE_LEVEL` for a check of the table itself.
        check: Registered name of the check.
        status: ``pass``, ``fail`` or ``not_computable``.
        severity: Severity of a failure.
        expected: The declared expectation, in words.
        observed: The corresponding figures of the profile, in words.
        reason: Why the check is not computable; None: it passed or failed.
        lacks: What it lacks to be computable; None: it is computable, or something is wrong with the check itself.
    """

    run_id: str
    key: ColumnKey
    check: str
    status: CheckStatus
    severity: Severity
    expected: str
    observed: str
    reason: str | None = None
    lacks: Lack | None = None

    @property
    def message(self) -> str:
        """The result in one sentence."""
        if self.status == "not_computable":
            return f"{self.key}: {self.check} is not computable: {self.reason}."
        verb = "passes" if self.status == "pass" else "fails"
        return f"{self.key} {verb} {self.check}: expected {self.expected}, found {self.observed}."
