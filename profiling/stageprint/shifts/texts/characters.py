"""Free texts that are made of other characters than before: another case, no spaces, symbols where there were none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar, Final

from stageprint.features.column import ColumnFeatures
from stageprint.features.formulas import arcsine
from stageprint.features.text_forms import texts_looked_at
from stageprint.model import ColumnKind, Concern, NotComputable
from stageprint.shifts._predictive import ScaledByItsPast, of_first_runs, outcome, predicted
from stageprint.shifts.base import ColumnRule, Example, Outcome
from stageprint.shifts.base_wording import Share, Wording

CHARACTERS: Final = {
    "lower_share": "letters in lower case",
    "upper_share": "letters in upper case",
    "digit_share": "digits",
    "space_share": "spaces",
    "other_share": "other characters",
}
"""The shares that are compared, and what the texts contain."""

USUAL_SPREAD: Final = 0.06
"""Standard deviation of h(share of texts with such characters) of a column without history."""

MIN_CHANGE: Final = 0.1
"""Smallest change of a share beyond all earlier ones."""

GROSS: Final = 0.75
"""Change in h that is asked for after one run, which has shown nothing of how the share varies."""

MIN_DISTINCT_SHARE: Final = 0.5
"""Distinct texts ÷ texts from which on a column holds free texts. What repeats is compared as labels."""


class CharactersShift(ScaledByItsPast, ColumnRule):
    """How far the share of free texts with a kind of characters lies beyond that of all earlier runs.

    Formula: |h(p_C) − h(p)| of the nearest earlier run, for the least likely of letters in lower case, letters in upper
    case, digits, spaces, and other characters, in the first 64 characters of each text; 0 within what was seen.

    Titles and comments are new in every run, so that no label and no form of writing stays; what they are made of does.
    Texts that came in another case, lost their spaces, or were decoded with another character set show here. How likely
    a share is follows from the shares of the earlier runs, on the arcsine scale.
    """

    name: ClassVar[str] = "characters"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.FORMAT})
    wording: ClassVar[Wording] = Share("{} of the texts contain characters of one kind")
    unit: ClassVar[str] = "arcsine of the share, 0–π; 0 within what was seen"
    convention: ClassVar[str] = "texts with such a character ÷ texts; of a sample of more than `sketch.shape_values`"
    source: ClassVar[str] = "this project; Cohen 1988 for h"
    kinds: ClassVar[frozenset[ColumnKind]] = frozenset({ColumnKind.STRING})
    needs: ClassVar[tuple[str, ...]] = ("text_shapes", "counts", "hll")
    min_effect: ClassVar[float] = 0.1
    critical_effect: ClassVar[float] = 0.6
    default_scale: ClassVar[float] = USUAL_SPREAD
    example: ClassVar[Example] = Example(
        ["One a", "Two b", "Six c", "Ten d"],
        ["ONE A", "Two b", "Six c", "Ten d"],
        1.0471975511965976,
        ColumnKind.STRING,
    )

    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return how far the least likely share is beyond all earlier ones."""
        known = [run for run in past if run.present > 0]
        if not known or not current.present > 0:
            return NotComputable(f"no texts in {'this run' if known else 'an earlier run'}")
        if current.distinct < MIN_DISTINCT_SHARE * current.present:
            return NotComputable("the texts repeat: they are compared as labels")
        found = Outcome(0.0, floor=USUAL_SPREAD**2)
        smallest, sampling = 1.0, 1 / texts_looked_at(current)
        for name, characters in CHARACTERS.items():
            one, p = _beyond(getattr(current, name), [getattr(run, name) for run in known], sampling)
            if p < smallest:
                smallest, found = p, replace(one, detail=characters)
        return found


def _beyond(now: float, past: Sequence[float], sampling: float) -> tuple[Outcome, float]:
    """Return how far a share is beyond those of the earlier runs, and the probability of a healthy one as far."""
    level, levels = float(arcsine(now)), [float(arcsine(share)) for share in past]
    nearest = min(past, key=lambda share: abs(share - now))
    within = min(past) <= now <= max(past)
    beyond = 0.0 if within or abs(now - nearest) < MIN_CHANGE else abs(level - float(arcsine(nearest)))
    likely = predicted(levels, USUAL_SPREAD, sampling)
    if not beyond or (len(past) == 1 and beyond < GROSS):
        return outcome(0.0, 1.0, likely.scale, now, nearest), 1.0
    p = of_first_runs(len(CHARACTERS) * likely.p(level), len(past))  # so many shares are tried
    return outcome(beyond, p, likely.scale, now, nearest), p
