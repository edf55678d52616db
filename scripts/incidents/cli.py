"""The command line: how many scenarios, in how many processes, and where the figures go."""

from __future__ import annotations

import json
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

import click

from scripts.incidents.plan import FULL, QUICK, Job, Outcome, work
from scripts.incidents.report import figures, page


@click.command()
@click.option("--quick", is_flag=True, help="Only some scenarios and healthy runs: minutes instead of half an hour.")
@click.option("--processes", type=click.IntRange(min=1), default=2, show_default=True, help="Worker processes.")
@click.option("--page", "markdown", type=click.Path(dir_okay=False, path_type=Path), help="Write the tables here.")
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write every scenario here.")
def main(quick: bool, processes: int, markdown: Path | None, file: Path | None) -> None:
    """Plant incidents in two pipelines and state what is found, where, and under which name."""
    began = time.monotonic()
    # Not forked: Arrow's threads do not survive it.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        outcomes = list(pool.map(_work, QUICK if quick else FULL))
    results = [result for outcome in outcomes for result in outcome.results]
    clean = [run for outcome in outcomes for run in outcome.clean]
    stopped = [name for outcome in outcomes for name in outcome.stopped]
    text = page(results, clean, stopped, "make incidents-quick" if quick else "make incidents")
    click.echo(text)
    if markdown is not None:
        markdown.parent.mkdir(parents=True, exist_ok=True)
        markdown.write_text(text, encoding="utf-8")
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps([asdict(result) for result in results], indent=1) + "\n", encoding="utf-8")
    click.echo(json.dumps({**figures(results, clean), "seconds": round(time.monotonic() - began)}))


def _work(job: Job) -> Outcome:
    return work(job, lambda line: click.echo(line, err=True))
