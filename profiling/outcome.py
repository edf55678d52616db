"""What a command hands back: a table's or a comparison's outcome, and how progress is told meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from profiling.errors import SourceError
from profiling.model import ColumnKey, Finding, Severity, TableKey

SOME_TABLE_FAILED = SourceError.exit_status
"""Exit status of a command that did its work except for the tables it could not read."""

FINDINGS = 1
"""Exit status of a comparison with a finding at or above the severity asked for."""


@dataclass(frozen=True, slots=True)
class TableOutcome:
    """How one table of one run fared.

    Attributes:
        run_id: The run.
        key: Stage and table.
        status: ``ok`` or ``failed``.
        rows: Rows scanned; None where the table failed.
        columns: Columns profiled; None where the table failed.
        seconds: Wall time spent on the table.
        error: One line saying what failed; None where nothing did.
    """

    run_id: str
    key: TableKey
    status: Literal["ok", "failed"]
    rows: int | None
    columns: int | None
    seconds: float
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ProfileOutcome:
    """What `profile` did.

    Attributes:
        tables: One entry per run and table, in the order they ended.
        store: Where the profiles are.
        seconds: Wall time of the command.
    """

    tables: list[TableOutcome]
    store: str
    seconds: float

    @property
    def failed(self) -> list[TableOutcome]:
        """The tables that could not be profiled."""
        return [table for table in self.tables if table.status == "failed"]

    @property
    def exit_status(self) -> int:
        """0, or 3 where some table failed."""
        return SOME_TABLE_FAILED if self.failed else 0


@dataclass(frozen=True, slots=True)
class CheckOutcome:
    """What one check came to in one run.

    Attributes:
        run_id: The run.
        key: The column checked, as declared; `profiling.model.TABLE_LEVEL` for the table itself.
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


def fails(checks: Iterable[CheckOutcome], fail_on: Severity | None) -> bool:
    """Return whether a check failed at or above a severity (None: never); one not computable has not failed."""
    return fail_on is not None and any(
        check.status == "fail" and check.severity.rank >= fail_on.rank for check in checks
    )


@dataclass(frozen=True, slots=True)
class CheckRunsOutcome:
    """What `check` found.

    Attributes:
        checks: One entry per run and check, in the order of runs and configuration.
        failed: Tables that could not be checked, since their profile failed.
        seconds: Wall time of the command.
        store: Where the results are.
    """

    checks: list[CheckOutcome]
    failed: list[TableOutcome]
    seconds: float
    store: str

    def exit_status(self, fail_on: Severity | None = Severity.CRITICAL) -> int:
        """Return 1 with a failed check at or above `fail_on` (None: never), 3 where a table failed, else 0."""
        if fails(self.checks, fail_on):
            return FINDINGS
        return SOME_TABLE_FAILED if self.failed else 0


@dataclass(frozen=True, slots=True)
class CompareOutcome:
    """What `compare` found.

    Attributes:
        findings: Findings of all runs compared.
        shifts: Rows written to `shifts`.
        compared: Columns compared with at least one reference, over all runs.
        failed: Tables that could not be compared, since their profile failed or cannot be read.
        seconds: Wall time of the command.
        store: Where the results are.
        notes: Remarks a person should see, such as a run without any history to compare with.
        checks: What the declared checks of the runs came to.
    """

    findings: list[Finding]
    shifts: int
    compared: int
    failed: list[TableOutcome]
    seconds: float
    store: str
    notes: list[str] = field(default_factory=list)
    checks: list[CheckOutcome] = field(default_factory=list)

    def exit_status(self, fail_on: Severity | None = Severity.CRITICAL) -> int:
        """Return 3 where a table failed, 1 with a finding or failed check at or above `fail_on` (None: never), else 0.

        A finding outranks a failed table: it is the more urgent of the two.
        """
        if fail_on is not None and any(finding.severity.rank >= fail_on.rank for finding in self.findings):
            return FINDINGS
        if fails(self.checks, fail_on):
            return FINDINGS
        return SOME_TABLE_FAILED if self.failed else 0


class Progress(Protocol):
    """Hears of a command's progress; calls may come from several threads."""

    def start(self, total: int, what: str) -> None:
        """Begin a phase of `total` steps, such as 132 ``tables``; ends the phase before it."""
        ...

    def advance(self, step: TableOutcome | str) -> None:
        """One step is done: a table's outcome, or a few words about it."""
        ...

    def close(self) -> None:
        """No more steps; called once, also after an error."""
        ...


class Silent:
    """The progress of a caller who wants none, such as a notebook or a test."""

    def start(self, total: int, what: str) -> None:
        """Say nothing."""

    def advance(self, step: TableOutcome | str) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Say nothing."""
