"""``stageprint show``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import result_console, write_json
from stageprint.cli.selection import named_finding, named_table, stored_runs
from stageprint.cli.statuses import DONE
from stageprint.errors import UsageError
from stageprint.model import TableKey
from stageprint.model.figures import plural
from stageprint.report.faulty_rows import FaultyRows, RowQuery
from stageprint.report.json_output import finding_objects
from stageprint.report.next_steps import next_steps, queries
from stageprint.report.terminal.columns import columns_table
from stageprint.report.terminal.console import print_whole
from stageprint.report.terminal.finding import print_finding

if TYPE_CHECKING:
    from stageprint.config.pipeline import PipelineConfig
    from stageprint.pipeline.results import Results


@command(
    place=82,
    reads="table_profiles and column_profiles in the store; for a finding also findings, incidents and shifts",
    writes="nothing",
    examples=(
        "show raw.orders --config shop.yml",
        "show orders --config shop.yml --run 2026-03-01 --format json",
        "show 4b6f0c --config shop.yml",
    ),
)
@click.argument("what", metavar="[STAGE.]TABLE|FINDING|INCIDENT")
@options.config
@click.option("--run", "run_id", metavar="ID", help="The run (default: the latest one that profiled the table).")
@options.output_format
def show(what: str, config_file: str, run_id: str | None, output: str) -> int:
    """Show the profile of one table, or one finding in full.

    For a table, shows one line per column: type, nulls, distinct values, range, most frequent value, and the worst
    shift found in the column. For a finding, named by its id or the first characters of it: its evidence, its column
    across the runs, what to look at first, and SQL. For an incident, named the same way: its latest finding.
    """
    config = wiring.load_config(config_file)
    results = wiring.open_results(config)
    config = wiring.joined(config, results)
    stored = stored_runs(results, config)
    finding = None if _is_table(config, what) else named_finding(results, what)
    if finding is not None:
        return _show_finding(config, results, finding, output)
    key = named_table(config, what)
    if run_id is not None:
        results.require_run(run_id)
    asked = stored if run_id is None else [run_id]
    profiled = [row for row in results.table_rows(asked) if (row["stage"], row["table"]) == (key.stage, key.table)]
    if not profiled:
        message = f"{key} was profiled in no run of the store {config.store}"
        raise UsageError(message if run_id is None else f"{key} was not profiled in run {run_id}")
    (row,) = [one for one in profiled if one["run_id"] == max((one["run_id"] for one in profiled), key=asked.index)]
    columns = sorted(results.column_rows([row["run_id"]], [key]), key=lambda one: one["column_position"] or 0)
    if output == "json":
        write_json(columns)
        return DONE
    console = result_console(config, f"run {row['run_id']}")
    if row["status"] == "failed":
        console.print(f"{key} could not be profiled: {row['error']}")
        return DONE
    console.print(f"{key}: {plural(row['row_count'], 'row')}, {plural(len(columns), 'column')}")
    print_whole(console, columns_table([{**one, "column_name": one["column"]} for one in columns], flagged=True))
    for note in (*([row["error"]] if row["error"] else ()), *(row.get("source_notes") or ())):
        console.print(f"note: {note}")
    return DONE


def _is_table(config: PipelineConfig, what: str) -> bool:
    return any(what in {each.name, f"{stage.name}.{each.name}"} for stage, each in config.select())


def _show_finding(config: PipelineConfig, results: Results, finding: Mapping[str, Any], output: str) -> int:
    stage, table, column = (finding[name] for name in ("stage", "table", "column"))
    history = [] if column is None else results.history(stage, table, column)
    run = finding["run_id"]
    until = next((at + 1 for at, row in enumerate(history) if row["run_id"] == run), len(history))
    history = history[max(0, until - _RUNS_BEFORE) : until + _RUNS_AFTER]
    steps, sql, rows = next_steps(finding["cause"]), queries(finding), _rows_of(config, results, finding)
    if output == "json":
        (shown,) = finding_objects([finding])
        more = {"meaning": steps.meaning, "check": list(steps.check), "fix": steps.fix, "sql": sql, "history": history}
        about = None if rows is None else asdict(rows)
        write_json([{**shown, **more, "rows": about}])
        return DONE
    console = result_console(config, f"run {run}")
    print_finding(console, finding, steps, history, sql, rows)
    return DONE


def _rows_of(config: PipelineConfig, results: Results, finding: Mapping[str, Any]) -> RowQuery | None:
    """Return the query for the rows that a finding is about."""
    run, places = [finding["run_id"]], [f"{finding['stage']}.{finding['table']}"]
    evidence = finding["evidence"] or {}
    places += [str(evidence[name]) for name in ("source_table", "training_table") if evidence.get(name)]
    keys = [TableKey(stage, table) for stage, _, table in (place.partition(".") for place in places)]
    return FaultyRows(config, results.table_rows(run), results.column_rows(run, keys)).of(finding)


_RUNS_BEFORE: Final = 10
_RUNS_AFTER: Final = 3
"""Runs before the finding's (which is one of them) and after it whose figures are shown."""
