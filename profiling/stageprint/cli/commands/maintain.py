"""``stageprint maintain``."""

from __future__ import annotations

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import result_console, show_progress, write_json
from stageprint.cli.statuses import DONE
from stageprint.report.terminal.upkeep import maintained_objects, print_maintained


@command(
    place=140,
    reads="all result tables in the store",
    writes="all result tables in the store: fewer rows where retention in the configuration says so, and fewer files",
    examples=(
        "maintain --config shop.yml --dry-run",
        "maintain --config shop.yml",
    ),
)
@options.config
@click.option("--dry-run", is_flag=True, help="Show what would be removed, and change nothing.")
@click.option(
    "--include-marked",
    is_flag=True,
    help="Also remove runs that are otherwise kept at any age: bad runs, runs in which an accepted shift began, and "
    "baselines of other runs.",
)
@click.option(
    "--now",
    is_flag=True,
    help="Keep no old version of the result tables. Use it only while nothing else reads or writes the store.",
)
@options.output_format
def maintain(config_file: str, dry_run: bool, include_marked: bool, now: bool, output: str) -> int:
    """Remove old runs, and compact the store's files.

    Removes the runs and tables that exceed the limits under `retention` in the configuration (without limits: none),
    and what interrupted commands left behind. Then merges many files into few, deletes files that no version within the
    last week needs, and shortens the tables' logs. Safe while other commands read and write.
    """
    config = wiring.load_config(config_file)
    with show_progress() as progress:
        outcome = wiring.maintain_store(
            config, dry_run=dry_run, include_marked=include_marked, now=now, progress=progress
        )
    if output == "json":
        write_json(maintained_objects(outcome))
    else:
        print_maintained(result_console(config, "maintenance"), outcome)
    return DONE
