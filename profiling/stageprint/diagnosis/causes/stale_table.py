"""The table was not written anew: it holds the data of the run before."""

from __future__ import annotations

from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.repeats import repeats
from stageprint.model import ColumnKey
from stageprint.model.figures import count
from stageprint.shifts.table.stale import Stale

MIN_REPEATED_COLUMN_SHARE = 0.75
"""Minimum share of the columns that must repeat: a load may stamp its own time on old rows."""


class StaleTable(Cause):
    """The whole table repeats the previous run.

    The ingestion stalled, or the job that writes the table did not run or wrote the same again: yesterday's data stand
    for today's. Every downstream stage computes old results under a new date.

    Signature: the rows, nulls, extremes and moments of the columns equal those of the previous run, although they
    changed in at least 90 % of at least five earlier transitions. Or the rows and the latest event time are those of
    the previous run, although the event times moved on in every earlier run. At most a quarter of the columns that
    usually change did so, such as a load's own timestamp.

    Told apart from: static tables, and feeds that pause at weekends: their columns often repeat; `stale_column`: the
    rest of the table moved on.

    Check:
        - Compare the latest event time and the file or snapshot version with those of the run before.
        - Read the log of the job that writes the table: a skipped run, an empty delivery, a read from a cached path.
        - Ask whether the source paused on purpose, for a holiday or a maintenance window.

    Fix: Load the missing data and run all downstream stages again. Add a `freshness` check on the source, so that stale
    data stop the pipeline.

    Evidence:
        repeated_run: the run that the table repeats.
        rows: rows of the table in this run.
        equal_columns: number of columns that equal those of that run.
        changed_columns: number of columns that changed.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import many_runs
        >>> days = [{"x": [float(day * 7 + i % 50) for i in range(500)]} for day in range(7)]
        >>> evidence, key = many_runs([*days, days[-1]])
        >>> StaleTable().explain(evidence, key).evidence["repeated_run"]
        'run-7'
    """

    name: ClassVar[str] = "stale_table"
    family: ClassVar[Family] = "boundary"
    level: ClassVar[Level] = "table"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Count the columns that repeat although they usually change, and those that moved on."""
        table = evidence.table(origin.table_key)
        found = repeats(evidence, origin.table_key)
        stalled = evidence.flagged_by(origin, Stale.name) is not None
        repeated = found.equal if stalled else found.frozen
        if table is None or not repeated or evidence.previous is None:
            return None
        if len(repeated) < MIN_REPEATED_COLUMN_SHARE * (len(repeated) + len(found.changed)):
            return None
        flagged = [origin] if stalled else found.frozen
        since = min((evidence.first_run(key) for key in flagged), key=(*evidence.history, evidence.run_id).index)
        ingested = evidence.graph.is_source(origin.stage)
        why = "the ingestion stalled" if ingested else "the job that writes it did not run, or wrote the same again"
        sentence = (
            f"{origin} holds the same {count(table.rows)} rows as run {evidence.previous} since {since} "
            f"({len(found.equal)} of {len(found.equal) + len(found.changed)} columns equal to the last digit, "
            f"although they change from run to run): {why}"
        )
        figures = {
            "repeated_run": evidence.previous,
            "rows": table.rows,
            "equal_columns": len(found.equal),
            "changed_columns": len(found.changed),
        }
        score = 0.98 if not found.changed else 0.93
        brief = "a stalled ingestion" if ingested else "a job that did not run"
        return Fit(score, sentence, figures, also=found.frozen, deterministic=True, brief=brief)
