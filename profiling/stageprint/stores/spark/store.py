"""The store: result tables in Delta, read by run, replaced atomically.

Writing the same rows again changes nothing. A write replaces exactly the rows its predicate names in
one commit a table, and is tried again when another writer got in between.
"""

from __future__ import annotations

import datetime as dt
import json
import random
import re
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pyarrow as pa
from delta.exceptions import DeltaConcurrentModificationException
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_dates import run_date
from stageprint.engines.spark import files
from stageprint.engines.spark.session import get_session
from stageprint.errors import StoreError, UsageError, did_you_mean, one_line
from stageprint.model import TABLE_LEVEL, Severity, TableKey
from stageprint.stores.spark.locks import commit_lock
from stageprint.stores.spark.tables import (
    CHECK_RESULTS,
    FINDINGS,
    RUNS,
    SHIFTS,
    TABLE_PROFILES,
    ResultTable,
    all_tables,
    column_profiles,
)
from stageprint.stores.spark.views import create_views, view_statements

_CATALOG = re.compile(r"^[A-Za-z_][\w-]*\.[A-Za-z_][\w-]*$")
_ATTEMPTS: Final = 12
_HISTORY_FACTS = (
    "data_type",
    "row_count",
    "null_count",
    "null_share",
    "distinct_count",
    "min_text",
    "max_text",
    "mean",
    "standard_deviation",
    "median",
    "quantiles",
    "top_items",
)

_REPORTED = (
    "column_position",
    "data_type",
    "column_kind",
    "row_count",
    "null_share",
    "distinct_count",
    "median",
    "mean",
    "true_share",
    "top_share",
    "min_text",
    "max_text",
    "top_items",
)
_PLACE = ("pipeline", "slice_key", "slice_value")


@dataclass(frozen=True)
class Store:
    """The result tables at one place.

    Attributes:
        spark: Session that reads and writes them.
        location: A path, or ``catalog.schema``.
        pipeline: Pipeline whose rows are read.
    """

    spark: SparkSession
    location: str
    pipeline: str

    @property
    def path(self) -> str | None:
        """The folder, or None where the store is a schema of a catalog."""
        return None if _CATALOG.match(self.location) else self.location

    def identifier(self, table: ResultTable) -> str:
        """Return what SQL calls the table: ``delta.`path` `` or ``catalog.schema.table``."""
        if self.path is None:
            return f"{self.location}.{table.name}"
        return f"delta.`{files.qualified(self.spark, self._table_path(table))}`"

    def exists(self, table: ResultTable) -> bool:
        """Tell whether the table was ever written."""
        if self.path is None:
            return self.spark.catalog.tableExists(self.identifier(table))
        try:
            self.spark.read.format("delta").load(self._table_path(table))
        except PySparkException:
            return False
        return True

    def read(self, table: ResultTable) -> DataFrame:
        """Return the pipeline's rows of a table; an empty frame where it was never written."""
        if not self.exists(table):
            return self.spark.createDataFrame([], table.schema)
        frame = self.spark.table(self.identifier(table))
        # A store written before a metric was added lacks its column: read it as null.
        for col in table.columns:
            if col.name not in frame.columns:
                frame = frame.withColumn(col.name, F.lit(None).cast(col.sql_type))
        return frame.select([col.name for col in table.columns]).where(F.col("pipeline") == self.pipeline)

    def replace(self, table: ResultTable, rows: pa.Table | DataFrame, predicate: str) -> None:
        """Put `rows` in place of the rows that `predicate` names, in one commit.

        Args:
            table: The result table.
            rows: New rows in the table's Arrow schema, or a frame of them; all must satisfy `predicate`.
            predicate: SQL condition over the table's columns.

        Raises:
            StoreError: The write failed for another reason than a concurrent writer, or too often.
        """
        self._commit(table, lambda: self._write(table, rows, predicate))

    def predicate(self, keys: Mapping[str, Iterable[str]]) -> str:
        """Return the SQL condition for this pipeline's rows whose columns are among the given values."""
        conditions = [f"pipeline = {literal(self.pipeline)}"]
        return " AND ".join([*conditions, *(is_in(column, values) for column, values in keys.items())])

    def create_views(self) -> list[str]:
        """Create the SQL views: in the schema of a catalog, as temporary views of the session for a path.

        Returns:
            The names created; for a path also the result tables' own short names.
        """
        return create_views(self.spark, self._identifiers(), schema=self.location if self.path is None else None)

    def create_temporary_views(self) -> list[str]:
        """Create the SQL views, and the result tables' short names, as temporary views of the session.

        A result table that was never written is an empty view.

        Returns:
            The names created.
        """
        identifiers = self._identifiers()
        missing = [table for table in all_tables() if table.name not in identifiers]
        for table in missing:
            self.read(table).createOrReplaceTempView(table.name)
        created = create_views(self.spark, identifiers | {table.name: table.name for table in missing}, schema=None)
        return [*dict.fromkeys(created)]

    def _identifiers(self) -> dict[str, str]:
        return {table.name: self.identifier(table) for table in all_tables() if self.exists(table)}

    def view_statements(self) -> str:
        """Return SQL that makes temporary views of the tables and of the views over them, for any Spark session."""
        return view_statements({table.name: self.identifier(table) for table in all_tables() if self.exists(table)})

    def runs(self) -> list[dict[str, Any]]:
        """Return the pipeline's runs, oldest first (by logical date, else by start)."""
        rows = [row.asDict(recursive=True) for row in self.read(RUNS).collect()]
        return sorted(rows, key=run_order)

    def run_ids(self) -> list[str]:
        """Return the ids of `runs`."""
        return [row["run_id"] for row in self.runs()]

    def require_run(self, run_id: str, what: str = "run") -> None:
        """Raise `UsageError` unless the run was profiled."""
        known = self.run_ids()
        if run_id not in known:
            hint = did_you_mean(run_id, known) if known else "; the store holds no run yet: `stageprint profile` first"
            message = f"{what} {run_id!r} is not in the store {self.location}{hint}"
            raise UsageError(message)

    def findings(self, run_id: str | None = None) -> list[dict[str, Any]]:
        """Return findings worst first, as the machine interface shows them.

        Raises:
            UsageError: `run_id` was never profiled.
        """
        frame = self.read(FINDINGS)
        if run_id is not None:
            self.require_run(run_id)
            frame = frame.where(F.col("run_id") == run_id)
        rows = [row.asDict(recursive=True) for row in frame.collect()]
        order = {row["run_id"]: index for index, row in enumerate(self.runs())}
        rows.sort(
            key=lambda row: (
                -Severity(row["severity"]).rank,
                -order.get(row["run_id"], -1),
                -(row["confidence"] or 0.0),
                row["finding_id"],
            )
        )
        return [
            {
                "finding_id": row["finding_id"],
                "run_id": row["run_id"],
                "severity": row["severity"],
                "cause": row["cause"],
                "class": row["class"],
                "stage": row["stage"],
                "table": row["table_name"],
                "column": None if row["column_name"] == TABLE_LEVEL else row["column_name"],
                "first_run": row["first_run"],
                "explains": row["explains"],
                "confidence": row["confidence"],
                "alternatives": row["alternatives"],
                "evidence": json.loads(row["evidence"]),
                "sentence": row["sentence"],
            }
            for row in rows
        ]

    def check_rows(self, runs: Sequence[str]) -> list[dict[str, Any]]:
        """Return the runs' check results: failures first, worst first, then what is not computable, then passes.

        Returns:
            Dicts with the keys of `stageprint.report.json_output.CHECK_KEYS`.
        """
        frame = self.read(CHECK_RESULTS).where(F.col("run_id").isin(list(runs)) & F.col("slice_key").isNull())
        order = {row["run_id"]: index for index, row in enumerate(self.runs())}
        rows = [
            {
                "run_id": row["run_id"],
                "stage": row["stage"],
                "table": row["table_name"],
                "column": None if row["column_name"] == TABLE_LEVEL else row["column_name"],
                "check": row["check_name"],
                "status": row["status"],
                "severity": row["severity"],
                "expected": row["expected"],
                "observed": row["observed"],
                "reason": row["reason"],
                "message": row["message"],
            }
            for row in frame.collect()
        ]
        return sorted(
            rows,
            key=lambda row: (
                ("fail", "not_computable", "pass").index(row["status"]),
                -Severity(row["severity"]).rank,
                -order.get(row["run_id"], -1),
                row["stage"],
                row["table"],
                row["column"] or "",
                row["check"],
                row["expected"],
            ),
        )

    def history(self, stage: str, table: str, column: str) -> list[dict[str, Any]]:
        """Return one column through the runs, oldest first.

        Raises:
            UsageError: The table was never profiled, or has no such column.
        """
        of_table = (F.col("stage") == stage) & (F.col("table_name") == table) & F.col("slice_key").isNull()
        tables = {row["run_id"]: row for row in self.read(TABLE_PROFILES).where(of_table).collect()}
        if not tables:
            message = f"{stage}.{table} was never profiled into {self.location}"
            raise UsageError(message)
        profiles = self.read(column_profiles()).where(of_table)
        rows = {
            row["run_id"]: row
            for row in profiles.where(F.col("column_name") == column).select("run_id", *_HISTORY_FACTS).collect()
        }
        if not rows:
            known = [row["column_name"] for row in profiles.select("column_name").distinct().collect()]
            message = f"{stage}.{table} has no column {column!r}{did_you_mean(column, known)}"
            raise UsageError(message)
        shifts = self.read(SHIFTS).where(of_table & (F.col("column_name") == column) & (F.col("severity") != "none"))
        worst: dict[str, Any] = {}
        for row in shifts.select("run_id", "severity", "statistic", "explanation").collect():
            if (
                row["run_id"] not in worst
                or Severity(row["severity"]).rank > Severity(worst[row["run_id"]]["severity"]).rank
            ):
                worst[row["run_id"]] = row
        result = []
        for run in self.runs():
            run_id = run["run_id"]
            if run_id not in tables:
                continue
            facts = rows[run_id].asDict(recursive=True) if run_id in rows else {}
            flagged = worst.get(run_id)
            result.append(
                {
                    "run_id": run_id,
                    "status": tables[run_id]["status"],
                    **{name: facts.get(name) for name in _HISTORY_FACTS},
                    "row_count": tables[run_id]["row_count"],
                    "severity": flagged["severity"] if flagged is not None else "none",
                    "statistic": flagged["statistic"] if flagged is not None else None,
                    "explanation": flagged["explanation"] if flagged is not None else None,
                }
            )
        return result

    def compared(self, runs: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return, of the runs that were compared, the number of columns with a result and the baseline."""
        rows = (
            self.read(SHIFTS)
            .where(F.col("run_id").isin(list(runs)) & F.col("slice_key").isNull())
            .groupBy("run_id")
            .agg(
                F.count_distinct(
                    F.when(
                        (F.col("column_name") != TABLE_LEVEL) & F.col("reason").isNull(),
                        F.struct("stage", "table_name", "column_name"),
                    )
                ).alias("columns"),
                F.max("baseline").alias("baseline"),
            )
            .collect()
        )
        return {row["run_id"]: {"columns": row["columns"], "baseline": row["baseline"]} for row in rows}

    def table_rows(self, runs: Sequence[str]) -> list[dict[str, Any]]:
        """Return the runs' rows of `table_profiles`, without sketches, the table's name under ``table``."""
        frame = self.read(TABLE_PROFILES).where(F.col("run_id").isin(list(runs)) & F.col("slice_key").isNull())
        frame = frame.drop("keys", *_PLACE).withColumnRenamed("table_name", "table")
        return [row.asDict(recursive=True) for row in frame.collect()]

    def column_rows(self, runs: Sequence[str], only: Sequence[TableKey] | None = None) -> list[dict[str, Any]]:
        """Return what a report shows of the runs' columns, with the worst shift of each.

        Args:
            runs: The runs.
            only: Only these tables; None: all.
        """
        here = F.col("run_id").isin(list(runs)) & F.col("slice_key").isNull()
        if only is not None:
            chosen = F.lit(False)
            for key in only:
                chosen |= (F.col("stage") == key.stage) & (F.col("table_name") == key.table)
            here &= chosen
        ranks = F.create_map(*[F.lit(part) for severity in Severity for part in (severity.value, severity.rank)])
        worst = (
            self.read(SHIFTS)
            .where(here & (F.col("severity") != Severity.NONE.value))
            .groupBy("run_id", "stage", "table_name", "column_name")
            .agg(
                F.max_by(
                    F.struct("severity", "statistic", "explanation"), F.struct(ranks[F.col("severity")], "score")
                ).alias("worst")
            )
            .select("run_id", "stage", "table_name", "column_name", "worst.*")
        )
        joined = (
            self.read(column_profiles())
            .where(here)
            .select("run_id", "stage", "table_name", "column_name", *_REPORTED)
            .withColumn("top_items", F.slice("top_items", 1, 1))
            .join(worst, ["run_id", "stage", "table_name", "column_name"], "left")
            .withColumnsRenamed({"table_name": "table", "column_name": "column"})
        )
        return [row.asDict(recursive=True) for row in joined.collect()]

    def refresh_runs(self, config: PipelineConfig, runs: Sequence[str], version: str, delta_version: str) -> None:
        """Write the `runs` rows anew from `table_profiles`, so that stages profiled apart add up."""
        self._commit(RUNS, lambda: self._write_runs(config, runs, version, delta_version))

    def _write_runs(self, config: PipelineConfig, runs: Sequence[str], version: str, delta_version: str) -> None:
        totals = (
            self.read(TABLE_PROFILES)
            .where(F.col("run_id").isin(list(runs)) & F.col("slice_key").isNull())
            .groupBy("run_id")
            .agg(
                F.min("profiled_at").alias("started_at"),
                F.max("profiled_at").alias("ended_at"),
                F.sum(F.when(F.col("status") == "ok", 1).otherwise(0)).cast("int").alias("tables_profiled"),
                F.sum(F.when(F.col("status") != "ok", 1).otherwise(0)).cast("int").alias("tables_failed"),
                F.coalesce(F.bool_or(F.col("engine_path") == "merge"), F.lit(False)).alias("merged"),
            )
            .toArrow()
            .to_pylist()
        )
        rows = [
            {
                **total,
                "pipeline": self.pipeline,
                "logical_date": run_date(total["run_id"]),
                "status": "ok" if total["tables_failed"] == 0 else "failed",
                "stageprint_version": version,
                "spark_version": self.spark.version,
                "delta_version": delta_version,
                "session_timezone": self.spark.conf.get("spark.sql.session.timeZone"),
                "config_hash": config.hash,
            }
            for total in totals
        ]
        if rows:
            self._write(RUNS, pa.Table.from_pylist(rows, RUNS.arrow_schema), self.predicate({"run_id": runs}))

    def _write(self, table: ResultTable, rows: pa.Table | DataFrame, predicate: str) -> None:
        # What is in the driver's memory fits one file; a frame may not.
        frame = self.spark.createDataFrame(rows).coalesce(1) if isinstance(rows, pa.Table) else rows
        writer = (
            frame.select(
                [
                    F.col(col.name).cast(col.sql_type).alias(col.name, metadata={"comment": col.comment})
                    for col in table.columns
                ]
            )
            .write.format("delta")
            .mode("overwrite")
            .option("replaceWhere", predicate)
            .option("mergeSchema", "true")
            .partitionBy(*table.partitions)
        )
        if self.path is None:
            writer.saveAsTable(self.identifier(table))
        else:
            writer.save(self._table_path(table))

    def _commit(self, table: ResultTable, write: Callable[[], None]) -> None:
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with commit_lock(self.path):
                    write()
            except DeltaConcurrentModificationException as error:
                if attempt == _ATTEMPTS:
                    message = (
                        f"{self.identifier(table)}: other writers committed first {_ATTEMPTS} times: {one_line(error)}"
                    )
                    raise StoreError(message) from error
            except PySparkException as error:
                # Two first writers may both try to create the table; the second then finds it there.
                if attempt < _ATTEMPTS and "already exists" in str(error):
                    continue
                message = f"{self.identifier(table)} cannot be written: {one_line(error)}"
                raise StoreError(message) from error
            else:
                return
            time.sleep(min(10.0, 0.1 * 2**attempt) * random.uniform(0.5, 1.0))  # noqa: S311 -- jitter, not a secret

    def _table_path(self, table: ResultTable) -> str:
        return f"{self.location.rstrip('/')}/{table.name}"


def open_store(config: PipelineConfig, session: SparkSession | None = None) -> Store:
    """Open the store of a pipeline; nothing is created before the first write.

    Args:
        config: The pipeline.
        session: Session to use; None takes the running one or builds a local one.
    """
    return Store(session or get_session(conf=config.spark), config.store, config.pipeline)


def literal(value: str) -> str:
    """Return a SQL string literal."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def is_in(column: str, values: Iterable[str]) -> str:
    """Return the SQL condition that a column is one of `values`."""
    return f"{column} IN ({', '.join(literal(value) for value in sorted(values))})"


def run_order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """Sort key of runs: by logical date where there is one, else by the date of the first profile."""
    started = row["started_at"]
    date = row["logical_date"] or (started.date() if started is not None else None)
    return (date is None, date or dt.date.max, row["run_id"])
