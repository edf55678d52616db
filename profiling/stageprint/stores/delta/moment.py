"""A Delta store for commands that read and end: every table is opened once, and small ones are read once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa
from deltalake import DeltaTable

from stageprint.model.result_tables import MANIFESTS, MARKS, RUNS, ResultTable
from stageprint.model.where import EVERY_ROW, Where
from stageprint.ports import RowSource
from stageprint.stores.delta.store import DeltaStore
from stageprint.stores.rows import mask_of

_LONG: Final = frozenset({"rows", "judged", "writer"})
"""Columns of manifests that grow with the number of tables and that few questions need."""

_READ_ONCE: Final[Mapping[str, tuple[str, ...]]] = {
    table.name: tuple(column.name for column in table.columns if column.name not in _LONG)
    for table in (MANIFESTS, MARKS, RUNS)
}
"""Tables that nearly every question reads and that have few rows a run → the columns that are kept."""


@dataclass(frozen=True)
class DeltaMoment(DeltaStore):
    """The tables of a store, each as it was when it was first asked for.

    A command that answers one question opened the same tables dozens of times; this opens each once, so that all parts
    of the answer are about the same state. What is written through it is seen by what it reads afterwards.
    """

    _opened: dict[str, DeltaTable | None] = field(default_factory=dict, init=False, repr=False, compare=False)
    _kept: dict[str, pa.Table] = field(default_factory=dict, init=False, repr=False, compare=False)
    _last: dict[str, tuple[tuple[Where, list[str]], pa.Table]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def delta_table(self, table: ResultTable) -> DeltaTable | None:
        """Return the Delta table at the version that it had when it was first asked for."""
        if table.name not in self._opened:
            self._opened[table.name] = super().delta_table(table)
        return self._opened[table.name]

    def read(self, table: ResultTable, rows: Where = EVERY_ROW, columns: Sequence[str] | None = None) -> pa.Table:
        """Return rows of a table; see `stageprint.ports.ProfileStore.read`."""
        asked = table.arrow_schema.names if columns is None else list(columns)
        kept = _READ_ONCE.get(table.name)
        if kept is None:
            return super().read(table, rows, columns)
        if not {*asked, *(name for alternative in rows.alternatives for name in alternative)}.issubset(kept):
            return self._read_in_full(table, rows, asked)
        if table.name not in self._kept:
            self._kept[table.name] = super().read(table, EVERY_ROW, kept)
        found = self._kept[table.name].select(kept)
        return (found if rows == EVERY_ROW else found.filter(mask_of(found, rows))).select(asked)

    def _read_in_full(self, table: ResultTable, rows: Where, columns: list[str]) -> pa.Table:
        """Return rows with columns that are not kept; several questions in a row are about those of the same runs."""
        last = self._last.get(table.name)
        if last is None or last[0] != (rows, columns):
            last = self._last[table.name] = ((rows, columns), super().read(table, rows, columns))
        return last[1]

    def replace(self, table: ResultTable, rows: pa.Table | RowSource | Callable[[], pa.Table], which: Where) -> None:
        """Replace rows; see `stageprint.ports.ProfileStore.replace`."""
        self._latest().replace(table, rows, which)
        self._forget(table)

    def append(self, table: ResultTable, rows: pa.Table | RowSource, which: Where) -> None:
        """Add rows; see `stageprint.ports.ProfileStore.append`."""
        self._latest().append(table, rows, which)
        self._forget(table)

    def _latest(self) -> DeltaStore:
        """Return the store that opens tables anew, which the attempts of a commit must do."""
        return DeltaStore(self.location, self.pipeline, self.storage_options)

    def _forget(self, table: ResultTable) -> None:
        self._opened.pop(table.name, None)
        self._kept.pop(table.name, None)
        self._last.pop(table.name, None)
