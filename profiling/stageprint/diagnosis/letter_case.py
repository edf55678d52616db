"""Free texts in another case: no label or form of writing stays, but what the texts are made of does."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt
from typing import Final

from stageprint.diagnosis.facts import Facts
from stageprint.diagnosis.pair import Pair
from stageprint.features.distribution import kolmogorov_smirnov
from stageprint.features.formulas import arcsine

MIN_SHARE: Final = 0.05
"""Minimum share of the texts that must have lost their letters in one case."""

MIN_WHOLE_SHARE: Final = 0.98
"""Share at or above which all texts count as rewritten."""

MIN_STANDARD_ERRORS: Final = 3.0
"""Standard errors within which a share of the texts is as before."""

MAX_LENGTH_SHARE: Final = 0.5
"""Maximum distance of the lengths, beyond chance, in the share of the texts that were rewritten: letters that were
deleted instead leave as many texts shorter."""

_KEPT: Final = ("digit_share", "space_share", "other_share")


@dataclass(frozen=True)
class OtherCase:
    """Texts that came in another case.

    Attributes:
        case: ``upper`` or ``lower``: the case that they are in now.
        share: Share of the texts that were rewritten, of those with a letter in the other case, 0–1.
    """

    case: str
    share: float

    @property
    def whole(self) -> bool:
        """Whether all texts were rewritten."""
        return self.share >= MIN_WHOLE_SHARE


def other_case(both: Pair) -> OtherCase | None:
    """Return the case that texts came in, and how many of them.

    Letters in one case went from some of the texts, those in the other case did not; digits, spaces and other
    characters are in as many texts as before, and the texts are as long.

    Args:
        both: The column in the reference run and in this one.

    Returns:
        None where the characters of either side are not known, or another change explains them as well.
    """
    then, now = both.then.characters, both.now.characters
    if not then or not now:
        return None
    error = MIN_STANDARD_ERRORS * _standard_error(both.then, both.now)
    if any(abs(arcsine(now[name]) - arcsine(then[name])) > error for name in _KEPT):
        return None
    for gone, kept, case in (("lower_share", "upper_share", "upper"), ("upper_share", "lower_share", "lower")):
        lost = float(arcsine(then[gone]) - arcsine(now[gone]))
        share = 1 - now[gone] / then[gone] if then[gone] > 0 else 0.0
        is_lost = share >= MIN_SHARE and lost > error and arcsine(now[kept]) >= arcsine(then[kept]) - error
        if is_lost and _as_long(both, share):
            return OtherCase(case, share)
    return None


def rewritten_share(both: Pair) -> float:
    """Return the share of the texts that came in another case; 0 where none did."""
    found = other_case(both)
    return 0.0 if found is None else found.share


def _as_long(both: Pair, share: float) -> bool:
    then, now = both.then.lengths, both.now.lengths
    if then is None or now is None:
        return False
    by_chance = 1.63 * both.sampling  # the 1 % critical value of the distance
    return kolmogorov_smirnov(then, now) <= by_chance + MAX_LENGTH_SHARE * share


def _standard_error(then: Facts, now: Facts) -> float:
    if min(then.texts_looked_at, now.texts_looked_at) <= 0:
        return inf
    return sqrt(1 / then.texts_looked_at + 1 / now.texts_looked_at)
