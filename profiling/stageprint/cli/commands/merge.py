"""``stageprint merge``."""

from __future__ import annotations

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import result_console, show_progress
from stageprint.cli.selection import check_some_or_all, runs_text, some_or_all, stored_runs
from stageprint.cli.statuses import TABLE_FAILED
from stageprint.report.terminal.outcomes import print_profiled


@command(
    place=30,
    reads="table_profiles and column_profiles of the runs",
    writes="runs, table_profiles and column_profiles of the new run",
    examples=("merge --config shop.yml --run 2026-03-01 --run 2026-03-02 --into 2026-W09",),
    statuses={TABLE_FAILED: "At least one table could not be merged; the others are done."},
)
@options.config
@options.some_or_all_runs("the store holds")
@click.option("--into", required=True, metavar="ID", help="The run to store the result as.")
@options.stages
@options.tables
def merge(
    config_file: str,
    runs: tuple[str, ...],
    all_runs: bool,
    into: str,
    stages: tuple[str, ...],
    tables: tuple[str, ...],
) -> int:
    """Merge the stored profiles of runs into one run.

    For example, seven days become a week. The tables are not read again.
    """
    config = wiring.load_config(config_file)
    check_some_or_all(runs, all_runs)
    config.select(stages, tables)
    chosen = some_or_all(
        runs, all_runs, lambda: [run for run in stored_runs(wiring.open_results(config), config) if run != into]
    )
    with show_progress() as progress:
        outcome = wiring.merge_runs(config, chosen, into, stages=stages, tables=tables, progress=progress)
    print_profiled(result_console(config, f"{runs_text(chosen)} into {into}"), outcome)
    return outcome.exit_status
