"""The evaluation set is out of date."""

from __future__ import annotations

from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.roles import beside, statistics
from stageprint.model import ColumnKey
from stageprint.shifts.model.holdout_age import HoldoutAge

MIN_BEGINNING_SHARE = 0.5
"""Minimum lag of the set's own beginning, as a share of the growth of the gap."""


class StaleHoldout(Cause):
    """The model is evaluated on rows that are too old.

    The evaluation set stayed behind while serving moved on. Its metrics describe the past, and a model that fails today
    still passes.

    Signature: the gap between the evaluation set's last event and serving's first is longer than in any earlier run,
    and the evaluation set's first event has fallen back by at least half as much.

    Told apart from: `partial_load`: the set begins as ever, but its end is missing; `stale_table`: any other table that
    repeats the previous run.

    Check:
        - Find out when the evaluation set was last built, and whether its job failed or its dates are fixed in the
          configuration.
        - Check whether labels for newer rows exist by now.

    Fix: Build the evaluation set from the newest labelled rows and evaluate again before any release. Derive its dates
    from the run's date instead of hard-coding them.

    Evidence:
        serving_table: the serving or predictions table compared with.
        days_behind: days from the evaluation set's last event to serving's first, now.
        days_behind_before: the same in the reference run.

    Source: this project.

    Example:
        >>> import datetime as dt
        >>> from stageprint.diagnosis.example import evidence_of, flag, table_profile
        >>> from stageprint.diagnosis.graph import table_node
        >>> from stageprint.model import TableKey
        >>> def days(first, last):
        ...     start = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)
        ...     return {"at": [start + dt.timedelta(days=day) for day in range(first, last + 1)]}
        >>> test, live = TableKey("test", "rows"), TableKey("live", "rows")
        >>> def run(evaluated, served):
        ...     sets = {test: days(*evaluated), live: days(*served)}
        ...     return {key: table_profile(key, columns, event_time="at") for key, columns in sets.items()}
        >>> runs = {"1": run((10, 14), (15, 20)), "2": run((10, 14), (45, 50))}
        >>> evidence = evidence_of(
        ...     runs, {"test": (), "live": ()}, [flag(table_node(test), "holdout_age")],
        ...     roles={"test": "evaluation", "live": "serving"},
        ... )
        >>> StaleHoldout().explain(evidence, table_node(test)).evidence["days_behind"]
        31.0
    """

    name: ClassVar[str] = "stale_holdout"
    family: ClassVar[Family] = "evaluation"
    level: ClassVar[Level] = "table"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Compare both ends of the evaluation set with serving's beginning, in this run and before."""
        run = evidence.reference_run(origin)
        if HoldoutAge.name not in statistics(evidence, origin) or run is None:
            return None
        for role in ("serving", "predictions"):
            served = beside(evidence, origin.table_key, role)
            if served is None:
                continue
            ranges = [
                evidence.event_range(key, of) for of in (run, evidence.run_id) for key in (origin.table_key, served)
            ]
            then, live_then, now, live = ranges
            if then is None or live_then is None or now is None or live is None:
                continue
            end, end_then = (live[0] - now[1]).total_seconds(), (live_then[0] - then[1]).total_seconds()
            begin, begin_then = (live[0] - now[0]).total_seconds(), (live_then[0] - then[0]).total_seconds()
            if begin - begin_then < MIN_BEGINNING_SHARE * (end - end_then):
                return None
            behind, before = round(end / 86_400, 1), round(end_then / 86_400, 1)
            sentence = (
                f"Since {evidence.first_run(origin)}, {origin} ends at {now[1]:%Y-%m-%d %H:%M}, {_days(behind)} before "
                f"{served} begins (in earlier runs {_days(before)}): the holdout is out of date"
            )
            figures = {"serving_table": str(served), "days_behind": behind, "days_behind_before": before}
            return Fit(0.985, sentence, figures, brief="a holdout that is out of date")
        return None


def _days(number: float) -> str:
    return f"{number:g} day{'' if number == 1 else 's'}"
