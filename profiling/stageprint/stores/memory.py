"""A store in this process's memory, for tests, simulations and comparisons whose results are not kept."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from stageprint.model.result_tables import ResultTable
from stageprint.model.upkeep import StoredFiles
from stageprint.model.where import EVERY_ROW, Where
from stageprint.ports import RowSource
from stageprint.stores.rows import collected, conformed, mask_of


class MemoryStore:
    """The result tables of one pipeline as Arrow tables.

    Args:
        pipeline: The pipeline.
    """

    def __init__(self, pipeline: str) -> None:
        self._pipeline = pipeline
        self._tables: dict[str, pa.Table] = {}
        self._lock = threading.RLock()

    @property
    def location(self) -> str:
        """The name of the store in messages: ``memory``."""
        return "memory"

    @property
    def pipeline(self) -> str:
        """The pipeline whose rows are read and replaced."""
        return self._pipeline

    def exists(self, table: ResultTable) -> bool:
        """Tell whether the table was ever written."""
        return table.name in self._tables

    def read(self, table: ResultTable, rows: Where = EVERY_ROW, columns: Sequence[str] | None = None) -> pa.Table:
        """Return rows of a table; see `stageprint.ports.ProfileStore.read`."""
        stored = self._tables.get(table.name)
        found = table.empty() if stored is None else conformed(stored, table.arrow_schema)
        found = found.filter(self._mine(found, rows))
        return found if columns is None else _chosen(found, columns)

    def replace(self, table: ResultTable, rows: pa.Table | RowSource | Callable[[], pa.Table], which: Where) -> None:
        """Put rows in place of others; see `stageprint.ports.ProfileStore.replace`."""
        with self._lock:
            fresh = collected(table, rows)
            stored = self._tables.get(table.name)
            kept = [] if stored is None else [conformed(stored, table.arrow_schema)]
            kept = [old.filter(pc.invert(self._mine(old, which))) for old in kept]
            self._tables[table.name] = pa.concat_tables([*kept, conformed(fresh, table.arrow_schema)])

    def append(self, table: ResultTable, rows: pa.Table | RowSource, which: Where) -> None:
        """Put rows beside the others; see `stageprint.ports.ProfileStore.append`."""
        del which  # for stores where a write may fail half-way
        with self._lock:
            fresh = conformed(collected(table, rows), table.arrow_schema)
            stored = self._tables.get(table.name)
            kept = [] if stored is None else [conformed(stored, table.arrow_schema)]
            self._tables[table.name] = pa.concat_tables([*kept, fresh])

    def _mine(self, table: pa.Table, rows: Where) -> pa.ChunkedArray | pa.Array:
        return pc.and_(pc.equal(table["pipeline"], self._pipeline), mask_of(table, rows))

    def files(self, table: ResultTable) -> StoredFiles:
        """Return the number and bytes of a table's chunks; see `stageprint.ports.StoreUpkeep.files`."""
        stored = self._tables.get(table.name)
        if stored is None or not stored.num_rows:
            return StoredFiles(0, 0, 0, 0)
        chunks, size = stored.column(0).num_chunks, stored.nbytes
        return StoredFiles(chunks, size, chunks, size)

    def compact(self, table: ResultTable) -> None:
        """Make one chunk of a table's chunks; see `stageprint.ports.StoreUpkeep.compact`."""
        with self._lock:
            if table.name in self._tables:
                self._tables[table.name] = self._tables[table.name].combine_chunks()

    def vacuum(self, table: ResultTable, hours: int) -> None:
        """Do nothing, since replaced rows are gone at once; see `stageprint.ports.StoreUpkeep.vacuum`."""

    def trim_log(self, table: ResultTable, hours: int) -> str | None:
        """Do nothing, since there is no log; see `stageprint.ports.StoreUpkeep.trim_log`."""

    def of_pipeline(self, pipeline: str) -> MemoryStore:
        """Return a store for another pipeline in the same tables."""
        other = MemoryStore(pipeline)
        other._tables, other._lock = self._tables, self._lock
        return other

    def copy(self) -> MemoryStore:
        """Return an independent store with the same rows."""
        other = MemoryStore(self._pipeline)
        other._tables = dict(self._tables)
        return other


def _chosen(table: pa.Table, columns: Sequence[str]) -> pa.Table:
    return pa.table(dict(_fields(table, columns)))


def _fields(table: pa.Table, columns: Sequence[str]) -> Iterator[tuple[str, pa.ChunkedArray]]:
    for name in columns:
        outer, _, inner = name.partition(".")
        array = table[outer]
        yield name.replace(".", "_"), pc.struct_field(array, inner) if inner else array
