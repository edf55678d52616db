"""``stageprint runs delete``."""

from __future__ import annotations

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import result_console
from stageprint.cli.selection import runs_text
from stageprint.cli.statuses import DONE
from stageprint.errors import UsageError
from stageprint.report.terminal.upkeep import print_deleted


@command(
    place=30,
    reads="all result tables in the store",
    writes="all result tables in the store, without the runs",
    examples=(
        "runs delete 2026-03-01 --config shop.yml --dry-run",
        "runs delete 2026-03-01 2026-03-02 --config shop.yml --yes",
    ),
)
@click.argument("runs", metavar="RUN...", nargs=-1, required=True)
@options.config
@click.option("--dry-run", is_flag=True, help="Show how many rows would be removed, and change nothing.")
@click.option("--yes", is_flag=True, help="Delete the runs; without --yes or --dry-run, nothing is done.")
def delete(runs: tuple[str, ...], config_file: str, dry_run: bool, yes: bool) -> int:
    """Delete runs from all result tables.

    If the command is interrupted, the runs are either still whole or no longer known; run it again. Shifts that a
    person accepted stay accepted. Old versions of the tables hold the rows until `stageprint maintain` deletes them.
    """
    config = wiring.load_config(config_file)
    if not yes and not dry_run:
        message = f"{runs_text(runs)} cannot be brought back: give --yes to delete, or --dry-run to look"
        raise UsageError(message)
    outcome = wiring.delete_runs(config, runs, dry_run=dry_run)
    print_deleted(result_console(config, runs_text(runs)), outcome)
    return DONE
