"""A pipeline as the suite runs it: stages are computed in pandas, and faults are planted in their tables."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scripts.demo.options import Options
from stageprint.config.pipeline import PipelineConfig
from stageprint.model import TableKey

Tables = dict[str, pd.DataFrame]
Stages = dict[str, Tables]
"""Stage → its tables."""


@dataclass(frozen=True)
class View:
    """What a fault may read besides the tables it changes.

    Attributes:
        run: The run under way.
        stage: The stage the fault is in.
        rng: Seeded by scenario and run.
        made: The stages of this run that are already computed.
        previous: The previous run, which is healthy.
        event_times: Table → its event-time column, for those of the stage that have one.
    """

    run: str
    stage: str
    rng: np.random.Generator
    made: Mapping[str, Mapping[str, pd.DataFrame]]
    previous: Callable[[], Stages]
    event_times: Mapping[str, str]


Change = Callable[[Tables, View], Tables]
Switch = Callable[[Options], Options]


@dataclass(frozen=True)
class Fault:
    """A fault in one stage.

    Attributes:
        stage: The stage.
        change: What it does to the stage's tables.
        switch: How it changes the options they are computed with.
        seed: Seed of its random choices.
    """

    stage: str
    change: Change | None = None
    switch: Switch | None = None
    seed: int = 0


class PipelineStoppedError(Exception):
    """The pipeline could not compute a stage after a fault: a failure that is not quiet."""


class Flow(ABC):
    """A pipeline with its runs.

    Attributes:
        name: Its name in the figures.
        config: Its configuration, as the product reads it.
        runs: Its runs, oldest first.
        reads: Stage → the stages it is computed from; its rows may come from only some of them.
    """

    name: str
    config: PipelineConfig
    runs: Sequence[str]
    reads: Mapping[str, Sequence[str]]

    def __init__(self) -> None:
        self._kept: dict[str, Stages] = {}

    @abstractmethod
    def compute(self, run: str, stage: str, made: Mapping[str, Tables], options: Options) -> Tables:
        """Compute one stage of a run from the stages before it."""

    def plant(self, fault: Fault, run: str, tables: Tables, made: Mapping[str, Tables]) -> Tables:
        """Apply a fault to a stage's tables."""
        if fault.change is None:
            return tables
        rng = np.random.default_rng([fault.seed, self.runs.index(run)])
        times = {table.name: table.event_time for table in self.config.stage(fault.stage).tables if table.event_time}
        view = View(run, fault.stage, rng, made, lambda: self.clean(self.before(run)), times)
        return fault.change(tables, view)

    def before(self, run: str) -> str:
        """Return the run before."""
        return self.runs[self.runs.index(run) - 1]

    def clean(self, run: str) -> Stages:
        """Return the healthy tables of a run; those of the last few runs are cached."""
        if run not in self._kept:
            if len(self._kept) >= 8:
                self._kept.pop(next(iter(self._kept)))
            made: Stages = {}
            for stage in self.config.stages:
                made[stage.name] = self.compute(run, stage.name, made, Options())
            self._kept[run] = made
        return self._kept[run]

    def make(self, run: str, faults: Sequence[Fault]) -> Stages:
        """Compute a run with faults; stages that no fault reaches are the same objects as in the healthy run.

        Raises:
            PipelineStoppedError: A stage cannot be computed after a fault.
        """
        clean = self.clean(run)
        made: Stages = {}
        reached: set[str] = set()
        for stage in (stage.name for stage in self.config.stages):
            own = [fault for fault in faults if fault.stage == stage]
            if reached.isdisjoint(self.reads[stage]) and all(fault.switch is None for fault in own):
                tables = dict(clean[stage])
            else:
                options = Options()
                for fault in own:
                    options = fault.switch(options) if fault.switch is not None else options
                try:
                    tables = self.compute(run, stage, made, options)
                except (ValueError, TypeError, KeyError) as error:
                    raise PipelineStoppedError(stage) from error
                reached.add(stage)
            for fault in own:
                tables = self.plant(fault, run, tables, made)
                reached.add(stage)
            made[stage] = tables
        return made


def by_key(stages: Stages) -> dict[TableKey, pd.DataFrame]:
    """Return the tables of a run by key."""
    return {TableKey(stage, name): frame for stage, tables in stages.items() for name, frame in tables.items()}
