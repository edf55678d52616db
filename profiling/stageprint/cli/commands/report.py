"""``stageprint report``."""

from __future__ import annotations

from pathlib import Path

import click

from stageprint.cli import options, wiring
from stageprint.cli.command import command
from stageprint.cli.output import write, write_error
from stageprint.cli.selection import (
    check_some_or_all,
    check_stored,
    distinct,
    latest_compared,
    some_or_all,
    stored_runs,
)
from stageprint.cli.statuses import DONE
from stageprint.errors import UsageError


@command(
    place=70,
    reads="the result tables in the store: profiles, shifts, findings and check results",
    writes="HTML files",
    examples=(
        "report --config shop.yml --out report.html",
        "report --config shop.yml --run 2026-03-01 --out report.html",
        "report --config shop.yml --all-runs --folder reports",
        "report --config shop.yml --run 2026-03-01 --mlflow data-quality",
    ),
)
@options.config
@options.some_or_all_runs("the store holds; with --folder")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE.html",
    help="The file to write for one run; an existing file is replaced.",
)
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="The folder to write one page per run and an index.html of all runs to; it is created if needed.",
)
@click.option(
    "--mlflow",
    "experiment",
    metavar="EXPERIMENT",
    help="Log one run to this MLflow experiment: its worst severity, its counts and the report. MLFLOW_TRACKING_URI "
    "names the server.",
)
def report(
    config_file: str,
    runs: tuple[str, ...],
    all_runs: bool,
    out: Path | None,
    folder: Path | None,
    experiment: str | None,
) -> int:
    """Write HTML reports about runs, or log one to MLflow.

    Without --run or --all-runs, the report is about the latest run that is compared. Each file shows what broke, where
    it began, pictures of it, checks, the stage graph, and every column across the latest runs. It is self-contained and
    loads nothing from elsewhere, so you can send it by e-mail.
    """
    config = wiring.load_config(config_file)
    if runs:
        check_some_or_all(runs, all_runs)
    if (folder is not None and (out is not None or experiment is not None)) or (out, folder, experiment) == (None,) * 3:
        message = (
            "expected either --out FILE.html for one run, or --folder DIR for any number of runs; --mlflow EXPERIMENT "
            "logs one run, with or without --out"
        )
        raise UsageError(message)
    if folder is None and (all_runs or len(distinct(runs)) > 1):
        where = f"--out {out} is one file" if out is not None else f"--mlflow {experiment} is"
        message = f"{where} for one run; for several runs give --folder DIR"
        raise UsageError(message)
    if out is not None and not out.parent.is_dir():
        message = f"--out {out}: folder {out.parent} does not exist; create it first"
        raise UsageError(message)
    results = wiring.open_results(config)
    known = stored_runs(results, config)
    chosen = some_or_all(runs, all_runs, lambda: known)
    check_stored(chosen, known, config)
    if not chosen:
        latest, why = latest_compared(results, known, config)
        chosen = [latest]
        if why is not None:
            write_error(why)
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for name, html in wiring.render_reports(config, results, chosen, folder):
            out = folder / name
            _replace(out, html)
        write(str(out))
        return DONE
    html = wiring.render_report(config, results, chosen[0])
    if out is not None:
        _replace(out, html)
        write(str(out))
    if experiment is not None:
        write(wiring.log_to_mlflow(config, results, chosen[0], experiment, html))
    return DONE


def _replace(file: Path, html: str) -> None:
    """Write a file; the old one stays complete until the new one is."""
    partial = file.with_name(f".{file.name}.partial")
    partial.write_text(html, encoding="utf-8")
    partial.replace(file)
