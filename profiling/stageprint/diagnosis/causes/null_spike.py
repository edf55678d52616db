"""Values are gone: null or NaN where there were none, or far more of them."""

from __future__ import annotations

from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.pair import Pair, pair
from stageprint.diagnosis.shares import label_distance
from stageprint.model import ColumnKey, Concern
from stageprint.model.figures import percent
from stageprint.shifts import concerns_of
from stageprint.shifts.nulls.never_nan import NeverNan
from stageprint.shifts.nulls.never_null import NeverNull

FIT_OF_NULLS_ALONE = 0.85
"""Fit where nothing but the nulls is flagged."""

_RULES = (NeverNull.name, NeverNan.name)


class NullSpike(Cause):
    """The share of missing values rose.

    Values are null or NaN for the first time, or far more often than usual. The model sees an imputed value, a default
    branch or an error, depending on how it treats nulls.

    Signature: the share of rows without a usable value rose by at least 0.4 percentage points, three standard errors
    and the usual variation, or there are some for the first time. If the remaining values are distributed as before,
    they were lost at random; if not, the loss picked certain values. Losing a share s of the values moves their
    distribution by at most s, so a larger move needs another cause.

    Told apart from: `join_lost_rows`: a block of columns loses the same share; `type_change`: values no longer parse;
    `null_to_sentinel`: the opposite.

    Check:
        - Query the column in the upstream stage: does it have the values?
        - Split the nulls by source, file and hour, and see where they begin.
        - Look for casts and parsers that yield null on error (`try_cast`, `errors="coerce"`), and for a renamed field.

    Fix: Repair the parser, field or feed and load the run again. Add a `completeness` check on the column, so that the
    next loss stops the pipeline.

    Evidence:
        null_share: share of rows without a usable value now, 0–1.
        null_share_before: the same before.
        rows_without_value: rows that are null or NaN now.
        remaining_values: whether the remaining values are distributed as before.

    Source: missing at random against missing not at random, Rubin (1976).

    Example:
        >>> from stageprint.diagnosis.example import two_runs
        >>> evidence, column = two_runs([1.0, 2.0, 3.0, 4.0] * 500, [1.0, 2.0, 3.0, None] * 500)
        >>> NullSpike().explain(evidence, column).evidence["null_share"]
        0.25
    """

    name: ClassVar[str] = "null_spike"
    family: ClassVar[Family] = "data"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Compare the shares of rows without a value, then the values left."""
        both = pair(evidence, origin)
        if both is None or both.missing_change <= 0:
            return None
        # A rule that was broken knows how many rows are none too few.
        if both.missing_change < both.missing_step and not any(evidence.flagged_by(origin, rule) for rule in _RULES):
            return None
        now, then = both.now, both.then
        what = "NaN" if now.nans - then.nans > now.nulls - then.nulls else "null"
        before = "never before" if then.missing == 0 else f"before {percent(then.missing_share)}"
        figures = {
            "null_share": round(now.missing_share, 6),
            "null_share_before": round(then.missing_share, 6),
            "rows_without_value": now.missing,
        }
        since = evidence.first_run(origin)
        if now.values <= 0:
            sentence = f"{origin} is {what} in every row since {since} ({before}): the column is empty"
            return Fit(0.97, sentence, figures, deterministic=True, brief="all values lost")
        score, rest = _rest(both)
        if score < FIT_OF_NULLS_ALONE and only_missing(evidence, origin):
            score = FIT_OF_NULLS_ALONE
        sentence = f"{origin} is {what} in {percent(now.missing_share)} of rows since {since} ({before}): {rest}"
        brief = f"{percent(both.missing_change)} of its values lost"
        return Fit(score, sentence, {**figures, "remaining_values": rest}, brief=brief)


def only_missing(evidence: Evidence, origin: ColumnKey) -> bool:
    """Return whether a node is flagged for missing values alone: how the others moved is what they do at times."""
    shifts = evidence.flagged_shifts(origin)
    return bool(shifts) and all(concerns_of(shift.statistic) == {Concern.MISSING_VALUES} for shift in shifts)


def _rest(both: Pair) -> tuple[float, str]:
    ordered = both.then.cdf is not None
    moved, chance = (both.ks, both.tolerance) if ordered else (label_distance(both), both.label_noise)
    if moved <= chance:
        return 0.9, "the other values moved no more than usual, so the loss looks random"
    lost = both.missing_change / (1 - both.then.missing_share)
    if moved <= lost + chance:
        return 0.74, "the rows that lost their value are not a random part, and those left are distributed differently"
    return 0.5, "values were lost, and those left moved by more than the loss explains"
