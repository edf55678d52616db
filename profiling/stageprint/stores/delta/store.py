"""A store in Delta tables below a path or an object store's URL, read and written by delta-rs."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, QueryBuilder, write_deltalake
from deltalake.exceptions import CommitFailedError

from stageprint.errors import StoreError
from stageprint.model.result_tables import ResultTable
from stageprint.model.where import EVERY_ROW, Where, where
from stageprint.ports import RowSource
from stageprint.reasons import plain_path
from stageprint.stores.conditions import on_stored_columns
from stageprint.stores.delta.conditions import identifier, limited_columns, literal, to_sql, without_limits
from stageprint.stores.delta.errors import reason
from stageprint.stores.delta.names import irreplaceable
from stageprint.stores.delta.panics import without_panics
from stageprint.stores.delta.tables import open_table, table_uri
from stageprint.stores.locks import commit_lock
from stageprint.stores.rows import collected, conformed, mask_of, read_schema

_MAX_COMMIT_ATTEMPTS: Final = 40
_MAX_WAIT_SECONDS: Final = 5.0

# A commit is made only right after the version that it was computed from. delta-rs' own retries compare the commits in
# between by their predicates, but put a table that was created twice into the log twice (1.6).
_RIGHT_AFTER: Final = CommitProperties(max_commit_retries=0)


@dataclass(frozen=True)
class DeltaStore:
    """The result tables of one pipeline in Delta.

    Attributes:
        location: A path, or the URL of a folder in an object store.
        pipeline: Pipeline whose rows are read and replaced.
        storage_options: Options of the object store, as the deltalake library calls them; what they lack is taken from
            the environment.
    """

    location: str
    pipeline: str
    storage_options: Mapping[str, str] = field(default_factory=dict, repr=False)

    def delta_table(self, table: ResultTable) -> DeltaTable | None:
        """Return the Delta table at its latest version, or None if the table was never written.

        Raises:
            StoreError: It cannot be opened.
        """
        return open_table(self._uri(table), self.storage_options)

    def exists(self, table: ResultTable) -> bool:
        """Tell whether the table was ever written."""
        return self.delta_table(table) is not None

    def read(self, table: ResultTable, rows: Where = EVERY_ROW, columns: Sequence[str] | None = None) -> pa.Table:
        """Return rows of a table; see `stageprint.ports.ProfileStore.read`."""
        schema = read_schema(table, columns)
        stored = self.delta_table(table)
        if stored is None:
            return schema.empty_table()
        known = _fields_of(stored)
        asked = table.arrow_schema.names if columns is None else columns
        wanted = list(dict.fromkeys((*asked, *limited_columns(rows))))
        selected = ", ".join(_expression(name) for name in wanted if name in known)
        condition = to_sql(on_stored_columns(where(pipeline=self.pipeline) & without_limits(rows), known))
        # Without any column the number of rows still counts.
        query = f"SELECT {selected or '1'} FROM stored WHERE {condition}"  # noqa: S608 -- literals are escaped
        try:
            batches = QueryBuilder().register("stored", stored).execute(query)
            # Not `pa.table`, which imports pandas where it is installed.
            found = pa.RecordBatchReader.from_stream(batches).read_all()
            found = conformed(found, read_schema(table, wanted))
            if limited_columns(rows):
                found = found.filter(mask_of(found, rows))
            return found.select(schema.names)
        except Exception as error:
            raise self._failed(table, "read", error) from error

    def replace(self, table: ResultTable, rows: pa.Table | RowSource | Callable[[], pa.Table], which: Where) -> None:
        """Replace rows in one commit; see `stageprint.ports.ProfileStore.replace`.

        Raises:
            ValueError: The condition holds `AtMost`.
        """
        if limited_columns(which):
            message = f"{table.name}: rows to replace are named by values, not by AtMost"
            raise ValueError(message)
        fresh = rows if isinstance(rows, pa.Table) or callable(rows) else collected(table, rows)
        self.commit(table, lambda: self._write(table, fresh, which))

    def append(self, table: ResultTable, rows: pa.Table | RowSource, which: Where) -> None:
        """Add rows in one commit; see `stageprint.ports.ProfileStore.append`."""
        fresh, attempts = collected(table, rows), itertools.count()

        def write() -> None:
            if next(attempts):
                self._write(table, fresh, which)
            else:
                self._add(table, fresh)

        self.commit(table, write)

    def commit(self, table: ResultTable, write: Callable[[], None]) -> None:
        """Call a function that commits to a table, again as often as other writers commit first.

        Args:
            table: The table.
            write: Opens the table anew and commits.

        Raises:
            StoreError: The commit failed, or conflicted with other writers too often.
        """
        for attempt in range(1, _MAX_COMMIT_ATTEMPTS + 1):
            try:
                with commit_lock(self.location), without_panics():
                    write()
            except StoreError:
                raise
            except Exception as error:
                if not _is_conflict(error):
                    raise self._failed(table, "written", error) from error
                if attempt == _MAX_COMMIT_ATTEMPTS:
                    place = plain_path(self._uri(table))
                    message = f"{place}: other writers committed first {attempt} times: {reason(error)}"
                    raise StoreError(message) from error
            else:
                return
            wait = min(_MAX_WAIT_SECONDS, 0.05 * 2**attempt)
            time.sleep(wait * random.uniform(0.2, 1.0))  # noqa: S311 -- jitter, not a secret

    def _write(self, table: ResultTable, rows: pa.Table | Callable[[], pa.Table], which: Where) -> None:
        # Opened before the rows are made: what others commit after this makes the commit fail.
        stored = self._table_with_columns(table)
        self._require_replaceable(table, stored, which)
        write_deltalake(
            stored,
            _commented_rows(table, stored, collected(table, rows)),
            mode="overwrite",
            predicate=f"{to_sql(where(pipeline=self.pipeline))} AND ({to_sql(which)})",
            schema_mode=_schema_mode(table, stored),
            commit_properties=_RIGHT_AFTER,
        )

    def _add(self, table: ResultTable, rows: pa.Table) -> None:
        stored = self._table_with_columns(table)
        if rows.num_rows:
            fresh = _commented_rows(table, stored, rows)
            # Without limits to retries: delta-rs commits the same files after what others have committed meanwhile.
            write_deltalake(stored, fresh, mode="append", schema_mode=_schema_mode(table, stored))

    def _require_replaceable(self, table: ResultTable, stored: DeltaTable, which: Where) -> None:
        found = irreplaceable(stored, where(pipeline=self.pipeline) & which)
        if found:
            message = (
                f"{plain_path(self._uri(table))} cannot be written: Spark wrote {found[0]}, whose name is not ASCII, "
                "and delta-rs cannot replace its rows; run the command where a Spark session runs, as in spark-submit"
            )
            raise StoreError(message)

    def _table_with_columns(self, table: ResultTable) -> DeltaTable:
        """Return the Delta table with at least the declared columns; it is created if it was never written.

        delta-rs must know a column before a condition names it.
        """
        stored = self.delta_table(table)
        schema = _commented_schema(table, stored)
        if stored is None:
            return DeltaTable.create(
                self._uri(table),
                schema,
                mode="error",
                partition_by=list(table.partitions),
                configuration=table.settings,
                storage_options=dict(self.storage_options),
                commit_properties=_RIGHT_AFTER,
            )
        if not _fields_of(stored).issuperset(_names(schema)):
            nothing = schema.empty_table()
            write_deltalake(stored, nothing, mode="append", schema_mode="merge", commit_properties=_RIGHT_AFTER)
        return stored

    def _failed(self, table: ResultTable, what: str, error: Exception) -> StoreError:
        return StoreError(f"{plain_path(self._uri(table))} cannot be {what}: {reason(error)}")

    def _uri(self, table: ResultTable) -> str:
        return table_uri(self.location, table.name)


def _commented_schema(table: ResultTable, stored: DeltaTable | None) -> pa.Schema:
    """Return the declared schema, with comments as the metadata of its fields.

    A column that is stored keeps its metadata, also when its comment was reworded since: delta-rs merges no others.
    """
    known = {} if stored is None else {own.name: own.metadata for own in pa.schema(stored.schema().to_arrow())}
    fields = zip(table.arrow_schema, table.columns, strict=True)
    return pa.schema([own.with_metadata(known.get(own.name, {"comment": column.comment})) for own, column in fields])


def _commented_rows(table: ResultTable, stored: DeltaTable, rows: pa.Table) -> pa.Table:
    return conformed(rows, table.arrow_schema).cast(_commented_schema(table, stored))


def _schema_mode(table: ResultTable, stored: DeltaTable) -> Literal["merge"] | None:
    """Return how columns are written; tables with column mapping refuse to merge (1.6), also what has the same ones."""
    return None if _fields_of(stored) == set(_names(table.arrow_schema)) else "merge"


def _is_conflict(error: Exception) -> bool:
    """Tell whether another writer committed first, or created the table first."""
    return isinstance(error, CommitFailedError) or "already exists" in str(error)


def _expression(name: str) -> str:
    outer, _, inner = name.partition(".")
    return f"{identifier(outer)}[{literal(inner)}] AS {identifier(f'{outer}_{inner}')}" if inner else identifier(outer)


def _fields_of(stored: DeltaTable) -> set[str]:
    """Return the names of a Delta table's columns and of the fields of those that are structs."""
    return set(_names(pa.schema(stored.schema().to_arrow())))


def _names(schema: pa.Schema) -> Iterator[str]:
    for own in schema:
        yield own.name
        if pa.types.is_struct(own.type):
            yield from (f"{own.name}.{inner.name}" for inner in own.type)
