"""A column that follows time or the run stopped doing so."""

from __future__ import annotations

from math import sin
from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.concerns import is_about, is_flagged_for
from stageprint.diagnosis.evidence import Evidence
from stageprint.model import ColumnKey, Concern, ShiftRecord
from stageprint.shifts import all_shifts
from stageprint.shifts.base_wording import Figures, Share

MIN_ODD_SHARE = 0.5
"""Smallest share of odd values from which on the column follows something else; fewer are errors of their own."""

FIT, FIT_BESIDE_A_FORMAT = 0.93, 0.6
"""Fit of a column that does not move on; and where its values are written in another way, which may be all there is."""


class AdvanceBroken(Cause):
    """A column that follows time or the run stopped doing so.

    Calendar parts, times, keys and version numbers move on with every run. If such a column stands still, goes back,
    leaps ahead or holds days other than the run's, it was filled from an old load, a wrong clock or another source.

    Signature: in nearly all earlier runs the column moved on: its range began where the previous one ended, or its
    values were the calendar part of the run's days. In this run at least half of its values are not where that leads.
    If fewer are out of place, and nothing shows how they came about, no cause is named.

    Told apart from: `stale_column` and `stale_table`: the values repeat the previous run to the last digit;
    `wrong_timezone`: times moved by whole quarters of an hour.

    Check:
        - Check whether the run loaded the days that its name says, or an earlier delivery again.
        - Compare the column with the load's own time and with the other times of the table.
        - Check whether keys or dates come from another source, or in another unit, since this run.

    Fix: Load the right days again, or repair the clock, sequence or conversion that fills the column. You may have to
    remove rows that were written with old keys from downstream tables.

    Evidence:
        rule: the rule of `shifts` that is broken.
        odd_share: share of the values that broke it; null: the rule is about all values.

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
        """See which rule of advancing columns is broken, and by how many of the values."""
        broken = [shift for shift in evidence.flagged_shifts(origin) if is_about(shift, Concern.PROGRESS)]
        broken = [shift for shift in broken if (share := _odd_share(shift)) is None or share >= MIN_ODD_SHARE]
        if not broken:
            return None
        worst = max(broken, key=lambda shift: (shift.severity.rank, shift.value or 0.0))
        wording = all_shifts()[worst.statistic].wording
        what = "it is not where its earlier runs lead"
        if worst.value is not None and wording is not None:
            what = wording.found(Figures(worst.value))
        sentence = f"{origin} does not move on as in every run before {evidence.first_run(origin)}: {what}"
        brief = "a column that no longer moves on from run to run as it did"
        score = FIT_BESIDE_A_FORMAT if is_flagged_for(evidence, origin, Concern.FORMAT) else FIT
        figures = {"rule": worst.statistic, "odd_share": _odd_share(worst)}
        return Fit(score, sentence, figures, deterministic=True, brief=brief)


def _odd_share(shift: ShiftRecord) -> float | None:
    """Return the share of the values that break a rule; None: it is about all of them."""
    wording = all_shifts()[shift.statistic].wording
    return sin(shift.value / 2) ** 2 if isinstance(wording, Share) and shift.value is not None else None
