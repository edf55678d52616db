"""Runs the scenarios of one pipeline: the healthy past once, then every scenario on top of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from scripts.incidents.flow import Flow, PipelineStoppedError
from scripts.incidents.profiles import Profiled, profile_run, store_run
from scripts.incidents.scenarios import Scenario
from scripts.incidents.score import Clean, Result, alerting, one_line, score
from stageprint.model import Finding
from stageprint.pipeline.compare import compare
from stageprint.stores.memory import MemoryStore

Progress: TypeAlias = Callable[[str], object]
"""Takes a line of progress."""


@dataclass
class Bench:
    """A pipeline with its healthy runs, each compared with those before by the product itself.

    Attributes:
        flow: The pipeline.
        min_healthy_runs: Number of earlier runs from which on a healthy run counts.
        tested_runs: Number of runs at the end in which faults are planted.
        clean: What was found in the healthy runs that count.
        stopped: Scenarios in which the pipeline itself could not go on.
    """

    flow: Flow
    min_healthy_runs: int
    tested_runs: int
    clean: list[Clean] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    _before: dict[str, MemoryStore] = field(default_factory=dict)
    _healthy: dict[str, Profiled] = field(default_factory=dict)

    def build(self, progress: Progress) -> None:
        """Profile and compare every healthy run, oldest first."""
        store = MemoryStore(self.flow.config.pipeline)
        for number, run in enumerate(self.flow.runs):
            made = profile_run(self.flow.config, run, self.flow.clean(run), None, None)
            if number >= len(self.flow.runs) - self.tested_runs:
                self._before[run] = store.copy()
                self._healthy[run] = made
            found = self._findings(store, run, made, None)
            if number >= self.min_healthy_runs:
                self.clean.append(Clean(self.flow.name, run, tuple(one_line(finding) for finding in alerting(found))))
        progress(f"{self.flow.name}: {len(self.flow.runs)} healthy runs")

    def play(self, scenarios: Sequence[Scenario], progress: Progress) -> list[Result]:
        """Run the scenarios, in turn in each of the tested runs that has one after it."""
        runs = self.flow.runs[-self.tested_runs : -1]
        results = []
        for number, scenario in enumerate(scenarios):
            try:
                results.append(self.one(scenario, runs[number % len(runs)]))
            except PipelineStoppedError:
                # A pipeline that stops needs nobody to find out why nothing came.
                self.stopped.append(f"{self.flow.name}: {scenario.name}")
            if number % 50 == 49:
                progress(f"{self.flow.name}: {number + 1} of {len(scenarios)} scenarios")
        return results

    def one(self, scenario: Scenario, run: str) -> Result:
        """Run one scenario: the healthy past, then the faulty run, and the one after where it lasts."""
        began = time.monotonic()
        _, at, findings = self.compared(scenario, run)
        hits, others = score(scenario, findings, run)
        return Result(
            pipeline=self.flow.name,
            run=at,
            fault=scenario.fault,
            level=scenario.level,
            name=scenario.name,
            hits=hits,
            findings=len(alerting(findings)),
            others=others,
            lasting=scenario.lasting,
            seconds=time.monotonic() - began,
        )

    def compared(self, scenario: Scenario, run: str) -> tuple[MemoryStore, str, list[Finding]]:
        """Return the store after a scenario, the run that was compared last, and what was found in it."""
        store = self._before[run].copy()
        at, findings = run, self._faulty(store, scenario, run)
        if scenario.lasting:
            at = self.flow.runs[self.flow.runs.index(run) + 1]
            findings = self._faulty(store, scenario, at)
        return store, at, findings

    def _faulty(self, store: MemoryStore, scenario: Scenario, run: str) -> list[Finding]:
        """Return what is found in a run with the scenario's faults; the store has the runs before it."""
        healthy = self._healthy[run]
        made = profile_run(self.flow.config, run, self.flow.make(run, scenario.faults), self.flow.clean(run), healthy)
        return self._findings(store, run, made, healthy)

    def _findings(self, store: MemoryStore, run: str, made: Profiled, base: Profiled | None) -> list[Finding]:
        store_run(store, self.flow.config, run, made, base)
        return list(compare(self.flow.config, [run], store=store).findings)
