"""Jobs of the general path send rows to Python in batches of few rows, whatever a batch may have in bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa
from pyspark.sql import SparkSession

from stageprint.engines.spark.compat import BYTES_PER_ARROW_BATCH, MAX_ROWS_PER_ARROW_BATCH, ROWS_PER_ARROW_BATCH
from stageprint.engines.spark.transfer import arrow_batches, columnar_exchange
from tests.support.versions import IS_SPARK_3

ROWS = 3 * MAX_ROWS_PER_ARROW_BATCH - 1


def _sizes(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        yield pa.RecordBatch.from_pydict({"rows": pa.array([batch.num_rows], pa.int64())})


def batches(spark: SparkSession) -> list[int]:
    """Return the rows of each batch in which Spark sends the rows of one partition."""
    found = spark.range(0, ROWS, 1, 1).mapInArrow(_sizes, "rows bigint").collect()
    return sorted(row["rows"] for row in found)


def settings(spark: SparkSession) -> dict[str, str | None]:
    names = [ROWS_PER_ARROW_BATCH, *([] if BYTES_PER_ARROW_BATCH is None else [BYTES_PER_ARROW_BATCH[0]])]
    return {name: spark.conf.get(name, None) for name in names}


def test_batches_have_few_rows_and_the_session_is_as_before(spark: SparkSession) -> None:
    before = settings(spark)
    assert batches(spark) == [ROWS]
    with arrow_batches(spark):
        assert batches(spark) == [MAX_ROWS_PER_ARROW_BATCH - 1, MAX_ROWS_PER_ARROW_BATCH, MAX_ROWS_PER_ARROW_BATCH]
    assert settings(spark) == before
    assert batches(spark) == [ROWS]


def test_only_spark_4_has_a_limit_in_bytes_to_take_away(spark: SparkSession) -> None:
    assert (BYTES_PER_ARROW_BATCH is None) == IS_SPARK_3
    if BYTES_PER_ARROW_BATCH is not None:
        name, unlimited = BYTES_PER_ARROW_BATCH
        with arrow_batches(spark):
            assert spark.conf.get(name, None) == unlimited


def test_a_session_without_comet_makes_its_batches_itself(spark: SparkSession) -> None:
    assert columnar_exchange(spark) is None
