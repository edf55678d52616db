"""Columns that faults are planted in, each alone in a store of its own, with real runs as history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from scripts.yardsticks.perturb import Kind
from scripts.yardsticks.sets import SETS, RealSet, Runs
from scripts.yardsticks.verdicts import verdicts

HISTORY: Final = 28
"""Runs before the one that faults are planted in: those that Auto-Validate-by-History has."""

HEALTHY_RUNS: Final = 6
"""Runs from that one on that are judged as they are; what is found in them is false, but for known events."""

MIN_ROWS: Final = 20
"""Fewest rows with a value that a column must have in the run that faults are planted in."""


@dataclass(frozen=True)
class RealColumn:
    """A column of a real table over some runs.

    Attributes:
        set: The set of tables.
        table: Its table.
        name: The column.
        kind: ``numeric`` or ``categorical``.
        runs: Run → its rows, oldest first: `HISTORY` runs, then up to `HEALTHY_RUNS`.
        neighbour: The next column of its kind in the run that faults are planted in; None: there is none.
        events: Runs in which something is known to have happened to the column: they are not judged as healthy.
    """

    set: str
    table: str
    name: str
    kind: Kind
    runs: dict[str, pa.Array]
    neighbour: pa.Array | None
    events: frozenset[str]

    @property
    def key(self) -> str:
        """Its name in results."""
        return f"{self.set}/{self.table}.{self.name}"

    @property
    def faulty_run(self) -> str:
        """The run that faults are planted in."""
        return list(self.runs)[HISTORY]


def real_columns(every: int = 1, *, practice: bool = False) -> list[RealColumn]:
    """Return the columns of the published and the held-out sets, or of those for practice.

    Times and flags are no columns of either kind. Columns with hardly a value in the run that faults are planted in
    are left out.

    Args:
        every: Only each so many-th of them.
        practice: Those of the sets that rules may be tuned on.
    """
    found = [column for one in SETS if (one.purpose == "practice") == practice for column in _columns(one)]
    return found[::every]


def _columns(one: RealSet) -> Iterator[RealColumn]:
    runs = _runs(one.name)
    names = list(runs)[: HISTORY + HEALTHY_RUNS]
    for table in runs[names[HISTORY]]:
        kept = {run: runs[run][table] for run in names if table in runs[run]}
        if len(kept) < len(names):
            continue
        schema = kept[names[0]].schema
        kinds = {field.name: kind for field in schema if (kind := kind_of(field.type)) is not None}
        for name, kind in kinds.items():
            alike = [other for other, same in kinds.items() if same == kind]
            next_one = alike[(alike.index(name) + 1) % len(alike)]
            at = kept[names[HISTORY]]
            if len(at[name]) - at[name].null_count < MIN_ROWS:
                continue
            yield RealColumn(
                one.name,
                table,
                name,
                kind,
                {run: plain(rows[name]) for run, rows in kept.items()},
                plain(at[next_one]) if next_one != name else None,
                frozenset(
                    run
                    for verdict in verdicts()
                    if verdict.set == one.name and verdict.real and (not verdict.tables or table in verdict.tables)
                    for run in verdict.runs
                    if not verdict.columns or {name, "table"} & verdict.columns
                ),
            )


@cache
def _runs(name: str) -> Runs:
    (one,) = (one for one in SETS if one.name == name)
    return one.load()


def kind_of(data_type: pa.DataType) -> Kind | None:
    """Return the kind that a column counts as; None: neither."""
    if pa.types.is_integer(data_type) or pa.types.is_floating(data_type):
        return "numeric"
    return "categorical" if pa.types.is_string(data_type) else None


def plain(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one array of ``int64``, ``double`` or ``string``; NaN is null."""
    array = column.combine_chunks()
    if isinstance(array, pa.ChunkedArray):  # without chunks
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if pa.types.is_integer(array.type):
        return array.cast(pa.int64())
    if pa.types.is_floating(array.type):
        array = array.cast(pa.float64())
        return pc.if_else(pc.fill_null(pc.is_nan(array), False), pa.scalar(None, pa.float64()), array)
    return array.cast(pa.string())
