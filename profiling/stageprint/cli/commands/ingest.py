"""``stageprint ingest``."""

from __future__ import annotations

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import result_console, show_progress
from stageprint.cli.selection import distinct, runs_text
from stageprint.cli.statuses import TABLE_FAILED
from stageprint.report.terminal.outcomes import print_profiled


@command(
    place=20,
    reads="the files that ServingProfiler wrote in serving processes",
    writes="runs, table_profiles and column_profiles in the store",
    examples=(
        "ingest --config shop.yml --run 2026-03-01",
        "ingest --config shop.yml --run 2026-03-01 --table requests --dir /mnt/profiles/{run_id}",
    ),
    statuses={TABLE_FAILED: "At least one file is damaged and was left out; the others are done."},
)
@options.config
@click.option("--run", "runs", multiple=True, required=True, metavar="ID", help="A run; may be repeated.")
@click.option("--stage", default="serving", show_default=True, metavar="NAME", help="The serving stage.")
@click.option("--table", "tables", multiple=True, metavar="NAME", help="Only this table of the stage; may be repeated.")
@click.option(
    "--dir",
    "directory",
    metavar="DIR",
    help="Folder with the files, with {run_id} in its name or one subfolder per run (default: the path of the table's "
    "source of format stageprint).",
)
def ingest(config_file: str, runs: tuple[str, ...], stage: str, tables: tuple[str, ...], directory: str | None) -> int:
    """Store the profiles that serving processes collected.

    Merges the files of all replicas of a service into one profile per table and run. A damaged file is reported and
    left out. Ingesting a run again replaces its profiles.
    """
    chosen = distinct(runs)
    config, names = wiring.ingest_config(wiring.load_config(config_file), stage, tables, directory)
    with show_progress() as progress:
        outcome = wiring.profile_runs(config, chosen, stages=[stage], tables=names, progress=progress)
    print_profiled(result_console(config, runs_text(chosen)), outcome)
    return outcome.exit_status
