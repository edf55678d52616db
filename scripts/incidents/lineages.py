"""``python -m scripts.incidents.lineages``: what is found where lineage is declared, recorded, or kept nowhere.

Every faulty run is profiled once, and compared once for each way in which lineage is kept: nothing else differs.
"""

from __future__ import annotations

import copy
import json
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import get_args

import click

from scripts.incidents.flights import Flights
from scripts.incidents.flow import Flow, PipelineStoppedError
from scripts.incidents.orders import Orders
from scripts.incidents.plan import FULL, MIN_HEALTHY_RUNS, QUICK, TESTED_RUNS, Job, scenarios
from scripts.incidents.recorded import Kept, lineage_for
from scripts.incidents.run import Bench
from scripts.incidents.score import Result, summarise
from scripts.incidents.steps import FLIGHTS, ORDERS


def benches(job: Job) -> dict[Kept, Bench]:
    """Return a bench for each way of keeping lineage, over the same healthy profiles."""
    flow: Flow = Flights(job.series) if job.pipeline == "flights" else Orders(job.series, job.weeks)
    steps = FLIGHTS if job.pipeline == "flights" else ORDERS
    found: dict[Kept, Bench] = {}
    healthy = None
    for kept in get_args(Kept):
        own = copy.copy(flow)  # with the tables that are already computed
        own.config, lineage = lineage_for(flow, steps, kept)
        bench = Bench(own, MIN_HEALTHY_RUNS, TESTED_RUNS, lineage)
        healthy = healthy or bench.healthy()
        bench.build(partial(click.echo, err=True), healthy)
        found[kept] = bench
    return found


def work(every: int, job: Job) -> dict[Kept, list[Result]]:
    """Return the results of every so many of a job's scenarios, for each way of keeping lineage."""
    found = benches(job)
    (first, *_) = found.values()
    runs = first.flow.runs[-TESTED_RUNS:-1]
    results: dict[Kept, list[Result]] = {kept: [] for kept in found}
    for number, scenario in enumerate(scenarios(job, first.flow)[::every]):
        run = runs[number % len(runs)]
        try:
            faulty = first.faulty(scenario, run)
        except PipelineStoppedError:
            continue
        for kept, bench in found.items():
            results[kept].append(bench.judged(scenario, run, faulty))
        if number % 10 == 9:
            click.echo(f"{first.flow.name}: {number + 1} scenarios", err=True)
    return results


def table(results: dict[Kept, list[Result]]) -> str:
    """Return the figures as a table in Markdown."""
    lines = [
        "| lineage | faults planted | found | right stage | right table and column | right cause | other findings |",
        "|---|---|---|---|---|---|---|",
    ]
    for kept, found in results.items():
        figures = summarise(found)
        shares = (figures.recall, figures.stage, figures.column, figures.cause)
        others = sum(len(result.others) for result in found)
        lines.append(f"| {kept} | {figures.planted} | {' | '.join(f'{share:.1%}' for share in shares)} | {others} |")
    return "\n".join(lines)


@click.command()
@click.option("--full", is_flag=True, help="All scenarios and series, not the quick ones.")
@click.option("--every", type=click.IntRange(min=1), default=1, show_default=True, help="Take every Nth scenario.")
@click.option("--processes", type=click.IntRange(min=1), default=2, show_default=True, help="Worker processes.")
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write every scenario here.")
def main(full: bool, every: int, processes: int, file: Path | None) -> None:
    """Plant incidents, and state what is found by the way in which lineage is kept."""
    context = multiprocessing.get_context("spawn")  # Arrow's threads do not survive a fork
    jobs: Sequence[Job] = FULL if full else QUICK
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        parts = list(pool.map(partial(work, every), jobs))
    results = {kept: [result for part in parts for result in part[kept]] for kept in get_args(Kept)}
    click.echo(table(results))
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        rows = {kept: [asdict(result) for result in found] for kept, found in results.items()}
        file.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(prog_name="python -m scripts.incidents.lineages")
