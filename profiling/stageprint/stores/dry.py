"""A store in which what is written is not kept: it stays in memory, over the rows of the real store."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from stageprint.model.result_tables import ResultTable
from stageprint.model.where import EVERY_ROW, Where
from stageprint.ports import ProfileStore, RowSource
from stageprint.stores.memory import MemoryStore
from stageprint.stores.rows import conformed, mask_of


class DryStore:
    """Reads the rows of a store, and keeps what is written in memory.

    Args:
        store: The store; nothing is written to it.
    """

    def __init__(self, store: ProfileStore) -> None:
        self._store = store
        self._written = MemoryStore(store.pipeline)
        self._replaced: dict[str, Where] = {}

    @property
    def location(self) -> str:
        """Location of the real store."""
        return self._store.location

    @property
    def pipeline(self) -> str:
        """The pipeline whose rows are read."""
        return self._store.pipeline

    def exists(self, table: ResultTable) -> bool:
        """Tell whether the table was ever written."""
        return self._store.exists(table) or self._written.exists(table)

    def read(self, table: ResultTable, rows: Where = EVERY_ROW, columns: Sequence[str] | None = None) -> pa.Table:
        """Return rows of both; see `stageprint.ports.ProfileStore.read`."""
        hidden = self._replaced.get(table.name)
        if hidden is None:
            found = self._store.read(table, rows, columns)
        else:
            whole = conformed(self._store.read(table, rows), table.arrow_schema)
            kept = MemoryStore(self.pipeline)
            kept.append(table, whole.filter(pc.invert(mask_of(whole, hidden))), rows)
            found = kept.read(table, EVERY_ROW, columns)
        mine = self._written.read(table, rows, columns)
        return pa.concat_tables([found, mine.cast(found.schema)]) if mine.num_rows else found

    def replace(self, table: ResultTable, rows: pa.Table | RowSource | Callable[[], pa.Table], which: Where) -> None:
        """Put rows in place of others, in memory; see `stageprint.ports.ProfileStore.replace`."""
        fresh = rows() if callable(rows) else rows
        self._written.replace(table, fresh, which)
        earlier = self._replaced.get(table.name)
        self._replaced[table.name] = which if earlier is None else earlier | which

    def append(self, table: ResultTable, rows: pa.Table | RowSource, which: Where) -> None:
        """Put rows beside the others, in memory; see `stageprint.ports.ProfileStore.append`."""
        self._written.append(table, rows, which)
