"""The result tables of incidents, and of the messages that were sent about them."""

from __future__ import annotations

from stageprint.model.manifest import ManifestKind
from stageprint.model.result_table import PARTITIONS, RUN_COLUMNS, WRITTEN_BY, Column, ResultTable

INCIDENTS = ResultTable(
    "incidents",
    (
        *RUN_COLUMNS,
        Column(
            "incident_id",
            "string",
            "Identifier of the problem, the same in all runs. A run has a row for each incident that began, was "
            "seen or ended in it: the row of the latest run says how the incident stands",
        ),
        Column("status", "string", "new, ongoing, resolved or accepted"),
        Column("severity", "string", "Severity in the last run in which it was seen: critical, warning or review"),
        Column("worst_severity", "string", "The highest severity that it ever had"),
        Column("cause", "string", "Name of the cause; check_failed: a declared check fails, and no finding says why"),
        Column("class", "string", "data, pipeline, population or unknown; check: a declared check fails"),
        Column("stage", "string", "Stage in which it began"),
        Column("table_name", "string", "Table in which it began; :stage for the stage itself"),
        Column("slice_key", "string", "Column or condition of the slice in which it began; null: the whole table"),
        Column("slice_value", "string", "Value of that slice, as text; null: the whole table"),
        Column("column_name", "string", "Column in which it began; :table for the table itself"),
        Column("opened_run", "string", "The run in which it began"),
        Column("opened_at", "timestamp", "Time when it was first found"),
        Column("last_run", "string", "The last run in which it was seen"),
        Column("last_seen_at", "timestamp", "Time when it was found in that run"),
        Column("runs_seen", "int", "Number of runs in which it was seen"),
        Column("times_before", "int", "Number of earlier incidents of the same cause at the same place"),
        Column(
            "ended_run",
            "string",
            "First run that was looked at and did not have it any more: the run that healed it, or from which on its "
            "state is the usual one; null: there is none yet",
        ),
        Column(
            "closed_by",
            "string",
            "healed: a run did not have it any more; new level: after five runs its state is what later runs are "
            "compared with; event: told once, and what is new is what later runs are compared with; person: somebody "
            "said so; removed: its table is no longer in the configuration. Null: it is open",
        ),
        Column("closed_at", "timestamp", "Time when that was found or said; null: it is open"),
        Column(
            "why",
            "string",
            "What a person said who closed it, or what left the configuration; null: neither",
        ),
        Column("acknowledged_at", "timestamp", "Time when a person said that they are on it; null: nobody did"),
        Column("acknowledged_why", "string", "What that person said"),
        Column("sentence", "string", "What was found in last_run, in one sentence"),
        Column("explains", "array<string>", "Other columns that it moved in last_run, as stage.table.column"),
        Column("finding_ids", "array<string>", "finding_id of its findings in last_run"),
        Column("checks", "array<string>", "Declared checks that fail because of it, as stage.table.column: check"),
        Column("told_once", "boolean", "Whether it was an event when it was last seen"),
        Column("settles", "boolean", "Whether its state may become the usual one after five runs"),
        Column("baseline", "string", "What the run was compared with: auto, previous, run:ID, window:N or stage:NAME"),
        WRITTEN_BY,
    ),
    PARTITIONS,
    ManifestKind.COMPARISON,
)

NOTIFICATIONS = ResultTable(
    "notifications",
    (
        *RUN_COLUMNS,
        Column("notification_id", "string", "Identifier of one attempt to send"),
        Column("incident_id", "string", "The incident that the message is about"),
        Column("message_key", "string", "Names the message: its incident, or what many small messages were put into"),
        Column("target", "string", "The sink and a hash of its settings, such as slack:1f0c…; names one destination"),
        Column("event", "string", "opened, worsened, reopened, resolved or accepted"),
        Column("severity", "string", "Severity of the incident in the message"),
        Column("begun_at", "timestamp", "Time before it was sent"),
        Column("sent_at", "timestamp", "Time after it was sent; null: being sent, or the command was stopped"),
        Column("reference", "string", "How the sink finds the message again, such as its thread; null: it need not"),
        Column("writer", "string", "Process that sends it, as host:pid namespace:pid"),
    ),
    PARTITIONS,
)
