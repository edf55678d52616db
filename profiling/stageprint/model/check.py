"""A check's result in one run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from stageprint.model.keys import ColumnKey
from stageprint.model.severity import Severity


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What one check came to in one run.

    Attributes:
        run_id: The run.
        key: The column checked, as declared; `stageprint.model.TABLE_LEVEL` for the table itself.
        check: Registered name of the check.
        status: ``pass``, ``fail`` or ``not_computable``.
        severity: How loud a failure is.
        expected: What was declared, in words.
        observed: What the profile holds, in words.
        reason: Why it is not computable; None where it was.
    """

    run_id: str
    key: ColumnKey
    check: str
    status: Literal["pass", "fail", "not_computable"]
    severity: Severity
    expected: str
    observed: str
    reason: str | None = None

    @property
    def message(self) -> str:
        """The result in one plain sentence."""
        if self.status == "not_computable":
            return f"{self.key}: {self.check} is not computable: {self.reason}."
        verb = "passes" if self.status == "pass" else "fails"
        return f"{self.key} {verb} {self.check}: expected {self.expected}, found {self.observed}."
