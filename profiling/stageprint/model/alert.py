"""An alert: what one message says of an incident, or of many that are told together."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from stageprint.model.json_values import plain_json
from stageprint.model.severity import Severity


class AlertEvent(str, Enum):
    """Why a message is sent."""

    OPENED = "opened"
    """An incident is there that nobody was told of."""
    WORSENED = "worsened"
    """Its severity is higher than when it was last told."""
    REOPENED = "reopened"
    """It was told to be over, and is there again."""
    RESOLVED = "resolved"
    """It is over."""
    ACCEPTED = "accepted"
    """It is the new normal."""
    TEST = "test"
    """Somebody asked for a message, to see whether it arrives."""

    @property
    def closes(self) -> bool:
        """Whether nobody need look any more."""
        return self in {AlertEvent.RESOLVED, AlertEvent.ACCEPTED}


@dataclass(frozen=True, slots=True)
class Alert:
    """What one message says.

    Attributes:
        at: When it was made; with a time zone.
        pipeline: The pipeline.
        run_id: The run that says it.
        event: Why it is sent.
        key: Names the message: the id of its incident, or one of its own where many incidents are told together. The
            messages that open, change and close have the same key.
        incidents: What it is about, worst first, with the keys of `stageprint.model.incident.INCIDENT_KEYS` and
            ``owner``. They hold no value of a sensitive column.
        findings: The findings of the incidents in that run, with the keys of `stageprint.model.finding.FINDING_KEYS`;
            without values of sensitive columns too.
        total: Number of incidents that it is about, more than are in `incidents` where they are many.
        learning: How many columns of the run are still learning, as a sentence; None: none is, or it is not known.
        figures: What is known of the tables of the incidents, for sinks that ask for it.
        reference: What the sink returned when it first sent a message of this key; None: it is the first.
    """

    at: dt.datetime
    pipeline: str
    run_id: str
    event: AlertEvent
    key: str
    incidents: Sequence[Mapping[str, Any]]
    findings: Sequence[Mapping[str, Any]] = ()
    total: int = 1
    learning: str | None = None
    figures: Sequence[TableFigures] = field(default=(), hash=False)
    reference: str | None = None

    @property
    def severity(self) -> Severity:
        """The highest severity of its incidents."""
        found = (Severity(one["severity"]) for one in self.incidents)
        return max(found, key=lambda severity: severity.rank, default=Severity.REVIEW)

    @property
    def message_id(self) -> str:
        """Names this message alone: one that is sent twice has it twice."""
        return f"{self.key}-{self.event.value}-{self.severity.value}-{self.run_id}"

    def to_object(self) -> dict[str, Any]:
        """Return the alert as a JSON object; `at` is ISO 8601."""
        found: dict[str, Any] = plain_json(
            {
                "at": self.at,
                "pipeline": self.pipeline,
                "run_id": self.run_id,
                "event": self.event.value,
                "key": self.key,
                "severity": self.severity.value,
                "total": self.total,
                "learning": self.learning,
                "incidents": self.incidents,
                "findings": self.findings,
            }
        )
        return found

    def to_json(self) -> str:
        """Return the object of `to_object` as one line of strict JSON."""
        return json.dumps(self.to_object(), ensure_ascii=False, allow_nan=False)


@dataclass(frozen=True, slots=True)
class TableFigures:
    """Counts of a table in the run of an alert; no value of a column is among them.

    Attributes:
        stage: Its stage.
        table: Its name.
        rows: Number of rows; None: it has no profile in the run.
        size_bytes: Size of its source; None: not known.
        nulls: Column → number of nulls; None: not computed.
        distinct: Column → estimated number of distinct values; None: not computed.
    """

    stage: str
    table: str
    rows: int | None
    size_bytes: int | None
    nulls: Mapping[str, int | None]
    distinct: Mapping[str, int | None]
