"""Sorts scores into classes that are calibrated together, and keeps the past of each class.

A class is a kind of column × statistic × length of history × behaviour of the column, for the scores of one run or of
two. What is kept of a run is small (the number of scores and the largest of them), it merges, and it is stored run by
run in the table `calibration`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stageprint.decision._codes import starts_of
from stageprint.decision.calibration import MIN_PAST_SCORES, Tail

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

MIN_BACKTESTS: Final = (0, 2, 3, 7, 14)
"""Smallest number of backtests of each class of history length."""

VOLATILITY_CLASSES: Final = ("calm", "moving", "restless")
"""Size of a column's past residuals (root mean square): up to δ₀, up to `RESTLESS_MULTIPLE` times that, larger."""

RESTLESS_MULTIPLE: Final = 3.0
"""Multiple of δ₀ (`Shift.negligible_effect`) beyond which a column is restless."""

AUTOCORRELATION_CLASSES: Final = ("steady", "lingering", "sticky", "seasonal")
"""Whether a column that deviated is back in the next run, or still near where it was: the classes of two runs."""

MIN_STEADY_RATIO, MAX_STICKY_RATIO = 1.2, 0.8
"""Bounds of a column's usual change from run to run ÷ its usual distance from the long mean.

The ratio is a geometric mean over the column's statistics, each of which is a noisy estimate by itself. It is √2 for
independent runs and √(2 (1 − φ)) for runs with autocorrelation φ: 1 at φ = 0.5, 0.6 at φ = 0.8."""

MAX_SEASONAL_RATIO: Final = 0.8
"""Upper bound, for a seasonal column, of its usual distance from its season ÷ that from any other reference.

The season hides the autocorrelation of such a column."""

ANY: Final = "any"
"""Behaviour, and then kind, of the wider classes that are used where a single class has too few scores."""

ONE_RUN: Final = 1
"""Scores of one run."""

TWO_RUNS: Final = 2
"""Scores of two consecutive runs, both compared with the references of the first.

The smaller of the two runs' scores counts, and the largest of a column's statistics. The statistics of one
`CalibrationGroup` share a class."""

MAX_DECADES_BELOW_OWN_P: Final = 3.0
"""Decades by which calibration may lower a score's own p value, at most, while its class has few scores above 0.

A class whose columns have never moved has not shown that they cannot. A full tail has shown how far they move."""

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
"""The stored attributes of a tail, in the order of the schema."""


class ScoreClass(NamedTuple):
    """A class of scores that are calibrated together.

    Attributes:
        kind: Kind of the columns; `ANY`: all.
        statistic: The statistic; for two runs its calibration group.
        backtests: Smallest number of backtests, one of `MIN_BACKTESTS`.
        behaviour: One of `VOLATILITY_CLASSES`, for two runs of `AUTOCORRELATION_CLASSES`; `ANY`: all.
        runs: `ONE_RUN` or `TWO_RUNS`.
    """

    kind: str
    statistic: str
    backtests: int
    behaviour: str
    runs: int

    @property
    def wider(self) -> tuple[ScoreClass, ScoreClass]:
        """The class of all behaviours, and that of all kinds and behaviours."""
        return self._replace(behaviour=ANY), self._replace(behaviour=ANY, kind=ANY)


@dataclass(frozen=True)
class Calibration:
    """Past scores by class.

    Attributes:
        tails: The tail of each class, of single kinds and behaviours.
    """

    tails: Mapping[ScoreClass, Tail] = field(default_factory=dict)

    @classmethod
    def merge(cls, parts: Iterable[Calibration]) -> Calibration:
        """Return the calibration by the scores of all parts: runs, or parts of a run."""
        return cls(_merged((name, tail) for part in parts for name, tail in part.tails.items()))

    @cached_property
    def _wider(self) -> Mapping[ScoreClass, Tail]:
        return _merged((wider, tail) for name, tail in self.tails.items() for wider in name.wider)

    @cached_property
    def needed(self) -> Calibration:
        """The calibration without the classes that no score is calibrated by, to be sent to executors."""
        wide = {name for name, tail in self._wider.items() if tail.count >= MIN_PAST_SCORES}
        return Calibration(
            {
                name: tail
                for name, tail in self.tails.items()
                if tail.count >= MIN_PAST_SCORES or not wide.isdisjoint(name.wider)
            }
        )

    def of(self, name: ScoreClass) -> Tail | None:
        """Return the tail that calibrates a class: its own, else that of all behaviours, else that of all kinds too.

        None: even the widest class has too few scores.
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
        """Return the calibration from tables of `to_arrow`; a class may occur several times, once for each run.

        Rows of a release that did not write all columns of a class are of no class that there is now, and are left out.
        A figure that a release did not write is null: it kept no such scores.
        """
        for name in CALIBRATION.names[: len(ScoreClass._fields)]:
            stored = stored.filter(pc.is_valid(stored[name]))
        columns = [stored[name].to_pylist() for name in CALIBRATION.names]
        names = map(ScoreClass, *columns[: len(ScoreClass._fields)])
        tails = (
            Tail(count, _scores(top), truncated_below or 0.0, _scores(alerting))
            for count, top, truncated_below, alerting in zip(*columns[len(ScoreClass._fields) :], strict=True)
        )
        return cls(_merged(zip(names, tails, strict=True)))


def _scores(stored: Sequence[float] | None) -> Floats:
    return np.array(stored or (), dtype=np.float64)


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
        members: The units of each class.
    """

    names: Sequence[ScoreClass]
    members: Sequence[NDArray[np.intp]]

    def calibrate(self, calibration: Calibration, scores: Floats) -> tuple[Floats, Flags]:
        """Return each unit's p value, and whether it comes from past scores; otherwise the score itself states it.

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
                p[units] = np.maximum(tail.p(scores[units]), own[units] * 10.0 ** -_max_decades_below_own_p(tail))
        return np.minimum(1.0, p), known

    def needed(self, calibration: Calibration, levels: Floats) -> Floats:
        """Return the score from which on each unit's p value is at most its level."""
        scores = -np.log10(levels)
        for name, units in zip(self.names, self.members, strict=True):
            tail = calibration.of(name)
            if tail is not None:
                scores[units] = np.maximum(tail.score(levels[units]), scores[units] - _max_decades_below_own_p(tail))
        return scores

    def tails(self, scores: Floats, kept: Flags, alerting: Flags, column: Ints | None = None) -> dict[ScoreClass, Tail]:
        """Return the tails of these units' scores, by which later runs are calibrated.

        Args:
            scores: L of each unit.
            kept: Units that count.
            alerting: Units that were at least a warning.
            column: Each unit's column: of the units of one column in a class only the largest score counts. None: each
                unit counts by itself.
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


def _max_decades_below_own_p(tail: Tail) -> float:
    return np.inf if tail.is_full else MAX_DECADES_BELOW_OWN_P


def history_class_of(backtests: Floats) -> Ints:
    """Return the place in `MIN_BACKTESTS` of each number of backtests.

    Example:
        >>> history_class_of(np.array([0.0, 2.0, 6.0, 28.0]))
        array([0, 1, 2, 4])
    """
    return np.searchsorted(MIN_BACKTESTS, backtests, side="right") - 1


def volatility_class_of(scale: Floats, negligible_effect: Floats) -> Ints:
    """Return the place in `VOLATILITY_CLASSES` of each root mean square of past residuals; NaN (no residuals) is calm.

    Example:
        >>> volatility_class_of(np.array([0.0, 0.02, 0.05]), np.full(3, 0.01))
        array([0, 1, 2])
    """
    usual = np.nan_to_num(scale)
    return (usual > negligible_effect).astype(np.int64) + (usual > RESTLESS_MULTIPLE * negligible_effect)


def autocorrelation_class_of(to_long: Floats, to_nearest: Floats) -> Ints:
    """Return the place in `AUTOCORRELATION_CLASSES` of columns.

    Args:
        to_long: Usual change from run to run ÷ usual distance from the long mean; NaN: not known.
        to_nearest: Usual distance from the season ÷ the smaller of those two; NaN: the column has no season.

    Example:
        >>> autocorrelation_class_of(np.array([1.4, 1.0, 0.7, np.nan, 1.4]), np.array([np.nan, 1.0, 1.0, np.nan, 0.5]))
        array([0, 1, 2, 2, 3])
    """
    seasonal, steady, sticky = (
        to_nearest <= MAX_SEASONAL_RATIO,
        to_long >= MIN_STEADY_RATIO,
        ~(to_long > MAX_STICKY_RATIO),
    )
    return np.select([seasonal, steady, sticky], [3, 0, 2], 1)
