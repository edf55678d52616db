"""What is run: the pipelines, the number of healthy runs, and the scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from scripts.incidents.flights import SERIES, Flights
from scripts.incidents.flow import Flow
from scripts.incidents.orders import Orders
from scripts.incidents.run import Bench, Progress
from scripts.incidents.scenarios import (
    DEMO,
    FLIGHTS,
    ORDERS,
    Scenario,
    demo,
    orders_only,
    pairs,
    single,
    stalled,
)
from scripts.incidents.score import Clean, Result

MIN_HEALTHY_RUNS = 8
"""Number of healthy runs before the first that counts, and before a fault."""

TESTED_RUNS = 4
"""Number of runs at the end of a series in which faults are planted."""


@dataclass(frozen=True)
class Job:
    """One series of one pipeline, and its part of the scenarios.

    Attributes:
        pipeline: ``flights`` or ``orders``.
        series: Seed of the rows.
        parts: Number of series that share the scenarios.
        weeks: Runs of the orders.
        quick: Whether only some of the scenarios are run.
    """

    pipeline: str
    series: int = 0
    parts: int = 1
    weeks: int = 36
    quick: bool = False


QUICK = (Job("flights", 0, 2, quick=True), Job("flights", 1, 2, quick=True), Job("orders", weeks=22, quick=True))
FULL = (
    *(Job("flights", series, SERIES) for series in range(SERIES)),
    *(Job("orders", series, 3) for series in range(3)),
)


@dataclass(frozen=True)
class Outcome:
    """The results of a job."""

    results: list[Result]
    clean: list[Clean]
    stopped: list[str]


def work(job: Job, progress: Progress) -> Outcome:
    """Run a job."""
    flow: Flow = Flights(job.series) if job.pipeline == "flights" else Orders(job.series, job.weeks)
    bench = Bench(flow, MIN_HEALTHY_RUNS, TESTED_RUNS)
    bench.build(progress)
    results = bench.play(scenarios(job, flow), progress)
    return Outcome(results, bench.clean, bench.stopped)


def scenarios(job: Job, flow: Flow) -> list[Scenario]:
    """Return the scenarios of a job."""
    if job.pipeline == "flights":
        ones = [*single(FLIGHTS, ("raw",)), *demo()]
    else:
        tables = {"landing": "lineitem", "wide": "order_lines", "baskets": "baskets", "scored": "scored"}
        ones = [*single(ORDERS, ("landing",)), *stalled(tables), *orders_only(job.series, flow.runs)]
    both = pairs(ones, 8 if job.quick else 24, 1)
    lasting = [replace(one, lasting=True) for one in _each(ones, "middle") if not one.is_event]
    chosen = [*_few(ones), *both, *lasting[::3]] if job.quick else [*ones, *both, *lasting]
    return chosen[job.series :: job.parts]


def _each(ones: Sequence[Scenario], level: str) -> list[Scenario]:
    """Return one scenario of each fault at a magnitude, alternately in its first and its last place."""
    groups = [list(group) for _, group in groupby((one for one in ones if one.level == level), lambda one: one.fault)]
    return [group[-1 if number % 2 else 0] for number, group in enumerate(groups)]


def _few(ones: Sequence[Scenario]) -> list[Scenario]:
    """Return every other place at the middle magnitude, one at the others, and one of each of the demo's incidents."""
    middle = [one for one in ones if one.level == "middle"][::2]
    return [*middle, *_each(ones, "small"), *_each(ones, "large"), *_each(ones, DEMO)]
