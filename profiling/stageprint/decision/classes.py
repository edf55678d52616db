"""Classes of scores that are calibrated together, and the past of each: how often do healthy columns score as much?

A class is a kind of column × statistic × length of history × how the column has moved, for one run's scores or for two.
The past of a run is small (how many scores, and the largest of them), merges, and is stored run by run: table
`calibration`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stageprint.decision._codes import starts_of
from stageprint.decision.calibration import MIN_PAST_SCORES, Tail

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MIN_BACKTESTS: Final = (0, 2, 3, 7, 14)
"""Least backtests of the classes of length."""

VOLATILITY_CLASSES: Final = ("calm", "moving", "restless")
"""How far a column's residuals went in its past: up to δ₀, up to three times that (root mean square), further."""

RESTLESS_MULTIPLE: Final = 3.0
"""Multiple of δ₀ beyond which a column is restless."""

AUTOCORRELATION_CLASSES: Final = ("steady", "lingering", "sticky", "seasonal")
"""Whether what went astray is back in the next run, or still near where it was: the classes of two runs."""

MIN_STEADY_RATIO, MAX_STICKY_RATIO = 1.2, 0.8
"""A column's usual move from run to run as a multiple of that from the long mean: at least, at most.

The geometric mean over its statistics, each of which knows little by itself. √2 where runs are independent,
√(2 (1 − φ)) where they are autocorrelated: 1 at φ = 0.5, 0.6 at φ = 0.8."""

MAX_SEASONAL_RATIO: Final = 0.8
"""A seasonal column's usual move from its season as a multiple of that from any other reference: at most.

What its runs say of each other is hidden by the season."""

ANY: Final = "any"
"""Motion, and then kind, of the classes that stand for all of them together, where one alone has too few scores."""

ONE_RUN: Final = 1
"""Scores of one run."""

TWO_RUNS: Final = 2
"""The lesser of two runs on end, both compared with what was before the first: the largest of a column's statistics.

All of them but those that ask which labels there are share a class, see `Shift.calibration_group`."""

MAX_DECADES_BELOW_OWN_P: Final = 3.0
"""Decades by which a class of few scores above 0 may make a score's own p smaller.

One that has never moved has not shown that it cannot. A full tail has shown how far its columns move."""

CALIBRATION: Final = pa.schema(
    [
        pa.field("column_kind", pa.string(), nullable=False),
        pa.field("statistic", pa.string(), nullable=False),
        pa.field("backtests", pa.int32(), nullable=False),
        pa.field("behaviour", pa.string(), nullable=False),
        pa.field("runs", pa.int32(), nullable=False),
        pa.field("scores", pa.int64(), nullable=False),
        pa.field("top", pa.list_(pa.float64()), nullable=False),
        pa.field("truncated_below", pa.float64(), nullable=False),
        pa.field("alerting_scores", pa.list_(pa.float64()), nullable=False),
    ]
)

_FIGURES: Final = ("count", "top", "truncated_below", "alerting_scores")
"""What is stored of a tail, in the order of the schema."""


class ScoreClass(NamedTuple):
    """What scores have in common that are calibrated together.

    Attributes:
        kind: Kind of the columns; `ANY`: all.
        statistic: The statistic; of two runs `Shift.calibration_group`.
        backtests: Of `MIN_BACKTESTS`.
        behaviour: Of `VOLATILITY_CLASSES`, of two runs of `AUTOCORRELATION_CLASSES`; `ANY`: all.
        runs: `ONE_RUN` or `TWO_RUNS`.
    """

    kind: str
    statistic: str
    backtests: int
    behaviour: str
    runs: int

    @property
    def wider(self) -> tuple[ScoreClass, ScoreClass]:
        """The class of all motions, and that of all kinds and motions."""
        return self._replace(behaviour=ANY), self._replace(behaviour=ANY, kind=ANY)


@dataclass(frozen=True)
class Calibration:
    """Past scores by class.

    Attributes:
        tails: The classes that were seen, of single kinds and motions.
    """

    tails: Mapping[ScoreClass, Tail] = field(default_factory=dict)

    @classmethod
    def merge(cls, parts: Iterable[Calibration]) -> Calibration:
        """Return the past of all runs, or of all parts of a run."""
        return cls(_merged((name, tail) for part in parts for name, tail in part.tails.items()))

    @cached_property
    def _wider(self) -> Mapping[ScoreClass, Tail]:
        return _merged((wider, tail) for name, tail in self.tails.items() for wider in name.wider)

    @cached_property
    def needed(self) -> Calibration:
        """The same without the classes that no scores are calibrated by: what is sent where columns are decided."""
        wide = {name for name, tail in self._wider.items() if tail.count >= MIN_PAST_SCORES}
        return Calibration(
            {
                name: tail
                for name, tail in self.tails.items()
                if tail.count >= MIN_PAST_SCORES or not wide.isdisjoint(name.wider)
            }
        )

    def of(self, name: ScoreClass) -> Tail | None:
        """Return the past that a class is calibrated by: its own, else that of all motions, else of all kinds too.

        None: even these have too few scores.
        """
        for found in (self.tails.get(name), *map(self._wider.get, name.wider)):
            if found is not None and found.count >= MIN_PAST_SCORES:
                return found.healthy
        return None

    def to_arrow(self) -> pa.Table:
        """Return the classes as a table of schema `CALIBRATION`."""
        names = [[getattr(name, part) for name in self.tails] for part in ScoreClass._fields]
        figures = [[getattr(tail, figure) for tail in self.tails.values()] for figure in _FIGURES]
        return pa.table([*names, *figures], schema=CALIBRATION)

    @classmethod
    def from_arrow(cls, stored: pa.Table) -> Calibration:
        """Return what `to_arrow` made tables of; classes may occur several times, as those of several runs."""
        columns = [stored[name].to_pylist() for name in CALIBRATION.names]
        names = map(ScoreClass, *columns[: len(ScoreClass._fields)])
        tails = (
            Tail(count, np.array(top), truncated_below, np.array(alerting))
            for count, top, truncated_below, alerting in zip(*columns[len(ScoreClass._fields) :], strict=True)
        )
        return cls(_merged(zip(names, tails, strict=True)))


def _merged(tails: Iterable[tuple[ScoreClass, Tail]]) -> dict[ScoreClass, Tail]:
    found: dict[ScoreClass, list[Tail]] = {}
    for name, tail in tails:
        found.setdefault(name, []).append(tail)
    return {name: Tail.merge(parts) for name, parts in found.items()}


@dataclass(frozen=True)
class UnitsByClass:
    """Units sorted into classes.

    Attributes:
        names: The classes.
        members: The units of each.
    """

    names: Sequence[ScoreClass]
    members: Sequence[NDArray[np.intp]]

    def calibrate(self, calibration: Calibration, scores: Floats) -> tuple[Floats, Flags]:
        """Return each unit's p, and which of them come from past scores: the others are the scores' own.

        Args:
            calibration: Past scores.
            scores: L of each unit.
        """
        own = 10.0**-scores
        p, known = own.copy(), np.zeros(len(scores), dtype=bool)
        for name, units in zip(self.names, self.members, strict=True):
            tail = calibration.of(name)
            if tail is not None:
                known[units] = True
                p[units] = np.maximum(tail.p(scores[units]), own[units] * 10.0 ** -_lent(tail))
        return np.minimum(1.0, p), known

    def needed(self, calibration: Calibration, levels: Floats) -> Floats:
        """Return the score from which on each unit's p is at most its `levels`."""
        scores = -np.log10(levels)
        for name, units in zip(self.names, self.members, strict=True):
            tail = calibration.of(name)
            if tail is not None:
                scores[units] = np.maximum(tail.score(levels[units]), scores[units] - _lent(tail))
        return scores

    def tails(self, scores: Floats, kept: Flags, alerting: Flags, column: Ints | None = None) -> dict[ScoreClass, Tail]:
        """Return the scores of these units as the past of later runs.

        Args:
            scores: L of each unit.
            kept: Units that are counted.
            alerting: Units that were a warning or worse.
            column: Each unit's column; the largest score of a column's units in a class stands for all of them. None:
                each unit counts by itself.
        """
        found = {}
        for name, units in zip(self.names, self.members, strict=True):
            counted = units[kept[units]]
            if not counted.size:
                continue
            largest, apart = scores[counted], alerting[counted]
            if column is not None:
                order = np.argsort(column[counted], kind="stable")
                starts = starts_of(column[counted][order])
                largest = np.maximum.reduceat(largest[order], starts)
                apart = np.logical_or.reduceat(apart[order], starts)
            found[name] = Tail.of(largest, apart)
        return found


def _lent(tail: Tail) -> float:
    return np.inf if tail.full else MAX_DECADES_BELOW_OWN_P


def history_class_of(backtests: Floats) -> Ints:
    """Return the place in `MIN_BACKTESTS` of each number of backtests.

    Example:
        >>> length_of(np.array([0.0, 2.0, 6.0, 28.0]))
        array([0, 1, 2, 4])
    """
    return np.searchsorted(MIN_BACKTESTS, backtests, side="right") - 1


def volatility_class_of(scale: Floats, delta: Floats) -> Ints:
    """Return the place in `VOLATILITY_CLASSES` of each root mean square of past residuals; NaN: there were none, calm.

    Example:
        >>> motion_of(np.array([0.0, 0.02, 0.05]), np.full(3, 0.01))
        array([0, 1, 2])
    """
    usual = np.nan_to_num(scale)
    return (usual > delta).astype(np.int64) + (usual > RESTLESS_MULTIPLE * delta)


def autocorrelation_class_of(to_long: Floats, to_nearest: Floats) -> Ints:
    """Return the place in `AUTOCORRELATION_CLASSES` of columns.

    Args:
        to_long: How far they move from run to run, as a multiple of how far from their long mean; NaN: not known.
        to_nearest: How far from their season, as a multiple of the lesser of these two; NaN: they have none.

    Example:
        >>> habit_of(np.array([1.4, 1.0, 0.7, np.nan, 1.4]), np.array([np.nan, 1.0, 1.0, np.nan, 0.5]))
        array([0, 1, 2, 2, 3])
    """
    seasonal, steady, sticky = (
        to_nearest <= MAX_SEASONAL_RATIO,
        to_long >= MIN_STEADY_RATIO,
        ~(to_long > MAX_STICKY_RATIO),
    )
    return np.select([seasonal, steady, sticky], [3, 0, 2], 1)
