"""Whether all is well with the latest run of a pipeline, and whether the run that was expected has come."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import Enum
from typing import Any


class StatusVerdict(str, Enum):
    """What can be said of a pipeline. Only `WELL` is an all-clear."""

    WELL = "well"
    """The expected run has come, it was compared, and nothing is at or above the severity that counts."""
    LATE = "late"
    """The expected run has not come: it was not profiled, or not compared."""
    UNKNOWN = "unknown"
    """Nothing can be said: the latest run was not compared, or nothing could be judged in it."""
    FOUND = "found"
    """A finding or a failed check is at or above the severity that counts."""
    TABLES_FAILED = "tables failed"
    """Tables of the run could not be profiled, or are missing."""


@dataclass(frozen=True, slots=True)
class RunStatus:
    """The state of a pipeline.

    Attributes:
        pipeline: The pipeline.
        verdict: What can be said.
        sentence: The verdict in one plain sentence.
        run_id: The run that it is about: the latest one, or the one that was asked for; None: there is none.
        state: A value of `RunState`; None: there is no run.
        first_profiled_at: When the run was first profiled.
        profiled_at: When its latest table was profiled.
        compared_at: When its latest comparison ended; None: it was not compared to the end.
        tables_profiled: Number of its tables with a profile.
        tables_failed: Those that could not be profiled, as ``stage.table``.
        tables_missing: Those of the configuration that were not profiled, as ``stage.table``.
        findings: Number of its findings, perhaps of an earlier profile; None: the run was not compared.
        failed_checks: Number of its failed checks, likewise.
        worst_severity: The worst severity among both; None: there are none.
        expected_by: By when a run was expected, for people; None: no expectation was stated.
        due: The same as a moment.
        notes: Further sentences.
        learning: How many columns were judged and by what, as `Judged.to_object` has it; None: it is not known.
    """

    pipeline: str
    verdict: StatusVerdict
    sentence: str
    run_id: str | None = None
    state: str | None = None
    first_profiled_at: dt.datetime | None = None
    profiled_at: dt.datetime | None = None
    compared_at: dt.datetime | None = None
    tables_profiled: int | None = None
    tables_failed: tuple[str, ...] = ()
    tables_missing: tuple[str, ...] = ()
    findings: int | None = None
    failed_checks: int | None = None
    worst_severity: str | None = None
    expected_by: str | None = None
    due: dt.datetime | None = None
    notes: tuple[str, ...] = ()
    learning: dict[str, Any] | None = None
