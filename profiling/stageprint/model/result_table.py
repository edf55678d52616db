"""The declaration of a result table: its columns, from which Arrow, Delta, JSON keys and documentation are derived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import pyarrow as pa

from stageprint.model.manifest import MANIFEST_ID, ManifestKind
from stageprint.model.sql_types import arrow_type

PARTITIONS: Final = ("pipeline",)
"""Columns that new tables are partitioned by. Not by run: each run would have files of its own for ever, and a file of
a small run holds a few rows. Tables of earlier releases keep their partitions."""

STATISTICS: Final = ("run_id", "stage", "table_name", "manifest_id", "kind", "baseline")
"""Columns of which a table's log keeps the smallest and largest value of each file, so that other runs' files are not
read. No other, since the log keeps its entries for longer than the table keeps its rows."""


class Column(NamedTuple):
    """A column of a result table.

    Attributes:
        name: Its name.
        sql_type: Its Spark SQL type.
        comment: What it holds, in which unit, and what null means; stored as the column's comment.
        json_key: Its key in the JSON interface; None: it is not part of that interface.
    """

    name: str
    sql_type: str
    comment: str
    json_key: str | None = None


@dataclass(frozen=True)
class ResultTable:
    """A result table.

    Attributes:
        name: Its name in the store.
        columns: Its columns in order.
        partitions: Columns that a new table is partitioned by.
        named_by: Kind of the manifests that name its rows: a row counts once a finished manifest names it. None: every
            row counts.
    """

    name: str
    columns: tuple[Column, ...]
    partitions: tuple[str, ...]
    named_by: ManifestKind | None = None

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema of its rows; every field is nullable."""
        return pa.schema([pa.field(column.name, arrow_type(column.sql_type)) for column in self.columns])

    @cached_property
    def column_of_key(self) -> dict[str, str]:
        """Key in the JSON interface → column name. Keys may be added; none is ever removed or renamed."""
        return {column.json_key: column.name for column in self.columns if column.json_key is not None}

    @property
    def settings(self) -> dict[str, str]:
        """The Delta properties of a new table."""
        names = {*self.arrow_schema.names} - {*self.partitions}  # Delta keeps the values of partitions anyway
        columns = [name for name in STATISTICS if name in names]
        return {"delta.dataSkippingStatsColumns": ",".join(columns)}

    def empty(self) -> pa.Table:
        """Return a table without rows."""
        return self.arrow_schema.empty_table()

    def rows(self, rows: Iterable[Mapping[str, object]]) -> pa.Table:
        """Return rows as a table of `arrow_schema`; a column that a row lacks is null."""
        return pa.Table.from_pylist(list(rows), self.arrow_schema)


RUN_COLUMNS = (
    Column("pipeline", "string", "Name of the pipeline in the configuration"),
    Column("run_id", "string", "Name of the run", "run_id"),
)
"""Columns of every result table."""

WRITTEN_BY = Column(
    MANIFEST_ID,
    "string",
    "Manifest of the command that wrote the row; the row counts once that manifest is finished. Null: an earlier "
    "release wrote it",
)
