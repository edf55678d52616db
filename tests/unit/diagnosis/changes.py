"""Changes of a stage's table: what is planted in the pipelines of `pipelines`."""

from __future__ import annotations

from typing import Any

import numpy as np

from tests.unit.diagnosis.pipelines import (
    Change,
    Table,
    keep,
)
from tests.unit.diagnosis.scenarios import DAY


def block(share: float) -> Change:
    """Return a change after which a join has not found a share of the planes."""

    def apply(table: Table, rng: np.random.Generator) -> Table:
        lost = rng.random(table["id"].size) < share
        numbers = {name: np.where(lost, np.nan, table[name]) for name in ("seats", "built", "engines")}
        return {**table, **numbers, "maker": np.where(lost, np.array(None, dtype=object), table["maker"])}

    return apply


def older(share: float) -> Change:
    """Return a change of the population: more long, late trips."""

    def apply(table: Table, rng: np.random.Generator) -> Table:
        new = rng.random(table["id"].size) < share
        far = {
            name: np.where(new, 0.5 * table[name] + width * rng.random(new.size), table[name]) for name, width in WIDE
        }
        return {**table, **far, "delay": np.where(new, rng.normal(40, 9, new.size), table["delay"])}

    return apply


WIDE = (("distance", 1500), ("minutes", 230))


def renamed(old: str, new: str) -> Change:
    return lambda table, _: {(new if name == old else name): values for name, values in table.items()}


def dropped(old: str) -> Change:
    return lambda table, _: {name: values for name, values in table.items() if name != old}


def swapped(first: str, second: str) -> Change:
    return lambda table, _: {**table, first: table[second], second: table[first]}


def scaled(factor: float) -> Any:
    return lambda values, _: values * factor


def stuck(share: float, value: float) -> Any:
    return lambda values, rng: np.where(rng.random(values.size) < share, value, values)


def label(share: float) -> Any:
    return lambda values, rng: np.where(rng.random(values.size) < share, "ZZ", values)


def lower(values: Any, _: np.random.Generator) -> Any:
    return np.char.lower(values)


def first_days(count: int) -> Change:
    return keep(lambda table, _: table["at"] < table["at"].min() + count * DAY)


def nothing(table: Table, _: np.random.Generator) -> Any:
    return np.zeros(table["id"].size, dtype=bool)


def sample(share: float) -> Change:
    return keep(lambda table, rng: rng.random(len(next(iter(table.values())))) < share)


def both(first: Change, second: Change) -> Change:
    return lambda table, rng: second(first(table, rng), rng)
