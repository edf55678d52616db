"""An incident: one problem over all the runs in which it is seen, from the run in which it began until it is gone."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from stageprint.model.finding import FindingClass
from stageprint.model.keys import TABLE_LEVEL, ColumnKey, Slice
from stageprint.model.severity import Severity

CHECK_FAILED: Final = "check_failed"
"""The cause of an incident that no finding accounts for: a declared check fails."""

CHECK_CLASS: Final = "check"
"""The class of such an incident."""


class IncidentStatus(str, Enum):
    """How an incident stands."""

    NEW = "new"
    """It began in the latest run in which it was seen."""
    ONGOING = "ongoing"
    """It began earlier and is still there, or nobody could look since."""
    RESOLVED = "resolved"
    """It is gone: a run was looked at and did not have it, or a person says so."""
    ACCEPTED = "accepted"
    """It is the new normal: a person says so, or the decision rule took its state as the level to compare with."""

    @property
    def is_open(self) -> bool:
        """Whether it still needs somebody."""
        return self in {IncidentStatus.NEW, IncidentStatus.ONGOING}


class Closing(str, Enum):
    """Why an incident is closed."""

    HEALED = "healed"
    """A later run was looked at and did not have it."""
    NEW_LEVEL = "new level"
    """It lasted so many runs that its state became what later runs are compared with."""
    EVENT = "event"
    """It was an event, such as a new type: told once, and what is new is what later runs are compared with."""
    PERSON = "person"
    """A person said so."""
    REMOVED = "removed"
    """Its table, or its stage, is no longer in the configuration, so that no run will tell."""


INCIDENT_KEYS: Final = (
    "incident_id",
    "status",
    "severity",
    "worst_severity",
    "cause",
    "class",
    "stage",
    "table",
    "column",
    "slice_key",
    "slice_value",
    "opened_run",
    "opened_at",
    "last_run",
    "last_seen_at",
    "runs_seen",
    "times_before",
    "ended_run",
    "closed_by",
    "closed_at",
    "why",
    "acknowledged_at",
    "acknowledged_why",
    "sentence",
    "explains",
    "finding_ids",
    "checks",
    "baseline",
    "notified",
)
"""Keys of an incident as a JSON object, in order. A stable interface: keys are only ever added."""


@dataclass(frozen=True, slots=True)
class StoredIncident:
    """One problem over the runs, as it stands after one of them; a row of `incidents`.

    Attributes:
        incident_id: Identifier; the same in all runs.
        run_id: The run whose comparison says this.
        baseline: What that run was compared with.
        status: How it stands.
        severity: Severity in the last run in which it was seen.
        worst_severity: The highest severity that it ever had.
        cause: Name of the cause, or `CHECK_FAILED`.
        finding_class: ``data``, ``pipeline``, ``population``, ``unknown`` or `CHECK_CLASS`.
        origin: Where it began.
        opened_run: The run in which it began.
        last_run: The last run in which it was seen.
        sentence: What was found in that run, in one sentence.
        opened_at: When it was first found.
        last_seen_at: When it was found in `last_run`.
        explains: Other columns that were moved by it in `last_run`, as ``stage.table.column``.
        finding_ids: Its findings in `last_run`.
        checks: Declared checks that fail because of it, as ``stage.table.column: check``.
        runs_seen: In how many runs it was seen.
        times_before: Number of earlier incidents of the same cause at the same place.
        told_once: Whether it was an event when it was last seen.
        settles: Whether its state may become the usual one, which what is missing or stands still never does.
        ended_run: First run that was looked at and did not have it any more; None: there is none yet.
        closed_by: Why it is closed; None: it is open.
        closed_at: When that was found or said; None: it is open.
        why: What the person who closed it said, or what is no longer in the configuration.
        acknowledged_at: When a person said that they are on it; None: nobody did.
        acknowledged_why: What they said.
    """

    incident_id: str
    run_id: str
    baseline: str
    status: IncidentStatus
    severity: Severity
    worst_severity: Severity
    cause: str
    finding_class: FindingClass
    origin: ColumnKey
    opened_run: str
    last_run: str
    sentence: str
    opened_at: dt.datetime
    last_seen_at: dt.datetime
    explains: tuple[str, ...] = ()
    finding_ids: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    runs_seen: int = 1
    times_before: int = 0
    told_once: bool = False
    settles: bool = True
    ended_run: str | None = None
    closed_by: Closing | None = None
    closed_at: dt.datetime | None = None
    why: str | None = None
    acknowledged_at: dt.datetime | None = None
    acknowledged_why: str | None = None
    notified: tuple[Mapping[str, Any], ...] = field(default=(), hash=False)

    @property
    def members(self) -> frozenset[str]:
        """Every column and table that it is about, as ``stage.table.column``."""
        return frozenset({str(self.origin), *self.explains})

    @property
    def is_accepted_by_person(self) -> bool:
        """Whether a person said that it is the new normal."""
        return self.status is IncidentStatus.ACCEPTED and self.closed_by is Closing.PERSON

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> StoredIncident:
        """Return the incident that a row of `incidents` holds."""
        part = None if row["slice_key"] is None else Slice(row["slice_key"], row["slice_value"])
        return cls(
            incident_id=row["incident_id"],
            run_id=row["run_id"],
            baseline=row["baseline"],
            status=IncidentStatus(row["status"]),
            severity=Severity(row["severity"]),
            worst_severity=Severity(row["worst_severity"]),
            cause=row["cause"],
            finding_class=row["class"],
            origin=ColumnKey(row["stage"], row["table_name"], row["column_name"], part),
            opened_run=row["opened_run"],
            last_run=row["last_run"],
            sentence=row["sentence"],
            opened_at=row["opened_at"],
            last_seen_at=row["last_seen_at"],
            explains=tuple(row["explains"] or ()),
            finding_ids=tuple(row["finding_ids"] or ()),
            checks=tuple(row["checks"] or ()),
            runs_seen=row["runs_seen"],
            times_before=row["times_before"],
            told_once=bool(row["told_once"]),
            settles=bool(row["settles"]),
            ended_run=row["ended_run"],
            closed_by=None if row["closed_by"] is None else Closing(row["closed_by"]),
            closed_at=row["closed_at"],
            why=row["why"],
            acknowledged_at=row["acknowledged_at"],
            acknowledged_why=row["acknowledged_why"],
        )

    def to_row(self, pipeline: str) -> dict[str, Any]:
        """Return the incident as a row of `incidents`, without its manifest."""
        part = self.origin.slice
        return {
            "pipeline": pipeline,
            "run_id": self.run_id,
            "incident_id": self.incident_id,
            "status": self.status.value,
            "severity": self.severity.value,
            "worst_severity": self.worst_severity.value,
            "cause": self.cause,
            "class": self.finding_class,
            "stage": self.origin.stage,
            "table_name": self.origin.table,
            "slice_key": None if part is None else part.key,
            "slice_value": None if part is None else part.value,
            "column_name": self.origin.column,
            "opened_run": self.opened_run,
            "opened_at": self.opened_at,
            "last_run": self.last_run,
            "last_seen_at": self.last_seen_at,
            "runs_seen": self.runs_seen,
            "times_before": self.times_before,
            "ended_run": self.ended_run,
            "closed_by": None if self.closed_by is None else self.closed_by.value,
            "closed_at": self.closed_at,
            "why": self.why,
            "acknowledged_at": self.acknowledged_at,
            "acknowledged_why": self.acknowledged_why,
            "sentence": self.sentence,
            "explains": list(self.explains),
            "finding_ids": list(self.finding_ids),
            "checks": list(self.checks),
            "told_once": self.told_once,
            "settles": self.settles,
            "baseline": self.baseline,
        }

    def to_object(self) -> dict[str, Any]:
        """Return the incident with the keys of `INCIDENT_KEYS`; `column` is None where it is about the whole table."""
        row = self.to_row("")
        column = None if self.origin.column == TABLE_LEVEL else self.origin.column
        known = {**row, "table": row["table_name"], "column": column, "notified": [dict(one) for one in self.notified]}
        return {key: known[key] for key in INCIDENT_KEYS}


def incident_id(
    pipeline: str, baseline: str, origin: ColumnKey, cause: str, first_run: str, checks: tuple[str, ...] = ()
) -> str:
    """Return the identifier of an incident: the same for the same origin, cause and first run."""
    place = (origin.stage, origin.table, origin.column, *(origin.slice or ("", "")))
    text = "\x1f".join((pipeline, baseline, *place, cause, first_run, *checks))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
