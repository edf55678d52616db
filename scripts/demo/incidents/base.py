"""What an incident is, and the registry of all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, TypeVar

import numpy as np
import pandas as pd

from scripts.demo.frames import Tables
from scripts.demo.layout import TABLES
from scripts.demo.months import Month
from scripts.demo.options import Options


@dataclass(frozen=True)
class Context:
    """What an incident may look at, besides the tables it changes."""

    month: Month
    stage: str
    rng: np.random.Generator
    """Seeded by incident, run and stage: the same fault hits the same rows every time."""
    table: Callable[[str, str], pd.DataFrame]
    """(stage, table) → a table that this run has already written."""
    previous: Callable[[], Tables]
    """The same stage's tables of the run before."""


class Incident:
    """One way a pipeline fails quietly.

    A subclass changes the tables that its stage has computed (`apply`), or how the stage computes them
    (`options`); later stages are computed from what it leaves. The docstring's first line is what users read.
    """

    name: ClassVar[str]
    family: ClassVar[str]
    stages: ClassVar[tuple[str, ...]]
    default_stage: ClassVar[str]
    needs_previous: ClassVar[str | None] = None
    """The stage of the run before that is needed: a name, ``same`` for the incident's own, or None."""

    def options(self, options: Options) -> Options:
        """Return the switches with which the stage is to be computed."""
        return options

    def apply(self, tables: Tables, context: Context) -> Tables:
        """Return the stage's tables with the fault in them; `context` says which run and stage."""
        del context
        return tables

    @property
    def summary(self) -> str:
        """One line on what it does."""
        return (type(self).__doc__ or "").strip().splitlines()[0]


class TableIncident(Incident):
    """An incident in one table of each stage; a subclass says which column and what happens to the table."""

    targets: ClassVar[dict[str, tuple[str, str]]]
    """Stage → (table, column)."""

    def apply(self, tables: Tables, context: Context) -> Tables:
        """Change the stage's target table and leave the others."""
        table, column = self.targets[context.stage]
        return {**tables, table: self.change(tables[table], column, context)}

    def change(self, frame: pd.DataFrame, column: str, context: Context) -> pd.DataFrame:
        """Return the table with the fault in `column`."""
        raise NotImplementedError


INCIDENTS: dict[str, Incident] = {}

_Class = TypeVar("_Class", bound=type[Incident])


def register(cls: _Class) -> _Class:
    """Add an incident to the registry.

    Raises:
        ValueError: The name is taken, or the default stage is not one of the incident's.
    """
    if issubclass(cls, TableIncident):
        cls.stages = tuple(stage for stage in TABLES if stage in cls.targets)
    if cls.name in INCIDENTS:
        message = f"two incidents are called {cls.name!r}"
        raise ValueError(message)
    if cls.default_stage not in cls.stages:
        message = f"incident {cls.name!r}: default stage {cls.default_stage!r} is not one of {cls.stages}"
        raise ValueError(message)
    INCIDENTS[cls.name] = cls()
    return cls


def column_in(column: str, *stages: str) -> dict[str, tuple[str, str]]:
    """Return the targets for one column in the only table of each of `stages`."""
    return {stage: (TABLES[stage][0], column) for stage in stages}


FEATURE_STAGES = ("joined", "features", "training", "evaluation", "serving")
"""The stages whose only table holds the features."""
