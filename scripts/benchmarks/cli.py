"""Runs the benchmarks, keeps the results in docs/benchmarks.json and writes docs/benchmarks.md from them."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

from scripts.benchmarks.alone import alone
from scripts.benchmarks.measure import Result, busy, machine, report_progress
from scripts.benchmarks.plots import plot_growth
from scripts.benchmarks.report import page
from scripts.benchmarks.results import Measured, load, save, today
from scripts.benchmarks.sections import SECTIONS, Settings, measure
from scripts.benchmarks.session import stop


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks.

    Returns:
        0; 1 if one of our own cases could not be measured; 2 for an unknown section.
    """
    words = sys.argv[1:] if arguments is None else list(arguments)
    options = _parser().parse_args(words)
    names = [name for listed in options.only for name in listed.split(",") if name] or list(SECTIONS)
    unknown = sorted(set(names) - set(SECTIONS))
    if unknown:
        report_progress(f"unknown section {unknown[0]!r}; expected some of {', '.join(SECTIONS)}")
        return 2
    settings = Settings(
        options.data.resolve(),
        (options.environments or options.data.parent / "peers").resolve(),
        options.rounds,
        options.scale,
        options.long_scale,
        options.tables,
        options.wide,
        options.peer_rows,
        options.states,
        options.compared,
    )
    status = 0
    for name in [] if options.page else names:
        try:
            fine = alone(_section, name, settings, options.results, _changed(words))
        except BrokenProcessPool as error:
            report_progress(f"{name} is not recorded: {error}")
            fine = False
        status = status if fine else 1
    kept = load(options.results)
    if "growth" in kept and ("growth" in names or options.page):
        plot_growth(kept["growth"].results, options.out.with_suffix(".svg"))
    options.out.write_text(page(kept), encoding="utf-8")
    return status


def _section(name: str, settings: Settings, results: Path, changed: Sequence[str]) -> bool:
    """Measure one section and keep its results; return whether all of our own cases could be measured."""
    fine = True
    found: list[Result] = []
    before = busy()
    for result in measure(name, settings):
        print(result.as_json(), flush=True)
        found.append(result)
        if result.seconds is None and (result.name == name or result.name.startswith(("profile_", "compare"))):
            fine = False
    if found[-1].name == name and found[-1].seconds is None:
        report_progress(f"{name} is not recorded: {found[-1].more['failed']}")
    else:
        command = ["python", "-m", "scripts.benchmarks", "--only", name, *changed]
        if not changed:
            command = ["make", "bench", f"ONLY={name}"]
        # Read only now: another process may have measured another section in the meantime.
        kept = load(results)
        kept[name] = Measured(tuple(found), shlex.join(command), today(), (before, busy()), machine())
        save(results, kept, list(SECTIONS))
    stop()
    return fine


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.benchmarks", description=__doc__)
    parser.add_argument("--only", nargs="*", default=[], metavar="SECTION", help=f"some of {', '.join(SECTIONS)}")
    parser.add_argument("--page", action="store_true", help="measure nothing, write the page")
    parser.add_argument("--data", type=Path, default=Path("build/bench/data"), help="where the data is kept")
    parser.add_argument("--environments", type=Path, help="where other profilers are installed (default: beside it)")
    parser.add_argument("--results", type=Path, default=Path("docs/benchmarks.json"), help="where results are kept")
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks.md"), help="the page to write")
    parser.add_argument("--rounds", type=int, default=3, help="most rounds of a case")
    parser.add_argument("--scale", type=float, default=2.0, help="TPC-H scale factor (2: 12 million rows)")
    parser.add_argument("--long-scale", type=float, default=10.0, help="TPC-H scale factor of the long table")
    parser.add_argument("--tables", type=int, default=500, help="small tables in one run")
    parser.add_argument("--wide", type=int, default=5000, help="columns of the wide table")
    parser.add_argument("--peer-rows", type=int, default=2_000_000, help="rows of the profilers over pandas")
    parser.add_argument("--states", type=int, default=2000, help="partial states of each column to merge")
    parser.add_argument("--compared", type=int, default=111_112, help="largest number of columns of a compared run")
    return parser


def _changed(words: Sequence[str]) -> list[str]:
    """Return the options that change what is measured, as they were given."""
    matter = ("--rounds", "--scale", "--long-scale", "--tables", "--wide", "--peer-rows", "--states", "--compared")
    found: list[str] = []
    for at, word in enumerate(words):
        name, equals, _ = word.partition("=")
        if name in matter:
            found += [word] if equals else list(words[at : at + 2])
    return found
