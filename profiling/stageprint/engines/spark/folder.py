"""A folder of files that Spark reads as one table, and what came of opening it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from pyspark.sql import DataFrame, DataFrameReader, SparkSession

from stageprint.engines.spark.files import PathFacts
from stageprint.errors import SourceError
from stageprint.pipeline.source_notes import CountedRows, FileNames, empty_files


@dataclass(frozen=True)
class Marked:
    """Rows of which each says in its last column whether it is malformed.

    Attributes:
        frame: The rows; the last column is true for a malformed row, else false.
        dropped: Whether malformed rows are no part of the table: the option ``mode`` is ``DROPMALFORMED``.
    """

    frame: DataFrame
    dropped: bool


@dataclass(frozen=True)
class OpenFiles:
    """Files opened as a table.

    Attributes:
        frame: Its rows; nothing is computed yet.
        notes: What is to be told of the files.
        counted: How many rows the files say they have; None: not known.
        marked: The rows with malformed ones marked; None: the format has none, or reading fails at the first.
    """

    frame: DataFrame
    notes: tuple[str, ...] = ()
    counted: CountedRows | None = None
    marked: Marked | None = None


@dataclass(frozen=True)
class Folder:
    """A file, folder or pattern to be read.

    Attributes:
        spark: The session.
        format: Format of the files.
        path: The path.
        given: Options of Spark's reader.
        known: The files and folders there.
        names: How files are named.
    """

    spark: SparkSession
    format: str
    path: str
    given: Mapping[str, str]
    known: PathFacts
    names: FileNames

    @cached_property
    def options(self) -> Mapping[str, str]:
        """The options by name in lower case, since Spark's do not differ in case."""
        return {name.lower(): value for name, value in self.given.items()}

    def reader(self, **more: str) -> DataFrameReader:
        """Return a reader with the options and with `more`, which replace options of the same name."""
        lower = {name.lower() for name in more}
        own = {name: value for name, value in self.given.items() if name.lower() not in lower}
        return self.spark.read.format(self.format).options(**own, **more)

    def empty_notes(self) -> list[str]:
        """Return a note about files of 0 bytes; none without such files."""
        return empty_files(self.known.empty, len(self.known.paths), self.names)

    def require_bytes(self) -> None:
        """Raise `SourceError` where there are files and all have 0 bytes."""
        if self.known.paths and len(self.known.empty) == len(self.known.paths):
            count = len(self.known.paths)
            what = "its file has" if count == 1 else f"all {count:,} files have"
            message = f"{what} 0 bytes: {self.names.some(self.known.empty)}; write the data again"
            raise SourceError(message)
