"""Rows of result tables as DataFrames, so that they need not pass through the driver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from stageprint.engines.spark.compat import arrow_frame, to_arrow
from stageprint.model.result_tables import ResultTable
from stageprint.model.where import EVERY_ROW, Where
from stageprint.pipeline.committed import CommittedStore
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
        yield to_arrow(self.frame)


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


def frame_store(store: ProfileStore) -> FrameStore | None:
    """Return a store as one whose tables Spark reads itself, or None if it is no such store."""
    if isinstance(store, FrameStore):
        return store
    if isinstance(store, CommittedStore) and isinstance(store.raw, FrameStore):
        return CommittedFrames(store, store.raw)
    return None


@dataclass(frozen=True)
class CommittedFrames:
    """The rows of a store that count, as DataFrames.

    Attributes:
        committed: The store that tells which rows count.
        frames: The store that Spark reads.
    """

    committed: CommittedStore
    frames: FrameStore

    @property
    def spark(self) -> SparkSession:
        """The session that reads them."""
        return self.frames.spark

    def frame(self, table: ResultTable, rows: Where = EVERY_ROW, columns: Sequence[str] | None = None) -> DataFrame:
        """Return rows of a table that count as a DataFrame; the arguments are those of `ProfileStore.read`."""
        return self.frames.frame(table, self.committed.counting(table, rows), columns)


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
    frames = frame_store(store)
    if frames is not None:
        return frames.frame(table, rows, columns)
    return arrow_frame(spark, store.read(table, rows, columns))
