"""``stageprint skew``."""

from __future__ import annotations

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import result_console, write_json
from stageprint.cli.selection import runs_text, stored_runs
from stageprint.cli.statuses import DONE, TABLE_FAILED
from stageprint.report.json_output import skew_objects
from stageprint.report.terminal.skew import print_skew


@command(
    place=90,
    reads="the tables of both stages, at the sources in the configuration; without --run, also the runs in the store",
    writes="nothing",
    examples=("skew --config shop.yml --run 2026-03-01 --left features --right serving",),
    statuses={
        DONE: "Done, whether or not columns differ.",
        TABLE_FAILED: "At least one table could not be read.",
    },
)
@options.config
@click.option("--run", "run_id", metavar="ID", help="The run (default: the latest one in the store).")
@click.option("--left", required=True, metavar="STAGE", help="A stage, such as features.")
@click.option("--right", required=True, metavar="STAGE", help="The stage to compare it with, such as serving.")
@click.option(
    "--table", "tables", multiple=True, metavar="NAME", help="Only pairs that contain this table; may be repeated."
)
@options.output_format
def skew(config_file: str, run_id: str | None, left: str, right: str, tables: tuple[str, ...], output: str) -> int:
    """Compare two stages row by row, to find training-serving skew.

    Joins the tables of the two stages that have the same keys, and reports which columns differ, in how many rows, and
    how: different null handling, a constant factor, another time zone. Both sources must hold rows; profiles are not
    enough.
    """
    config = wiring.load_config(config_file)
    run = run_id or stored_runs(wiring.open_results(config), config)[-1]
    for stage, _ in [*config.select((left,)), *config.select((right,))]:
        for table in stage.tables:
            # Reports a run name without the date that a source needs before Spark starts.
            table.source.for_run(run)
    found = wiring.compare_rows(config, run, left, right, tables=tables)
    if output == "json":
        write_json(skew_objects(found))
    else:
        print_skew(result_console(config, runs_text([run])), found)
    return DONE
