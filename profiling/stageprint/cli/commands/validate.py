"""``stageprint validate``."""

from __future__ import annotations

from typing import Final

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import write, write_error, write_json
from stageprint.cli.statuses import DONE, TABLE_FAILED, UNUSABLE
from stageprint.model.figures import plural

_SOURCE: Final = "source"


@command(
    place=7,
    reads="the configuration, and the schemas of its sources: footers, logs, first lines",
    writes="nothing",
    examples=("validate --config shop.yml", "validate --config shop.yml --run 2026-03-01 --format json"),
    statuses={
        DONE: "Every name was found.",
        UNUSABLE: "A name is wrong, or the file is not a configuration.",
        TABLE_FAILED: "No name is wrong, but a source is missing or cannot be opened.",
    },
)
@options.config_file
@click.option("--run", "run_id", metavar="ID", help="The run whose sources are checked (default: the newest).")
@click.option("--no-spark", is_flag=True, help="Do not start Spark for catalog tables and queries.")
@options.output_format
def validate(config_file: str, run_id: str | None, no_spark: bool, output: str) -> int:
    """Check every name in a configuration, without reading a table.

    Looks up the columns of keys, times, references, slices, checks and thresholds in the sources' schemas, and checks
    that reader options exist. Reports each problem with its line.
    """
    found = wiring.validate_config(config_file, run=run_id, spark=not no_spark)
    if output == "json":
        write_json(
            {"file": found.file, "line": one.line, "key": one.key or None, "kind": one.kind, "problem": one.text}
            for one in found.problems
        )
    for one in found.problems if output != "json" else ():
        write(f"{found.file}:{one.line}: {one.key}{': ' if one.key else ''}{one.text}")
    for note in found.notes:
        write_error(f"note: {note}")
    if found.problems:
        return TABLE_FAILED if all(one.kind == _SOURCE for one in found.problems) else UNUSABLE
    if output != "json":
        looked_at = f"{plural(found.columns, 'column')} of {plural(found.tables, 'table')}"
        checked = f"every name was found in {looked_at}" if found.tables else "no table could be looked at here"
        write(f"{found.file}: {checked}")
    return DONE
