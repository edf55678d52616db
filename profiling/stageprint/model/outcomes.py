"""What the use cases return: outcomes of tables, profiles, checks, comparisons and alerts, with their exit statuses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from stageprint.errors import AlertError
from stageprint.model import CheckOutcome, Coverage, Finding, Severity, TableKey
from stageprint.model.alert import Alert
from stageprint.model.exit_status import FINDINGS, SOME_TABLE_FAILED
from stageprint.model.incident import IncidentStatus


@dataclass(frozen=True, slots=True)
class TableOutcome:
    """The outcome of one table in one run.

    Attributes:
        run_id: The run.
        key: Stage and table.
        status: ``ok`` or ``failed``.
        rows: Rows scanned; None where the table failed.
        columns: Columns profiled; None where the table failed.
        seconds: Wall time spent on the table.
        error: What failed, in one line; of a table that did not, what could not be read of it. None: nothing failed.
        notes: What was found in the source besides the rows, one sentence each.
    """

    run_id: str
    key: TableKey
    status: Literal["ok", "failed"]
    rows: int | None
    columns: int | None
    seconds: float
    error: str | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProfileOutcome:
    """The outcome of `profile` or `merge`.

    Attributes:
        tables: One entry per run and table, in the order in which they were finished.
        store: Location of the store.
        seconds: Wall-clock time of the command.
        engine: What read the tables, and why that was chosen; None: as was asked for, or nothing was read.
    """

    tables: list[TableOutcome]
    store: str
    seconds: float
    engine: str | None = None

    @property
    def failed(self) -> list[TableOutcome]:
        """The tables that could not be profiled."""
        return [table for table in self.tables if table.status == "failed"]

    @property
    def incomplete(self) -> list[TableOutcome]:
        """The tables that were profiled without a part that could not be read."""
        return [table for table in self.tables if table.status == "ok" and table.error is not None]

    @property
    def exit_status(self) -> int:
        """0, or 3 where some table, or a part of it, could not be read."""
        return SOME_TABLE_FAILED if self.failed or self.incomplete else 0


def fails(checks: Iterable[CheckOutcome], fail_on: Severity | None) -> bool:
    """Tell whether a check failed at or above a severity (None: never). A check that is not computable did not fail."""
    return fail_on is not None and any(
        check.status == "fail" and check.severity.rank >= fail_on.rank for check in checks
    )


@dataclass(frozen=True, slots=True)
class CheckRunsOutcome:
    """The outcome of `check`.

    Attributes:
        checks: One entry per run and check, in the order of the runs and of the configuration.
        failed: Tables that could not be checked: their profile failed, or they have none.
        seconds: Wall-clock time of the command.
        store: Location of the store.
        notes: Remarks for the user, such as that a run was not compared and its failed checks open no incident.
    """

    checks: list[CheckOutcome]
    failed: list[TableOutcome]
    seconds: float
    store: str
    notes: list[str] = field(default_factory=list)

    def exit_status(self, fail_on: Severity | None = Severity.CRITICAL) -> int:
        """Return 1 with a failed check at or above `fail_on` (None: never), 3 where a table failed, else 0."""
        if fails(self.checks, fail_on):
            return FINDINGS
        return SOME_TABLE_FAILED if self.failed else 0


@dataclass(frozen=True, slots=True)
class CompareOutcome:
    """The outcome of `compare`.

    Attributes:
        findings: The findings of all runs, worst first.
        shifts: Number of rows written to `shifts`.
        compared: Number of columns of whole tables that were compared, added up over the runs.
        failed: Tables that could not be compared because their profile failed.
        seconds: Wall-clock time of the command.
        store: Location of the store.
        notes: Remarks for the user, such as that a run has no earlier run to compare with.
        checks: The outcomes of the runs' declared checks.
        coverage: Run → the tables that it should hold, and those of them that it lacks.
    """

    findings: list[Finding]
    shifts: int
    compared: int
    failed: list[TableOutcome]
    seconds: float
    store: str
    notes: list[str] = field(default_factory=list)
    checks: list[CheckOutcome] = field(default_factory=list)
    coverage: Mapping[str, Coverage] = field(default_factory=dict)

    def exit_status(self, fail_on: Severity | None = Severity.CRITICAL) -> int:
        """Return 3 where a table failed, 1 with a finding or failed check at or above `fail_on` (None: never), else 0.

        A finding takes precedence over a failed table, since it is more urgent. One that a person accepted as the new
        normal needs nobody and does not count.
        """
        settled = IncidentStatus.ACCEPTED.value
        counted = [finding.severity.rank for finding in self.findings if finding.incident_status != settled]
        if fail_on is not None and any(rank >= fail_on.rank for rank in counted):
            return FINDINGS
        if fails(self.checks, fail_on):
            return FINDINGS
        return SOME_TABLE_FAILED if self.failed else 0


@dataclass(frozen=True, slots=True)
class AlertOutcome:
    """How one alert fared.

    Attributes:
        to: The sink and its rule, such as ``log (notify[0])``.
        alert: The alert.
        problem: Why it was not sent, or may not have arrived, as a sentence; None: it was sent, or was not to be.
    """

    to: str
    alert: Alert
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class NotifyOutcome:
    """What `notify` sent, or would send.

    Attributes:
        alerts: The alerts, in the order of the configuration's rules.
        opened: Number of open incidents, whether or not a rule matches them or somebody was told already.
        store: Where the incidents are.
    """

    alerts: list[AlertOutcome]
    opened: int
    store: str

    @property
    def exit_status(self) -> int:
        """0, or 2 where an alert was not sent or may not have arrived."""
        return AlertError.exit_status if any(sent.problem is not None for sent in self.alerts) else 0
