"""``stageprint init``."""

from __future__ import annotations

from pathlib import Path

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import show_progress, write, write_error
from stageprint.cli.statuses import DONE, TABLE_FAILED
from stageprint.errors import UsageError, plain_reason
from stageprint.model.figures import plural


@command(
    place=6,
    reads="the tables: schemas, and the values of at most 500,000 rows each; of larger ones, all values of their keys",
    writes="the configuration, with the evidence as comments; everything in an existing file is kept",
    examples=("init data/", "init data/2026-03-01 --file shop.yml", "init target/manifest.json", "init main.sales"),
    statuses={TABLE_FAILED: "A table could not be read; it is in the file, with the reason."},
)
@click.argument("where", required=False, metavar="[FOLDER|manifest.json|CATALOG.SCHEMA]")
@click.option(
    "--file",
    "-f",
    "file",
    metavar="FILE",
    envvar=options.CONFIG_VARIABLE,
    default=options.CONFIG_FILE,
    show_default=True,
    help=f"The configuration to write (default: ${options.CONFIG_VARIABLE}, if set).",
)
@click.option("--pipeline", metavar="NAME", help="Name of the pipeline (default: that of the folder).")
@click.option(
    "--store", metavar="PATH", default="./observability", show_default=True, help="Where to store the results."
)
@click.option("--dry-run", is_flag=True, help="Print the configuration, and write nothing.")
def init(where: str | None, file: str, pipeline: str | None, store: str, dry_run: bool) -> int:
    """Draft a configuration from existing tables.

    Finds the tables of a folder (Parquet, Delta, CSV, JSON, ORC), a dbt project or a schema, and derives from their
    names and values the runs, keys, event times, foreign keys and upstream stages. Comments give the evidence. If you
    run the command again, it adds new tables and changes nothing else; you need not say again where the tables are.
    """
    with show_progress() as progress:
        draft = wiring.draft_config(where, file, pipeline=pipeline, store=store, progress=progress)
    if dry_run:
        write(draft.text.rstrip("\n"))
    elif draft.changed:
        _replace(Path(file), draft.text)
    if not draft.changed:
        place = "" if where is None else f" in {where}"
        write(f"{file}: nothing is new{place}; the file is as it was")
        return DONE
    failed = [table for table in draft.new if table.problem is not None]
    if not dry_run:
        keys = sum(table.keys is not None for table in draft.new)
        references = sum(len(table.references) for table in draft.new)
        times = sum(table.event_time is not None for table in draft.new)
        stages = len({table.found.stage for table in draft.new})
        write(
            f"{file}: {plural(len(draft.new), 'table')} in {plural(stages, 'stage')}; {plural(keys, 'key')}, "
            f"{plural(references, 'foreign key')}, {plural(times, 'event time')}"
        )
        write(f"read it, then: stageprint validate --config {file}; stageprint profile --config {file} --all-runs")
    for table in failed:
        write_error(f"{table.found.full_name}: {table.problem}")
    return TABLE_FAILED if failed else DONE


def _replace(file: Path, text: str) -> None:
    """Write the file in one step, so that an interrupted command leaves the old one."""
    beside = file.with_name(f".{file.name}.new")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, "utf-8")
        beside.replace(file)
    except OSError as error:
        message = f"{file} cannot be written: {plain_reason(error)}"
        raise UsageError(message) from error
