"""Something moved, and no signature says why."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Final

from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.concerns import is_about
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.pair import Pair, pair
from stageprint.diagnosis.past_moves import was_constant
from stageprint.diagnosis.volume import tables
from stageprint.model import TABLE_LEVEL, ColumnKey, Concern, Severity, ShiftRecord
from stageprint.model.figures import count, moment, number, percent
from stageprint.shifts import all_shifts
from stageprint.shifts.base_wording import Ratio, Share

FIT_WITHOUT_SIGNATURE = 0.2
"""Fit of every column or table that moved: below that of any signature."""

MIN_RUNS_OF_A_CONSTANT = 28
"""Earlier runs in which a column held one value, from which on it is a warning that it varies; review before."""

_DETAIL: Final = re.compile(r" \((.+)\)(?= against |$)")
"""What a value is about; within the sentence's parenthesis it needs none of its own."""


class DistributionShift(Cause):
    """Something moved, and no known cause fits.

    This is the fallback: a column or table is flagged, and no signature of a fault explains it. The finding says what
    moved and by how much. The cause may still be a fault, or a genuine change of the population.

    Signature: it has no signature of its own: every flagged column or table fits. If a column held one value in all
    earlier runs, the run in which it begins to vary is shown for review, or as a warning at most if 28 runs or more
    held that value.

    Told apart from: any other cause: it fits better where its signature is present.

    Check:
        - Read the statistics under `shifts` in the evidence, and compare histograms or labels in the HTML report.
        - List what was deployed or configured in this stage and upstream of it since the first bad run.
        - Split the column by a segment such as region, device or source: often only one of them moved.

    Fix: There is no general fix. If you find a fault, repair it and load the run again; if the change is genuine,
    accept the finding and decide whether to retrain the model.

    Evidence:
        moved_columns: for a table: up to 20 of its flagged columns.
        rows: rows of the table in this run.
        rows_before: rows of the table in the reference run.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import two_runs
        >>> evidence, column = two_runs([float(i % 11) for i in range(1100)], [float(i % 11) ** 2 for i in range(1100)])
        >>> "median 25, before 5" in DistributionShift().explain(evidence, column).sentence
        True
    """

    name: ClassVar[str] = "distribution_shift"
    family: ClassVar[Family] = "data"
    of_business: ClassVar[bool] = True
    level: ClassVar[Level] = "both"
    signature: ClassVar[bool] = False

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit:
        """Name what moved most."""
        moves, figures = _table(evidence, origin) if origin.column == TABLE_LEVEL else _column(evidence, origin)
        sentence = f"{origin} shifted since {evidence.first_run(origin)} ({moves}): no known cause fits"
        return Fit(FIT_WITHOUT_SIGNATURE, sentence, figures, at_most=_most(evidence, origin))


def _most(evidence: Evidence, origin: ColumnKey) -> Severity:
    """Return the highest severity of a column that held one value so far: the runs say little about how far it moves.

    After a dry week the first rain is no alert, however many hours it rained in: a run is one observation.
    """
    both = None if origin.column == TABLE_LEVEL else pair(evidence, origin)
    if both is None or both.source is not None or not both.then.constant or not was_constant(evidence, origin):
        return Severity.CRITICAL
    return Severity.REVIEW if len(evidence.history) < MIN_RUNS_OF_A_CONSTANT else Severity.WARNING


def _table(evidence: Evidence, origin: ColumnKey) -> tuple[str, dict[str, Any]]:
    both = tables(evidence, origin.table_key)
    moved = [key.column for key in evidence.flagged if key.table_key == origin.table_key and key.column != TABLE_LEVEL]
    parts = []
    figures: dict[str, Any] = {"moved_columns": moved[:20]}
    if both is not None:
        then, now = both
        figures |= {"rows": now.rows, "rows_before": then.rows}
        parts.append(f"{count(now.rows)} rows, before {count(then.rows)}")
    if moved:
        parts.append(f"{len(moved)} columns moved")
    return "; ".join(parts) or _statistics(evidence, origin), figures


def _column(evidence: Evidence, origin: ColumnKey) -> tuple[str, dict[str, Any]]:
    both = pair(evidence, origin)
    parts = [] if both is None else _moves(both)
    first = _strongest(evidence, origin)
    if first is not None:
        parts.insert(0, first)
    return "; ".join(parts) or _statistics(evidence, origin), {}


def _strongest(evidence: Evidence, origin: ColumnKey) -> str | None:
    """Return what the strongest statistic found, where it is a share or a ratio that `_moves` says nothing of."""
    found = max(evidence.flagged_shifts(origin), key=lambda shift: shift.effect or 0.0, default=None)
    if found is None or is_about(found, Concern.LABELS, Concern.MISSING_VALUES):
        return None
    known = all_shifts().get(found.statistic)
    if known is None or not isinstance(known.wording, Share | Ratio):
        return None
    text, _, reference = _found(found).partition(" against ")
    before = reference.rpartition(" in ")[0]
    return f"{text.rstrip(',')}, before {before}" if before else text


def _moves(both: Pair) -> list[str]:
    then, now = both.then, both.now
    parts = []
    if abs(both.missing_change) >= both.missing_step:
        parts.append(f"no value in {percent(now.missing_share)} of rows, before {percent(then.missing_share)}")
    if now.quantiles.size and then.quantiles.size and now.kind is then.kind:
        if both.ks > both.tolerance or not parts:
            medians = [moment(float(facts.quantiles[6]), facts.kind) for facts in (now, then)]
            if medians[0] != medians[1]:
                parts.append(f"median {medians[0]}, before {medians[1]}")
        if now.numeric and abs(both.log_spread) > both.spread_tolerance:
            parts.append(f"standard deviation {number(now.sd)}, before {number(then.sd)}")
    elif both.labels_apart > both.label_noise:
        moved = {name: now.labels.get(name, 0.0) - then.labels.get(name, 0.0) for name in {**now.labels, **then.labels}}
        most = max(moved, key=lambda label: (abs(moved[label]), moved[label], label))
        parts.append(
            f"{most!r} in {percent(now.labels.get(most, 0.0))} of values, before {percent(then.labels.get(most, 0.0))}"
        )
    return parts


def _statistics(evidence: Evidence, origin: ColumnKey) -> str:
    shifts = sorted(evidence.flagged_shifts(origin), key=lambda shift: -(shift.effect or 0.0))
    found = [_DETAIL.sub(r", \1", _found(shift)) or shift.statistic for shift in shifts[:3]]
    return "; ".join(found) or "with what it comes from"


def _found(shift: ShiftRecord) -> str:
    """Return what a statistic found, without what is usual and why it was flagged."""
    return shift.explanation.partition("; ")[0].partition(", usually ")[0]
