"""What the fast path reads: files, ranges of them, their columns, and the rules by which Spark reads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from stageprint.engines.delta.vectors import DeletionVector
from stageprint.errors import StageprintError


class NotReadableError(StageprintError):
    """The fast path cannot be sure to read this as Spark would; the table takes the general path."""


@dataclass(frozen=True)
class SourceColumn:
    """A top-level column of the table.

    Attributes:
        name: Its name in the files.
        type: The Arrow type of its values as Spark reads them; struct fields are matched by name.
        constant: For a partition column, its position in `DataFile.values`; None: the files hold the column.
        text: Whether its values are cast to text, as the labels of a slice are.
    """

    name: str
    type: pa.DataType
    constant: int | None = None
    text: bool = False


@dataclass(frozen=True)
class DataFile:
    """A Parquet file.

    Attributes:
        path: Path or URI, without percent-encoding.
        bytes: Its size in bytes.
        values: Values of the partition columns: dates in days, timestamps in microseconds since 1970-01-01 UTC.
        deleted: Which of its rows are deleted, of a Delta table; None: none.
    """

    path: str
    bytes: int
    values: tuple[Any, ...] = ()
    deleted: DeletionVector | None = None


@dataclass(frozen=True)
class FileRange:
    """The row groups of a file that begin at ``start <= byte < stop``; `stop` None: up to the end of the file."""

    file: DataFile
    start: int = 0
    stop: int | None = None


@dataclass(frozen=True)
class Rules:
    """The Spark settings that decide how a Parquet file is read.

    Attributes:
        case_sensitive: Whether column names that differ in case only are different names.
        dates_as_written: Whether dates and timestamps in files of other writers than Spark are read without rebasing
            from the Julian calendar.
        int96_as_written: Whether INT96 timestamps in such files are read as UTC, without rebasing or conversion.
        names_by_id: Id of a field, at any depth → the table's name for it, where fields of files are matched by id;
            empty: they are matched by name.
        casts: Whether values of a type that Spark does not read as the table's type are cast to it. True where no
            Spark would read the file: the table's types were then chosen to hold the values of all files.
    """

    case_sensitive: bool = False
    dates_as_written: bool = True
    int96_as_written: bool = True
    names_by_id: Mapping[int, str] = field(default_factory=dict)
    casts: bool = False
