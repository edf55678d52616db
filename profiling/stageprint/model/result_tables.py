"""The result tables: the one place where their names, columns, types and comments are declared.

Arrow and Delta schemas, the keys of the JSON interface and the documentation are derived from these declarations.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import pyarrow as pa

from stageprint.model.sql_types import arrow_type


class Column(NamedTuple):
    """A column of a result table.

    Attributes:
        name: Its name.
        sql_type: Its Spark SQL type.
        comment: What it holds; what null means.
        json_key: Its key in the JSON interface; None: it has none there.
    """

    name: str
    sql_type: str
    comment: str
    json_key: str | None = None


@dataclass(frozen=True)
class ResultTable:
    """A result table.

    Attributes:
        name: Its name in the store.
        columns: Its columns in order.
        partitions: Columns it is partitioned by; two writers of different partitions never conflict.
    """

    name: str
    columns: tuple[Column, ...]
    partitions: tuple[str, ...]

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        """Its columns as an Arrow schema; all may be null."""
        return pa.schema([pa.field(column.name, arrow_type(column.sql_type)) for column in self.columns])

    @cached_property
    def json_keys(self) -> tuple[str, ...]:
        """The keys that its rows have in the JSON interface. Keys may be added; none goes or changes."""
        return tuple(column.json_key for column in self.columns if column.json_key is not None)

    @cached_property
    def column_of_key(self) -> dict[str, str]:
        """JSON key → column."""
        return {column.json_key: column.name for column in self.columns if column.json_key is not None}

    def empty(self) -> pa.Table:
        """Return a table without rows."""
        return self.arrow_schema.empty_table()

    def rows(self, rows: Iterable[dict[str, object]]) -> pa.Table:
        """Return rows as a table of `arrow_schema`; a column that a row does not have is null."""
        return pa.Table.from_pylist(list(rows), self.arrow_schema)


_RUN = (
    Column("pipeline", "string", "Pipeline, as configured"),
    Column("run_id", "string", "Run", "run_id"),
)
TABLE_COLUMNS = (
    *_RUN,
    Column("stage", "string", "Stage, as configured", "stage"),
    Column("table_name", "string", "Table, as configured", "table"),
    Column("slice_key", "string", "Column or condition the slice is made by; null: the whole table", "slice_key"),
    Column("slice_value", "string", "The slice's value; null: the whole table", "slice_value"),
)

RUNS = ResultTable(
    "runs",
    (
        *_RUN,
        Column("logical_date", "date", "Date the run's name begins with; null where it begins with none"),
        Column("status", "string", "ok, or failed where some table failed"),
        Column("started_at", "timestamp", "First profile of the run"),
        Column("ended_at", "timestamp", "Latest profile of the run"),
        Column("tables_profiled", "int", "Tables with a profile"),
        Column("tables_failed", "int", "Tables whose profile failed"),
        Column("merged", "boolean", "Its profiles are those of other runs, merged by `stageprint merge`"),
        Column("stageprint_version", "string", "Version that wrote the run"),
        Column("spark_version", "string", "Spark's version"),
        Column("delta_version", "string", "Delta's version"),
        Column("session_timezone", "string", "Spark session's time zone"),
        Column("config_hash", "string", "First 16 hex digits of the configuration's SHA-256"),
    ),
    ("pipeline", "run_id"),
)

TABLE_PROFILES = ResultTable(
    "table_profiles",
    (
        *TABLE_COLUMNS,
        Column("status", "string", "ok or failed"),
        Column("error", "string", "What failed; null: nothing did"),
        Column("row_count", "bigint", "Rows; null: failed"),
        Column("rows_scanned", "bigint", "Rows the profile has seen"),
        Column("column_count", "int", "Columns profiled"),
        Column("source_format", "string", "parquet, delta, csv, json, orc, stageprint, table or sql"),
        Column("source_location", "string", "Path, table name or query"),
        Column("source_version", "bigint", "Delta version that was read; null: not Delta"),
        Column("source_bytes", "bigint", "Bytes of the source's files; null: not known"),
        Column("source_files", "bigint", "Number of the source's files; null: not known"),
        Column("source_fingerprint", "string", "Of a partition profiled incrementally: hash of files and plan"),
        Column("schema_json", "string", "Top-level fields as JSON: name, type, nullable"),
        Column("schema_fingerprint", "string", "First 16 hex digits of the SHA-256 of names and types in order"),
        Column("event_time_column", "string", "Configured event time; null: none"),
        Column("event_time_min", "timestamp", "Earliest event time"),
        Column("event_time_max", "timestamp", "Latest event time"),
        Column(
            "keys",
            "array<struct<columns:string,rows:bigint,null_rows:bigint,distinct:double,"
            "distinct_lower:double,distinct_upper:double,theta:binary,duplicate_rows:bigint>>",
            "Declared keys: columns joined by +, rows, rows with a null in the key, distinct keys with bounds at 3 "
            "standard deviations, theta state (version byte, kind byte, sketch), rows beyond the first of their key "
            "(null: not counted, exact_keys is false)",
        ),
        Column(
            "quality",
            "struct<labelled:bigint,compared:bigint,scored:bigint,accuracy:double,auc:double,auc_error:double,"
            "log_loss:double,brier:double,positive_share:double,mean_score:double,"
            "not_computable:map<string,string>,state:binary>",
            "How well a model's answers match the labels: rows with a label, with label and prediction, with label and "
            "score; figures; figure: why it has no value; mergeable state. Null: no label with prediction or score",
        ),
        Column("model_version_column", "string", "Configured column that names the model; null: none"),
        Column("model_versions", "array<struct<version:string,rows:bigint>>", "Versions recorded, at most 20, by rows"),
        Column("expected_model_versions", "array<string>", "Versions expected when the profile was taken"),
        Column("expected_model_version_error", "string", "Why they are not known; null: they are, or none is expected"),
        Column("engine_path", "string", "How the rows were read: dataframe, arrow, serving or merge"),
        Column("engine_reason", "string", "Why they were not read by arrow; null: they were, or nobody asked"),
        Column("seconds", "double", "Wall time of this table's profile"),
        Column("profiled_at", "timestamp", "When the profile was taken"),
    ),
    ("pipeline", "run_id", "stage"),
)

FINDINGS = ResultTable(
    "findings",
    (
        *_RUN,
        Column("finding_id", "string", "Stable for pipeline, run, origin and cause", "finding_id"),
        Column("severity", "string", "critical, warning or review", "severity"),
        Column("cause", "string", "Registered name of the cause", "cause"),
        Column("class", "string", "data, pipeline, population or unknown", "class"),
        Column("stage", "string", "Stage where it began", "stage"),
        Column("table_name", "string", "Table where it began", "table"),
        Column("slice_key", "string", "What the slice where it began is made by; null: the whole table", "slice_key"),
        Column("slice_value", "string", "That slice's value; null: the whole table", "slice_value"),
        Column("column_name", "string", "Column where it began; :table for the table itself", "column"),
        Column("first_run", "string", "First run of the unbroken streak", "first_run"),
        Column("explains", "array<string>", "Columns whose shifts this explains, as stage.table.column", "explains"),
        Column("confidence", "double", "0-1: the cause's fit against the runner-up's", "confidence"),
        Column("alternatives", "array<string>", "Other causes that fit nearly as well", "alternatives"),
        Column("evidence", "string", "The figures behind it, as JSON", "evidence"),
        Column("sentence", "string", "The finding in one plain sentence", "sentence"),
        Column("baseline", "string", "What the run was compared with"),
        Column("found_at", "timestamp", "When it was found"),
    ),
    ("pipeline", "run_id", "baseline"),
)

SHIFTS = ResultTable(
    "shifts",
    (
        *TABLE_COLUMNS,
        Column("column_name", "string", "Column; :table for the table itself"),
        Column("statistic", "string", "Registered name of the shift statistic or rule"),
        Column("baseline", "string", "auto, previous, run:ID, window:N or stage:NAME"),
        Column("value", "double", "The statistic against the reference that decided; null: not computable"),
        Column("error", "double", "Sketch-induced error bound, in the statistic's unit"),
        Column(
            "references",
            "array<struct<reference:string,value:double,residual:double,scale:double,backtests:int>>",
            "Result against each reference, and the history the next run needs",
        ),
        Column("expected_low", "double", "Lower end of the values that would not have been flagged"),
        Column("expected_high", "double", "Upper end of the values that would not have been flagged"),
        Column("effect", "double", "Residual as a multiple of the practical floor"),
        Column("score", "double", "-log10 p before calibration over the run"),
        Column("p_value", "double", "p"),
        Column("q_value", "double", "Benjamini-Hochberg adjusted p over the run"),
        Column("severity", "string", "none, review, warning or critical"),
        Column("deterministic", "boolean", "A rule without chance was broken"),
        Column("reason", "string", "Why it was not computable; null: it was"),
        Column("explanation", "string", "The decision in words"),
    ),
    ("pipeline", "run_id", "baseline"),
)

CHECK_RESULTS = ResultTable(
    "check_results",
    (
        *TABLE_COLUMNS,
        Column("column_name", "string", "Column that was checked, as declared; :table for the table itself", "column"),
        Column("check_name", "string", "Registered name of the check", "check"),
        Column("status", "string", "pass, fail or not_computable", "status"),
        Column("severity", "string", "How loud a failure is: critical, warning or review", "severity"),
        Column("expected", "string", "What was declared, in words", "expected"),
        Column("observed", "string", "What the profile holds, in words", "observed"),
        Column("message", "string", "The result in one plain sentence", "message"),
        Column("reason", "string", "Why it was not computable; null: it was", "reason"),
        Column("checked_at", "timestamp", "When it was evaluated"),
    ),
    ("pipeline", "run_id"),
)


CALIBRATION = ResultTable(
    "calibration",
    (
        *_RUN,
        Column("baseline", "string", "What the run was compared with"),
        Column("column_kind", "string", "Kind of the columns"),
        Column(
            "statistic",
            "string",
            "Registered name of the shift statistic; of two runs its calibration group: any, exchange or labels",
        ),
        Column("backtests", "int", "Least number of earlier comparisons of the class: 0, 2, 3, 7 or 14"),
        Column(
            "behaviour",
            "string",
            "How the columns moved in their past. Of one run how far: calm, moving or restless; of two runs how "
            "these depend on each other: steady, lingering, sticky or seasonal",
        ),
        Column("runs", "int", "1: scores of the run; 2: the lesser of its and the previous run's"),
        Column("scores", "bigint", "Number of scores"),
        Column("top", "array<double>", "Largest of them above 0, falling, at most 1000; without columns that alerted"),
        Column("truncated_below", "double", "Scores below this are not all in `top`"),
        Column("alerting_scores", "array<double>", "Least scores of columns that alerted, rising, at most 100"),
    ),
    ("pipeline", "run_id", "baseline"),
)

MARKS = ResultTable(
    "marks",
    (
        *_RUN,
        Column("kind", "string", "bad: the run is no reference; accepted: the shift is the column's new normal"),
        Column("stage", "string", "Stage of an accepted column; null for a bad run"),
        Column("table_name", "string", "Its table"),
        Column("slice_key", "string", "What its slice is made by; null: the whole table"),
        Column("slice_value", "string", "The slice's value; null: the whole table"),
        Column("column_name", "string", "The column; :table for the table itself"),
        Column("finding_id", "string", "Finding it was accepted by"),
        Column("through_run", "string", "Latest run in the store when the shift was accepted"),
        Column("reason", "string", "Why, in a person's words"),
        Column("marked_at", "timestamp", "When"),
    ),
    ("pipeline",),
)
