"""Slices as tables of their own, under a name that says which: so they are compared, with a history of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.config.pipeline import PipelineConfig
from stageprint.slices import NAMED, OTHER

_SEPARATOR: Final = "\x1f"


def compared_slices(config: PipelineConfig) -> tuple[str, ...]:
    """Return the slices that are compared, those declared as `slices`: an incremental table's partitions are not.

    Where the values are the most frequent ones of each run, what is left over is another thing in every run.
    """
    return tuple(
        _SEPARATOR.join((stage.name, table.name, one.by, *rest))
        for stage, table in config.select()
        for one in table.slices
        for rest in ([()] if one.values is None else [(), (OTHER,)])
    )


def of_whole_or(slices: Sequence[str]) -> Column:
    """Return the condition that a row is of a whole table, or of one of `compared_slices`."""
    whole = F.col("slice_key").isNull()
    rest = F.when(F.col("slice_value") == OTHER, F.col("slice_value"))  # null for others, and left out
    return (
        whole | F.concat_ws(_SEPARATOR, "stage", "table_name", "slice_key", rest).isin(list(slices))
        if slices
        else whole
    )


def with_slice_names(frame: DataFrame) -> DataFrame:
    """Return rows whose `table_name` is the name of their slice."""
    parts = (F.col("table_name"), F.lit(" ["), F.col("slice_key"), F.lit("\u2009=\u2009"), F.col("slice_value"))
    name = F.when(F.col("slice_key").isNull(), F.col("table_name")).otherwise(F.concat(*parts, F.lit("]")))
    return frame.withColumn("table_name", name)


def without_slice_names(frame: DataFrame) -> DataFrame:
    """Return rows with `table_name`, `slice_key` and `slice_value` apart again."""
    name = F.col("table_name")

    def part(number: int) -> Column:
        # Java's regular expressions read a raw pattern as Python's do.
        return F.when(name.contains(" ["), F.regexp_extract(name, f"(?s){NAMED}", number))

    return frame.withColumns(
        {"slice_key": part(2), "slice_value": part(3), "table_name": F.coalesce(part(1), F.col("table_name"))}
    )
