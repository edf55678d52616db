"""The result tables that stageprint keeps for itself: manifests, what calibrates p values, and what people said."""

from __future__ import annotations

from stageprint.model.judged import JUDGED_SQL
from stageprint.model.manifest import MANIFEST_ID, ManifestKind
from stageprint.model.result_table import PARTITIONS, RUN_COLUMNS, WRITTEN_BY, Column, ResultTable

_TABLES_SQL = "array<struct<stage:string,table_name:string>>"

CALIBRATION = ResultTable(
    "calibration",
    (
        *RUN_COLUMNS,
        Column("baseline", "string", "What the run was compared with: auto, previous, run:ID, window:N or stage:NAME"),
        Column("column_kind", "string", "Kind of the columns in this class, such as float or string"),
        Column(
            "statistic",
            "string",
            "Name of the shift statistic; where runs is 2, its calibration group: any, exchange or labels",
        ),
        Column("backtests", "int", "Smallest number of past comparisons of columns in this class: 0, 2, 3, 7 or 14"),
        Column(
            "behaviour",
            "string",
            "How much columns in this class moved in the past: calm, moving or restless. Where runs is 2, how their "
            "consecutive runs depend on each other: steady, lingering, sticky or seasonal",
        ),
        Column(
            "runs",
            "int",
            "1: scores of this run; 2: the smaller of the scores of this run and the run before",
        ),
        Column("scores", "bigint", "Number of scores"),
        Column(
            "top",
            "array<double>",
            "The largest scores above 0 in falling order, at most 1000, those of alerting columns left out",
        ),
        Column("truncated_below", "double", "Some scores below this are missing from top; 0: none is missing"),
        Column(
            "alerting_scores",
            "array<double>",
            "The smallest scores of columns that were a warning or critical, in rising order, at most 100",
        ),
        WRITTEN_BY,
    ),
    PARTITIONS,
    ManifestKind.COMPARISON,
)

MANIFESTS = ResultTable(
    "manifests",
    (
        *RUN_COLUMNS,
        Column("kind", "string", "profile, comparison or checks"),
        Column(MANIFEST_ID, "string", "Identifier of what one command wrote of the run; unique to command and run"),
        Column("baseline", "string", "What a comparison compared the run with; null: a profile, or checks"),
        Column(
            "made_from",
            "string",
            "manifest_id of the run's profiles that a comparison was made from, joined by +; of checks that a "
            "comparison evaluated: manifest_id of the comparison",
        ),
        Column("started_at", "timestamp", "Time before the command's first write"),
        Column("finished_at", "timestamp", "Time after its last write; null: it has not ended, or was stopped"),
        Column("rows", "bigint", "Tables profiled, rows of shifts, or check results"),
        Column(
            "names_rows",
            "boolean",
            "true: names the rows that carry its manifest_id; null: written by an earlier release, and names the rows "
            "of its run that carry none",
        ),
        Column(
            "tables",
            _TABLES_SQL,
            "Tables whose rows it names; while it is not finished: tables that the command is to write. Null: an "
            "earlier release wrote it",
        ),
        Column(
            "failed_tables",
            _TABLES_SQL,
            "Tables that could not be profiled. An earlier profile of such a table still counts; the failed one is "
            "kept beside it",
        ),
        Column(
            "replaced_tables", _TABLES_SQL, "Tables of earlier manifests that no longer count and were not written anew"
        ),
        Column(
            "learning_tables",
            _TABLES_SQL,
            "Tables of a comparison with so few earlier runs that little but fixed rules applied",
        ),
        Column(
            "judged",
            JUDGED_SQL,
            "Of each table of a comparison: number of columns compared, of those that the whole rule judged, that "
            "fixed rules and shifts which need no history judged, and that fixed rules alone judged; and of those that "
            "are still learning, by how many more runs they need. Null: an earlier release wrote it, or no comparison",
        ),
        Column(
            "alert_level",
            "double",
            "p value of a column up to which it was an alert, by the budget of false alerts and the number of columns "
            "and tables. Null: an earlier release wrote it, or no comparison",
        ),
        Column("writer", "string", "Process that wrote it, as host:pid namespace:pid"),
    ),
    PARTITIONS,
)

MARKS = ResultTable(
    "marks",
    (
        *RUN_COLUMNS,
        Column(
            "kind",
            "string",
            "bad: this run is not used as a reference; accepted: the shift that began in this run is the column's new "
            "normal; incident acknowledged, incident accepted, incident resolved: what a person said of an incident",
        ),
        Column("stage", "string", "Stage of the accepted column; null: a bad run"),
        Column("table_name", "string", "Table of the accepted column; null: a bad run"),
        Column("slice_key", "string", "Column or condition of its slice; null: the whole table, or a bad run"),
        Column("slice_value", "string", "Value of its slice, as text; null: the whole table, or a bad run"),
        Column("column_name", "string", "Accepted column; :table for the table itself; null: a bad run"),
        Column("finding_id", "string", "Finding through which the shift was accepted; null: a bad run"),
        Column(
            "through_run",
            "string",
            "Latest run in the store then, or the last that had the incident; null: a bad run",
        ),
        Column("reason", "string", "Reason that a person gave; null: none"),
        Column("marked_at", "timestamp", "Time when the mark was made"),
        Column("incident_id", "string", "Incident that a person spoke of; null: the mark is of another kind"),
    ),
    PARTITIONS,
)
