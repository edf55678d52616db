"""``stageprint check``."""

from __future__ import annotations

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.junit import junit_of_checks
from stageprint.cli.output import result_console, show_progress, write_error, write_json, write_junit
from stageprint.cli.selection import check_some_or_all, runs_text, some_or_all, stored_runs
from stageprint.cli.statuses import DONE, FOUND, TABLE_FAILED
from stageprint.errors import UsageError, did_you_mean
from stageprint.report.json_output import check_objects
from stageprint.report.rows import check_row
from stageprint.report.terminal.outcomes import print_checked


@command(
    place=50,
    reads="table_profiles and column_profiles of the runs",
    writes="manifests, check_results, incidents and notifications in the store",
    examples=(
        "check --config shop.yml --run 2026-03-01",
        "check --config shop.yml --run 2026-03-01 --table orders --format json",
    ),
    statuses={
        DONE: "No failed check is at or above --fail-on.",
        FOUND: "A failed check is at or above --fail-on.",
        TABLE_FAILED: "At least one table could not be checked; the others are done.",
    },
)
@options.config
@options.some_or_all_runs("the store holds")
@options.stages
@options.tables
@options.fail_on
@options.result_format
def check(
    config_file: str,
    runs: tuple[str, ...],
    all_runs: bool,
    stages: tuple[str, ...],
    tables: tuple[str, ...],
    fail_on: str | None,
    output: str,
) -> int:
    """Evaluate the declared checks of runs.

    Evaluates the checks in the configuration from the stored profiles; the tables are not read again. `stageprint
    compare` evaluates them too. Checking a run again replaces its results and updates its incidents. A run that was
    not compared has no incidents.
    """
    config = wiring.load_config(config_file)
    check_some_or_all(runs, all_runs)
    selected = config.select(stages, tables)
    if not selected:  # they may be tables that patterns brought into the store
        joined = wiring.joined(config, wiring.open_results(config))
        selected = joined.select(stages, tables)
        if not selected:
            hint = did_you_mean(tables[0], [table.name for _, table in joined.select(stages)])
            message = f"no table {tables[0]!r} in pipeline {config.pipeline!r}{hint}"
            raise UsageError(message)
    if not any(table.checks or table.references for _, table in selected):
        where = ", ".join(f"{stage.name}.{table.name}" for stage, table in selected)
        message = f"{config_file}: no check is declared for {where}; `stageprint suggest` proposes checks"
        raise UsageError(message)
    chosen = some_or_all(runs, all_runs, lambda: stored_runs(wiring.open_results(config), config))
    with show_progress() as progress:
        outcome = wiring.check_runs(config, chosen, stages=stages, tables=tables, progress=progress)
    for note in () if output == "table" else outcome.notes:
        write_error(f"note: {note}")
    if output == "json":
        write_json(check_objects(check_row(result) for result in outcome.checks))
    elif output == "junit":
        write_junit(config, junit_of_checks(chosen, outcome.checks), options.failing_severity(fail_on, config))
    else:
        print_checked(result_console(config, runs_text(chosen)), outcome)
    return outcome.exit_status(options.failing_severity(fail_on, config))
