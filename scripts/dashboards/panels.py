"""What the dashboards show: a query over the views each, and how it is drawn. Both dashboards are made from this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

COLUMNS: Final = 6
"""Width of a row of panels, in units of which a panel takes some."""


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel.

    Attributes:
        name: Its identifier: letters and underscores.
        title: Its title.
        says: What it shows, in one sentence.
        kind: How it is drawn: a number, bars by run, lines by run, or a table.
        sql: Its query, in Spark SQL, over views by their bare names; `{schema}` stands before them.
        fields: Columns of its result, in order, each with its title. Of bars and lines: run, value, what distinguishes
            the series. Of a number: the value.
        width: Of `COLUMNS`.
        height: In rows.
    """

    name: str
    title: str
    says: str
    kind: Literal["number", "bars", "lines", "table"]
    sql: str
    fields: tuple[tuple[str, str], ...]
    width: int
    height: int


PANELS: Final = (
    Panel(
        "open_incidents",
        "Open incidents",
        "Problems that are there and that nobody closed.",
        "number",
        "SELECT count(*) AS incidents FROM {schema}open_incidents",
        (("incidents", "Open incidents"),),
        1,
        2,
    ),
    Panel(
        "critical_incidents",
        "Critical",
        "Open incidents that are critical.",
        "number",
        "SELECT count_if(severity = 'critical') AS incidents FROM {schema}open_incidents",
        (("incidents", "Critical"),),
        1,
        2,
    ),
    Panel(
        "not_known",
        "Runs of which nothing can be said",
        "Of the latest 30 runs: those that were not compared, or not since they were profiled again.",
        "number",
        "SELECT count_if(state <> 'current') AS unknown_runs\n"
        "FROM (SELECT state FROM {schema}run_states ORDER BY order_key DESC, run_id DESC LIMIT 30)",
        (("unknown_runs", "Runs"),),
        2,
        2,
    ),
    Panel(
        "learning",
        "Columns that still learn",
        "Columns of the latest compared run that have too few earlier runs to be judged in full.",
        "number",
        "SELECT count_if(l.more_runs > 0) AS learning_columns\n"
        "FROM {schema}learning_columns l\n"
        "JOIN (\n"
        "  SELECT pipeline, max_by(run_id, struct(order_key, run_id)) AS run_id\n"
        "  FROM {schema}run_states WHERE state = 'current' GROUP BY pipeline\n"
        ") latest ON latest.pipeline = l.pipeline AND latest.run_id = l.run_id",
        (("learning_columns", "Columns"),),
        2,
        2,
    ),
    Panel(
        "incidents",
        "What is wrong",
        "Open incidents, the worst first: where each began, since when, in how many runs it was seen.",
        "table",
        "SELECT severity, concat_ws('.', stage, table_name, nullif(column_name, ':table')) AS began_in,\n"
        "       replace(cause, '_', ' ') AS cause, opened_run AS since, runs_seen, sentence, incident_id\n"
        "FROM {schema}open_incidents\n"
        "ORDER BY array_position(array('critical', 'warning', 'review'), severity), opened_at DESC",
        (
            ("severity", "Severity"),
            ("began_in", "Began in"),
            ("cause", "Likely cause"),
            ("since", "Since run"),
            ("runs_seen", "Runs"),
            ("sentence", "What was found"),
            ("incident_id", "Id"),
        ),
        6,
        5,
    ),
    Panel(
        "flagged",
        "Columns that moved, by run",
        "How many columns were flagged in each run, by severity.",
        "bars",
        "SELECT run_id, count(*) AS flagged_columns, severity\n"
        "FROM {schema}column_history\n"
        "WHERE severity <> 'none' AND slice_key IS NULL\n"
        "GROUP BY run_id, severity, order_key\n"
        "ORDER BY order_key, run_id",
        (("run_id", "Run"), ("flagged_columns", "Columns"), ("severity", "Severity")),
        3,
        5,
    ),
    Panel(
        "rows",
        "Rows by table",
        "Rows of each table, run by run.",
        "lines",
        "SELECT run_id, count AS row_count, concat(stage, '.', table_name) AS source_table\n"
        "FROM {schema}profile_metrics\n"
        "WHERE column_name = ':table' AND slice_key IS NULL\n"
        "ORDER BY window.start, run_id",
        (("run_id", "Run"), ("row_count", "Rows"), ("source_table", "Table")),
        3,
        5,
    ),
    Panel(
        "nulls",
        "Nulls of columns that moved",
        "Percent of nulls, run by run, of columns whose nulls ever changed by a percent or more.",
        "lines",
        "SELECT run_id, round(100 * null_share, 2) AS percent_null,\n"
        "       concat_ws('.', stage, table_name, column_name) AS of_column\n"
        "FROM (\n"
        "  SELECT *, max(null_share) OVER (PARTITION BY pipeline, stage, table_name, column_name)\n"
        "            - min(null_share) OVER (PARTITION BY pipeline, stage, table_name, column_name) AS moved\n"
        "  FROM {schema}column_history WHERE slice_key IS NULL AND NOT merged\n"
        ")\n"
        "WHERE moved >= 0.01\n"
        "ORDER BY order_key, run_id",
        (("run_id", "Run"), ("percent_null", "Percent null"), ("of_column", "Column")),
        3,
        5,
    ),
    Panel(
        "models",
        "How models answered",
        "Area under the ROC curve, run by run, of each table with labels and scores.",
        "lines",
        "SELECT run_id, round(auc, 4) AS auc, concat(stage, '.', table_name) AS source_table\n"
        "FROM {schema}model_quality\n"
        "WHERE slice_key IS NULL AND auc IS NOT NULL\n"
        "ORDER BY order_key, run_id",
        (("run_id", "Run"), ("auc", "AUC"), ("source_table", "Table")),
        3,
        5,
    ),
    Panel(
        "checks",
        "Checks that did not pass",
        "Declared checks of the latest run that failed or could not be computed.",
        "table",
        "SELECT status, severity, concat_ws('.', stage, table_name, nullif(column_name, ':table')) AS place,\n"
        "       check_name, expected, observed\n"
        "FROM {schema}failed_checks",
        (
            ("status", "Result"),
            ("severity", "Severity"),
            ("place", "Where"),
            ("check_name", "Check"),
            ("expected", "Expected"),
            ("observed", "Found"),
        ),
        3,
        5,
    ),
    Panel(
        "runs",
        "The latest runs",
        "Whether anything can be said of each of the latest 30 runs.",
        "table",
        "SELECT run_id, state, baseline FROM {schema}run_states ORDER BY order_key DESC, run_id DESC LIMIT 30",
        (("run_id", "Run"), ("state", "State"), ("baseline", "Compared with")),
        3,
        5,
    ),
)
"""The panels, from left to right and from top to bottom."""


def places() -> list[tuple[Panel, int, int]]:
    """Return each panel with its column and row: rows are filled from the left."""
    found, x, y, tallest = [], 0, 0, 0
    for panel in PANELS:
        if x + panel.width > COLUMNS:
            x, y, tallest = 0, y + tallest, 0
        found.append((panel, x, y))
        x, tallest = x + panel.width, max(tallest, panel.height)
    return found
