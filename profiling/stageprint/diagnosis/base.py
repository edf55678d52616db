"""The contract of a cause: from evidence and a suspect node, how well the cause fits, and one plain sentence."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

from stageprint.config.decision import Missing
from stageprint.diagnosis.concerns import is_flagged_for
from stageprint.diagnosis.evidence import Evidence
from stageprint.model import STAGE_LEVEL, TABLE_LEVEL, ColumnKey, Concern, FindingClass, Severity
from stageprint.registry import discover, find

Family = Literal["data", "skew", "evaluation", "boundary", "population", "missing"]
Level = Literal["column", "table", "both", "stage"]


@dataclass(frozen=True, slots=True)
class Fit:
    """How well a cause explains what is seen at a node.

    Attributes:
        score: 0–1; 0.9 and more is a signature that hardly anything else leaves, 0.5 a mere possibility.
        sentence: What happened, in one plain line with the figures.
        evidence: The figures; JSON-serialisable.
        finding_class: The class that the signature itself implies; None: the stage decides.
        also: Other columns that the cause explains as well, such as the partner of a swapped column.
        deterministic: Whether the signature holds without any chance (a schema break, a repeated load).
        brief: A clause for ", or …" when another cause fits hardly better, such as ``an offset of +330``.
        at: The column where it began, where the fit of a table names one.
        event: Whether it happens once, such as a new type: told in the run in which it does, after which the new state
            is what later runs are compared with.
        at_most: The highest severity that it can have, such as review where the run before has told of it already.
    """

    score: float
    sentence: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    finding_class: FindingClass | None = None
    also: tuple[ColumnKey, ...] = ()
    deterministic: bool = False
    brief: str = ""
    at: ColumnKey | None = None
    event: bool = False
    at_most: Severity = Severity.CRITICAL


class Cause(ABC):
    """One thing that can have happened.

    The docstring is the text of the cause's page (`cause_text`): meaning, signature, what it is told apart from, what
    to check, how to fix it, the figures of its evidence, source and a worked example. A cause looks at figures only; of
    names it may only see whether two are equal.

    Attributes:
        name: The cause's name in findings.
        family: Kind of failure it belongs to.
        level: Whether it explains a column, a table, both, or a whole stage.
        signature: Whether it has a signature of its own; the fallback has none.
        sharp: Whether healthy columns almost never show it by chance, so that a good fit makes a review a warning.
        of_business: Whether sound data on an unusual day, such as a public holiday, may show it.
        assumes_level: Whether the signature is that values or labels of before are there, or are not: of a column that
            advances with time or run they never are, so that the cause is not asked where such a column broke off.
        of_values: Whether the signature lies in the values, so that rows lost or gained elsewhere cannot cause it.
        missing: What was not looked at where the cause is named, which sets the severity of the finding; None: nothing,
            the cause is read from what was.
    """

    name: ClassVar[str]
    family: ClassVar[Family]
    level: ClassVar[Level] = "column"
    signature: ClassVar[bool] = True
    of_business: ClassVar[bool] = False
    assumes_level: ClassVar[bool] = False
    of_values: ClassVar[bool] = False
    sharp: ClassVar[bool] = False
    missing: ClassVar[Missing | None] = None

    @abstractmethod
    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Return how well the cause fits the node, or None where it does not."""

    def applies(self, origin: ColumnKey) -> bool:
        """Return whether the cause is about nodes of this level."""
        if (origin.table == STAGE_LEVEL) != (self.level == "stage"):
            return False
        return self.level in {"both", "stage"} or (origin.column == TABLE_LEVEL) == (self.level == "table")


def all_causes() -> Mapping[str, Cause]:
    """Return every registered cause by name."""
    return {name: cls() for name, cls in discover("stageprint.diagnosis.causes", Cause).items()}


def cause_named(name: str) -> Cause | None:
    """Return a registered cause; None: this version does not know it."""
    found = find("stageprint.diagnosis.causes", Cause, name)
    return None if found is None else found()


MIN_FIT = 0.5
"""Minimum fit of a signature that counts as a candidate."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A cause that fits a node, with its fit."""

    cause: Cause
    fit: Fit


def candidates(evidence: Evidence, origin: ColumnKey) -> tuple[Candidate, ...]:
    """Return the causes that fit a node, best first; remembered for the evidence."""
    remembered = evidence.memo.get(("candidates", origin))
    if isinstance(remembered, tuple):
        return remembered
    found = []
    advances = is_flagged_for(evidence, origin, Concern.PROGRESS)
    for cause in all_causes().values():
        asked = cause.applies(origin) and not (advances and cause.assumes_level)
        fit = cause.explain(evidence, origin) if asked else None
        if fit is not None and (fit.score >= MIN_FIT or not cause.signature):
            found.append(Candidate(cause, fit))
    ranked = tuple(sorted(found, key=lambda candidate: (-candidate.fit.score, candidate.cause.name)))
    evidence.memo["candidates", origin] = ranked
    return ranked
