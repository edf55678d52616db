"""What a command hands back: a table's or a comparison's outcome, and how progress is told meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from stageprint.errors import SourceError
from stageprint.model import CheckOutcome, Finding, Severity, TableKey

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
