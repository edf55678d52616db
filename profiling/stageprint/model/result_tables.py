"""The result tables: the one place where their names, columns, types and comments are declared.

Arrow and Delta schemas, the keys of the JSON interface and the documentation are derived from these declarations.
"""

from __future__ import annotations

from stageprint.model.bookkeeping_tables import CALIBRATION, MANIFESTS, MARKS
from stageprint.model.change import CHANGES_SQL
from stageprint.model.incident_tables import INCIDENTS, NOTIFICATIONS
from stageprint.model.manifest import ManifestKind
from stageprint.model.result_table import PARTITIONS, RUN_COLUMNS, WRITTEN_BY, Column, ResultTable

__all__ = [
    "CALIBRATION",
    "CHECK_RESULTS",
    "FINDINGS",
    "INCIDENTS",
    "MANIFESTS",
    "MARKS",
    "NOTIFICATIONS",
    "RUNS",
    "SHIFTS",
    "TABLE_COLUMNS",
    "TABLE_PROFILES",
    "WRITTEN_BY",
    "Column",
    "ResultTable",
]

COMMIT_SQL = (
    "struct<version:bigint,committed_at:timestamp,operation:string,user:string,job:string,notebook:string,"
    "engine:string>"
)
"""Type of one commit of a source."""

TABLE_COLUMNS = (
    *RUN_COLUMNS,
    Column("stage", "string", "Name of the stage in the configuration", "stage"),
    Column("table_name", "string", "Name of the table in the configuration", "table"),
    Column(
        "slice_key", "string", "Column or condition that the table is sliced by; null: the whole table", "slice_key"
    ),
    Column("slice_value", "string", "Value of the slice, as text; null: the whole table", "slice_value"),
)

RUNS = ResultTable(
    "runs",
    (
        *RUN_COLUMNS,
        Column("logical_date", "date", "Date that the name of the run starts with; null: it starts with none"),
        Column("status", "string", "ok; failed: at least one table could not be profiled"),
        Column("started_at", "timestamp", "Time of the run's first table profile"),
        Column("ended_at", "timestamp", "Time of the run's latest table profile"),
        Column("tables_profiled", "int", "Number of tables with a profile"),
        Column("tables_failed", "int", "Number of tables that could not be profiled"),
        Column("merged", "boolean", "Whether stageprint merge made the run's profiles from those of other runs"),
        Column("stageprint_version", "string", "Version of stageprint that wrote the run"),
        Column("spark_version", "string", "Version of Spark that profiled the run; null: another engine did"),
        Column("delta_version", "string", "Version of Delta in use then; null: not known"),
        Column("session_timezone", "string", "Time zone in which timestamps without a time zone were read"),
        Column("config_hash", "string", "First 16 hex digits of the SHA-256 of the configuration"),
        Column("git_commit", "string", "Commit of the code that profiled the run; null: not known"),
        Column("job", "string", "Name of the scheduler's job that profiled the run; null: not known"),
        Column("job_run", "string", "The scheduler's identifier of that run of the job; null: not known"),
        Column("run_by", "string", "User whom the job ran as, or who started it; null: not known"),
        Column("order_key", "string", "Sorts runs, oldest first, equal ones by run_id; null: of an earlier release"),
        Column("first_profiled_at", "timestamp", "The first started_at of the run; null: of an earlier release"),
    ),
    PARTITIONS,
)

TABLE_PROFILES = ResultTable(
    "table_profiles",
    (
        *TABLE_COLUMNS,
        Column("status", "string", "ok; failed: the table could not be profiled completely, see error"),
        Column(
            "error", "string", "What failed, or could not be read of a table that is ok, in one line; null: nothing"
        ),
        Column("row_count", "bigint", "Number of rows; null: the profile failed"),
        Column(
            "rows_scanned",
            "bigint",
            "Number of rows read for this profile; below row_count if unchanged partitions were taken from the store",
        ),
        Column("column_count", "int", "Number of columns profiled, nested ones included"),
        Column(
            "source_format",
            "string",
            "parquet, delta, csv, json, orc, stageprint, table, sql, dataframe, or merge for merged runs",
        ),
        Column("source_location", "string", "Path, table name or query; of a merged run the names of its runs"),
        Column(
            "source_version",
            "bigint",
            "Version of the Delta table, or id of the Iceberg snapshot, that was read; null: another format",
        ),
        Column("source_bytes", "bigint", "Size of the source's files in bytes; null: not known"),
        Column("source_files", "bigint", "Number of the source's files; null: not known"),
        Column(
            "source_fingerprint",
            "string",
            "Of an incremental table: hash of a partition's files (of the whole table: of its version) and of the "
            "profiling plan; null: another table, or one without versions",
        ),
        Column(
            "source_history",
            f"array<{COMMIT_SQL}>",
            "The latest commits of a Delta table up to source_version, at most 20, the latest first: operation with "
            "its mode; user, job and notebook as far as the commit names them; engine with its version. Null: not a "
            "Delta table, its history cannot be read, or an earlier release wrote the row",
        ),
        Column(
            "settings",
            "map<string,string>",
            "What the configuration says of the table: key of each setting that is not the default, and the first 8 "
            "hex digits of the SHA-256 of its value. Null: of a slice, or an earlier release wrote the row",
        ),
        Column("malformed_rows", "bigint", "Number of rows that the reader could not parse; null: not counted"),
        Column("source_notes", "array<string>", "What else was found in the source, in sentences; null: nothing"),
        Column("schema_json", "string", "Top-level fields in order, as JSON: name, type, nullable"),
        Column("schema_fingerprint", "string", "First 16 hex digits of the SHA-256 of field names and types in order"),
        Column("event_time_column", "string", "Column configured as event_time; null: none is"),
        Column("event_time_min", "timestamp", "Earliest event time; null: no event_time, or it has no values"),
        Column("event_time_max", "timestamp", "Latest event time; null: no event_time, or it has no values"),
        Column(
            "keys",
            "array<struct<columns:string,rows:bigint,null_rows:bigint,distinct:double,"
            "distinct_lower:double,distinct_upper:double,theta:binary,duplicate_rows:bigint>>",
            "One entry per declared key. columns: names joined by +; rows: number of rows; null_rows: rows with a null "
            "in the key; distinct, distinct_lower, distinct_upper: estimated number of keys, with bounds at 3 standard "
            "deviations; theta: sketch of the keys after a version byte and a kind byte (null, as are the three before "
            "it, for a sensitive key without a secret); duplicate_rows: rows beyond the first of each key (null: not "
            "counted, since exact_keys is false)",
        ),
        Column("key_hash_id", "string", "Identifier of the secret that sensitive keys are hashed with; null: none are"),
        Column(
            "quality",
            "struct<labelled:bigint,compared:bigint,scored:bigint,accuracy:double,auc:double,auc_error:double,"
            "log_loss:double,brier:double,positive_share:double,mean_score:double,"
            "not_computable:map<string,string>,state:binary>",
            "How well a model's predictions and scores match the labels. labelled, compared, scored: rows with a "
            "label, with label and prediction, with label and score; accuracy to mean_score: the figures, auc_error "
            "being the largest possible error of auc; not_computable: figure and why it is null; state: mergeable. "
            "Null: no label is configured together with a prediction or score",
        ),
        Column(
            "model_version_column", "string", "Column configured as model_version; null: none is, or it does not exist"
        ),
        Column(
            "model_versions",
            "array<struct<version:string,rows:bigint>>",
            "Model versions in that column with their rows, most rows first, at most 20",
        ),
        Column(
            "expected_model_versions",
            "array<string>",
            "Spellings of the model versions that were expected when the table was profiled",
        ),
        Column(
            "expected_model_version_error",
            "string",
            "Why the expected versions are not known; null: they are known, or none is configured",
        ),
        Column(
            "engine_path",
            "string",
            "How the rows were read. local: without Spark; arrow: Spark's fast path; dataframe: its general path; "
            "serving: by serving processes; merge: not at all",
        ),
        Column(
            "engine_reason",
            "string",
            "Why they were read in that way: why auto chose the engine, and why Spark's fast path did not read the "
            "table; null: the engine was asked for, and the fast path read it, or does not apply",
        ),
        Column("seconds", "double", "Wall-clock time of the table's profile in seconds"),
        Column("profiled_at", "timestamp", "Time when the profile was finished"),
        WRITTEN_BY,
    ),
    PARTITIONS,
    ManifestKind.PROFILE,
)

FINDINGS = ResultTable(
    "findings",
    (
        *RUN_COLUMNS,
        Column(
            "finding_id",
            "string",
            "Identifier; the same whenever the same cause is found at the same origin in the same run",
            "finding_id",
        ),
        Column("severity", "string", "critical, warning or review", "severity"),
        Column("cause", "string", "Name of the cause, such as join_lost_rows; docs/causes explains each", "cause"),
        Column("class", "string", "What kind of cause it is: data, pipeline, population or unknown", "class"),
        Column("stage", "string", "Stage in which the problem began", "stage"),
        Column("table_name", "string", "Table in which it began; :stage for the stage itself", "table"),
        Column(
            "slice_key",
            "string",
            "Column or condition of the slice in which it began; null: the whole table",
            "slice_key",
        ),
        Column("slice_value", "string", "Value of that slice, as text; null: the whole table", "slice_value"),
        Column("column_name", "string", "Column in which it began; :table for the table itself", "column"),
        Column(
            "first_run",
            "string",
            "First run of the unbroken series of runs, up to this one, in which the origin was flagged",
            "first_run",
        ),
        Column(
            "explains",
            "array<string>",
            "Other columns whose shifts this finding explains, as stage.table.column",
            "explains",
        ),
        Column(
            "confidence",
            "double",
            "0-1: how much better the evidence fits this cause than the next best one",
            "confidence",
        ),
        Column("alternatives", "array<string>", "Names of other causes that fit nearly as well", "alternatives"),
        Column("evidence", "string", "The figures on which the cause was decided, as JSON", "evidence"),
        Column("sentence", "string", "The finding in one sentence", "sentence"),
        Column(
            "beside",
            "array<string>",
            "Columns of the same table that moved in the same run, and that this finding does not explain: each has a "
            "finding of its own; null: written before findings had it",
            "beside",
        ),
        Column(
            "told_once",
            "boolean",
            "Whether it is an event, such as a new type or label: it is told once, and what is new is what later runs "
            "are compared with; null: written before findings had it",
            "told_once",
        ),
        Column("baseline", "string", "What the run was compared with: auto, previous, run:ID, window:N or stage:NAME"),
        Column("found_at", "timestamp", "Time when the comparison wrote the finding"),
        Column(
            "incident_id",
            "string",
            "Incident that it belongs to, which keeps its identifier over the runs; null: written before findings had "
            "it",
            "incident_id",
        ),
        Column(
            "status",
            "string",
            "new: the incident began in this run; ongoing: it was there before; null: written before findings had it",
            "status",
        ),
        Column(
            "changes",
            CHANGES_SQL,
            "What was different in first_run from the run before: a coincidence in time, no proof. kind: code, job, "
            "version, configuration or source; what: its name; before, now: its values, of a configuration its hashes; "
            "text: all of it in words. Empty: nothing that is known; null: written before findings had it",
            "changes",
        ),
        WRITTEN_BY,
    ),
    PARTITIONS,
    ManifestKind.COMPARISON,
)

SHIFTS = ResultTable(
    "shifts",
    (
        *TABLE_COLUMNS,
        Column("column_name", "string", "Name of the column; :table for the table itself"),
        Column("statistic", "string", "Name of the shift statistic; docs/shifts.md explains each"),
        Column("baseline", "string", "What the run was compared with: auto, previous, run:ID, window:N or stage:NAME"),
        Column(
            "value",
            "double",
            "The statistic against the deciding reference: the one that makes it least significant. Null: not "
            "computable",
        ),
        Column(
            "error",
            "double",
            "Largest error of value that sketches and their merging can cause, in the statistic's unit; null: not "
            "computable",
        ),
        Column(
            "references",
            "array<struct<reference:string,value:double,residual:double,scale:double,backtests:int>>",
            "One entry per reference (prev, window, seasonal, long, run:ID or stage:NAME). value: the statistic (null: "
            "not computable); residual: the part of it beyond error; scale: root mean square of the residuals of past "
            "runs (null: none); backtests: number of these past runs",
        ),
        Column(
            "expected_low",
            "double",
            "Smallest value that would not have been an alert (warning or critical); null: no value would have been",
        ),
        Column(
            "expected_high",
            "double",
            "Largest value that would not have been an alert (warning or critical); null: no value would have been",
        ),
        Column(
            "effect",
            "double",
            "The part of value beyond error as a multiple of the statistic's smallest reported effect; null: not "
            "computable",
        ),
        Column("score", "double", "-log10 of the p value before calibration on past runs; null: not tested"),
        Column("p_value", "double", "Calibrated p value; null: not tested"),
        Column(
            "q_value",
            "double",
            "p value adjusted over the columns of the run (Benjamini-Hochberg); null: not tested",
        ),
        Column("severity", "string", "none, review, warning or critical"),
        Column(
            "deterministic",
            "boolean",
            "Whether a rule that involves no chance was broken, such as an unchanged schema",
        ),
        Column("reason", "string", "Why the statistic is not computable; null: it is computed"),
        Column("explanation", "string", "The decision in words: value, error, expected range and rule"),
        WRITTEN_BY,
    ),
    PARTITIONS,
    ManifestKind.COMPARISON,
)

CHECK_RESULTS = ResultTable(
    "check_results",
    (
        *TABLE_COLUMNS,
        Column("column_name", "string", "Column as declared in the check; :table for the table itself", "column"),
        Column("check_name", "string", "Name of the check, such as not_null", "check"),
        Column("status", "string", "pass, fail or not_computable", "status"),
        Column("severity", "string", "Severity of a failure: critical, warning or review", "severity"),
        Column("expected", "string", "The declared expectation, in words", "expected"),
        Column("observed", "string", "The corresponding figures of the profile, in words", "observed"),
        Column("message", "string", "The result in one sentence", "message"),
        Column("reason", "string", "Why the check is not computable; null: it passed or failed", "reason"),
        Column("checked_at", "timestamp", "Time when the check was evaluated"),
        WRITTEN_BY,
    ),
    PARTITIONS,
    ManifestKind.CHECKS,
)
