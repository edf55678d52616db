"""``stageprint history``."""

from __future__ import annotations

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import result_console, write_json
from stageprint.cli.statuses import DONE
from stageprint.model.figures import plural
from stageprint.report.terminal.history import history_table


@command(
    place=80,
    reads="table_profiles, column_profiles and shifts in the store",
    writes="nothing",
    examples=("history --config shop.yml --stage raw --table orders --column price",),
)
@options.config
@click.option("--stage", required=True, metavar="NAME", help="The column's stage.")
@click.option("--table", required=True, metavar="NAME", help="The column's table.")
@click.option("--column", required=True, metavar="NAME", help="The column.")
@options.output_format
def history(config_file: str, stage: str, table: str, column: str, output: str) -> int:
    """Show one column's metrics, run by run.

    Shows rows, null share, distinct values, quantiles, and whether the run was flagged. The oldest run comes first.
    """
    config = wiring.load_config(config_file)
    if not config.has_patterns:
        config.table(stage, table)
    results = wiring.open_results(config)
    wiring.joined(config, results).table(stage, table)
    rows = results.history(stage, table, column)
    if output == "json":
        write_json(rows)
        return DONE
    console = result_console(config, f"{stage}.{table}.{column}, {plural(len(rows), 'run')}")
    console.print(history_table(rows, console.width))
    return DONE
