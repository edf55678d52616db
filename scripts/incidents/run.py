"""Runs the scenarios of one pipeline: the healthy past once, then every scenario on top of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

from scripts.incidents.flow import Flow, PipelineStoppedError
from scripts.incidents.judge import Judge, Past
from scripts.incidents.profiles import Profiled, profile_run
from scripts.incidents.scenarios import Scenario
from scripts.incidents.score import Clean, Result, loud, score, tell

Tell = Callable[[str], object]


@dataclass
class Bench:
    """A pipeline with its healthy runs, each judged against those before.

    Attributes:
        flow: The pipeline.
        least: Earlier runs from which on a healthy run counts and faults are planted.
        tested: The last runs, in which faults are planted.
        clean: What was found in the healthy runs that count.
        stopped: Scenarios in which the pipeline itself could not go on.
    """

    flow: Flow
    least: int
    tested: int
    clean: list[Clean] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    _pasts: dict[str, Past] = field(default_factory=dict)
    _healthy: dict[str, tuple[Profiled, pa.Table]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Make the judge."""
        self._judge = Judge(self.flow.config)

    def build(self, say: Tell) -> None:
        """Profile and judge every healthy run, oldest first."""
        past = Past()
        for number, run in enumerate(self.flow.runs):
            made = profile_run(self.flow.config, run, self.flow.clean(run), None, None)
            judged = self._judge.compare(run, made.profiles, past)
            self._pasts[run] = past
            if number >= len(self.flow.runs) - self.tested:
                self._healthy[run] = (made, judged.measured)
            if number >= self.least:
                self.clean.append(Clean(self.flow.name, run, tuple(tell(found) for found in loud(judged.findings))))
            past = past.and_then(run, made.profiles, judged.decided)
        say(f"{self.flow.name}: {len(self.flow.runs)} healthy runs")

    def play(self, scenarios: Sequence[Scenario], say: Tell) -> list[Result]:
        """Run the scenarios, in turn in each of the tested runs that has one after it."""
        runs = self.flow.runs[-self.tested : -1]
        results = []
        for number, scenario in enumerate(scenarios):
            try:
                results.append(self.one(scenario, runs[number % len(runs)]))
            except PipelineStoppedError:
                # A pipeline that stops needs nobody to find out why nothing came.
                self.stopped.append(f"{self.flow.name}: {scenario.name}")
            if number % 50 == 49:
                say(f"{self.flow.name}: {number + 1} of {len(scenarios)} scenarios")
        return results

    def one(self, scenario: Scenario, run: str) -> Result:
        """Run one scenario: the healthy past, then the faulty run, and the one after where it lasts."""
        began = time.monotonic()
        past, (made, measured) = self._pasts[run], self._healthy[run]
        faulty = profile_run(self.flow.config, run, self.flow.make(run, scenario.faults), self.flow.clean(run), made)
        judged = self._judge.compare(run, faulty.profiles, past, (made.profiles, measured))
        at = run
        if scenario.lasting:
            past = past.and_then(run, faulty.profiles, judged.decided)
            at = self.flow.runs[self.flow.runs.index(run) + 1]
            healthy = self._healthy[at][0]
            later = profile_run(self.flow.config, at, self.flow.make(at, scenario.faults), self.flow.clean(at), healthy)
            judged = self._judge.compare(at, later.profiles, past)
        hits, others = score(scenario, judged.findings, run)
        return Result(
            pipeline=self.flow.name,
            run=at,
            fault=scenario.fault,
            level=scenario.level,
            name=scenario.name,
            hits=hits,
            findings=len(loud(judged.findings)),
            others=others,
            lasting=scenario.lasting,
            seconds=time.monotonic() - began,
        )
