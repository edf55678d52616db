"""A column that follows time or the run stopped doing so."""

from __future__ import annotations

from math import sin
from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.concerns import is_about
from stageprint.diagnosis.evidence import Evidence
from stageprint.model import ColumnKey, Concern
from stageprint.shifts import all_shifts
from stageprint.shifts.base_wording import Figures


class AdvanceBroken(Cause):
    """A column that follows time or the run stopped doing so.

    Calendar parts, times, keys and version numbers move on with every run. One that stands still, goes back, leaps
    ahead or names other days than the run's was filled from an old load, a wrong clock or another source.

    Signature: in nearly all earlier runs the column moved on (its range began where the one before ended, or its values
    were the calendar part of the run's days), and in this run it does not.

    Told apart from: `stale_column` and `stale_table`, where the values repeat the run before to the last digit;
    `wrong_timezone`, where times moved by whole quarters of an hour.

    Check:
        - See whether the run loaded the days that its name says, or an earlier delivery once more.
        - Compare the column with the load's own time and with the other times of the table.
        - Check whether keys or dates come from another source, or in another unit, since this run.

    Fix: Load the right days again, or repair the clock, sequence or conversion that fills the column. Rows that were
    written with old keys may have to be removed from the tables behind.

    Evidence:
        rule: the rule of `shifts` that is broken.
        odd_share: share of the values that broke it; null: the rule is about all of them.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import many_runs
        >>> runs = [{"x": [n] * 50} for n in (1, 2, 3, 4, 2)]
        >>> evidence, column = many_runs(runs, at="x", statistic="advance_back")
        >>> AdvanceBroken().explain(evidence, column).evidence["rule"]
        'advance_back'
    """

    name: ClassVar[str] = "advance_broken"
    family: ClassVar[Family] = "boundary"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """See which rule of advancing columns is broken."""
        broken = [shift for shift in evidence.flagged_shifts(origin) if is_about(shift, Concern.PROGRESS)]
        if not broken:
            return None
        worst = max(broken, key=lambda shift: (shift.severity.rank, shift.value or 0.0))
        wording = all_shifts()[worst.statistic].wording
        what = "it is not where its earlier runs lead"
        share = None
        if worst.value is not None and wording is not None:
            what = wording.found(Figures(worst.value))
            share = sin(worst.value / 2) ** 2 if worst.statistic != "advance_stalled" else None
        sentence = f"{origin} does not move on as in every run before {evidence.first_run(origin)}: {what}"
        brief = "a column that no longer moves on from run to run as it did"
        return Fit(0.93, sentence, {"rule": worst.statistic, "odd_share": share}, deterministic=True, brief=brief)
