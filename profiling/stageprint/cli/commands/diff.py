"""``stageprint diff``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import write, write_json
from stageprint.cli.selection import check_stored, stored_runs
from stageprint.cli.statuses import DONE, FOUND, TABLE_FAILED
from stageprint.model import Severity
from stageprint.model.finding import finding_object
from stageprint.report.json_output import finding_objects
from stageprint.report.notebook import findings_text


@command(
    place=5,
    reads="files: Parquet, CSV, JSON, ORC or Delta; for runs, the store",
    writes="nothing",
    examples=(
        "diff data/2026-03-01/orders data/2026-03-02/orders",
        "diff old.csv new.csv --key id --fail-on warning",
        "diff 2026-03-01 2026-03-02 --config shop.yml",
    ),
    statuses={FOUND: "A difference is at or above --fail-on.", TABLE_FAILED: "A file could not be read."},
)
@click.argument("old", metavar="OLD")
@click.argument("new", metavar="NEW")
@click.option("--key", "keys", multiple=True, metavar="COLUMN", help="A column of the table's key; may be repeated.")
@click.option(
    "--config",
    "-c",
    "config_file",
    metavar="FILE",
    envvar=options.CONFIG_VARIABLE,
    help=f"The configuration of the pipeline that OLD and NEW are runs of (default: {options.CONFIG_FILE} in this "
    "folder).",
)
@click.option(
    "--fail-on",
    type=click.Choice(["critical", "warning", "review", "never"]),
    default="critical",
    show_default=True,
    help="Lowest severity that makes the exit status 1.",
)
@options.output_format
def diff(old: str, new: str, keys: tuple[str, ...], config_file: str | None, fail_on: str, output: str) -> int:
    """Compare two files, folders or runs, and say what changed and why.

    OLD and NEW are paths or, if neither path exists, runs in the store of the configured pipeline. One earlier table or
    run does not show how far columns usually move, so only gross or exact differences are reported. With several
    earlier runs, `stageprint compare` tells you much more.
    """
    file = config_file or (options.CONFIG_FILE if Path(options.CONFIG_FILE).is_file() else None)
    if file is not None and not keys and not any(map(_is_path, (old, new))):
        rows, shown = _of_runs(file, old, new)
    else:
        found = wiring.diff(old, new, keys)
        rows, shown = list(found.findings), repr(found)
    if output == "json":
        write_json(finding_objects(rows))
    else:
        for line in shown.splitlines():
            write(line)
    if fail_on == "never":
        return DONE
    worst = max((Severity(row["severity"]).rank for row in rows), default=0)
    return FOUND if worst >= Severity(fail_on).rank else DONE


def _is_path(text: str) -> bool:
    return "/" in text or Path(text).exists()


def _of_runs(file: str, old: str, new: str) -> tuple[list[Mapping[str, Any]], str]:
    """Return what differs between two runs, and that as text."""
    config = wiring.load_config(file)
    stored = stored_runs(wiring.open_results(config), config)
    check_stored([old, new], stored, config)
    outcome = wiring.diff_runs(config, old, new)
    rows: list[Mapping[str, Any]] = [finding_object(finding) for finding in outcome.findings]
    name = f"runs {old} and {new}"
    return rows, findings_text(name, outcome.compared, rows, with_stages=True)
