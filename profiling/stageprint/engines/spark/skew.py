"""Joins two tables of a run by their keys and says, column by column, where they differ: ``stageprint skew``.

Only keys that stand once on either side are compared; the others are counted. Both tables are read and shuffled once;
the pairs are compared in executors, a small `DifferenceTally` a column and partition reaches the driver.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyarrow as pa
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sensitive import Sensitive, sensitivity
from stageprint.config.sources import PROFILES
from stageprint.config.tables import TableConfig
from stageprint.engines.spark.compat import to_arrow
from stageprint.engines.spark.errors import reading
from stageprint.engines.spark.sources import open_source
from stageprint.engines.spark.types import kind_of
from stageprint.errors import SourceError
from stageprint.model import NUMERIC, SCALAR, TIMESTAMPS, ColumnKind, TableKey
from stageprint.pipeline.scan_plan import declared_sensitive, lacks_any, other_columns
from stageprint.skew.explain import suspicions
from stageprint.skew.records import ColumnSkew, DifferingRow, TableSkew
from stageprint.skew.tally import DifferenceTally

_COUNTS: Final = ("left_rows", "right_rows", "matched", "left_only", "right_only", "repeated", "null_keys")
_RESULT = T.StructType([T.StructField("column", T.IntegerType()), T.StructField("tally", T.StringType())])
_RESULT_ARROW = pa.schema([pa.field("column", pa.int32()), pa.field("tally", pa.string())])
_SEPARATOR: Final = " · "


@dataclass(frozen=True)
class _Pair:
    """A column of both sides: its names and types, and the SQL type in which they are compared (None: not at all)."""

    left: T.StructField
    right: T.StructField
    compared_as: str | None


def compare_rows(spark: SparkSession, config: PipelineConfig, run: str, left: TableKey, right: TableKey) -> TableSkew:
    """Compare two tables of one run, row by row.

    Args:
        spark: The session.
        config: The pipeline.
        run: The run.
        left: Table on the left.
        right: Table on the right; its keys are the left one's.

    Raises:
        SourceError: A table cannot be read, or lacks a key.
    """
    tables = [config.table(key.stage, key.table) for key in (left, right)]
    frames = [_open(spark, key, table, run) for key, table in zip((left, right), tables, strict=True)]
    keys = [
        _key_fields(frame, key, tables[0].keys, table.columns.sensitive)
        for frame, key, table in zip(frames, (left, right), tables, strict=True)
    ]
    pairs, alone = _columns(frames, keys, tables)
    compared = [pair for pair in pairs if pair.compared_as is not None]
    joined = _joined(frames, keys, compared).mapInArrow(_tallier(len(compared)), _RESULT)
    what = f"{left} and {right} cannot be compared to their end"
    rows = reading(what, SourceError, lambda: to_arrow(joined).to_pylist())
    tallies = [DifferenceTally() for _ in compared]
    counts: dict[str, int] = dict.fromkeys(_COUNTS, 0)
    for row in rows:
        if row["column"] < 0:
            found = dict(zip(_COUNTS, map(int, row["tally"].split()), strict=True))
            counts = {name: counts[name] + found[name] for name in _COUNTS}
        else:
            tallies[row["column"]].merge(DifferenceTally.from_json(row["tally"]))
    sensitive = {name: how for table in tables for name, how in declared_sensitive(table).items()}
    columns = [_column(pair, tally, sensitive) for pair, tally in zip(compared, tallies, strict=True)]
    columns += [_not_compared(pair) for pair in pairs if pair.compared_as is None]
    if any(sensitivity(name, sensitive) is not None for name in tables[0].keys):  # an example shows its key
        columns = [replace(column, examples=()) for column in columns]
    columns.sort(key=lambda column: (-column.differing, column.column))
    return TableSkew(
        left, right, tables[0].keys, **counts, columns=tuple(columns), left_columns=alone[0], right_columns=alone[1]
    )


def _open(spark: SparkSession, key: TableKey, table: TableConfig, run: str) -> DataFrame:
    if table.source.format == PROFILES:
        message = f"{key} holds fingerprints without rows (format {PROFILES}); rows are what skew compares"
        raise SourceError(message)
    return open_source(spark, table.source, run).frame


def _key_fields(
    frame: DataFrame, key: TableKey, names: Sequence[str], sensitive: Collection[str]
) -> list[T.StructField]:
    fields = []
    for name in names:
        found = _field(frame, name)
        if found is None:
            hint = other_columns(name, frame.columns, lacks=lacks_any(frame.columns, sensitive))
            message = f"{key}: the source has no key column {name!r}{hint}"
            raise SourceError(message)
        fields.append(found)
    return fields


def _field(frame: DataFrame, name: str) -> T.StructField | None:
    fields = [field for field in frame.schema.fields if field.name == name]
    fields = fields or [field for field in frame.schema.fields if field.name.casefold() == name.casefold()]
    return fields[0] if len(fields) == 1 else None


def _columns(
    frames: Sequence[DataFrame], keys: Sequence[Sequence[T.StructField]], tables: Sequence[TableConfig]
) -> tuple[list[_Pair], tuple[tuple[str, ...], tuple[str, ...]]]:
    skipped = {field.name.casefold() for side in keys for field in side}
    skipped |= {name.casefold() for table in tables for name in table.columns.exclude}
    pairs, alone = [], []
    for field in frames[0].schema.fields:
        if field.name.casefold() in skipped:
            continue
        other = _field(frames[1], field.name)
        if other is None:
            alone.append(field.name)
        else:
            pairs.append(_Pair(field, other, _common_type(field.dataType, other.dataType)))
    matched = {pair.right.name for pair in pairs}
    others = (field.name for field in frames[1].schema.fields)
    right = tuple(name for name in others if name not in matched and name.casefold() not in skipped)
    return pairs, (tuple(alone), right)


def _common_type(left: T.DataType, right: T.DataType) -> str | None:
    kinds = {kind_of(left), kind_of(right)}
    if not kinds <= SCALAR:
        return None
    if kinds <= NUMERIC:
        return "bigint" if kinds == {ColumnKind.INTEGER} else "double"
    if kinds <= TIMESTAMPS | {ColumnKind.DATE}:
        return "date" if kinds == {ColumnKind.DATE} else "timestamp"
    return "boolean" if kinds == {ColumnKind.BOOLEAN} else "string"


def _joined(frames: Sequence[DataFrame], keys: Sequence[Sequence[T.StructField]], pairs: Sequence[_Pair]) -> DataFrame:
    """Return one row a key: how often it stands on either side, and the values of one row of each."""
    key_types = [_common_type(left.dataType, right.dataType) or "string" for left, right in zip(*keys, strict=True)]
    sides = []
    for side, (frame, fields) in enumerate(zip(frames, keys, strict=True)):
        # Positions instead of names: dots, back-ticks, and two that differ in case alone cannot go astray.
        places = {field.name: place for place, field in enumerate(frame.schema.fields)}
        plain = frame.toDF(*[f"c{place}" for place in range(len(places))])
        key = [
            F.col(f"c{places[field.name]}").cast(common).alias(f"k{number}")
            for number, (field, common) in enumerate(zip(fields, key_types, strict=True))
        ]
        own = [(pair.right if side else pair.left, pair.compared_as) for pair in pairs]
        values = [
            F.col(f"c{places[field.name]}").cast(str(common)).alias(f"v{number}")
            for number, (field, common) in enumerate(own)
        ]
        names = [f"k{number}" for number in range(len(key))]
        first = F.first(F.struct(*[f"v{number}" for number in range(len(own))], F.lit(True).alias("there"))).alias("v")
        grouped = plain.select(*key, *values).groupBy(*names).agg(F.count(F.lit(1)).alias("n"), first)
        sides.append(grouped.select(*[F.col(name).alias(f"{'lr'[side]}{name}") for name in names], *_prefixed(side)))
    numbers = range(len(key_types))
    condition = F.lit(True)
    for number in numbers:
        condition &= F.col(f"lk{number}") == F.col(f"rk{number}")
    joined = sides[0].join(sides[1], condition, "full_outer")
    both = [F.coalesce(F.col(f"lk{number}"), F.col(f"rk{number}")) for number in numbers]
    missing = F.lit(False)
    for part in both:
        missing |= part.isNull()
    return joined.select(
        F.concat_ws(_SEPARATOR, *[part.cast("string") for part in both]).alias("key"),
        missing.alias("missing"),
        F.coalesce("ln", F.lit(0)).alias("ln"),
        F.coalesce("rn", F.lit(0)).alias("rn"),
        *[F.col(f"{side}v.v{number}").alias(f"{side}{number}") for number in range(len(pairs)) for side in "lr"],
    )


def _prefixed(side: int) -> list[Column]:
    return [F.col(name).alias(f"{'lr'[side]}{name}") for name in ("n", "v")]


def _tallier(columns: int) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return the function that compares one partition's pairs."""

    def tally(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        tallies = [DifferenceTally() for _ in range(columns)]
        counts = np.zeros(len(_COUNTS), np.int64)
        for batch in batches:
            counts += _count(batch)
            left, right = batch.column(2).to_numpy(), batch.column(3).to_numpy()
            missing = batch.column(1).to_numpy(zero_copy_only=False)
            chosen = batch.filter(pa.array((left == 1) & (right == 1) & ~missing))
            for number, found in enumerate(tallies):
                found.update(chosen.column(4 + 2 * number), chosen.column(5 + 2 * number), chosen.column(0))
        rows = [{"column": -1, "tally": " ".join(map(str, counts.tolist()))}]
        rows += [{"column": number, "tally": found.to_json()} for number, found in enumerate(tallies)]
        yield pa.RecordBatch.from_pylist(rows, _RESULT_ARROW)

    return tally


def _count(batch: pa.RecordBatch) -> Any:
    missing = batch.column(1).to_numpy(zero_copy_only=False)
    left, right = batch.column(2).to_numpy(), batch.column(3).to_numpy()
    repeated = ~missing & (left > 0) & (right > 0) & ((left > 1) | (right > 1))
    return np.array(
        [
            left.sum(),
            right.sum(),
            (~missing & (left == 1) & (right == 1)).sum(),
            left[~missing & (right == 0)].sum(),
            right[~missing & (left == 0)].sum(),
            (left + right)[repeated].sum(),
            (left + right)[missing].sum(),
        ]
    )


def _column(pair: _Pair, tally: DifferenceTally, sensitive: Mapping[str, Sensitive]) -> ColumnSkew:
    shown = sensitivity(pair.left.name, sensitive) is None
    return ColumnSkew(
        column=pair.left.name,
        left_type=pair.left.dataType.simpleString(),
        right_type=pair.right.dataType.simpleString(),
        rows=tally.rows,
        differing=tally.differing,
        left_null=tally.left_null,
        right_null=tally.right_null,
        suspicions=suspicions(tally, values=shown),
        examples=tuple(DifferingRow(*example[1:]) for example in tally.examples) if shown else (),
    )


def _not_compared(pair: _Pair) -> ColumnSkew:
    types = [pair.left.dataType.simpleString(), pair.right.dataType.simpleString()]
    other = next(
        name
        for name, field in zip(types, (pair.left, pair.right), strict=True)
        if kind_of(field.dataType) not in SCALAR
    )
    return ColumnSkew(pair.left.name, types[0], types[1], reason=f"type {other} is not compared")
