"""Runs the scenarios of one pipeline: the healthy past once, then every scenario on top of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from scripts.incidents.flow import Flow, PipelineStoppedError
from scripts.incidents.profiles import Profiled, profile_run, store_run
from scripts.incidents.scenarios import Scenario
from scripts.incidents.score import Clean, Result, alerting, one_line, score
from stageprint.model import Finding
from stageprint.model.lineage import NO_LINEAGE, Lineage
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
        lineage: What is recorded of the pipeline outside its configuration.
        clean: What was found in the healthy runs that count.
        stopped: Scenarios in which the pipeline itself could not go on.
    """

    flow: Flow
    min_healthy_runs: int
    tested_runs: int
    lineage: Lineage = NO_LINEAGE
    clean: list[Clean] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    _before: dict[str, MemoryStore] = field(default_factory=dict)
    _healthy: dict[str, Profiled] = field(default_factory=dict)

    def healthy(self) -> dict[str, Profiled]:
        """Return the profiles of every healthy run, oldest first."""
        return {run: profile_run(self.flow.config, run, self.flow.clean(run), None, None) for run in self.flow.runs}

    def build(self, progress: Progress, healthy: Mapping[str, Profiled] | None = None) -> None:
        """Compare every healthy run, oldest first; `healthy` are their profiles, if another bench has made them."""
        store = MemoryStore(self.flow.config.pipeline)
        for number, (run, made) in enumerate((healthy or self.healthy()).items()):
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
        """Run one scenario: the healthy past, then the faulty run, and the one after where it lasts.

        Raises:
            PipelineStoppedError: The pipeline cannot compute a stage after the fault.
        """
        began = time.monotonic()
        result = self.judged(scenario, run, self.faulty(scenario, run))
        return replace(result, seconds=time.monotonic() - began)

    def faulty(self, scenario: Scenario, run: str) -> dict[str, Profiled]:
        """Return the profiles of the faulty run, and of the one after it where the fault lasts.

        Raises:
            PipelineStoppedError: The pipeline cannot compute a stage after the fault.
        """
        runs = self.flow.runs[self.flow.runs.index(run) :][: 2 if scenario.lasting else 1]
        return {at: self._profiled(scenario, at) for at in runs}

    def judged(self, scenario: Scenario, run: str, faulty: Mapping[str, Profiled]) -> Result:
        """Compare faulty runs with the healthy past, and return how the scenario was found in the last of them."""
        began = time.monotonic()
        _, at, findings = self._compared(run, faulty)
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
        return self._compared(run, self.faulty(scenario, run))

    def _compared(self, run: str, faulty: Mapping[str, Profiled]) -> tuple[MemoryStore, str, list[Finding]]:
        store = self._before[run].copy()
        at, findings = run, list[Finding]()
        for at, made in faulty.items():
            findings = self._findings(store, at, made, self._healthy[at])
        return store, at, findings

    def _profiled(self, scenario: Scenario, run: str) -> Profiled:
        stages, clean = self.flow.make(run, scenario.faults), self.flow.clean(run)
        return profile_run(self.flow.config, run, stages, clean, self._healthy[run])

    def _findings(self, store: MemoryStore, run: str, made: Profiled, base: Profiled | None) -> list[Finding]:
        store_run(store, self.flow.config, run, made, base)
        return list(compare(self.flow.config, [run], store=store, lineage=self.lineage).findings)
