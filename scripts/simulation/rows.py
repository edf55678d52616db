"""Real rows of the columns of a world, and their profiles by the states of the product."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from scripts.simulation.world import FLOAT, NEW_LABELS, STRING, World
from stageprint.config.sketches import SketchSettings
from stageprint.fingerprint import TableFingerprint, TablePlan, plan_column
from stageprint.model import ColumnKind, ColumnProfile

Floats = NDArray[np.float64]

_KIND = (ColumnKind.FLOAT, ColumnKind.STRING, ColumnKind.BOOLEAN)
_TYPE = ("double", "string", "boolean")
_SYLLABLES = ("ba", "ko", "ri", "tu", "ne", "sa", "lo", "mi", "da", "pe", "vu", "ga")


ALL_PLACES = 12
"""Decimal places of numbers that are not rounded."""

MAX_ROWS_DRAWN = 200_000
"""Most rows drawn for a table: beyond this number the sampling error is far below sketch errors and floors."""


@dataclass(frozen=True)
class Column:
    """Rows of one column in one run, before they become Arrow.

    Attributes:
        kind: `FLOAT`, `STRING` or `BOOLEAN`.
        values: Numbers, label numbers, or flags.
        nulls: Which rows are null.
        labels: Texts of the label numbers; empty but for strings.
        width: Width S of the healthy column.
    """

    kind: int
    values: NDArray[np.generic]
    nulls: NDArray[np.bool_]
    labels: tuple[str, ...]
    width: float

    @cached_property
    def array(self) -> pa.Array:
        """The rows as Arrow."""
        if self.kind == STRING:
            codes = pa.array(self.values.astype(np.int32), mask=self.nulls)
            return pa.DictionaryArray.from_arrays(codes, pa.array(self.labels)).cast(pa.string())
        return pa.array(self.values, mask=self.nulls)


class RowWorld:
    """Rows whose levels are a world's; the same column and run always has the same rows.

    Args:
        world: The levels.
        seed: Of the rows.
        rounded: Whether two thirds of the columns of numbers have one or two decimal places, or none has.
    """

    def __init__(self, world: World, seed: int, *, rounded: bool = True) -> None:
        self.world = world
        self._seed = seed
        rng = np.random.default_rng([seed, 5])
        columns = world.columns
        self._family = rng.integers(0, 3, columns)
        self._offset = rng.uniform(0.5, 4.0, columns)
        self._scale = 10.0 ** rng.uniform(-1, 4, columns)
        self._places = rng.choice([1, 2, ALL_PLACES], columns) if rounded else np.full(columns, ALL_PLACES)
        self.labels = [
            tuple("".join(rng.choice(_SYLLABLES, 3)).capitalize() + str(k) for k in range(world.shares.shape[2]))
            for _ in range(columns)
        ]

    def column(self, column: int, run: int) -> Column:
        """Return the rows of a column in a run."""
        world, kind = self.world, int(self.world.kind[column])
        rng = np.random.default_rng([self._seed, column, run])
        rows = int(min(world.rows[run, column], MAX_ROWS_DRAWN))
        nulls = rng.random(rows) < world.nulls[run, column]
        if kind == FLOAT:
            return Column(kind, self._numbers(rng, column, run, rows), nulls, (), float(self._scale[column]))
        shares = world.shares[run, column].astype(np.float64)
        if kind == STRING:
            unseen, largest = world.unseen[run, column], world.largest_unseen[column]
            new = unseen * np.append(largest, np.full(NEW_LABELS - 1, (1 - largest) / (NEW_LABELS - 1)))
            edges = np.cumsum(np.append(shares * (1 - unseen), new))
            codes = np.searchsorted(edges / edges[-1], rng.random(rows), side="right")
            names = (f"{number} of run {run}" for number in range(NEW_LABELS))
            return Column(kind, codes, nulls, (*self.labels[column], *names), 1.0)
        return Column(kind, rng.random(rows) < shares[0], nulls, (), 1.0)

    def _numbers(self, rng: np.random.Generator, column: int, run: int, rows: int) -> Floats:
        world = self.world
        z = rng.standard_normal(rows) if self._family[column] == 0 else rng.standard_gamma(3.0, rows)
        if self._family[column] == 2:
            z = np.log(z)
            z = (z - 0.92) / 0.6
        elif self._family[column] == 1:
            z = (z - 3) / 1.73
        value = self._offset[column] + world.location[run, column] + np.exp(world.log_scale[run, column]) * z
        spike = rng.random(rows) < world.spike[run, column]
        number = np.where(spike, 0.0, value * self._scale[column])
        if self._places[column] < ALL_PLACES:
            number = np.round(number, int(self._places[column] + max(0, 1 - np.log10(self._scale[column]))))
        return np.asarray(number, dtype=np.float64)


def profile(column: Column, settings: SketchSettings) -> ColumnProfile:
    """Return the profile that the product takes of these rows."""
    plan = TablePlan((plan_column("value", 0, _TYPE[column.kind], _KIND[column.kind]),), (), settings)
    fingerprint = TableFingerprint(plan)
    fingerprint.update(pa.record_batch([column.array], names=["value"]))
    (found,) = fingerprint.profiles()
    return found
