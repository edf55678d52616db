"""What is called differently in the supported versions of Spark: the one place that knows of the difference.

Spark 4.0 brought functions over Arrow tables of groups, `DataFrame.toArrow`, and DataFrames of Arrow tables. Spark 3.5
has `mapInArrow`, from which the same is made here: rows of a group are brought together by a shuffle and a sort, and a
table crosses as the bytes of an Arrow stream.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

import pyarrow as pa
import pyspark
from pyspark import inheritable_thread_target
from pyspark.sql import Column, DataFrame, GroupedData, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses
from pyspark.sql.pandas.types import from_arrow_schema, to_arrow_type

from stageprint.engines.spark.held_settings import Before, held, set_value, value_of

Batches = Iterable[pa.RecordBatch]
_Rows = TypeVar("_Rows", pa.Table, pa.RecordBatch)

_IS_SPARK_4: Final = hasattr(GroupedData, "applyInArrow")
"""Whether Spark hands whole groups to Python as Arrow tables, gives DataFrames as such and takes them."""

_WRITE_SETTINGS: Final = (
    () if _IS_SPARK_4 else ("spark.sql.parquet.datetimeRebaseModeInWrite", "spark.sql.parquet.int96RebaseModeInWrite")
)
"""Settings by which Spark 3.5 refuses to write dates before 1582 and timestamps before 1900."""

_REFUSES: Final = "EXCEPTION"

LOCAL_SETTINGS: Final[dict[str, str]] = (
    {}
    if _IS_SPARK_4
    else dict.fromkeys(
        (
            "spark.sql.parquet.datetimeRebaseModeInRead",
            "spark.sql.parquet.int96RebaseModeInRead",
            *_WRITE_SETTINGS,
        ),
        "CORRECTED",
    )
)
"""Settings of a local session that are Spark 4's defaults: Spark 3.5 fails at dates before 1582 of other writers."""

ROWS_PER_ARROW_BATCH: Final = "spark.sql.execution.arrow.maxRecordsPerBatch"
MAX_ROWS_PER_ARROW_BATCH: Final = 4096
"""Most rows that Spark sends to Python at once on the general path: few, since they bound the bytes of a batch.

More rows are not faster: 1.2 million rows of TPC-H lineitem cross in 2.5 s of the processor with 1,024 rows and with
65,536 (Spark 4.2). Fewer cost Python time to join them: 0.19 s with 1,024, 0.07 s with 8,192.
"""

BYTES_PER_ARROW_BATCH: Final = ("spark.sql.execution.arrow.maxBytesPerBatch", "2147483647") if _IS_SPARK_4 else None
"""Setting of the most bytes in a batch, with the value at which Spark does not look; None: Spark 3.5 has no such limit.

With any other value Spark 4 adds up the bytes of all columns after each row: 3.9 s instead of 2.5 s in that example.
"""

_TAKES_TIMEZONE: Final = "timezone" in inspect.signature(to_arrow_type).parameters

_KEY: Final = "stageprint_key_"
_LEFT: Final = "stageprint_left"
_RIGHT: Final = "stageprint_right"
_PACKED: Final = "packed binary"
_BYTES_PER_PACKAGE: Final = 4 << 20
"""Bytes of a table that cross to Spark 3.5 in one row."""


def with_session(spark: SparkSession, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that a thread may run with the local properties that the session has here and now."""
    wrap: Any = inheritable_thread_target
    found: Callable[..., Any] = wrap(spark)(function) if _IS_SPARK_4 else wrap(function)
    return found


@contextmanager
def dates_of_any_year(spark: SparkSession) -> Iterator[None]:
    """Let what is written hold dates of any year, such as 0001-01-01 for an unknown one; then restore the session.

    Spark 3.5 refuses those before 1582, and timestamps before 1900, unless the session says how to write them. What a
    session says itself is kept; one that lets nobody change these settings is used as it is.
    """
    with held(spark, _dates_as_they_are):
        yield


def _dates_as_they_are(spark: SparkSession) -> Before:
    before: Before = {}
    for name in _WRITE_SETTINGS:
        value = value_of(spark, name)
        if (value or _REFUSES).upper() == _REFUSES and set_value(spark, name, "CORRECTED"):
            before[name] = value
    return before


def installed_spark() -> str:
    """Return the version of the installed pyspark."""
    return str(pyspark.__version__)


def has_delta(spark: SparkSession) -> bool:
    """Tell whether a session reads and writes Delta tables."""
    try:
        # Without a path there is nothing to look for: Delta asks for one. Spark Connect asks when the schema is needed.
        spark.read.format("delta").load().schema  # noqa: B018 -- see above
    except Exception as error:  # noqa: BLE001 -- Spark 3.5 raises an error of py4j, later ones their own
        return "DATA_SOURCE_NOT_FOUND" not in str(error)
    return True


def spark_schema_of(schema: pa.Schema) -> T.StructType:
    """Return the Spark schema of an Arrow schema; times without a zone are instants, as in all versions but 4.3."""
    return from_arrow_schema(schema, prefer_timestamp_ntz=False)


def type_from_ddl(spark: SparkSession, ddl: str) -> T.DataType:
    """Return the type that a DDL text such as ``array<string>`` names."""
    if hasattr(T.DataType, "fromDDL"):
        return T.DataType.fromDDL(ddl)
    # Spark 3.5 parses such texts in the JVM, which Spark Connect does not show: a query does for both.
    return spark.sql(f"SELECT CAST(NULL AS {ddl}) AS value").schema["value"].dataType


def arrow_type_of(data_type: T.DataType) -> pa.DataType:
    """Return the Arrow type of a Spark type; instants are in UTC.

    Raises:
        PySparkException: There is none.
    """
    if _TAKES_TIMEZONE:
        return to_arrow_type(data_type, timezone="UTC")
    return to_arrow_type(data_type)


def cast_or_null(column: Column, data_type: str) -> Column:
    """Return a column in another type, null where a value cannot be.

    Spark 3.5 has no such function for columns, and its cast fails at such a value if ``spark.sql.ansi.enabled`` is set.
    """
    if _IS_SPARK_4:
        return column.try_cast(data_type)
    return column.cast(data_type)


def _arrow_schema(schema: T.StructType) -> pa.Schema:
    return pa.schema([pa.field(field.name, arrow_type_of(field.dataType)) for field in schema.fields])


def to_arrow(frame: DataFrame) -> pa.Table:
    """Return the rows of a DataFrame, brought to this process."""
    if hasattr(frame, "toArrow"):
        return frame.toArrow()
    schema = _arrow_schema(frame.schema)
    packed = frame.mapInArrow(_pack_batches, _PACKED).collect()
    found = [pa.ipc.open_stream(bytes(row["packed"])).read_all().cast(schema) for row in packed]
    return pa.concat_tables([schema.empty_table(), *found])


def arrow_frame(spark: SparkSession, rows: pa.Table, schema: T.StructType | None = None) -> DataFrame:
    """Return an Arrow table as a DataFrame.

    The chunks are combined first: Spark 4.2 loses all rows of a table whose first chunk is empty.

    Args:
        spark: The session.
        rows: The table.
        schema: Its schema in Spark; None: the one that follows from the table's.
    """
    wanted = schema or spark_schema_of(rows.schema)
    if not rows.num_rows:  # Spark Connect sees no schema in an empty table
        return spark.createDataFrame([], wanted)
    rows = rows.combine_chunks()
    if _IS_SPARK_4:
        return spark.createDataFrame(rows, schema)
    rows = rows.cast(_arrow_schema(wanted))
    per_package = max(1, rows.num_rows * _BYTES_PER_PACKAGE // max(rows.nbytes, 1))
    packages = [
        (_packed(rows.slice(start, per_package).combine_chunks()),) for start in range(0, rows.num_rows, per_package)
    ]
    return spark.createDataFrame(packages, _PACKED).mapInArrow(_unpack_batches, wanted)


def apply_to_groups(
    frame: DataFrame, keys: Sequence[str | Column], function: Callable[[pa.Table], pa.Table], schema: T.StructType
) -> DataFrame:
    """Return what a function makes of the rows of each group.

    Args:
        frame: The rows.
        keys: What the rows of a group have in common.
        function: Takes all rows of a group, and returns rows of `schema`.
        schema: The schema of the result.
    """
    if _IS_SPARK_4:
        return frame.groupBy(*keys).applyInArrow(function, schema)
    names = [f"{_KEY}{number}" for number in range(len(keys))]
    columns = [F.col(key) if isinstance(key, str) else key for key in keys]
    keyed = frame.select(*[key.alias(name) for key, name in zip(columns, names, strict=True)], *frame.columns)
    sorted_ = keyed.repartition(*names).sortWithinPartitions(*names)
    return sorted_.mapInArrow(_each_group(len(names), function), schema)


def apply_to_pairs(
    left: DataFrame,
    right: DataFrame,
    key: str,
    function: Callable[[pa.Table, pa.Table], pa.Table],
    schema: T.StructType,
    tasks: int,
) -> DataFrame:
    """Return what a function makes of the rows of each group in two DataFrames.

    Args:
        left: The first.
        right: The second.
        key: The integer column that the rows of a group have in common; it is in both.
        function: Takes the rows of a group on both sides, either of which may be empty, and returns rows of `schema`.
        schema: The schema of the result.
        tasks: In how many tasks the groups are worked on.
    """
    if _IS_SPARK_4:
        one, other = (frame.repartition(tasks, key).groupBy(key) for frame in (left, right))
        return one.cogroup(other).applyInArrow(function, schema)
    name = f"{_KEY}0"

    def side(frame: DataFrame, own: str) -> DataFrame:
        rows = {
            _LEFT: F.lit(None).cast(left.schema) if own == _RIGHT else F.struct(*left.columns),
            _RIGHT: F.lit(None).cast(right.schema) if own == _LEFT else F.struct(*right.columns),
        }
        return frame.select(F.col(key).alias(name), *[column.alias(which) for which, column in rows.items()])

    both = side(left, _LEFT).unionByName(side(right, _RIGHT)).repartition(tasks, name).sortWithinPartitions(name)

    def of_group(rows: pa.Table) -> pa.Table:
        return function(_structs(rows[_LEFT]), _structs(rows[_RIGHT]))

    return both.mapInArrow(_each_group(1, of_group), schema)


def _structs(column: pa.ChunkedArray) -> pa.Table:
    """Return the structs of a column as rows of a table, nulls left out."""
    valid = column.drop_null()
    batches = [pa.RecordBatch.from_struct_array(chunk) for chunk in valid.chunks]
    return pa.Table.from_batches(batches, pa.schema(list(column.type)))


def _each_group(keys: int, function: Callable[[pa.Table], pa.Table]) -> Callable[[Batches], Iterator[pa.RecordBatch]]:
    """Return the function that calls another with the rows of each group, which come sorted by their first columns."""

    def run(batches: Batches) -> Iterator[pa.RecordBatch]:
        held: list[pa.RecordBatch] = []
        last: tuple[Any, ...] | None = None
        for batch in batches:
            found = list(zip(*(batch.column(at).to_pylist() for at in range(keys)), strict=True))
            start = 0
            for at, key in enumerate(found):
                if key == last:
                    continue
                if at > start:
                    held.append(_without_keys(batch.slice(start, at - start), keys))
                if held:
                    yield from _one_batch(function(pa.Table.from_batches(held)))
                held, start, last = [], at, key
            if batch.num_rows > start:
                held.append(_without_keys(batch.slice(start), keys))
        if held:
            yield from _one_batch(function(pa.Table.from_batches(held)))

    return run


def _without_keys(batch: pa.RecordBatch, keys: int) -> pa.RecordBatch:
    return batch.select(range(keys, batch.num_columns))


def _one_batch(rows: pa.Table) -> list[pa.RecordBatch]:
    found: list[pa.RecordBatch] = rows.combine_chunks().to_batches()
    return found


def _pack_batches(batches: Batches) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        if batch.num_rows:
            yield pa.RecordBatch.from_pydict({"packed": pa.array([_packed(batch)], pa.binary())})


def _unpack_batches(batches: Batches) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        for packed in batch.column(0):
            yield from pa.ipc.open_stream(packed.as_py()).read_all().to_batches()


def _packed(rows: _Rows) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema) as writer:
        writer.write(rows)
    packed: bytes = sink.getvalue().to_pybytes()
    return packed
