"""The cases timed on one Parquet table: our two ways to profile, bare scans, and the nearest work of others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sources import ReadPath
from stageprint.engines.spark.arrow_scan import scan_files
from stageprint.engines.spark.arrow_source import ArrowSource, arrow_source
from stageprint.engines.spark.plan import ScanPlan, plan_scan
from stageprint.engines.spark.scan import scan
from stageprint.engines.spark.sources import open_source
from stageprint.engines.spark.transfer import arrow_batches


@dataclass(frozen=True)
class Cases:
    """One table.

    Attributes:
        spark: The session.
        folder: Folder of its Parquet files.
        format: Format of the table.
        location: Where it is read from; empty: the folder.
    """

    spark: SparkSession
    folder: Path
    format: str = "parquet"
    location: str = ""

    @cached_property
    def config(self) -> PipelineConfig:
        """A pipeline of that one table."""
        return parse_config(
            "pipeline: bench\nstore: unused\nstages:\n  - name: raw\n    tables:\n"
            f"      - name: table\n        source: {{format: {self.format}, path: '{self.location or self.folder}'}}\n"
        )

    def by_name(self) -> Mapping[str, Callable[[], object]]:
        """Return the cases, the bare scan first."""
        return {
            "scan_noop": self.scan_noop,
            "drain_map_in_arrow": self.drain_map_in_arrow,
            "drain_as_we_set_it": self.drain_as_we_set_it,
            "profile_arrow": self.profile_arrow,
            "profile_dataframe": self.profile_dataframe,
            "duckdb_summarize": self.duckdb_summarize,
            "spark_summary": self.spark_summary,
        }

    def scan_noop(self) -> None:
        """Read all columns into Spark's noop sink: the floor."""
        self.spark.read.parquet(str(self.folder)).write.format("noop").mode("overwrite").save()

    def drain_map_in_arrow(self) -> None:
        """Send all rows to Python as Arrow batches, as Spark does by itself, and drop them."""
        plan, _ = self.planned("dataframe")
        drain(plan.frame)

    def drain_as_we_set_it(self) -> None:
        """Send all rows to Python in the batches of the general path, and drop them: its floor."""
        with arrow_batches(self.spark):
            self.drain_map_in_arrow()

    def profile_arrow(self) -> pa.Table:
        """Profile every column by the fast path: open, plan, scan, merge, metrics on the driver."""
        plan, source = self.planned("arrow")
        if not isinstance(source, ArrowSource):
            raise RuntimeError(source)
        (found,) = scan_files(self.spark, [(plan, source)])
        if isinstance(found, str):
            raise RuntimeError(found)
        return found

    def profile_dataframe(self) -> pa.Table:
        """Profile every column by the general path."""
        return scan(self.planned("dataframe")[0])

    def spark_summary(self) -> None:
        """Run Spark's `summary()`: count, mean, stddev, min, quartiles, max; no distinct count, no sketch."""
        self.spark.read.parquet(str(self.folder)).summary().collect()

    def duckdb_summarize(self) -> None:
        """Run DuckDB's SUMMARIZE: min, max, distinct count, mean, stddev, quartiles, nulls; keeps no sketch."""
        summarize(self.folder, self.spark.sparkContext.defaultParallelism)

    def planned(self, engine: ReadPath) -> tuple[ScanPlan, ArrowSource | str]:
        """Return the table's plan, and how the fast path reads it or why it does not."""
        table = self.config.table("raw", "table")
        opened = open_source(self.spark, table.source, "run")
        plan = plan_scan(opened.frame, table, self.config.sketches)
        return plan, arrow_source(self.spark, opened, table, plan, engine)


def summarize(folder: Path, threads: int) -> None:
    """Run DuckDB's SUMMARIZE over a folder of Parquet files."""
    import duckdb  # noqa: PLC0415 -- of the group `bench`

    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"SET threads = {threads}")
        connection.execute(f"SUMMARIZE SELECT * FROM '{folder}/*.parquet'").fetchall()  # noqa: S608 -- our own folder


def drain(frame: DataFrame) -> None:
    """Send all rows to Python as Arrow batches and drop them."""

    def drop(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield pa.record_batch({"rows": [sum(batch.num_rows for batch in batches)]})

    frame.mapInArrow(drop, "rows long").collect()
