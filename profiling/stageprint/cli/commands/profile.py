"""``stageprint profile``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import result_console, show_progress
from stageprint.cli.selection import check_some_or_all, runs_text, some_or_all
from stageprint.cli.statuses import MEANINGS, TABLE_FAILED
from stageprint.errors import UsageError
from stageprint.report.terminal.outcomes import print_profiled

if TYPE_CHECKING:
    from stageprint.config.sources import ReadPath


@command(
    place=10,
    reads="the tables of the runs, at the sources in the configuration",
    writes="runs, table_profiles and column_profiles in the store",
    examples=(
        "profile --config shop.yml --run 2026-03-01",
        "profile --config shop.yml --all-runs --stage features --stage training",
    ),
    statuses={TABLE_FAILED: MEANINGS[TABLE_FAILED]},
)
@options.config
@options.some_or_all_runs("the sources hold")
@options.stages
@options.tables
@click.option(
    "--engine",
    type=click.Choice(["auto", "local", "spark", "arrow", "dataframe"]),
    help="How to read the tables: local (in this process, without Spark), spark (arrow if it can read the table, else "
    "dataframe), arrow (fast, for Parquet files), dataframe (any Spark source), or auto (spark if a session is running "
    "or if a source or the store needs it, else local). Default: engine in the configuration, else auto.",
)
def profile(
    config_file: str,
    runs: tuple[str, ...],
    all_runs: bool,
    stages: tuple[str, ...],
    tables: tuple[str, ...],
    engine: ReadPath | None,
) -> int:
    """Profile the tables of runs and store the profiles.

    A profile is the fingerprint of one table in one run: counts, null shares, quantiles, distinct and frequent values
    of every column. Each table is read once. A table that cannot be read is reported and does not stop the others.
    Profiling a run again replaces its profiles.
    """
    config = wiring.load_config(config_file)
    check_some_or_all(runs, all_runs)
    for _, table in config.select_sources(stages, tables):
        for run in runs:
            # Reports a run name without the date that a source needs before Spark starts.
            table.source.for_run(run)
    chosen = some_or_all(runs, all_runs, lambda: wiring.list_runs(config, engine, stages, tables))
    if not chosen:
        message = (
            f"pipeline {config.pipeline!r}: the sources hold no run yet; expected files where the path of a source "
            "has {run_id} or {run_date}"
        )
        raise UsageError(message)
    with show_progress() as progress:
        outcome = wiring.profile_runs(config, chosen, stages=stages, tables=tables, progress=progress, engine=engine)
    print_profiled(result_console(config, runs_text(chosen)), outcome)
    return outcome.exit_status
