"""Faults planted in the rows of one column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from scripts.simulation.rows import Column
from scripts.simulation.world import BOOLEAN, FLOAT, STRING

Damage = Callable[[Column, np.random.Generator], "Column | None"]


@dataclass(frozen=True)
class Fault:
    """One kind of fault, and its size.

    Attributes:
        name: Name in the results.
        kinds: Kinds of column it can occur in.
        damage: Healthy rows → rows with the fault; None: it cannot occur in these.
        at_once: Recall in per cent that the rule must reach in the first run, in the digest or above.
        confirmed: Recall in per cent within two runs, at warning or above and one false finding in 100,000.
    """

    name: str
    kinds: tuple[int, ...]
    damage: Damage
    at_once: int
    confirmed: int


def _numbers(change: Callable[[np.ndarray, Column, np.random.Generator], np.ndarray]) -> Damage:
    def damage(column: Column, rng: np.random.Generator) -> Column:
        return replace(column, values=change(column.values.astype(np.float64), column, rng))

    return damage


def _nulls(points: float) -> Damage:
    def damage(column: Column, rng: np.random.Generator) -> Column | None:
        room = 1 - column.nulls.mean()
        if room <= points:
            return None
        return replace(column, nulls=column.nulls | (rng.random(len(column.nulls)) < points / room))

    return damage


def _filled(points: float) -> Damage:
    def damage(column: Column, rng: np.random.Generator) -> Column | None:
        del rng
        if column.nulls.mean() < points:
            return None
        return replace(
            column, values=np.where(column.nulls, 0.0, column.values), nulls=np.zeros(len(column.nulls), dtype=bool)
        )

    return damage


def _clipped(level: float) -> Damage:
    def damage(column: Column, rng: np.random.Generator) -> Column:
        del rng
        bound = np.quantile(column.values[~column.nulls].astype(np.float64), level)
        return replace(column, values=np.minimum(column.values.astype(np.float64), bound))

    return damage


def _stuck(share: float) -> Damage:
    def damage(column: Column, rng: np.random.Generator) -> Column:
        at = np.quantile(column.values[~column.nulls].astype(np.float64), 0.6, method="nearest")
        return replace(column, values=np.where(rng.random(len(column.nulls)) < share, at, column.values))

    return damage


def _ranked(column: Column) -> np.ndarray:
    return np.argsort(-np.bincount(column.values[~column.nulls].astype(np.int64), minlength=len(column.labels)))


def _unseen(share: float) -> Damage:
    def damage(column: Column, rng: np.random.Generator) -> Column:
        hit = rng.random(len(column.nulls)) < share
        return replace(
            column, values=np.where(hit, len(column.labels), column.values), labels=(*column.labels, "Other")
        )

    return damage


def _swapped(column: Column, rng: np.random.Generator) -> Column:
    del rng
    first, second = _ranked(column)[:2]
    labels = list(column.labels)
    labels[first], labels[second] = labels[second], labels[first]
    return replace(column, labels=tuple(labels))


def _upper(share: float) -> Damage:
    def damage(column: Column, rng: np.random.Generator) -> Column:
        hit = rng.random(len(column.nulls)) < share
        size = len(column.labels)
        labels = (*column.labels, *(label.upper() for label in column.labels))
        return replace(
            column, values=np.where(hit, column.values.astype(np.int64) + size, column.values), labels=labels
        )

    return damage


def _less_of_the_top(points: float) -> Damage:
    def damage(column: Column, rng: np.random.Generator) -> Column | None:
        first, second = _ranked(column)[:2]
        share = np.mean(column.values[~column.nulls] == first)
        if share <= 2 * points:
            return None
        hit = (column.values == first) & (rng.random(len(column.nulls)) < points / share)
        return replace(column, values=np.where(hit, second, column.values))

    return damage


def _gone(column: Column, rng: np.random.Generator) -> Column:
    del rng
    keep = column.values != _ranked(column)[2]
    return replace(column, values=column.values[keep], nulls=column.nulls[keep])


FAULTS = (
    Fault(
        "thousandfold_3pct",
        (FLOAT,),
        _numbers(lambda x, _, rng: np.where(rng.random(len(x)) < 0.03, x * 1000, x)),
        100,
        100,
    ),
    Fault("scale_1.5", (FLOAT,), _numbers(lambda x, _, __: x * 1.5), 80, 91),
    Fault("scale_1.1", (FLOAT,), _numbers(lambda x, _, __: x * 1.1), 29, 42),
    Fault("offset_half_width", (FLOAT,), _numbers(lambda x, c, _: x + c.width / 2), 65, 84),
    Fault("offset_quarter_width", (FLOAT,), _numbers(lambda x, c, _: x + c.width / 4), 27, 53),
    Fault("spread_1.2", (FLOAT,), _numbers(lambda x, _, __: x.mean() + (x - x.mean()) * 1.2), 51, 75),
    Fault(
        "tenth_of_rows_plus_width",
        (FLOAT,),
        _numbers(lambda x, c, rng: np.where(rng.random(len(x)) < 0.1, x + c.width, x)),
        8,
        18,
    ),
    Fault("nulls_plus_1", (FLOAT, STRING, BOOLEAN), _nulls(0.01), 66, 74),
    Fault("nulls_plus_5", (FLOAT, STRING, BOOLEAN), _nulls(0.05), 79, 89),
    Fault("null_to_zero_5pct", (FLOAT,), _filled(0.05), 100, 100),
    Fault("clip_at_p95", (FLOAT,), _clipped(0.95), 85, 79),
    Fault("stuck_10pct", (FLOAT,), _stuck(0.1), 100, 100),
    Fault("unseen_label_2pct", (STRING,), _unseen(0.02), 86, 99),
    Fault("top_two_swapped", (STRING,), _swapped, 74, 93),
    Fault("case_30pct", (STRING,), _upper(0.3), 98, 100),
    Fault("top_share_minus_5", (STRING,), _less_of_the_top(0.05), 13, 43),
    Fault("label_gone", (STRING,), _gone, 77, 99),
)
"""The planted faults, with the recall that the rule must reach."""

NOTHING = Fault("nothing", (FLOAT, STRING, BOOLEAN), lambda column, _: column, 0, 0)
"""No fault at all: what is found is false."""
