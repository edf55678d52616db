"""The same rows were loaded twice."""

from __future__ import annotations

from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.volume import duplicate_rows, key_growth, own_keys, tables, volume_moved, were_rows_added
from stageprint.features.table import hashed_alike
from stageprint.model import ColumnKey, TableProfile
from stageprint.model.figures import count, percent

MAX_DISTANCE_FROM_WHOLE = 0.01
"""Maximum distance of the rows' multiple from a whole number where no key is declared."""

MIN_REPEATED_KEY_SHARE = 0.05
"""Minimum share of the keys that must be an earlier run's, beyond what is usual."""

FIT_WHERE_ROWS_VARY = 0.9
"""Fit where the rows vary too much to say whether some were added: that keys became equal fits hardly worse."""


class DuplicatedLoad(Cause):
    """The same rows were loaded more than once.

    A job ran twice, a retry appended instead of replacing, or a file was delivered again. Counts and sums are too
    large, and repeated rows weigh double in training.

    Signature: there are more rows, and more rows per distinct key, than before. Or the share of keys that the previous
    run had too is at least 5 percentage points above the usual. Without declared keys: the number of rows is a whole
    multiple of the earlier one, to within 1 %. Where the rows vary too much from run to run to say whether some were
    added, it is named with `duplicated_keys`.

    Told apart from: `join_duplicated_rows`: it happens in a stage downstream of a source that is as large as before;
    genuine growth: the added keys are new; `duplicated_keys`: no rows were added.

    Check:
        - Count the rows by load time, file name or batch id, and look for keys that occur twice.
        - Read the job's history for retries and manual runs on that day.
        - See whether the write appends where it should replace a partition.

    Fix: Remove the repeated rows, or replace the partition. Make the write idempotent: overwrite by partition, or MERGE
    on the key.

    Evidence:
        rows: rows of the table in this run.
        rows_before: rows of the table in the reference run.
        duplicate_rows: rows beyond the first of each key now; null: not counted.
        rows_per_key: rows per distinct key now.
        rows_per_key_before: rows per distinct key before.
        repeated_key_share: share of the keys that the previous run had too, beyond the usual share, 0–1.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import two_tables
        >>> rows = {"id": list(range(1000))}
        >>> twice = {"id": list(range(5000, 6000)) * 2}
        >>> evidence, key = two_tables(rows, twice, keys=("id",))
        >>> DuplicatedLoad().explain(evidence, key).evidence["rows_per_key"]
        2.0
    """

    name: ClassVar[str] = "duplicated_load"
    family: ClassVar[Family] = "data"
    level: ClassVar[Level] = "table"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Compare the rows for each key, look for keys of the run before, else for a whole multiple of rows."""
        both = tables(evidence, origin.table_key)
        if both is None or both[0].rows == 0 or not volume_moved(evidence, origin):
            return None
        then, now = both
        since = evidence.first_run(origin)
        growth = key_growth(evidence, origin.table_key)
        added = False if growth is None else were_rows_added(evidence, origin.table_key, growth)
        if growth is not None and added is not False:
            sentence = f"{growth.told(origin, since, (now.rows, then.rows))}: rows were loaded more than once"
            figures = {
                "rows": now.rows,
                "rows_before": then.rows,
                "duplicate_rows": duplicate_rows(now),
                "rows_per_key": round(growth.now, 4),
                "rows_per_key_before": round(growth.then, 4),
            }
            # Behind a source that is as large as before it is rather a join that repeats rows, unless it repeats all.
            whole = growth.change > 0.5 and abs(growth.change - round(growth.change)) <= MAX_DISTANCE_FROM_WHOLE
            score = 0.95 if evidence.graph.is_source(origin.stage) else 0.9 if whole else 0.6
            score = score if added else min(score, FIT_WHERE_ROWS_VARY)
            return Fit(score, sentence, figures, brief="rows loaded more than once")
        again = _again(evidence, origin, now)
        if again >= MIN_REPEATED_KEY_SHARE:
            sentence = (
                f"{percent(again)} of the keys of {origin} repeat keys of {evidence.previous} since {since}, more than "
                f"usual: rows of an earlier load were loaded again"
            )
            return Fit(0.9, sentence, {"repeated_key_share": round(again, 4)}, brief="rows of an earlier load again")
        times = now.rows / then.rows
        if own_keys(now) is None and round(times) >= 2 and abs(times / round(times) - 1) <= MAX_DISTANCE_FROM_WHOLE:
            sentence = (
                f"{origin} has {round(times)} times as many rows as before since {since} "
                f"({count(now.rows)}, before {count(then.rows)}): "
                f"the same rows were probably loaded {round(times)} times"
            )
            figures = {"rows": now.rows, "rows_before": then.rows}
            return Fit(0.75, sentence, figures, brief=f"rows loaded {round(times)} times")
        return None


def _again(evidence: Evidence, origin: ColumnKey, now: TableProfile) -> float:
    """Return the share of keys that the run before had too, less what is usual from run to run."""
    if len(evidence.history) < 2:
        return 0.0
    last, older = (evidence.table(origin.table_key, run) for run in (evidence.history[-1], evidence.history[-2]))
    if last is None or older is None:
        return 0.0
    return _shared(now, last) - _shared(last, older)


def _shared(now: TableProfile, before: TableProfile) -> float:
    mine, theirs = own_keys(now), own_keys(before)
    if mine is None or theirs is None or not hashed_alike(mine, theirs) or not mine.estimate().estimate > 0:
        return 0.0
    return mine.intersection(theirs).estimate / mine.estimate().estimate
