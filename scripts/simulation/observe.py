"""What profiles of a simulated world hold: counts drawn from its levels, with the errors of sketches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import special

from scripts.simulation.world import BOOLEAN, FLOAT, STRING, World

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVELS = np.array([0.005, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.975, 0.995])
"""Quantiles of a standard column at which distribution functions are kept."""

EDGES = special.ndtri(LEVELS)
"""The values at these quantiles, in widths of the column."""

SPIKE_AT = -1.0
"""Where the value of a spike is, in widths of the column; between two edges."""

RANK_ERROR = 2.296 / 400**0.9723
"""KLL's 99 % bound on a rank at k = 400."""

MASS_ERROR = 2.446 / 400**0.9433
"""The same of a mass at one value."""

MAX_EXACT_VALUES = 1000
"""Maximum number of values of which a sketch holds every one."""

DISTINCT_ERROR = 2.576 * 1.0389617 / 64
"""HyperLogLog's 99 % bound on ln(distinct) at 2¹² registers."""

_NORMAL_99 = 2.576


@dataclass(frozen=True)
class Observed:
    """Profiles as arrays: runs first, columns of the kind second.

    Attributes:
        world: Where they come from.
        nulls: Number of nulls, of every column.
        cdf: Distribution functions at `EDGES`, of the float columns.
        spike: Share of the one value, of the float columns.
        mean: Mean, of the float columns; likewise the next two.
        variance: Variance.
        log_distinct: ln of the number of distinct values.
        shares: Shares of the labels, of the string columns.
        unseen: Share of labels no other run has, of the string columns.
        largest_unseen: Share of the most frequent of these labels, of the string columns.
        true: Share of true, of the boolean columns.
    """

    world: World
    nulls: Ints
    cdf: NDArray[np.float32]
    spike: Floats
    mean: Floats
    variance: Floats
    log_distinct: Floats
    shares: NDArray[np.float32]
    unseen: Floats
    largest_unseen: Floats
    true: Floats

    @cached_property
    def of_kind(self) -> tuple[Ints, Ints, Ints]:
        """The columns of each kind."""
        return (
            np.flatnonzero(self.world.kind == FLOAT),
            np.flatnonzero(self.world.kind == STRING),
            np.flatnonzero(self.world.kind == BOOLEAN),
        )

    @cached_property
    def present(self) -> Floats:
        """Values that are not null, of every column."""
        return np.asarray(np.maximum(1.0, self.world.rows - self.nulls), dtype=np.float64)


def observe(world: World, seed: int) -> Observed:
    """Draw the counts of every profile of a world."""
    rng = np.random.default_rng([seed, world.columns, 1])
    floats, strings, booleans = (np.flatnonzero(world.kind == kind) for kind in (FLOAT, STRING, BOOLEAN))
    nulls = rng.binomial(world.rows, world.nulls)
    present = np.maximum(1, world.rows - nulls)
    runs = world.runs

    cdf = np.empty((runs, floats.size, len(EDGES)), dtype=np.float32)
    spike, mean, variance = np.empty((3, runs, floats.size))
    labels = world.shares.shape[2]
    shares = np.empty((runs, strings.size, labels), dtype=np.float32)
    unseen = np.empty((runs, strings.size))
    for run in range(runs):  # run by run, so that memory stays that of one
        of_values = present[run, floats]
        cdf[run], spike[run], mean[run], variance[run] = _floats(rng, world, run, floats, of_values)
        shares[run], unseen[run] = _labels(rng, world, run, strings, present[run, strings])
    return Observed(
        world=world,
        nulls=nulls,
        cdf=cdf,
        spike=spike,
        mean=mean,
        variance=variance,
        log_distinct=_distinct(rng, present[:, floats]),
        shares=shares,
        unseen=unseen,
        largest_unseen=rng.binomial(
            np.rint(unseen * present[:, strings]).astype(np.int64), world.largest_unseen[strings]
        )
        / present[:, strings],
        true=rng.binomial(present[:, booleans], world.shares[:, booleans, 0].astype(np.float64)) / present[:, booleans],
    )


def _floats(
    rng: np.random.Generator, world: World, run: int, floats: Ints, present: Ints
) -> tuple[Floats, Floats, Floats, Floats]:
    location, width = world.location[run, floats], np.exp(world.log_scale[run, floats])
    true_spike = world.spike[run, floats]
    smooth = special.ndtr((EDGES - location[:, None]) / width[:, None])
    bins = np.diff(np.column_stack([np.zeros(len(smooth)), smooth, np.ones(len(smooth))]), axis=1)
    bins = np.column_stack([bins * (1 - true_spike)[:, None], true_spike])
    counts = rng.multinomial(present, bins / bins.sum(axis=1, keepdims=True)) / present[:, None]
    spike = counts[:, -1]
    cdf = np.cumsum(counts[:, :-2], axis=1) + np.where(EDGES >= SPIKE_AT, spike[:, None], 0.0)
    sketched = present > MAX_EXACT_VALUES
    cdf += np.where(sketched, RANK_ERROR / _NORMAL_99, 0.0)[:, None] * rng.standard_normal(cdf.shape)
    # Mean and variance of the mixture, with the errors of as many values.
    mean = (1 - true_spike) * location + true_spike * SPIKE_AT
    variance = (1 - true_spike) * (width**2 + location**2) + true_spike * SPIKE_AT**2 - mean**2
    mean = mean + np.sqrt(variance / present) * rng.standard_normal(mean.shape)
    variance = variance * np.exp(np.sqrt(2 / present) * rng.standard_normal(mean.shape))
    return np.clip(cdf, 0, 1), spike, mean, variance


def _labels(rng: np.random.Generator, world: World, run: int, strings: Ints, present: Ints) -> tuple[Floats, Floats]:
    unseen = world.unseen[run, strings]
    known = world.shares[run, strings].astype(np.float64) * (1 - unseen)[:, None]
    entries = np.column_stack([known, unseen])
    counts = rng.multinomial(present, entries / entries.sum(axis=1, keepdims=True)) / present[:, None]
    return counts[:, :-1], counts[:, -1]


def _distinct(rng: np.random.Generator, present: Ints) -> Floats:
    """Half of the columns have a value of their own in every row, the others a fixed set of values."""
    runs, columns = present.shape
    exact = np.where(rng.random(columns) < 0.5, np.log(present), 6.0)
    return np.asarray(exact + DISTINCT_ERROR / _NORMAL_99 * rng.standard_normal((runs, columns)), dtype=np.float64)
