"""Nulls became a value: 0, -1, -999, an empty string, 1970-01-01, the mean."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.diagnosis.atoms import ShareOfValue, exact, gains, is_sentinel, share_error, spoken
from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.pair import MIN_NULL_SHARE_CHANGE, Pair, mixture, pair
from stageprint.diagnosis.past_moves import missing_move, share_of, stands_out
from stageprint.diagnosis.shares import thinned
from stageprint.features.distribution import Cdf, kolmogorov_smirnov
from stageprint.model import ColumnKey
from stageprint.model.figures import percent

MIN_TAKEN_SHARE = 0.6
"""Minimum share of the vanished nulls that the one value must take."""

MIN_NULLS_BEFORE = 20
"""Minimum number of earlier nulls whose absence is no accident."""

MAX_GAIN_MULTIPLE = 8.0
"""Maximum gain of the value, in vanished nulls: a value that gained more did not take their place."""

MAX_GAIN_MULTIPLE_OF_NULLS_ALONE = 1.5
"""Maximum gain, in vanished nulls, of a value that replaced nothing but nulls."""


class NullToSentinel(Cause):
    """Nulls became a value, such as 0, -1, -999 or the empty string.

    Missing values are disguised as data. Null checks pass, and the model takes the stand-in for a measurement, which
    shifts means and splits.

    Signature: the share of nulls fell by at least 0.4 percentage points, and one single value gained at least 60 % of
    that. It is certain if the value is a usual stand-in (0, -1, ±999…, 1970-01-01, the empty string, `NA`). From one
    healthy run to the next, neither share moved by even a third as much.

    Told apart from: `default_value`: the nulls stay and good values are replaced; a repair: there are fewer nulls, and
    no such value.

    Check:
        - Search the stage and the exporter of the source for `fillna`, `coalesce`, `ifnull` and default arguments.
        - See what the other codebase does with the same nulls: training and serving often differ in just this.
        - Count the rows with the value where the key exists upstream with a null.

    Fix: Keep nulls as nulls up to the feature code, and impute there, once, for both training and serving. Convert the
    stand-in back to null for the affected runs.

    Evidence:
        value: the value, as text.
        exact_value: the value as stored, not rounded: a label, a number, or days or microseconds since 1970.
        share: share of all rows that hold it now, 0–1.
        share_error: 99 % error bound of `share`, which comes from a sketch in large columns; 0: exact.
        share_before: the same before.
        null_share: share of rows without a value now, 0–1.
        null_share_before: the same before.

    Source: "disguised missing data", Pearson (2006), SIGKDD Explorations 8(1).

    Example:
        >>> from stageprint.diagnosis.example import two_runs
        >>> evidence, column = two_runs([None, 2.0, 3.0, 4.0] * 500, [-999.0, 2.0, 3.0, 4.0] * 500)
        >>> NullToSentinel().explain(evidence, column).evidence["value"]
        '-999'
    """

    name: ClassVar[str] = "null_to_sentinel"
    family: ClassVar[Family] = "data"
    of_values: ClassVar[bool] = True

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Look for the value that took the place of the nulls."""
        both = pair(evidence, origin)
        if both is None or -both.missing_change < (MIN_NULL_SHARE_CHANGE if _vanished(both) else both.missing_step):
            return None
        gone = -both.missing_change
        best = max(gains(both), key=lambda atom: atom.gain, default=None)
        if best is None or best.gain < MIN_TAKEN_SHARE * gone:
            return None
        now, then = both.now, both.then
        if (
            best.now / (1 - now.missing_share) - best.then / max(1 - then.missing_share, 1e-12)
            < MIN_TAKEN_SHARE * gone / 2
        ):
            # Rows without a value are gone: every value has more of the rows, but none has more of the values.
            return None
        if not _beyond_past(evidence, origin, both, best):
            return None
        value = spoken(best, now.kind)
        left = "no longer null" if now.missing == 0 else f"null in {percent(now.missing_share)}"
        sentence = (
            f"{origin} is {value} in {percent(best.now)} of rows since {evidence.first_run(origin)} "
            f"(before {percent(best.then)}) and {left} (before {percent(then.missing_share)}): "
            f"nulls were replaced by {value}"
        )
        figures = {
            "value": value,
            "exact_value": exact(best),
            "share": round(best.now, 6),
            "share_error": round(share_error(now), 6),
            "share_before": round(best.then, 6),
            "null_share": round(now.missing_share, 6),
            "null_share_before": round(then.missing_share, 6),
        }
        return Fit(_score(both, best, gone), sentence, figures, brief=f"nulls replaced by {value}")


def _beyond_past(evidence: Evidence, origin: ColumnKey, both: Pair, atom: ShareOfValue) -> bool:
    """Return whether neither the value's share nor that of the nulls moves so far by itself; nulls never all go."""
    nulls = _vanished(both) or stands_out(evidence, origin, missing_move)
    return nulls and stands_out(evidence, origin, share_of(atom.value, atom.label))


def _vanished(both: Pair) -> bool:
    """Return whether there always were nulls and there are none."""
    return both.now.missing == 0 and both.then.missing >= MIN_NULLS_BEFORE


def _score(both: Pair, atom: ShareOfValue, gone: float) -> float:
    usual = is_sentinel(atom, both.now.kind)
    # Where nulls always were and now are none, a usual stand-in tells enough, whatever else moved.
    least = 0.82 if usual and _vanished(both) else 0.0
    if atom.gain > MAX_GAIN_MULTIPLE_OF_NULLS_ALONE * gone + both.now.slack + 0.01:
        # Far more than the nulls: it was not they that became this value.
        return max(0.6 if atom.gain <= MAX_GAIN_MULTIPLE * gone else 0.0, least)
    return max((0.96 if usual else 0.9) * (0.6 + 0.4 * _rest(both, atom)), least)


def _rest(both: Pair, atom: ShareOfValue) -> float:
    """Return how well the other values kept their proportions, 0–1."""
    if both.cdfs is None:
        rest = thinned(both, atom.label or "")
        return 1.0 if rest.moved <= rest.noise else 0.0
    before, after = (atom.then / max(1 - both.then.missing_share, 1e-12), atom.now / (1 - both.now.missing_share))
    weight = max(0.0, (after - before) / max(1 - before, 1e-12))
    then, now = both.cdfs
    left = kolmogorov_smirnov(mixture(then, Cdf.of(np.array([atom.value]), np.array([1.0])), weight), now)
    return 1.0 if left <= both.tolerance else both.closeness(left)
