"""Healthy histories: how the levels of columns move from run to run.

Every figure here is an assumption, none was measured on real stores. The widths of the movements were chosen so that
the usual thresholds flag as many healthy columns and find as many planted faults as in the simulation from which the
reference figures of docs/reference/decision-figures.md come; the rule has no part in that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TABLE = 20
"""Columns of a table; they share its rows and part of its movements."""

LABELS = 8
"""Labels of a string column."""

ZIPF = (0.7, 1.6)
"""Exponents of the labels' shares: the k-th label has k to the power of minus that."""

NEW_LABELS = 100
"""New labels that a run of a column brings whose set of labels is open."""

FLOAT, STRING, BOOLEAN = 0, 1, 2
KINDS = ("float", "string", "boolean")


@dataclass(frozen=True)
class Noise:
    """How healthy columns move.

    Attributes:
        name: What the scenario is called.
        df: Degrees of freedom of the shocks' Student distribution; infinity: Gaussian.
        persistence: The autocorrelations that columns may have, a third of the columns each.
        size: Factor on the width of all movements.
        drifting: Share of columns with a trend.
    """

    name: str
    df: float
    persistence: tuple[float, ...] = (0.0, 0.25, 0.5)
    size: float = 1.0
    drifting: float = 0.1


SCENARIOS = {
    noise.name: noise
    for noise in (
        Noise("gaussian", np.inf),
        Noise("t4", 4.0),
        Noise("persistent", 4.0, persistence=(0.0, 0.5, 0.8)),
        Noise("stress", 3.0, persistence=(0.5, 0.8, 0.95), size=1.3, drifting=0.25),
    )
}


@dataclass(frozen=True)
class World:
    """Levels of every column in every run; the first axis is the run, the second the column.

    Attributes:
        noise: The scenario.
        kind: `FLOAT`, `STRING` or `BOOLEAN`, by column.
        table: Each column's table.
        rows: Rows of each column's table.
        location: Shift of the values, in widths of the column.
        log_scale: Logarithm of the factor on their width.
        spike: Share of the values that is one value (a zero, a default).
        nulls: Share of nulls.
        shares: Shares of the labels (third axis), of string columns; of a boolean the first is the share of true.
        unseen: Share of labels that no other run has; 0 where the set of labels is closed.
        largest_unseen: Of these rows, the share with the most frequent of `NEW_LABELS` new labels, by column.
    """

    noise: Noise
    kind: Ints
    table: Ints
    rows: Ints
    location: Floats
    log_scale: Floats
    spike: Floats
    nulls: Floats
    shares: Floats
    unseen: Floats
    largest_unseen: Floats

    @property
    def runs(self) -> int:
        """Number of runs."""
        return len(self.rows)

    @property
    def columns(self) -> int:
        """Number of columns."""
        return len(self.kind)

    def take(self, columns: Ints) -> World:
        """Return a world of some columns."""
        by_column = ("kind", "table", "largest_unseen")
        by_run = ("rows", "location", "log_scale", "spike", "nulls", "shares", "unseen")
        taken = {name: getattr(self, name)[columns] for name in by_column}
        return replace(self, **taken, **{name: getattr(self, name)[:, columns] for name in by_run})


def make_world(
    noise: Noise, columns: int, runs: int, seed: int, rows: tuple[float, float] = (1e3, 1e8), labels: int = LABELS
) -> World:
    """Return a healthy world.

    Args:
        noise: How columns move.
        columns: Number of columns; tables have `TABLE` of them.
        runs: Number of runs, a day each.
        seed: Of the random generator.
        rows: Least and largest number of rows of a table, log-uniform.
        labels: Labels of a string column.
    """
    rng = np.random.default_rng([seed, columns, runs])
    table = np.arange(columns) // TABLE
    tables = int(table[-1]) + 1
    kind = rng.choice([FLOAT, STRING, BOOLEAN], size=columns, p=[0.55, 0.35, 0.10])
    walk = _Walk(noise, rng, columns, runs, table)

    size = np.exp(rng.uniform(np.log(rows[0]), np.log(rows[1]), tables))
    growth = 0.08 * _shocks(noise, rng, (runs, tables)) + rng.normal(0, 0.002, tables) * np.arange(runs)[:, None]
    weekend = (np.arange(runs) % 7 >= 5)[:, None] * rng.choice([0.0, -0.4], tables, p=[0.7, 0.3])
    counted = np.maximum(50, np.rint(size * np.exp(np.clip(growth + weekend, -1.5, 1.5)))).astype(np.int64)

    never = rng.random(columns) < 0.5
    rate = np.exp(rng.uniform(np.log(1e-3), np.log(0.2), columns))
    stray = np.where(rng.random(columns) < 0.03, np.exp(rng.uniform(np.log(1e-8), np.log(1e-5), columns)), 0.0)
    nulls = _logistic(_logit(rate) + walk.moves(0.04))
    spiky = rng.random(columns) < 0.3
    spike = _logistic(_logit(np.exp(rng.uniform(np.log(0.01), np.log(0.5), columns))) + walk.moves(0.03))

    # Zipf's law, from nearly even shares to a label with more than half of the rows.
    mix = -rng.uniform(*ZIPF, columns)[:, None] * np.log(np.arange(1, labels + 1))[None]
    mix = mix[None] + np.stack([walk.moves(0.035) for _ in range(labels)], axis=2)
    shares = np.exp(mix - mix.max(axis=2, keepdims=True))
    shares /= shares.sum(axis=2, keepdims=True)
    is_open = (kind == STRING) & (rng.random(columns) < 0.1)
    unseen = np.exp(rng.uniform(np.log(1e-4), np.log(2e-2), columns)) * np.exp(walk.moves(0.05))
    return World(
        noise=noise,
        kind=kind,
        table=table,
        rows=counted[:, table],
        location=walk.moves(0.025),
        log_scale=walk.moves(0.009),
        spike=np.where(spiky, spike, 0.0),
        nulls=np.where(never, stray, nulls),
        shares=shares.astype(np.float32),
        unseen=np.where(is_open, np.minimum(unseen, 0.3), 0.0),
        largest_unseen=rng.uniform(0.02, 0.3, columns),
    )


class _Walk:
    """Draws levels that move: shocks of the column and of its table, weekly cycles, trends."""

    def __init__(self, noise: Noise, rng: np.random.Generator, columns: int, runs: int, table: Ints) -> None:
        self._noise, self._rng, self._runs, self._table = noise, rng, runs, table
        # What kind of column it is holds for all that is measured of it.
        self._restless = rng.normal(0, 1.1, columns)
        self._persistence = rng.choice(noise.persistence, columns)
        self._common = np.where(rng.random(columns) < 0.5, 0.5, 0.0)
        self._cycle = np.where(rng.random(int(table[-1]) + 1) < 0.3, 2.0, 0.0)[table]
        self._drift = np.where(rng.random(columns) < noise.drifting, rng.normal(0, 0.1, columns), 0.0)

    def moves(self, median: float) -> Floats:
        """Return the level of each column in each run, around 0.

        Args:
            median: Standard deviation of the shocks of the median column.
        """
        rng, columns = self._rng, len(self._restless)
        width = np.clip(median * self._noise.size * np.exp(self._restless), median / 20, median * 12)
        own = _autoregressive(_shocks(self._noise, rng, (self._runs, columns)), self._persistence)
        tables = int(self._table[-1]) + 1
        shared = _autoregressive(_shocks(self._noise, rng, (self._runs, tables)), np.full(tables, 0.5))[:, self._table]
        days = rng.normal(0, 1, (7, columns))
        cycle = self._cycle * days[np.arange(self._runs) % 7] / 2
        trend = self._drift * np.arange(self._runs)[:, None]
        level = np.sqrt(1 - self._common) * own + np.sqrt(self._common) * shared + cycle + trend
        return np.asarray(width * level, dtype=np.float64)


def _shocks(noise: Noise, rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """Return shocks of unit variance."""
    if np.isinf(noise.df):
        return rng.standard_normal(shape)
    return np.asarray(rng.standard_t(noise.df, shape) / np.sqrt(noise.df / (noise.df - 2)), dtype=np.float64)


def _autoregressive(shocks: Floats, persistence: Floats) -> Floats:
    """Return AR(1) series of unit variance, started from their stationary state."""
    level = np.empty_like(shocks)
    level[0] = shocks[0]
    keep = np.sqrt(1 - persistence**2)
    for run in range(1, len(shocks)):
        level[run] = persistence * level[run - 1] + keep * shocks[run]
    return level


def _logit(share: Floats) -> Floats:
    return np.asarray(np.log(share / (1 - share)), dtype=np.float64)


def _logistic(value: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(value, -30, 30))), dtype=np.float64)
