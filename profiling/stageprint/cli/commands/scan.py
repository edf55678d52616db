"""``stageprint scan``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import write, write_error, write_json
from stageprint.cli.statuses import DONE, TABLE_FAILED
from stageprint.errors import SourceError

if TYPE_CHECKING:
    from stageprint.interactive import Profile


@command(
    place=4,
    reads="files: Parquet, CSV, JSON, ORC or Delta",
    writes="nothing",
    examples=("scan orders.parquet", "scan data/2026-03-01 customers.csv --format json"),
    statuses={TABLE_FAILED: "A file could not be read; the others are shown."},
)
@click.argument("paths", nargs=-1, required=True, metavar="FILE_OR_FOLDER...")
@options.output_format
def scan(paths: tuple[str, ...], output: str) -> int:
    """Show the profile of files; no configuration is needed.

    Shows one line per column: type, nulls, distinct values, range, most frequent value. A folder is one table. JSON
    output has every metric of every column.
    """
    read = [_read(path) for path in paths]
    found = [one for one in read if one is not None]
    status = DONE if len(found) == len(read) else TABLE_FAILED
    if output == "json":
        write_json({"table": one.name, **column} for one in found for column in one.columns)
        return status
    for number, one in enumerate(found):
        for line in repr(one).splitlines():
            write(line)
        if number + 1 < len(found):
            write("")
    return status


def _read(path: str) -> Profile | None:
    """Return the profile of files; None: they cannot be read, and that was said."""
    try:
        return wiring.scan(path)
    except SourceError as error:
        write_error(str(error))
        return None
