"""Finds the columns of a table that repeat the run before, and those of them that usually change."""

from __future__ import annotations

from dataclasses import dataclass
from math import isclose

from stageprint.diagnosis.concerns import is_flagged_for
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.facts import Facts
from stageprint.model import ColumnKey, Concern, TableKey
from stageprint.shifts.distributions.frozen import Frozen

ROUNDING_ERROR = 1e-11
"""Maximum relative difference of equal figures: merging states in another order changes the last bits."""


@dataclass(frozen=True, slots=True)
class Repeats:
    """The columns of a table against the run before.

    Attributes:
        frozen: Columns that usually change and did not.
        equal: All columns that did not change, static ones included.
        changed: Columns that changed.
    """

    frozen: tuple[ColumnKey, ...]
    equal: tuple[ColumnKey, ...]
    changed: tuple[ColumnKey, ...]


def is_frozen(evidence: Evidence, key: ColumnKey) -> bool:
    """Return whether the column usually changes and did not."""
    if evidence.flagged_by(key, Frozen.name) is not None:
        return True
    if not is_flagged_for(evidence, key, Concern.PROGRESS):
        return False
    now, before = evidence.column(key), None if evidence.previous is None else evidence.column(key, evidence.previous)
    return now is not None and before is not None and same(Facts.of(before), Facts.of(now))


def repeats(evidence: Evidence, table: TableKey) -> Repeats:
    """Return which columns of a table repeat the run before; remembered for the evidence."""
    asked = ("repeats", table)
    if asked not in evidence.memo:
        evidence.memo[asked] = _repeats(evidence, table)
    found = evidence.memo[asked]
    return found if isinstance(found, Repeats) else Repeats((), (), ())


def _repeats(evidence: Evidence, table: TableKey) -> Repeats:
    frozen: list[ColumnKey] = []
    equal: list[ColumnKey] = []
    changed: list[ColumnKey] = []
    for key in evidence.graph.nodes(table):
        if is_frozen(evidence, key):
            frozen.append(key)
            equal.append(key)
            continue
        now = evidence.column(key)
        before = None if evidence.previous is None else evidence.column(key, evidence.previous)
        if now is not None and before is not None:
            (equal if same(Facts.of(before), Facts.of(now)) else changed).append(key)
    return Repeats(tuple(frozen), tuple(equal), tuple(changed))


def same(before: Facts, now: Facts) -> bool:
    """Return whether all exact figures of two profiles, and their labels, are equal."""
    counts = (before.kind, before.rows, before.nulls, before.nans) == (now.kind, now.rows, now.nulls, now.nans)
    figures = len(before.exact) == len(now.exact) and all(
        isclose(a, b, rel_tol=ROUNDING_ERROR, abs_tol=0.0) for a, b in zip(before.exact, now.exact, strict=True)
    )
    return counts and figures and before.labels == now.labels
