"""Good values were replaced by a default."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from stageprint.diagnosis.atoms import ShareOfValue, exact, gains, heaped, is_sentinel, share_error, spoken
from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.pair import Pair, mixture, pair
from stageprint.diagnosis.past_moves import share_of, stands_out
from stageprint.diagnosis.shares import thinned
from stageprint.diagnosis.strays import strays
from stageprint.features.column import MAX_MAGNITUDE
from stageprint.features.distribution import Cdf, kolmogorov_smirnov
from stageprint.model import ColumnKey
from stageprint.model.figures import percent

MIN_REPLACED_SHARE = 0.01
"""Minimum share of the values that must have been replaced."""

MIN_LABELS_KEPT = 6
"""Minimum number of labels that must have kept their proportions for the growth of another to be a default."""

MIN_VALUES_MISSING_BEYOND = 8
"""Minimum number of values expected beyond the end of the range, where none is, that refutes an even replacement."""

FIT_OF_USUAL_STRAYS, FIT_OF_STRAYS = 0.97, 0.95
"""Fit where one value, a usual stand-in or another, is all that an advancing column holds where it should not be."""


class DefaultValue(Cause):
    """A share of the values was replaced by a single value.

    Rows that held any value now hold the same one: a default for failed lookups, a stuck sensor, a placeholder. Unlike
    a null, it passes every check for missing values, and the model takes it for a measurement.

    Signature: one value gained rows and all others became rarer in proportion, while the share of nulls stayed the
    same. For labels: one label grew and the others kept their proportions; this is certain only for a usual stand-in
    such as `unknown`, `NA` or the empty string. For a column that moves on with every run: all values that are not
    where its past leads are the same one. From one healthy run to the next, the share never moved by even a third as
    much.

    Told apart from: `null_to_sentinel`: nulls vanish; `clipping`: what lay beyond the value is gone; `constant_column`:
    no other value is left; `unseen_category`: the new label is not a stand-in; `infinite_values`: the
    value is infinite.

    Check:
        - Count the rows with the value by hour, file or source: a default often begins at one moment or in one feed.
        - Search the code of the stage for the value, and for `coalesce`, `fillna` and `getOrElse`.
        - Look up some of these rows in the upstream stage and see what they hold there.

    Fix: Repair what fails behind the default. Let failures show as nulls, or add a flag column, so that a default can
    be told from a real value. Load the affected runs again.

    Evidence:
        value: the value, as text.
        exact_value: the value as stored, not rounded: a label, a number, or days or microseconds since 1970.
        share: share of all rows that hold it now, 0–1.
        share_error: 99 % error bound of `share`, which comes from a sketch in large columns; 0: exact.
        share_before: the same before.
        replaced_share: share of the values that were replaced, 0–1.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import two_runs
        >>> usual = [float(i % 200) for i in range(4000)]
        >>> stuck = [50.0 if i % 4 == 0 else x for i, x in enumerate(reversed(usual))]
        >>> evidence, column = two_runs(usual, stuck)
        >>> round(DefaultValue().explain(evidence, column).evidence["replaced_share"], 2)
        0.25
    """

    name: ClassVar[str] = "default_value"
    family: ClassVar[Family] = "data"
    sharp: ClassVar[bool] = True
    of_values: ClassVar[bool] = True

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Look for the value that grew at the even cost of all others."""
        both = pair(evidence, origin)
        if both is None or both.now.constant or both.now.values <= 0 or both.then.values <= 0:
            return None
        lost = strays(evidence, origin)
        if lost is not None and (only := lost.only_value()) is not None:
            return _of_strays(evidence, origin, both, only)
        best = max(gains(both), key=lambda atom: atom.gain, default=None)
        if best is None or heaped(both) or abs(best.value) >= MAX_MAGNITUDE:  # infinite: no default
            return None
        now_share, then_share = _of_values(both, best)
        weight = (now_share - then_share) / max(1 - then_share, 1e-12)
        if weight < MIN_REPLACED_SHARE or abs(both.missing_change) > max(both.missing_step, weight / 4):
            return None
        score = _score(both, best, weight)
        if score <= 0 or not stands_out(evidence, origin, share_of(best.value, best.label)):
            return None
        value = spoken(best, both.now.kind)
        sentence = (
            f"{origin} is {value} in {percent(best.now)} of rows since {evidence.first_run(origin)} "
            f"(before {percent(best.then)}), and all other values became rarer in proportion: "
            f"{percent(weight)} of the values were replaced by {value}"
        )
        return _fit(score, sentence, both, best, weight)


def _of_strays(evidence: Evidence, origin: ColumnKey, both: Pair, value: float) -> Fit:
    """Return the fit of the only value that is not where an advancing column should be."""
    atom = ShareOfValue(value, None, both.now.mass(value) * (1 - both.now.missing_share), 0.0)
    told, share = spoken(atom, both.now.kind), both.now.mass(value)
    sentence = (
        f"{origin} is {told} in {percent(atom.now)} of rows since {evidence.first_run(origin)} (never before), while "
        f"the others move on with the runs: {percent(share)} of the values were replaced by {told}"
    )
    score = FIT_OF_USUAL_STRAYS if is_sentinel(atom, both.now.kind) else FIT_OF_STRAYS
    return _fit(score, sentence, both, atom, share)


def _fit(score: float, sentence: str, both: Pair, atom: ShareOfValue, replaced: float) -> Fit:
    value = spoken(atom, both.now.kind)
    figures = {
        "value": value,
        "exact_value": exact(atom),
        "share": round(atom.now, 6),
        "share_error": round(share_error(both.now), 6),
        "share_before": round(atom.then, 6),
        "replaced_share": round(replaced, 6),
    }
    return Fit(score, sentence, figures, brief=f"{percent(replaced)} of the values replaced by {value}")


def _of_values(both: Pair, atom: ShareOfValue) -> tuple[float, float]:
    """Return the atom's share among the values, now and then."""
    return atom.now / (1 - both.now.missing_share), atom.then / (1 - both.then.missing_share)


def _score(both: Pair, atom: ShareOfValue, weight: float) -> float:
    usual = is_sentinel(atom, both.now.kind)
    label = atom.label
    if label is None and both.then.labels and both.now.labels:
        # A few whole numbers are as good as labels.
        label = f"{atom.value:.15g}"
    if label is not None:
        rest = thinned(both, label)
        if rest.moved > rest.noise:
            return 0.0
        if atom.then == 0 and not usual:
            return 0.0
        return 0.93 if usual else 0.6 if rest.labels >= MIN_LABELS_KEPT else 0.4
    if both.cdfs is None or _shrunk(both, both.cdfs[0], atom.value, weight):
        return 0.0
    then, now = both.cdfs
    model = mixture(then, Cdf.of(np.array([atom.value]), np.array([1.0])), weight)
    after = kolmogorov_smirnov(model, now)
    # The atom itself is the evidence: it may be too small to move the KS distance far.
    fit = 1.0 if after <= both.tolerance else both.closeness(after)
    return (0.93 if usual else 0.9) * fit


def _shrunk(both: Pair, then: Cdf, value: float, weight: float) -> bool:
    """Return whether values beyond `value`, which an even thinning would have left, are gone."""
    at = np.array([value])
    above = 1 - float(then.at(at)[0]) if value == both.now.high else 0.0
    below = float(then.before(at)[0]) if value == both.now.low else 0.0
    return max(above, below) * (1 - weight) * both.now.values >= MIN_VALUES_MISSING_BEYOND
