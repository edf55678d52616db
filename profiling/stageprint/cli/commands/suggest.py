"""``stageprint suggest``."""

from __future__ import annotations

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import show_progress, write
from stageprint.cli.selection import stored_runs
from stageprint.cli.statuses import DONE


@command(
    place=120,
    reads="table_profiles and column_profiles in the store",
    writes="nothing; the proposed checks go to stdout as YAML",
    examples=("suggest --config shop.yml --stage raw --runs 10",),
)
@options.config
@options.stages
@options.tables
@click.option(
    "--runs",
    "last",
    type=click.IntRange(min=1),
    metavar="N",
    help="Use the latest N runs of each table (default: decision.long_window in the configuration, else 28).",
)
def suggest(config_file: str, stages: tuple[str, ...], tables: tuple[str, ...], last: int | None) -> int:
    """Propose checks that held in past runs.

    Prints YAML to paste into the configuration, one document per table. A comment above each check gives the evidence
    for it.
    """
    config = wiring.load_config(config_file)
    config.select(stages, tables)
    stored_runs(wiring.open_results(config), config)
    with show_progress() as progress:
        found = wiring.suggest_checks(config, stages=stages, tables=tables, last=last, progress=progress)
    write("---\n".join(table.text for table in found).rstrip("\n"))
    return DONE
