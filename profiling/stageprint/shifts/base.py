"""The contract of a shift statistic: (reference, current) → value, dead zone, variance floor, or a reason.

A statistic is one file with one class:

* `ColumnShift` compares a column with one reference, many pairs at a time;
* `ColumnRule` holds a column against an invariant of its past runs;
* `ColumnRelation` compares how a column lies beside the one it comes from, in the same run, with how it did;
* `RelationRule` holds both against what was always true of them;
* `TableShift` compares a table with one reference;
* `TableRule` holds a table against its past.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import inf
from types import MappingProxyType
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from stageprint.features.column import Shape
from stageprint.features.pairs import Pairs
from stageprint.features.relation import Link
from stageprint.features.table import TableShape
from stageprint.model import ColumnKind, NotComputable
from stageprint.registry import discover

Floats = NDArray[np.float64]

ENOUGH_RUNS = 3
"""Past runs that an invariant must have held in before breaking it means anything."""


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example that the contract test checks.

    Attributes:
        reference: The reference's values (a rule: the values of every past run); of a table: its figures.
        current: The current values or figures.
        value: The statistic.
        kind: Kind of the column; None: a table.
    """

    reference: Sequence[object] | Mapping[str, object]
    current: Sequence[object] | Mapping[str, object]
    value: float
    kind: ColumnKind | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A statistic of one pair.

    Attributes:
        value: The statistic.
        error: Its dead zone.
        floor: Least variance of its residual, from sampling and sketches.
        detail: What the value is about.
    """

    value: float
    error: float = 0.0
    floor: float = 0.0
    detail: str | None = None


@dataclass(slots=True)
class Measured:
    """A statistic of many pairs, as arrays.

    Attributes:
        value: The statistic; NaN: not computable.
        error: Its dead zone.
        floor: Least variance of its residual, from sampling and sketches.
        reasons: Why a pair has no value, by position; the first reason given stays.
        details: What the value is about, by position.
    """

    value: Floats
    error: Floats
    floor: Floats
    reasons: dict[int, str] = field(default_factory=dict)
    details: dict[int, str] = field(default_factory=dict)

    def because(self, where: NDArray[np.bool_], reason: str) -> Measured:
        """Take the value away `where` it is not defined, saying why."""
        for position in np.flatnonzero(where):
            self.reasons.setdefault(int(position), reason)
        self.value = np.where(where, np.nan, self.value)
        return self


class Shift(ABC):
    """One number that says how far the current run is from a reference, or whether it broke a rule.

    Attributes:
        name: Registered name; `statistic` in the results.
        unit: Unit of the value.
        convention: Which of the field's variants it is.
        source: Formula, paper or library it follows.
        example: Worked example.
        decides: Whether the decision rule uses it; the others are stored because people look for them.
        symmetric: Whether exchanging reference and current changes at most the sign.
        signed: Whether the value has a sign.
        deterministic: A rule: broken or held, without chance; broken from `omega` on.
        digest: A broken rule is worth a line in the digest and no more.
        delta: δ₀, the residual that nobody would act on (the null hypothesis of TREAT).
        omega: ω, the practical floor: nothing below it is reported.
        critical: Residual from which an alert is critical.
        gross: Residual that healthy columns hardly ever have: from here on it takes less to be an alert where a small
            store has only a few runs to say how far the column goes by itself.
        freedom: Degrees of freedom of a healthy column's scores, however long the history: the fewer, the more often
            healthy columns go far astray. Found by simulation, see docs/decisions.md.
        prior: Backtests that `wobble` is worth.
        least: Least s̃. A statistic that is 0 in most healthy comparisons says little of how far it goes in the others.
        companions: Statistics that see the same shift and move steadily; the score is at most that of the first of them
            that takes part in the column.
        wobble: Root mean square of a healthy column's residuals, used until a store has enough columns to tell.
        young: Whether it may fire with one or two runs of history, since healthy columns hardly ever move it.
        stays: Share of the first run's shift that a second run must still have to confirm it: a fault stays where it
            is, what a column does by itself fades. +∞: no second run may. Where a statistic seldom moves but then stays
            where it is for some runs, of itself or of a fault, the second run says nothing new.
        astray_with: Name that statistics share whose scores of two runs are calibrated together: what leads one of them
            astray for two runs leads the others astray too.
        contract: Against a pinned run or another stage, and with too little history for the whole rule, a residual
            of at least this much is a warning; None: never.
    """

    name: ClassVar[str]
    unit: ClassVar[str]
    convention: ClassVar[str]
    source: ClassVar[str]
    example: ClassVar[Example]
    decides: ClassVar[bool] = True
    symmetric: ClassVar[bool] = True
    signed: ClassVar[bool] = False
    deterministic: ClassVar[bool] = False
    digest: ClassVar[bool] = False
    delta: ClassVar[float] = 0.0
    omega: ClassVar[float] = inf
    critical: ClassVar[float] = inf
    gross: ClassVar[float] = inf
    freedom: ClassVar[float] = 7.0
    prior: ClassVar[float] = 4.0
    least: ClassVar[float] = 0.0
    companions: ClassVar[tuple[str, ...]] = ()
    wobble: ClassVar[float] = inf
    young: ClassVar[bool] = False
    stays: ClassVar[float] = 0.85
    astray_with: ClassVar[str] = "any"
    contract: ClassVar[float | None] = None


class ColumnShift(Shift):
    """A statistic of a column against one reference.

    Attributes:
        kinds: Kinds of column it is defined for.
        needs: States it reads; where either side lacks one the statistic is not computable.
    """

    kinds: ClassVar[frozenset[ColumnKind]]
    needs: ClassVar[tuple[str, ...]]

    @abstractmethod
    def compute(self, pairs: Pairs) -> Measured:
        """Return the statistic of every pair; both sides have rows, and values of comparable kinds."""

    def evaluate(self, pairs: Pairs) -> Measured:
        """Return the statistic with a reason wherever there is no value."""
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
            # Doubles near the end of their range overflow; what is not a number in the end gets a reason.
            measured = self.compute(pairs)
        for state in self.needs:
            measured = measured.because(
                np.array([state not in shape.states for shape in pairs.current], dtype=bool),
                f"no {state} state was kept in this run",
            ).because(
                np.array([state not in reference.states for reference in pairs.reference], dtype=bool),
                f"no {state} state was kept in the reference",
            )
        undefined = ~(np.isfinite(measured.value) & np.isfinite(measured.error))
        measured.floor = np.nan_to_num(measured.floor, posinf=np.finfo(np.float64).max)
        empty_now, empty_then = pairs.now("present") == 0, pairs.then("present") == 0
        return (
            measured.because(undefined & empty_now, "no values in this run")
            .because(undefined & empty_then, "no values in the reference")
            .because(undefined, "not defined for these values")
        )


class ColumnRule(Shift):
    """An invariant of a column's past runs; its value is how grossly it is broken, 0 where it holds.

    Attributes:
        kinds: Kinds of column it is defined for.
    """

    kinds: ClassVar[frozenset[ColumnKind]]
    deterministic: ClassVar[bool] = True
    symmetric: ClassVar[bool] = False

    @abstractmethod
    def judge(self, current: Shape, past: Sequence[Shape]) -> Outcome | NotComputable:
        """Return how grossly the rule is broken, or why there is no such rule for this column.

        Args:
            current: The run under test; has rows.
            past: The past runs that have rows, oldest first; at least one.
        """


class ColumnRelation(Shift):
    """A statistic of a column and the column upstream that it comes from: now against the reference's runs.

    A season moves both alike and a fault between them one alone. Each of the reference's runs has its own upstream
    column.

    Attributes:
        kinds: Kinds of column it is defined for.
    """

    kinds: ClassVar[frozenset[ColumnKind]]
    symmetric: ClassVar[bool] = False

    @abstractmethod
    def compare(self, current: Link, past: Sequence[Link]) -> Outcome | NotComputable:
        """Return how far the two are from how they usually are, or why that cannot be said.

        Args:
            current: Both columns in the run under test; each has rows, and kinds that can be compared.
            past: Both in the reference's runs, oldest first; at least one.
        """


class RelationRule(ColumnRelation):
    """Something that was true of a column and the one it comes from in every one of at least 3 earlier runs.

    What follows from the way a column is made (a copy, a part of the rows, a look-up) is no matter of chance: unlike a
    statistic, such a rule needs no history of how far the column wanders.
    """

    deterministic: ClassVar[bool] = True

    @abstractmethod
    def breach(self, current: Link, past: Sequence[Link]) -> Outcome:
        """Return how grossly the rule is broken in `current`, 0 where it holds."""

    def compare(self, current: Link, past: Sequence[Link]) -> Outcome | NotComputable:
        """Return the breach, or why there is no such rule for this column."""
        if len(past) < ENOUGH_RUNS:
            return NotComputable(f"needs {ENOUGH_RUNS} earlier runs with the upstream column, has {len(past)}")
        if any(self.breach(run, ()).value > 0 for run in past):
            return NotComputable("did not hold in every earlier run")
        return self.breach(current, past)


class TableShift(Shift):
    """A statistic of a table against one reference."""

    @abstractmethod
    def compare(self, current: TableShape, past: Sequence[TableShape]) -> Outcome | NotComputable:
        """Return the statistic against the mean of `past`, which has at least one run."""


class TableRule(TableShift):
    """An invariant of a table's past runs; its value is how grossly it is broken, 0 where it holds.

    Attributes:
        needs_past: Whether it takes an earlier run to judge; where not, `past` may be empty.
    """

    deterministic: ClassVar[bool] = True
    symmetric: ClassVar[bool] = False
    needs_past: ClassVar[bool] = True


@cache
def all_shifts() -> Mapping[str, Shift]:
    """Return every registered statistic and rule by name."""
    return MappingProxyType({name: cls() for name, cls in discover("stageprint.shifts", Shift).items()})


@cache
def column_shifts(kind: ColumnKind) -> tuple[ColumnShift, ...]:
    """Return the column statistics defined for a kind."""
    return tuple(shift for shift in all_shifts().values() if isinstance(shift, ColumnShift) and kind in shift.kinds)


@cache
def column_rules(kind: ColumnKind) -> tuple[ColumnRule, ...]:
    """Return the column rules defined for a kind."""
    return tuple(rule for rule in all_shifts().values() if isinstance(rule, ColumnRule) and kind in rule.kinds)


@cache
def column_relations(kind: ColumnKind) -> tuple[ColumnRelation, ...]:
    """Return the statistics and rules of a column beside the one it comes from that are defined for a kind."""
    return tuple(shift for shift in all_shifts().values() if isinstance(shift, ColumnRelation) and kind in shift.kinds)


@cache
def table_shifts() -> tuple[TableShift, ...]:
    """Return the table statistics, rules excluded."""
    return tuple(s for s in all_shifts().values() if isinstance(s, TableShift) and not isinstance(s, TableRule))


@cache
def table_rules() -> tuple[TableRule, ...]:
    """Return the table rules."""
    return tuple(rule for rule in all_shifts().values() if isinstance(rule, TableRule))
