"""The command line: which yardsticks, how large, and where the results go."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path

import click

from scripts.yardsticks import figures, jobs
from scripts.yardsticks import volume as volumes
from scripts.yardsticks import worlds as worlds_
from scripts.yardsticks.page import planted_text, real_text, with_history, write_page
from scripts.yardsticks.planted import write
from scripts.yardsticks.real import QUICK_RUNS
from scripts.yardsticks.sets import SETS, chosen

QUICK_COLUMNS = 8
"""With ``--quick`` faults are planted in each so many-th column."""

WORLD_STORES, QUICK_WORLD_STORES = 6, 1
"""Stores of each world."""

WORLD_SEED = 9000
"""Seed of the first store of each world that is published; nothing is tuned on it or the seeds after it."""

CALENDARS = {"without a calendar": None, "with `calendar: {country: DE}`": "DE"}
"""How the worlds are configured → country of the calendar."""

NAMES = ("real", "practice", "held_out", *(one.name for one in SETS))


@click.group()
def main() -> None:
    """Measure the product on rows that it was not tuned on."""


@main.command()
@click.option(
    "--set",
    "names",
    multiple=True,
    type=click.Choice(NAMES),
    default=("real",),
    show_default=True,
    help="A set, or all of a purpose; tune on `practice` only. May be given several times.",
)
@click.option("--quick", is_flag=True, help=f"Only the first {QUICK_RUNS} runs of each set.")
@click.option("--processes", type=click.IntRange(min=1), default=1, show_default=True, help="Worker processes.")
@click.option("--max-alerts", type=click.IntRange(min=0), default=200, show_default=True, help="Alerts shown of a set.")
def real(names: Sequence[str], quick: bool, processes: int, max_alerts: int) -> None:
    """Judge real tables in their true order, and list every alert with its verdict."""
    sets = list({one.name: one for name in names for one in chosen(name)}.values())
    runs = QUICK_RUNS if quick else None
    found = jobs.judged(sets, runs, processes, _progress)
    for one in found:
        click.echo(f"\n{one.name}: {one.runs} runs, {one.seconds:.0f} s")
        for alert, true, reason in one.alerts[:max_alerts]:
            click.echo(f"  {'true ' if true else 'FALSE'} {alert.line}  [{reason}]")
        for verdict, spoken in one.told:
            where = ", ".join(sorted(verdict.runs))
            click.echo(f"  {'told ' if spoken else 'NOT TOLD'} {where}: {verdict.reason}")
    click.echo(real_text(found))
    click.echo(json.dumps(figures.summary(found, [])))


@main.command()
@click.option("--every", type=click.IntRange(min=1), default=1, show_default=True, help="Only each so many-th column.")
@click.option("--processes", type=click.IntRange(min=1), default=1, show_default=True, help="Worker processes.")
@click.option("--trials", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write every trial here.")
@click.option("--practice", is_flag=True, help="In the columns that rules may be tuned on, not in the published ones.")
def planted(every: int, processes: int, file: Path | None, practice: bool) -> None:
    """Plant the faults of Auto-Validate-by-History in real columns, each alone in its store."""
    found = jobs.planted(every, processes, _progress, practice=practice)
    if file is not None:
        write(found, file)
    click.echo(planted_text(figures.planted(found)))
    click.echo(json.dumps(figures.summary([], found)))


@main.command()
@click.option(
    "--set",
    "names",
    multiple=True,
    type=click.Choice(NAMES),
    default=("real",),
    show_default=True,
    help="As of `real`.",
)
@click.option("--processes", type=click.IntRange(min=1), default=1, show_default=True, help="Worker processes.")
def volume(names: Sequence[str], processes: int) -> None:
    """Change how many rows the real tables have: ten times, a tenth, half."""
    sets = list({one.name: one for name in names for one in chosen(name)}.values())
    found = jobs.volume(sets, processes, _progress)
    for trial in found:
        if not trial.seen_before:
            severities = ", ".join(severity or "nothing" for severity in trial.severities)
            click.echo(f"  {trial.set} {trial.table} {trial.run} after {trial.history}: {trial.change}: {severities}")
    click.echo(volumes.text(volumes.figures(found)))


@main.command()
@click.option("--stores", type=click.IntRange(min=1), default=WORLD_STORES, show_default=True, help="Of each world.")
@click.option("--seed", type=int, default=WORLD_SEED, show_default=True, help="Tune on other seeds than this one.")
@click.option("--calendar", metavar="COUNTRY", help="Configure this country's holidays.")
@click.option("--processes", type=click.IntRange(min=1), default=1, show_default=True, help="Worker processes.")
def worlds(stores: int, seed: int, calendar: str | None, processes: int) -> None:
    """Judge healthy tables that are hard to judge: seasons, growth, sparse counts, tiny tables, price lists."""
    found = worlds_.figures(jobs.worlds(stores, seed, calendar, processes, _progress))
    click.echo(worlds_.text(found))


@main.command(name="all")
@click.option("--quick", is_flag=True, help=f"Faults only in each {QUICK_COLUMNS}-th column: minutes.")
@click.option("--processes", type=click.IntRange(min=1), default=2, show_default=True, help="Worker processes.")
@click.option(
    "--page", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the page, and a JSON file beside it."
)
@click.option("--label", help="Keep the headline figures under this name in the page's history.")
def everything(quick: bool, processes: int, file: Path | None, label: str | None) -> None:
    """Judge the published tables and plant the faults; the last line is one JSON object."""
    began = time.monotonic()
    sets = jobs.judged(chosen("real"), None, processes, _progress)
    trials = jobs.planted(QUICK_COLUMNS if quick else 1, processes, _progress)
    stores = QUICK_WORLD_STORES if quick else WORLD_STORES
    living = {
        name: worlds_.figures(jobs.worlds(stores, WORLD_SEED, country, processes, _progress))
        for name, country in CALENDARS.items()
        if country is None or not quick
    }
    result = figures.whole(sets, trials, jobs.volume(chosen("real"), processes, _progress), living)
    click.echo(real_text(sets))
    click.echo(volumes.text(result["volume"]))
    for name, each in result["worlds"].items():
        click.echo(f"\n{name}\n{worlds_.text(each)}")
    click.echo(planted_text(result["planted"]))
    if file is not None:
        data = file.with_suffix(".json")
        result = with_history(result, data, label)
        data.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")
        write_page(file, result)
    click.echo(json.dumps({**figures.summary(sets, trials), "seconds": round(time.monotonic() - began)}))


def _progress(line: str) -> None:
    click.echo(line, err=True)
