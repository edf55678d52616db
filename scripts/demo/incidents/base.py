"""The base class of incidents, and their registry."""

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
    """What an incident may read besides the tables it changes."""

    month: Month
    stage: str
    rng: np.random.Generator
    """Seeded by incident, run and stage: the same fault always hits the same rows."""
    table: Callable[[str, str], pd.DataFrame]
    """(stage, table) → a table that this run already wrote."""
    previous: Callable[[], Tables]
    """The tables of the same stage in the previous run."""


class Incident:
    """One way a pipeline fails quietly.

    A subclass changes the tables that its stage computed (`apply`), or how the stage computes them (`options`); later
    stages are computed from the result. Users read the first line of its docstring.
    """

    name: ClassVar[str]
    family: ClassVar[str]
    stages: ClassVar[tuple[str, ...]]
    default_stage: ClassVar[str]
    needs_previous: ClassVar[str | None] = None
    """The stage of the previous run that it needs: a name, ``same`` for its own stage, or None."""

    def options(self, options: Options) -> Options:
        """Return the options to compute the stage with."""
        return options

    def apply(self, tables: Tables, context: Context) -> Tables:
        """Return the tables of the stage with the fault; `context` says which run and stage."""
        del context
        return tables

    @property
    def summary(self) -> str:
        """One line that says what it does."""
        return (type(self).__doc__ or "").strip().splitlines()[0]


class TableIncident(Incident):
    """An incident in one table of each stage; a subclass says which column, and what happens to the table."""

    targets: ClassVar[dict[str, tuple[str, str]]]
    """Stage → (table, column)."""

    def apply(self, tables: Tables, context: Context) -> Tables:
        """Change the target table of the stage and leave the others alone."""
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
        ValueError: The name is taken, or the default stage is none of its stages.
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
