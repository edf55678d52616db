"""Rows came with the load after their own."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.diagnosis.atoms import exact_number
from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.pair import pair_of_runs
from stageprint.diagnosis.roles import statistics
from stageprint.model import ColumnKey
from stageprint.model.figures import moment, percent
from stageprint.shifts.time.ends_rotated import EndsRotated
from stageprint.shifts.time.hours_rotated import HoursRotated
from stageprint.shifts.time.late_rows import LateRows

CLOCK = frozenset({EndsRotated.name, HoursRotated.name})
"""Rules that speak of another time zone, which moves rows over the boundary of two loads as well."""


class LateData(Cause):
    """Rows arrived in a later load than the one they belong to.

    Some of the rows belong to the time that an earlier load covered. The earlier run lacked them, so features over a
    time window (counts of a day, last values) are wrong in both runs.

    Signature: loads never overlapped in time in earlier runs, but some rows of this one lie before the end of the
    previous one.

    Told apart from: `wrong_timezone`: all rows or the daily cycle move; `stale_table`: all rows are old.

    Check:
        - Compare event time and load time of the late rows: by how much are they late, and from which feed?
        - Look at the run before: rows are missing at its end if the feed was merely late.
        - Ask the source about a backlog, an outage or a replay.

    Fix: Recompute the windows of the earlier run with the late rows. If lateness is normal, cut loads by event time
    with a waiting period, or reprocess the last days every time.

    Evidence:
        late_share: share of the values that lie in the time of an earlier load, 0–1.
        share_error: 99 % error bound of `late_share`, which comes from a sketch in large columns; 0: exact.
        first_event: the earliest event time in this run, UTC.
        previous_load_end: the latest event time of the reference run, UTC.
        previous_load_end_value: the same, not rounded: days or microseconds since 1970.

    Source: this project.

    Example:
        >>> from datetime import datetime, timedelta, timezone
        >>> from stageprint.diagnosis.example import many_runs
        >>> start = datetime(2013, 5, 1, tzinfo=timezone.utc)
        >>> days = [{"at": [start + timedelta(days=day, minutes=i) for i in range(1000)]} for day in range(6)]
        >>> late = {"at": [*days[5]["at"][50:], *(start + timedelta(days=4, minutes=i) for i in range(50))]}
        >>> evidence, column = many_runs([*days[:5], late], at="at", statistic="late_rows")
        >>> LateData().explain(evidence, column).evidence["late_share"]
        0.05
    """

    name: ClassVar[str] = "late_data"
    family: ClassVar[Family] = "data"
    of_values: ClassVar[bool] = True

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Return the share of the rows that came late, and how old they are."""
        late = evidence.flagged_by(origin, LateRows.name)
        both = pair_of_runs(evidence, origin) if late is not None else None
        if late is None or both is None or both.now.cdf is None or both.now.kind is not both.then.kind:
            return None
        share = float(both.now.cdf.at(np.array([both.then.high]))[0]) if late.value is None else late.value
        first, end = (moment(value, both.now.kind) for value in (both.now.low, both.then.high))
        sentence = (
            f"Since {evidence.first_run(origin)}, {percent(share)} of the values of {origin} lie in the time that the "
            f"run before covered, the earliest at {first}; earlier runs never overlapped "
            f"(run {evidence.reference_run(origin)} ended at {end}): rows came late"
        )
        figures = {
            "late_share": round(share, 6),
            "share_error": round(both.now.cdf.rank_error, 6),
            "first_event": first,
            "previous_load_end": end,
            "previous_load_end_value": exact_number(both.then.high),
        }
        return Fit(0.7 if statistics(evidence, origin) & CLOCK else 0.93, sentence, figures, brief="late rows")
