"""What the local engine reads: a table's columns, and the pieces that hold its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa

from stageprint.engines.delta.mapping import ColumnMapping
from stageprint.engines.parquet.model import SourceColumn
from stageprint.pipeline.source_notes import CountedRows


@dataclass
class Tally:
    """What is counted while pieces are read.

    Attributes:
        malformed: Rows that the reader could not parse, or not whole.
    """

    malformed: int = 0


class Piece(Protocol):
    """Some of a table's rows; can be pickled, so that a worker may read them."""

    @property
    def bytes(self) -> int:
        """About how many bytes are read."""
        ...

    def batches(self, columns: Sequence[SourceColumn], tally: Tally) -> Iterator[pa.RecordBatch]:
        """Yield the rows.

        Args:
            columns: The columns to read; the batches hold them in this order.
            tally: Counts what the reader leaves out.

        Raises:
            StageprintError: They cannot be read; the message names the file.
        """
        ...


@dataclass(frozen=True)
class LocalTable:
    """An opened table; no row is read yet.

    Attributes:
        schema: Its columns, those of partitions last.
        pieces: Its rows.
        constants: Name of a partition column → its position in the values of a piece.
        format: Format as stored in `table_profiles`.
        location: Path, with the run's name filled in.
        version: Version of a Delta table; None: another format.
        size: Bytes of its files; None: not known.
        files: Number of its files; None: not known.
        notes: What is to be told of the files.
        counted: How many rows the source itself says it has; None: it does not say.
        engine_path: How its rows are read, as stored.
        history: The latest commits of a Delta table, as stored; None: another format, or they cannot be known.
        mapping: The names that its files have for columns.
    """

    schema: pa.Schema
    pieces: tuple[Piece, ...]
    format: str
    location: str
    constants: dict[str, int] = field(default_factory=dict)
    version: int | None = None
    size: int | None = None
    files: int | None = None
    notes: tuple[str, ...] = ()
    counted: CountedRows | None = None
    engine_path: str = "local"
    history: list[dict[str, Any]] | None = None
    mapping: ColumnMapping = field(default_factory=ColumnMapping)
