"""Only a part of the rows came."""

from __future__ import annotations

from math import exp
from typing import Any, ClassVar

import numpy as np

from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.concerns import is_about
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.pair import Pair, pair_of_runs
from stageprint.diagnosis.volume import MIN_ROW_CHANGE, flow, rows_moved, tables
from stageprint.model import TIMESTAMPS, ColumnKey, Concern, TableKey, TableProfile
from stageprint.model.figures import count, listing, percent
from stageprint.shifts import all_shifts

MAX_RANGE_SHARE = 0.88
"""A time range under this share of the earlier one is cut off; February is 28/31 = 0.90 of January by itself."""

FIT_OF_CUT_RANGE = 0.96
"""Fit where the end of the time range is missing; above that of lost keys, which a cut leaves as well."""

MIN_RANGE_LOSS_SHARE = 0.5
"""Minimum loss of the time range, as a share of the loss of rows: a few rows at its ends are few rows."""

MAX_FILE_ROW_DIFFERENCE = 0.1
"""Maximum difference of the shares of files and of rows that came, where the files are of about the same size."""

MAX_SHARE_OF_REFERENCE = 0.9
"""Maximum share of the reference run's rows that the fewest rows so far are worth telling beside them."""

MIN_EMPTIED_SHARE = 0.02
"""Minimum earlier share of an hour of the day, or of a label, whose absence counts as a gap."""


class PartialLoad(Cause):
    """Only some of the rows arrived.

    Files, partitions, hours or sources are missing: the table is short, although the rest looks as before. Totals are
    too low, and what is missing is rarely a random part.

    Signature: there are fewer rows than before or, downstream of a source, fewer rows per source row. It is certain if
    a gap shows: event times that end early, hours of the day without a row, fewer files in the same proportion, or
    labels that are gone while the others kept their proportions. A table without any row is the extreme case.

    Told apart from: `join_lost_rows`: the source is complete, and a stage downstream loses rows; less business: it
    leaves no gap (and gets a lower fit).

    Check:
        - Find what is missing: `gap` in the evidence (`stageprint show`) names the time, hours, files or labels.
        - Compare the list of files or partitions with that of the run before, and the job's log with its input.
        - Without a gap, ask the business whether the day was quiet: a holiday, an outage, a campaign that ended.

    Fix: Load the missing part and run the downstream stages again. Add a `row_count` or `freshness` check with a bound
    that a quiet day still passes.

    Evidence:
        rows: rows of the table in this run.
        rows_before: rows of the table in the reference run.
        gap: what is missing, in words; null: no gap was found.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import two_tables
        >>> full = {"x": [float(i % 50) for i in range(4000)]}
        >>> evidence, key = two_tables(full, {"x": full["x"][:2400]})
        >>> PartialLoad().explain(evidence, key).evidence["rows"]
        2400
    """

    name: ClassVar[str] = "partial_load"
    family: ClassVar[Family] = "data"
    of_business: ClassVar[bool] = True
    level: ClassVar[Level] = "table"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Compare the rows, then look for the gap."""
        both = tables(evidence, origin.table_key)
        if both is None or both[0].rows == 0 or not rows_moved(evidence, origin):
            return None
        then, now = both
        change = now.rows / then.rows - 1
        source = evidence.graph.is_source(origin.stage)
        found = flow(evidence, origin.table_key)
        if not source and found is not None:
            change = found.change
        if -change < MIN_ROW_CHANGE:
            return None
        since = evidence.first_run(origin)
        figures: dict[str, Any] = {"rows": now.rows, "rows_before": then.rows}
        if now.rows == 0:
            sentence = f"{origin} is empty since {since} (before {count(then.rows)} rows): nothing was loaded"
            return Fit(0.98, sentence, figures, deterministic=True, brief="an empty load")
        # Behind a source, labels also go missing where a join finds no partner for them.
        cut = _range(evidence, origin, then, now, -change)
        gap = cut or _gap(evidence, origin, with_labels=source) or _files(then, now)
        # No join drops all the rows of the last days and none of those before.
        score = FIT_OF_CUT_RANGE if cut is not None else 0.93 if gap is not None else 0.75 if source else 0.6
        where = gap or "no gap in time or labels shows which, so it may also be less business"
        rows = f"{count(now.rows)}, before {count(then.rows)}{_fewest(evidence, origin, then, now)}"
        sentence = f"{origin} has {percent(-change)} fewer rows since {since} ({rows}): {where}"
        return Fit(score, sentence, {**figures, "gap": gap}, brief="a partial load")


def _fewest(evidence: Evidence, origin: ColumnKey, then: TableProfile, now: TableProfile) -> str:
    """Return how many rows the table always had, where that is far fewer than the reference run's: week-ends, say."""
    for shift in evidence.flagged_shifts(origin):
        known = all_shifts().get(shift.statistic)
        if known is not None and known.scaled_by_its_past and is_about(shift, Concern.ROWS) and shift.value:
            fewest = round(now.rows * exp(shift.value))
            if fewest < MAX_SHARE_OF_REFERENCE * then.rows:
                return f", never under {count(fewest)}"
    return ""


def _range(evidence: Evidence, origin: ColumnKey, then: TableProfile, now: TableProfile, lost: float) -> str | None:
    """Return what is missing of the range of event times, or None where it is not what the rows went with."""
    spans = [profile.event_range for profile in (then, now)]
    if spans[0] is None or spans[1] is None or spans[0][1] <= spans[0][0]:
        return None
    long, short = spans[0][1] - spans[0][0], spans[1][1] - spans[1][0]
    found = flow(evidence, origin.table_key)
    source = None if found is None else evidence.table(found.source)
    whole = None if source is None else source.event_range
    before = None if found is None else evidence.reference_table(found.source)
    usual = None if before is None else before.event_range
    same = found is not None and _of_one_clock(evidence, origin.table_key, found.source)
    if whole is not None and usual is not None and same and usual[1] > usual[0]:
        # The source of the same run says how far the rows should have gone, all of them or the part that is kept.
        long *= (whole[1] - whole[0]) / (usual[1] - usual[0])
    if short >= MAX_RANGE_SHARE * long or 1 - short / long < MIN_RANGE_LOSS_SHARE * lost:
        return None
    end, part = f"{spans[1][1]:%Y-%m-%d %H:%M}", percent(short / long)
    return f"event times end at {end} and span {part} of the usual range; the load was cut off"


def _of_one_clock(evidence: Evidence, table: TableKey, source: TableKey) -> bool:
    """Return whether a table's event times are its source's: the dates of orders do not say when they were shipped."""
    own, theirs = evidence.graph.event_time(table), evidence.graph.event_time(source)
    if own is None or theirs is None:
        return False
    return source.column(theirs) in evidence.graph.column_parents(table.column(own))


def _files(then: TableProfile, now: TableProfile) -> str | None:
    """Return how many of the files came, where the rows went with those that did not."""
    files = [profile.facts.get("source_files") for profile in (then, now)]
    if not files[0] or not files[1] or not then.rows or files[1] >= files[0]:
        return None
    if abs(files[1] / files[0] - now.rows / then.rows) > MAX_FILE_ROW_DIFFERENCE:
        return None
    return f"{count(files[1])} files came instead of {count(files[0])}; a part of the load is missing"


def _gap(evidence: Evidence, origin: ColumnKey, *, with_labels: bool) -> str | None:
    """Return which hours or labels are missing while the rest kept its proportions, or None."""
    for key in evidence.graph.nodes(origin.table_key):
        both = pair_of_runs(evidence, key)
        if both is None:
            continue
        missing = _hours(both) if both.now.kind in TIMESTAMPS else _labels(both) if with_labels else None
        if missing is not None:
            return f"{key.column} {missing}; a part of the load is missing"
    return None


def _hours(both: Pair) -> str | None:
    if both.then.hours is None or both.now.hours is None:
        return None
    gone = np.flatnonzero((both.then.hours >= MIN_EMPTIED_SHARE) & (both.now.hours == 0))
    if not gone.size or both.then.hours[gone].sum() * both.now.values < 20:
        return None
    return f"has no rows from {listing([f'{hour}:00' for hour in gone])} UTC"


def _labels(both: Pair) -> str | None:
    then, now = both.then.labels, both.now.labels
    gone = [label for label, share in then.items() if share >= MIN_EMPTIED_SHARE and label not in now]
    if not gone or both.now.slack > 0 or len(gone) == len(then):
        return None
    return f"has no rows of {listing([repr(label) for label in gone])}"
