"""Rows of result tables as DataFrames, so that they need not pass through the driver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from stageprint.model.result_tables import ResultTable
from stageprint.model.where import EVERY_ROW, Where
from stageprint.ports import ProfileStore


@dataclass(frozen=True)
class SparkRows:
    """Rows of a result table as a DataFrame, which the Spark store writes directly from the executors.

    Attributes:
        frame: The rows, with columns of the result table.
    """

    frame: DataFrame

    def to_arrow(self) -> Iterator[pa.Table]:
        """Yield all rows in one table."""
        yield self.frame.toArrow()


def arrow_frame(spark: SparkSession, rows: pa.Table) -> DataFrame:
    """Return an Arrow table as a DataFrame.

    The chunks are combined first: Spark 4.2 loses all rows of a table whose first chunk is empty.

    Args:
        spark: The session.
        rows: The table.
    """
    return spark.createDataFrame(rows.combine_chunks())


@runtime_checkable
class FrameStore(Protocol):
    """A store whose tables Spark reads itself."""

    @property
    def spark(self) -> SparkSession:
        """The session that reads them."""
        ...

    def frame(self, table: ResultTable, rows: Where = EVERY_ROW, columns: Sequence[str] | None = None) -> DataFrame:
        """Return rows of a table as a DataFrame; the arguments are those of `ProfileStore.read`."""
        ...


def frame_of(
    spark: SparkSession, store: ProfileStore, table: ResultTable, rows: Where, columns: Sequence[str]
) -> DataFrame:
    """Return rows of any store as a DataFrame.

    Args:
        spark: The session.
        store: The store.
        table: A result table.
        rows: Which rows.
        columns: Which columns.
    """
    if isinstance(store, FrameStore):
        return store.frame(table, rows, columns)
    return arrow_frame(spark, store.read(table, rows, columns))
