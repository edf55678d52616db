"""``stageprint report``."""

from __future__ import annotations

from pathlib import Path

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import write
from stageprint.cli.selection import check_stored, stored_runs
from stageprint.cli.statuses import DONE
from stageprint.errors import UsageError


@command(
    place=70,
    reads="the result tables in the store: profiles, shifts, findings and check results",
    writes="one HTML file",
    examples=("report --config shop.yml --run 2026-03-01 --out report.html",),
)
@options.config
@options.run
@click.option(
    "--out",
    required=True,
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE.html",
    help="The file to write; an existing file is replaced.",
)
def report(config_file: str, run_id: str, out: Path) -> int:
    """Write an HTML report about a run.

    The file is self-contained: findings, checks, the stage graph, and every column through the latest runs. It loads
    nothing from elsewhere and runs no script, so it can be sent by e-mail.
    """
    config = wiring.load_config(config_file)
    if not out.parent.is_dir():
        message = f"--out {out}: folder {out.parent} does not exist; create it first"
        raise UsageError(message)
    results = wiring.open_results(config)
    check_stored([run_id], stored_runs(results, config), config)
    html = wiring.render_report(config, results, run_id)
    # The old file stays complete until the new one is.
    partial = out.with_name(f".{out.name}.partial")
    partial.write_text(html, encoding="utf-8")
    partial.replace(out)
    write(str(out))
    return DONE
