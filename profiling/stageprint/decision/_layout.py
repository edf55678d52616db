"""Joins measurements with their history and sorts them, so that the references of one statistic are adjacent."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stageprint.decision._codes import Codes, Vocabulary, combine, dense, find, starts_of
from stageprint.decision.history import update_mean_square

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

_COLUMN = ("stage", "table_name", "slice_key", "slice_value", "column_name")
_UNIT = (*_COLUMN, "statistic")
_RUNNING = ("prev", "window", "seasonal", "long")


@dataclass
class Layout:
    """One row for each column × statistic × reference. A *unit* is a column × statistic; its rows are adjacent.

    Attributes:
        names: Vocabularies of the columns that name a unit, and of reference.
        kinds: Vocabulary of the kinds.
        stage: Number of each row's stage in its vocabulary.
        table: Number of the table.
        slice_key: Number of the column that the slice is made by.
        slice_value: Number of the slice's value.
        column: Number of the column.
        statistic: Number of the statistic.
        reference: Number of the reference.
        kind: Number of the column's kind.
        value: The statistic; NaN: not computable.
        error: Its dead zone.
        residual: The part of the value beyond the dead zone.
        floor: Smallest variance of the residual that sampling and sketches allow.
        deterministic: Whether the row is a rule's.
        mean_square: Mean square of the past residuals; NaN without any.
        backtests: Number of past residuals.
        source: Row of the measurements; −1: nothing was measured, the row only carries history on.
        suspect: Whether the column was suspect in the previous run.
        previous_unlikeliness: `unlikeliness` of the previous run; NaN: the statistic was not suspect.
        previous_residual: Residual of the previous run; NaN: none.
        starts: First row of each unit.
    """

    names: dict[str, Vocabulary]
    kinds: Vocabulary
    stage: Codes
    table: Codes
    slice_key: Codes
    slice_value: Codes
    column: Codes
    statistic: Codes
    reference: Codes
    kind: Codes
    value: Floats
    error: Floats
    residual: Floats
    floor: Floats
    deterministic: Flags
    mean_square: Floats
    backtests: Floats
    source: Codes
    suspect: Flags
    previous_unlikeliness: Floats
    previous_residual: Floats
    starts: NDArray[np.intp]

    @cached_property
    def sizes(self) -> Codes:
        """Number of rows of each unit."""
        return np.diff(np.append(self.starts, len(self.value)))

    @cached_property
    def node(self) -> Codes:
        """Number of each unit's column or table, from 0."""
        codes = (self.stage, self.table, self.slice_key, self.slice_value, self.column)
        return dense(combine([code[self.starts] for code in codes], [len(self.names[name]) for name in _COLUMN]))[1]

    @property
    def computed(self) -> Flags:
        """Rows that have a value."""
        return ~np.isnan(self.value)

    def unit_min(self, values: Floats, where: Flags) -> Floats:
        """Return each unit's smallest value over its rows `where`; +∞ without any."""
        return np.asarray(np.minimum.reduceat(np.where(where, values, np.inf), self.starts), dtype=np.float64)

    def unit_max(self, values: Floats, where: Flags) -> Floats:
        """Return each unit's largest value over its rows `where`; −∞ without any."""
        return np.asarray(np.maximum.reduceat(np.where(where, values, -np.inf), self.starts), dtype=np.float64)

    def to_rows(self, units: Floats) -> Floats:
        """Return each unit's value on all of its rows."""
        return np.repeat(units, self.sizes)


def lay_out(measurements: pa.Table, previous: pa.Table) -> Layout:
    """Return the measurements joined with their history, sorted.

    Args:
        measurements: The run's measurements, of schema `stageprint.shifts.MEASUREMENTS`.
        previous: Their history, of schema `PREVIOUS`; may be empty.
    """
    names = {name: Vocabulary([measurements[name], previous[name]]) for name in (*_UNIT, "reference")}
    kinds = Vocabulary([measurements["kind"]])
    now, then = (
        {name: words.encode(table[name]) for name, words in names.items()} for table in (measurements, previous)
    )
    sizes = [len(words) for words in names.values()]
    unit_now, unit_then = (combine([codes[name] for name in _UNIT], sizes[:-1]) for codes in (now, then))
    row_now, row_then = (
        combine([units, codes["reference"]], [1, sizes[-1]]) for units, codes in ((unit_now, now), (unit_then, then))
    )
    deterministic = measurements["deterministic"].to_numpy()
    kind = kinds.encode(measurements["kind"])

    # A reference that this comparison does not use keeps its history, so that another baseline does not end it.
    same_unit = find(unit_then, unit_now)
    carried = np.flatnonzero((find(row_then, row_now) < 0) & (same_unit >= 0) & ~deterministic[same_unit])
    past = np.concatenate([find(row_now, row_then), carried])
    mean_square, backtests, last = _history(previous, past)

    suspect, before = np.zeros(len(past), dtype=bool), np.full(len(past), np.nan)
    if previous.num_rows:
        suspect = np.where(past >= 0, previous["suspect"].to_numpy()[past], False)
        before = np.where(past >= 0, numbers(previous["score"])[past], np.nan)

    order_of = _order(names["reference"])
    unit = np.concatenate([unit_now, unit_then[carried]])
    reference = np.concatenate([now["reference"], then["reference"][carried]])
    order = np.argsort(combine([dense(unit)[1], order_of[reference]], [1, sizes[-1]]), kind="stable")
    unit = unit[order]

    def both(name: str) -> Codes:
        return np.concatenate([now[name], then[name][carried]])[order]

    def number(name: str) -> Floats:
        return np.append(numbers(measurements[name]), np.full(len(carried), np.nan))[order]

    return Layout(
        names=names,
        kinds=kinds,
        stage=both("stage"),
        table=both("table_name"),
        slice_key=both("slice_key"),
        slice_value=both("slice_value"),
        column=both("column_name"),
        statistic=both("statistic"),
        reference=reference[order],
        kind=np.concatenate([kind, kind[same_unit[carried]]])[order],
        value=number("value"),
        error=number("error"),
        residual=number("residual"),
        floor=np.nan_to_num(number("variance_floor")),
        deterministic=np.append(deterministic, np.zeros(len(carried), dtype=bool))[order],
        mean_square=mean_square[order],
        backtests=backtests[order],
        source=np.append(np.arange(len(unit_now)), np.full(len(carried), -1))[order],
        suspect=suspect[order],
        previous_unlikeliness=before[order],
        previous_residual=last[order],
        starts=starts_of(unit),
    )


def numbers(column: pa.ChunkedArray) -> Floats:
    """Return a column of doubles with NaN for null."""
    return np.asarray(pc.fill_null(column.cast(pa.float64()), np.nan).to_numpy(), dtype=np.float64)


def _history(previous: pa.Table, past: Codes) -> tuple[Floats, Floats, Floats]:
    """Return mean square, number and last of the past residuals of each row of `previous`; −1: no such row."""
    if not previous.num_rows:
        return np.full(len(past), np.nan), np.zeros(len(past)), np.full(len(past), np.nan)
    known = past >= 0
    scale = np.where(known, numbers(previous["scale"])[past], np.nan)
    backtests = np.where(known, numbers(previous["backtests"])[past], 0.0)
    residual = np.where(known, numbers(previous["residual"])[past], np.nan)
    return *update_mean_square(scale, backtests, residual, previous["flagged"].to_numpy()[past]), residual


def _order(references: Vocabulary) -> Codes:
    """Return the sort position of each reference: the running ones by their length, then the others by name."""
    texts = references.texts.to_pylist()
    wanted = sorted(texts, key=lambda name: (_RUNNING.index(name) if name in _RUNNING else len(_RUNNING), name))
    place = {name: position for position, name in enumerate(wanted)}
    return np.array([place[name] for name in texts], dtype=np.int64)
