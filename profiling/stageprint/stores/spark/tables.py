"""The result tables: the one place their names, columns, types and comments are written down.

`column_profiles` has a column for every registered metric and a binary field for every registered
state; nothing here is edited when one is added.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

import pyarrow as pa
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses
from pyspark.sql.pandas.types import to_arrow_schema

from stageprint.metrics.base import all_metrics
from stageprint.states.base import all_states


class Col(NamedTuple):
    """One column: name, Spark DDL type, comment."""

    name: str
    sql_type: str
    comment: str


@dataclass(frozen=True)
class ResultTable:
    """A result table.

    Attributes:
        name: Its name in the store.
        columns: Its columns in order.
        partitions: Columns it is partitioned by; two writers of different partitions never conflict.
    """

    name: str
    columns: tuple[Col, ...]
    partitions: tuple[str, ...]

    @property
    def schema(self) -> T.StructType:
        """The Spark schema, comments included; needs a running session."""
        return T.StructType(
            [
                T.StructField(col.name, _spark_type(col.sql_type), nullable=True, metadata={"comment": col.comment})
                for col in self.columns
            ]
        )

    @cached_property
    def arrow_schema(self) -> pa.Schema:
        """The same as an Arrow schema; needs a running session."""
        return to_arrow_schema(
            T.StructType([T.StructField(c.name, _spark_type(c.sql_type)) for c in self.columns]), timezone="UTC"
        )


@cache
def _spark_type(ddl: str) -> T.DataType:
    # Spark's parser is asked across processes: 20 ms for the columns of a table.
    return T.DataType.fromDDL(ddl)


_RUN = (
    Col("pipeline", "string", "Pipeline, as configured"),
    Col("run_id", "string", "Run"),
)
_TABLE = (
    *_RUN,
    Col("stage", "string", "Stage, as configured"),
    Col("table_name", "string", "Table, as configured"),
    Col("slice_key", "string", "Column or condition the slice is made by; null: the whole table"),
    Col("slice_value", "string", "The slice's value; null: the whole table"),
)

RUNS = ResultTable(
    "runs",
    (
        *_RUN,
        Col("logical_date", "date", "Date the run's name begins with; null where it begins with none"),
        Col("status", "string", "ok, or failed where some table failed"),
        Col("started_at", "timestamp", "First profile of the run"),
        Col("ended_at", "timestamp", "Latest profile of the run"),
        Col("tables_profiled", "int", "Tables with a profile"),
        Col("tables_failed", "int", "Tables whose profile failed"),
        Col("merged", "boolean", "Its profiles are those of other runs, merged by `stageprint merge`"),
        Col("stageprint_version", "string", "Version that wrote the run"),
        Col("spark_version", "string", "Spark's version"),
        Col("delta_version", "string", "Delta's version"),
        Col("session_timezone", "string", "Spark session's time zone"),
        Col("config_hash", "string", "First 16 hex digits of the configuration's SHA-256"),
    ),
    ("pipeline", "run_id"),
)

TABLE_PROFILES = ResultTable(
    "table_profiles",
    (
        *_TABLE,
        Col("status", "string", "ok or failed"),
        Col("error", "string", "What failed; null: nothing did"),
        Col("row_count", "bigint", "Rows; null: failed"),
        Col("rows_scanned", "bigint", "Rows the profile has seen"),
        Col("column_count", "int", "Columns profiled"),
        Col("source_format", "string", "parquet, delta, csv, json, orc, stageprint, table or sql"),
        Col("source_location", "string", "Path, table name or query"),
        Col("source_version", "bigint", "Delta version that was read; null: not Delta"),
        Col("source_bytes", "bigint", "Bytes of the source's files; null: not known"),
        Col("source_files", "bigint", "Number of the source's files; null: not known"),
        Col("source_fingerprint", "string", "Of a partition profiled incrementally: hash of its files and of the plan"),
        Col("schema_json", "string", "Top-level fields as JSON: name, type, nullable"),
        Col("schema_fingerprint", "string", "First 16 hex digits of the SHA-256 of names and types in order"),
        Col("event_time_column", "string", "Configured event time; null: none"),
        Col("event_time_min", "timestamp", "Earliest event time"),
        Col("event_time_max", "timestamp", "Latest event time"),
        Col(
            "keys",
            "array<struct<columns:string,rows:bigint,null_rows:bigint,distinct:double,"
            "distinct_lower:double,distinct_upper:double,theta:binary,duplicate_rows:bigint>>",
            "Declared keys: columns joined by +, rows, rows with a null in the key, distinct keys with bounds at 3 "
            "standard deviations, theta state (version byte, kind byte, sketch), rows beyond the first of their key "
            "(null: not counted, exact_keys is false)",
        ),
        Col(
            "quality",
            "struct<labelled:bigint,compared:bigint,scored:bigint,accuracy:double,auc:double,auc_error:double,"
            "log_loss:double,brier:double,positive_share:double,mean_score:double,"
            "not_computable:map<string,string>,state:binary>",
            "How well a model's answers match the labels: rows with a label, with label and prediction, with label and "
            "score; figures; figure: why it has no value; mergeable state. Null: no label with prediction or score",
        ),
        Col("model_version_column", "string", "Configured column that names the model; null: none"),
        Col("model_versions", "array<struct<version:string,rows:bigint>>", "Versions recorded, at most 20, by rows"),
        Col("expected_model_versions", "array<string>", "Versions expected when the profile was taken"),
        Col("expected_model_version_error", "string", "Why they are not known; null: they are, or none is expected"),
        Col("engine_path", "string", "How the rows were read: dataframe, arrow, serving or merge"),
        Col("engine_reason", "string", "Why they were not read by arrow; null: they were, or nobody asked"),
        Col("seconds", "double", "Wall time of this table's profile"),
        Col("profiled_at", "timestamp", "When the profile was taken"),
    ),
    ("pipeline", "run_id", "stage"),
)

FINDINGS = ResultTable(
    "findings",
    (
        *_RUN,
        Col("finding_id", "string", "Stable for pipeline, run, origin and cause"),
        Col("severity", "string", "critical, warning or review"),
        Col("cause", "string", "Registered name of the cause"),
        Col("class", "string", "data, pipeline, population or unknown"),
        Col("stage", "string", "Stage where it began"),
        Col("table_name", "string", "Table where it began"),
        Col("column_name", "string", "Column where it began; :table for the table itself"),
        Col("first_run", "string", "First run of the unbroken streak"),
        Col("explains", "array<string>", "Columns whose shifts this explains, as stage.table.column"),
        Col("confidence", "double", "0-1: the cause's fit against the runner-up's"),
        Col("alternatives", "array<string>", "Other causes that fit nearly as well"),
        Col("evidence", "string", "The figures behind it, as JSON"),
        Col("sentence", "string", "The finding in one plain sentence"),
        Col("baseline", "string", "What the run was compared with"),
        Col("found_at", "timestamp", "When it was found"),
    ),
    ("pipeline", "run_id", "baseline"),
)

SHIFTS = ResultTable(
    "shifts",
    (
        *_TABLE,
        Col("column_name", "string", "Column; :table for the table itself"),
        Col("statistic", "string", "Registered name of the shift statistic or rule"),
        Col("baseline", "string", "auto, previous, run:ID, window:N or stage:NAME"),
        Col("value", "double", "The statistic against the reference that decided; null: not computable"),
        Col("error", "double", "Sketch-induced error bound, in the statistic's unit"),
        Col(
            "references",
            "array<struct<reference:string,value:double,residual:double,scale:double,backtests:int>>",
            "Result against each reference, and the history the next run needs",
        ),
        Col("expected_low", "double", "Lower end of the values that would not have been flagged"),
        Col("expected_high", "double", "Upper end of the values that would not have been flagged"),
        Col("effect", "double", "Residual as a multiple of the practical floor"),
        Col("score", "double", "-log10 p before calibration over the run"),
        Col("p_value", "double", "p"),
        Col("q_value", "double", "Benjamini-Hochberg adjusted p over the run"),
        Col("severity", "string", "none, review, warning or critical"),
        Col("deterministic", "boolean", "A rule without chance was broken"),
        Col("reason", "string", "Why it was not computable; null: it was"),
        Col("explanation", "string", "The decision in words"),
    ),
    ("pipeline", "run_id", "baseline"),
)

CHECK_RESULTS = ResultTable(
    "check_results",
    (
        *_TABLE,
        Col("column_name", "string", "Column that was checked, as declared; :table for the table itself"),
        Col("check_name", "string", "Registered name of the check"),
        Col("status", "string", "pass, fail or not_computable"),
        Col("severity", "string", "How loud a failure is: critical, warning or review"),
        Col("expected", "string", "What was declared, in words"),
        Col("observed", "string", "What the profile holds, in words"),
        Col("message", "string", "The result in one plain sentence"),
        Col("reason", "string", "Why it was not computable; null: it was"),
        Col("checked_at", "timestamp", "When it was evaluated"),
    ),
    ("pipeline", "run_id"),
)


CALIBRATION = ResultTable(
    "calibration",
    (
        *_RUN,
        Col("baseline", "string", "What the run was compared with"),
        Col("column_kind", "string", "Kind of the columns"),
        Col(
            "statistic",
            "string",
            "Registered name of the shift statistic; of two runs its calibration group: any, exchange or labels",
        ),
        Col("backtests", "int", "Least number of earlier comparisons of the class: 0, 2, 3, 7 or 14"),
        Col(
            "behaviour",
            "string",
            "How the columns moved in their past. Of one run how far: calm, moving or restless; of two runs how "
            "these depend on each other: steady, lingering, sticky or seasonal",
        ),
        Col("runs", "int", "1: scores of the run; 2: the lesser of its and the previous run's"),
        Col("scores", "bigint", "Number of scores"),
        Col("top", "array<double>", "Largest of them above 0, falling, at most 1000; without columns that alerted"),
        Col("truncated_below", "double", "Scores below this are not all in `top`"),
        Col("alerting_scores", "array<double>", "Least scores of columns that alerted, rising, at most 100"),
    ),
    ("pipeline", "run_id", "baseline"),
)

MARKS = ResultTable(
    "marks",
    (
        *_RUN,
        Col("kind", "string", "bad: the run is no reference; accepted: the shift is the column's new normal"),
        Col("stage", "string", "Stage of an accepted column; null for a bad run"),
        Col("table_name", "string", "Its table"),
        Col("column_name", "string", "The column; :table for the table itself"),
        Col("finding_id", "string", "Finding it was accepted by"),
        Col("through_run", "string", "Latest run in the store when the shift was accepted"),
        Col("reason", "string", "Why, in a person's words"),
        Col("marked_at", "timestamp", "When"),
    ),
    ("pipeline",),
)


@cache
def column_profiles() -> ResultTable:
    """Return the definition of `column_profiles`, with the registered metrics and states."""
    metrics = [
        Col(metric.name, metric.sql_type, f"{metric.unit}; null: {metric.null_means}")
        for metric in all_metrics().values()
    ]
    states = ",".join(f"{name}:binary" for name in state_names())
    return ResultTable(
        "column_profiles",
        (
            *_TABLE,
            Col("column_name", "string", "Column; a path names exactly one column"),
            Col("column_position", "int", "0-based position in the schema"),
            Col("data_type", "string", "Spark SQL type"),
            Col("column_kind", "string", "What the statistics take it for"),
            Col("compact_features_version", "int", "Version of `compact_features`"),
            *metrics,
            Col("not_computable", "map<string,string>", "Metric → why it has no value"),
            Col("compact_features", "binary", "What comparisons with later runs need, a few KiB; made from the states"),
            Col("states", f"struct<{states}>", "Mergeable states: version byte, kind byte, payload"),
        ),
        ("pipeline", "run_id", "stage"),
    )


def state_names() -> Sequence[str]:
    """Return the registered states' names in order."""
    return list(all_states())


def all_tables() -> tuple[ResultTable, ...]:
    """Return every result table."""
    return (RUNS, TABLE_PROFILES, column_profiles(), SHIFTS, FINDINGS, CHECK_RESULTS, CALIBRATION, MARKS)
