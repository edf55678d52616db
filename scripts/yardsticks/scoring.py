"""Counts over trials: recall, precision, and how causes are named; for the product and for its rivals."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from scripts.yardsticks.planted import HEALTHY, Trial
from scripts.yardsticks.rivals import RULES
from stageprint.model import Severity

TOUCHED: Final = (100, 50, 10)
"""Shares of the rows, in per cent, that recall is stated for."""

Flag = Callable[[Trial], bool]
"""Trial → whether a rule flags it."""


def _at_least(severity: Severity) -> Flag:
    wanted = {one.value for one in Severity if one.rank >= severity.rank}
    return lambda trial: trial.severity in wanted


OURS: Final[Mapping[str, Flag]] = {
    "digest": _at_least(Severity.REVIEW),
    "alert": _at_least(Severity.WARNING),
    "critical": _at_least(Severity.CRITICAL),
}
"""The product at its three levels, from the most to the fewest findings; each is told once."""


def stands(trial: Trial) -> bool:
    """Return whether the product has an alert, also one that goes on: as rules without a memory count theirs."""
    return trial.standing in {Severity.WARNING.value, Severity.CRITICAL.value}


def _rival(name: str) -> Flag:
    return lambda trial: trial.rivals[name]


RIVALS: Final[Mapping[str, Flag]] = {name: _rival(name) for name in RULES}


@dataclass(frozen=True)
class Score:
    """How a rule does on trials.

    Attributes:
        planted: Number of faults.
        found: Of these, flagged.
        healthy: Number of healthy runs.
        false: Of these, flagged.
        by_touched: Per cent touched → faults, and of these flagged.
    """

    planted: int
    found: int
    healthy: int
    false: int
    by_touched: Mapping[int, tuple[int, int]]

    @property
    def recall(self) -> float:
        """Share of the faults that are flagged; NaN without faults."""
        return share(self.found, self.planted)

    @property
    def false_share(self) -> float:
        """Share of the healthy runs that are flagged; NaN without any."""
        return share(self.false, self.healthy)

    @property
    def precision(self) -> float:
        """Share of the flagged that are faulty, if there is one healthy run for each fault, as its authors have it."""
        return share(self.recall, self.recall + self.false_share)

    def recall_at(self, touched: int) -> float:
        """Return the recall of faults that touch so many per cent."""
        planted, found = self.by_touched.get(touched, (0, 0))
        return share(found, planted)


def share(part: float, whole: float) -> float:
    """Return part ÷ whole; NaN where the whole is 0."""
    return part / whole if whole else float("nan")


def rounded(value: float) -> float | None:
    """Return a share with three decimals; None: there is none."""
    return None if math.isnan(value) else round(value, 3)


def score(trials: Iterable[Trial], flag: Flag) -> Score:
    """Return how a rule does."""
    trials = list(trials)
    faults = [trial for trial in trials if trial.fault != HEALTHY]
    healthy = [trial for trial in trials if trial.fault == HEALTHY]
    by_touched = {}
    for touched in TOUCHED:
        those = [trial for trial in faults if trial.touched == touched]
        by_touched[touched] = (len(those), sum(map(flag, those)))
    return Score(len(faults), sum(map(flag, faults)), len(healthy), sum(map(flag, healthy)), by_touched)


def with_history(trials: Iterable[Trial], histories: Sequence[int], history: int) -> list[Trial]:
    """Return the trials of a length of history: with at least so many runs, and fewer than the next length has."""
    longer = min((other for other in histories if other > history), default=None)
    return [trial for trial in trials if trial.history >= history and (longer is None or trial.history < longer)]


def by_source(trials: Iterable[Trial], source: str) -> list[Trial]:
    """Return the healthy runs, and the faults that a source thought of."""
    return [trial for trial in trials if trial.fault == HEALTHY or trial.source == source]


def best_point(ours: Mapping[str, Score], rival: Score) -> tuple[str, Score] | None:
    """Return the product's level with the highest recall among those that are at least as precise as a rival."""
    able = [(name, one) for name, one in ours.items() if one.precision >= rival.precision]
    return max(able, key=lambda pair: pair[1].recall, default=None)


@dataclass(frozen=True)
class Named:
    """How faults that are alerts are named.

    Attributes:
        right: A right cause is named.
        wrong: Only wrong ones are.
        absent: None is.
    """

    right: int
    wrong: int
    absent: int

    @property
    def found(self) -> int:
        """Number of faults that are alerts."""
        return self.right + self.wrong + self.absent


def named(trials: Iterable[Trial]) -> Named:
    """Return how the faults among some trials are named."""
    found = [trial.naming for trial in trials if trial.fault != HEALTHY and trial.alert]
    return Named(found.count("right"), found.count("wrong"), found.count("absent"))
