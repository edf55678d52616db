"""``stageprint purge``."""

from __future__ import annotations

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import result_console, show_progress
from stageprint.cli.statuses import DONE
from stageprint.errors import UsageError
from stageprint.report.terminal.upkeep import print_purged


@command(
    place=150,
    reads="all result tables in the store",
    writes="all result tables in the store, without the column",
    examples=(
        "purge --config shop.yml --column raw.customers.email --dry-run",
        "purge --config shop.yml --column raw.customers.email --now --yes",
    ),
)
@options.config
@click.option(
    "--column", required=True, metavar="STAGE.TABLE.COLUMN", help="The column; columns nested in it are removed too."
)
@click.option("--dry-run", is_flag=True, help="Show how many rows would be removed, and change nothing.")
@click.option(
    "--now",
    is_flag=True,
    help="Also delete the files and log entries of old versions, so that no byte of the column is left. Use it "
    "only while nothing else reads or writes the store.",
)
@click.option("--yes", is_flag=True, help="Remove the column; without --yes or --dry-run, nothing is done.")
def purge(config_file: str, column: str, dry_run: bool, now: bool, yes: bool) -> int:
    """Remove what the store holds about a column, in all runs.

    Removes the column's profiles, sketches, shifts, check results and slices. A finding about it loses its sentence and
    evidence, but keeps run, severity, cause and place, so that no run looks free of findings.
    """
    config = wiring.load_config(config_file)
    if not yes and not dry_run:
        message = f"what is removed of {column} cannot be brought back: give --yes to do it, or --dry-run to look"
        raise UsageError(message)
    with show_progress() as progress:
        outcome = wiring.purge_column(config, column, now=now, dry_run=dry_run, progress=progress)
    print_purged(result_console(config, f"column {column}"), outcome)
    return DONE
