"""The contract of a shift statistic: (reference, current) → value, dead zone, variance floor, or a reason.

A statistic is one file with one class, a subclass of one of these:

* `ColumnShift` compares a column with one reference, many pairs at a time;
* `ColumnRule` checks an invariant of a column's earlier runs;
* `ColumnRelation` compares a column with the upstream column that it comes from, now and in earlier runs;
* `RelationRule` checks an invariant of the two columns;
* `TableShift` compares a table with one reference;
* `TableRule` checks an invariant of a table's earlier runs.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from math import inf, nan
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from stageprint.features.column import LABELS_STATE, ColumnFeatures
from stageprint.features.pairs import Pairs
from stageprint.features.table import TableFeatures
from stageprint.features.upstream import UpstreamPair
from stageprint.model import ColumnKind, Concern, NotComputable
from stageprint.shifts.base_wording import Wording

Floats = NDArray[np.float64]

MIN_INVARIANT_RUNS = 3
"""Earlier runs in which an invariant must have held before breaking it counts."""

NEVER_A_ROW = "no rows in this run, nor in an earlier one"
"""Why the rules say nothing of a column whose table was empty in every run: more such runs would change nothing."""


class CalibrationGroup(str, Enum):
    """Statistics whose scores over two runs are calibrated together: what moves one of them for two runs moves all."""

    ANY = "any"
    LABELS = "labels"
    """Which labels there are."""
    EXCHANGE = "exchange"
    """Two labels changed places."""


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
        floor: Smallest variance of its residual that sampling and sketches allow.
        detail: What the value is about.
        now: The current figure that the value was computed from, as `Shift.wording` writes it; NaN: none is kept.
        then: The reference's figure; NaN: none is kept.
    """

    value: float
    error: float = 0.0
    floor: float = 0.0
    detail: str | None = None
    now: float = nan
    then: float = nan


@dataclass(slots=True)
class Measured:
    """A statistic of many pairs, as arrays.

    Attributes:
        value: The statistic; NaN: not computable.
        error: Its dead zone.
        floor: Smallest variance of its residual that sampling and sketches allow.
        reasons: Why a pair has no value, by position; the first reason given stays.
        details: What the value is about, by position.
        current_figure: The current figures that the values were computed from, as `Shift.wording` writes them; None:
            none are kept.
        reference_figure: The reference's figures.
    """

    value: Floats
    error: Floats
    floor: Floats
    reasons: dict[int, str] = field(default_factory=dict)
    details: dict[int, str] = field(default_factory=dict)
    current_figure: Floats | None = None
    reference_figure: Floats | None = None

    def because(self, where: NDArray[np.bool_], reason: str) -> Measured:
        """Remove the value `where` it is not defined, with the reason."""
        for position in np.flatnonzero(where):
            self.reasons.setdefault(int(position), reason)
        self.value = np.where(where, np.nan, self.value)
        return self


class Shift(ABC):
    """One number that says how far the current run is from a reference, or whether the run breaks a rule.

    What a subclass states about itself is all that the decision needs to know of it. Effects and scales are in the
    statistic's own unit. The *residual* is the part of the value that sketch error cannot explain.

    Attributes:
        name: Registered name; `statistic` in the results.
        concerns: What the statistic is about, at least one; diagnosis and reports go by it.
        unit: Unit of the value.
        convention: Which of the field's variants it is.
        source: Formula, paper or library it follows.
        example: Worked example.
        wording: How its values are written for people; None: name and number.
        used_in_decision: Whether it can raise an alert; the others are stored because people look for them.
        symmetric: Whether exchanging reference and current changes at most the sign.
        signed: Whether the value has a sign.
        deterministic: Whether it is a rule: held or broken, without chance. It is broken from `min_effect` on.
        review_only: Whether a broken rule is shown for review and never alerts.
        negligible_effect: δ₀, the largest residual that nobody would act on: the null hypothesis of the score (TREAT).
        min_effect: ω, the smallest residual that is reported, however certain it is.
        critical_effect: Residual from which an alert is critical.
        extreme_effect: Residual so large that healthy columns almost never reach it. From this size on, the limit of
            the p value for an alert is higher in small stores with few runs of history.
        default_scale: Root mean square of a healthy column's residuals, used until a store has enough columns to
            estimate it.
        prior_weight: Number of backtests that `default_scale` counts for (d₀ of Smyth 2004).
        max_df: Upper limit of the degrees of freedom of a column's scores, however long its history. The smaller it is,
            the more often healthy columns are far off. Found by simulation, see docs/adr/0008-two-part-noise.md.
        min_scale: Lower limit of the moderated scale s̃. A statistic that is 0 in most healthy comparisons says little
            about how far it moves in the others.
        capped_by: Statistics that see the same shift and vary less. The score is at most that of the first of them that
            takes part in the column.
        assumes_level: Whether it expects the values of a run to be like those of earlier runs. It is not computed for
            columns that advance with time or run, such as dates and sequences: see `stageprint.features.advancing`.
        needs_no_history: Whether it may alert after one or two earlier runs, because it almost never moves
            in healthy columns.
        persistence: Share of the first run's residual that a second run must still have to confirm it: a fault stays, a
            chance deviation fades. +∞: a second run confirms nothing, because healthy columns that move this statistic
            also keep it moved for some runs.
        calibration_group: The statistics whose scores over two runs are calibrated together with this one's.
        scaled_by_its_past: Whether the floor of its residual's variance is all of that variance, which the statistic
            has from the earlier runs that it looked at: it needs no backtests. The distribution is Student's with
            `max_df` degrees of freedom.
        pinned_limit: Residual that is a warning against a pinned run or another stage while there is too little history
            for a score; None: there is no such limit.
    """

    name: ClassVar[str]
    concerns: ClassVar[frozenset[Concern]]
    unit: ClassVar[str]
    convention: ClassVar[str]
    source: ClassVar[str]
    example: ClassVar[Example]
    wording: ClassVar[Wording | None] = None
    used_in_decision: ClassVar[bool] = True
    symmetric: ClassVar[bool] = True
    signed: ClassVar[bool] = False
    deterministic: ClassVar[bool] = False
    review_only: ClassVar[bool] = False
    negligible_effect: ClassVar[float] = 0.0
    min_effect: ClassVar[float] = inf
    critical_effect: ClassVar[float] = inf
    extreme_effect: ClassVar[float] = inf
    default_scale: ClassVar[float] = inf
    prior_weight: ClassVar[float] = 4.0
    max_df: ClassVar[float] = 7.0
    min_scale: ClassVar[float] = 0.0
    capped_by: ClassVar[tuple[str, ...]] = ()
    assumes_level: ClassVar[bool] = False
    needs_no_history: ClassVar[bool] = False
    persistence: ClassVar[float] = 0.85
    calibration_group: ClassVar[CalibrationGroup] = CalibrationGroup.ANY
    scaled_by_its_past: ClassVar[bool] = False
    pinned_limit: ClassVar[float | None] = None


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
            # Doubles near the end of their range overflow; a value that is not finite gets a reason.
            measured = self.compute(pairs)
        if LABELS_STATE in self.needs:
            unlike = [any(run.labels_unlike for run in reference.runs) for reference in pairs.reference]
            measured = measured.because(np.array(unlike, dtype=bool), "the labels are hashed with different secrets")
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
    """An invariant of a column's earlier runs; its value says how far it is broken, 0 while it holds.

    Attributes:
        kinds: Kinds of column it is defined for.
    """

    kinds: ClassVar[frozenset[ColumnKind]]
    deterministic: ClassVar[bool] = True
    symmetric: ClassVar[bool] = False

    @abstractmethod
    def judge(self, current: ColumnFeatures, past: Sequence[ColumnFeatures]) -> Outcome | NotComputable:
        """Return how far the rule is broken, or why there is no such rule for this column.

        Args:
            current: The run under test; has rows.
            past: The past runs that have rows, oldest first; at least one.
        """


class ColumnRelation(Shift):
    """A statistic of a column and the upstream column that it comes from: now against the reference's runs.

    A season moves both columns alike, a fault between them moves only one. Each of the reference's runs has its own
    upstream column.

    Attributes:
        kinds: Kinds of column it is defined for.
    """

    kinds: ClassVar[frozenset[ColumnKind]]
    symmetric: ClassVar[bool] = False

    @abstractmethod
    def compare(self, current: UpstreamPair, past: Sequence[UpstreamPair]) -> Outcome | NotComputable:
        """Return how far the relation of the two is from its usual state, or why that is not computable.

        Args:
            current: Both columns in the run under test; each has rows, and kinds that can be compared.
            past: Both in the reference's runs, oldest first; at least one.
        """


class RelationRule(ColumnRelation):
    """An invariant of a column and the upstream column that it comes from, which held in at least 3 earlier runs.

    What follows from the way a column is made (a copy, a filter, a look-up) does not vary by chance: unlike a
    statistic, such a rule needs no history of how far the column moves.
    """

    deterministic: ClassVar[bool] = True

    @abstractmethod
    def breach(self, current: UpstreamPair, past: Sequence[UpstreamPair]) -> Outcome:
        """Return how far the rule is broken in `current`, 0 while it holds."""

    def compare(self, current: UpstreamPair, past: Sequence[UpstreamPair]) -> Outcome | NotComputable:
        """Return the breach, or why there is no such rule for this column."""
        if len(past) < MIN_INVARIANT_RUNS:
            return NotComputable(f"needs {MIN_INVARIANT_RUNS} earlier runs with the upstream column, has {len(past)}")
        if any(self.breach(run, ()).value > 0 for run in past):
            return NotComputable("did not hold in every earlier run")
        return self.breach(current, past)


class TableShift(Shift):
    """A statistic of a table against one reference."""

    @abstractmethod
    def compare(self, current: TableFeatures, past: Sequence[TableFeatures]) -> Outcome | NotComputable:
        """Return the statistic against the mean of `past`, which has at least one run."""


class TableRule(TableShift):
    """An invariant of a table's earlier runs; its value says how far it is broken, 0 while it holds.

    Attributes:
        needs_past: Whether it takes an earlier run to judge; where not, `past` may be empty.
    """

    deterministic: ClassVar[bool] = True
    symmetric: ClassVar[bool] = False
    needs_past: ClassVar[bool] = True
