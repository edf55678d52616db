"""Finds the order of stages, and which tables of earlier stages a table is made from."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stageprint.pipeline.draft.columns import TIMES, TableFacts, words_of
from stageprint.pipeline.draft.model import Concluded, DraftTable
from stageprint.pipeline.draft.value_sets import ValueSet

_RANKS: Final[Sequence[frozenset[str]]] = (
    frozenset({"source", "sources", "landing", "raw", "bronze", "ingest", "ingested", "seeds", "input", "inputs"}),
    frozenset({"staging", "stage", "stg", "clean", "cleaned", "silver", "base", "standardized", "validated", "parsed"}),
    frozenset({"joined", "intermediate", "int", "merged", "enriched", "core", "integrated", "warehouse", "dwh"}),
    frozenset({"gold", "marts", "mart", "features", "feature", "aggregated", "processed", "dataset", "datasets"}),
    frozenset({"training", "train", "trainset"}),
    frozenset({"evaluation", "eval", "test", "validation", "valid", "holdout"}),
    frozenset({"serving", "online", "inference", "serve", "live"}),
    frozenset({"predictions", "prediction", "predicted", "scores", "scored", "output", "outputs", "results"}),
)
"""Words of the names of stages, in the order in which pipelines run through them."""

_ROLES: Final[Mapping[int, str]] = {4: "training", 5: "evaluation", 6: "serving", 7: "predictions"}
_COMPUTING: Final = frozenset({3, 6})
_SERVING: Final = "serving"
_NUMBERED: Final = re.compile(r"^(\d+)[_-]?")

_MIN_SHARE: Final = 0.9
"""Share of a column's values that are in the earlier table, from which on it is the same column."""

_MIN_ROWS_SHARE: Final = 0.5
"""Share of a table's keys that are in the earlier table, from which on it is made from it."""

_MIN_COLUMNS: Final = 2
_MIN_DISTINCT: Final = 3


@dataclass(frozen=True)
class Read:
    """A table whose rows were looked at.

    Attributes:
        table: The table.
        facts: What is known of it.
        key_rows: The set of its keys, all columns together; None: it has no key.
    """

    table: DraftTable
    facts: TableFacts
    key_rows: ValueSet | None


def rank_of(stage: str) -> tuple[int, float] | None:
    """Return where a stage stands among others by its name: by a number before it, else by its words."""
    numbered = _NUMBERED.match(stage)
    if numbered is not None:
        return int(numbered[1]), 0.0
    found = [rank for rank, words in enumerate(_RANKS) if words & set(words_of(stage))]
    return (max(found), 0.0) if found else None


def role_of(stage: str) -> str | None:
    """Return what a stage is to a model by its name; None: it does not say."""
    found = [rank for rank, words in enumerate(_RANKS) if words & set(words_of(stage))]
    return _ROLES.get(max(found)) if found else None


def computes(stage: str) -> bool:
    """Return whether a stage computes features, by its name: a column may be another than that of its name above."""
    found = [rank for rank, words in enumerate(_RANKS) if words & set(words_of(stage))]
    return bool(found) and max(found) in _COMPUTING


def in_order(stages: Sequence[str]) -> list[list[str]]:
    """Return stages in the order of a pipeline, those of equal rank together; those of no known rank are first."""
    ranked: dict[tuple[int, float], list[str]] = {}
    for stage in stages:
        ranked.setdefault(rank_of(stage) or (-1, 0.0), []).append(stage)
    return [sorted(ranked[rank]) for rank in sorted(ranked)]


def same_columns(child: TableFacts, parent: TableFacts) -> list[str]:
    """Return the columns of a table whose values are those of the column of the same name of another table."""
    found = []
    for name, column in child.columns.items():
        other = parent.columns.get(name)
        if other is None or other.family is not column.family or not column.values.distinct:
            continue
        share = column.values.share_in(other.values)
        if share is not None and share >= _MIN_SHARE:
            found.append(name)
    return found


def parents_of(child: Read, earlier: Sequence[Read]) -> list[tuple[Read, list[str], str]]:
    """Return the tables that a table is made from, nearest first: each with the columns it gives, and why.

    A table with the same key is one if it holds the child's keys, all of them if the key is all that they share. One
    with another key is one if it gives columns that no nearer table gives.

    What serves a model computes its features from the sources by itself, however like those of training they are: its
    tables are made from those of the first stage that holds their keys.

    Args:
        child: The table.
        earlier: The tables of earlier stages, nearest stage first.
    """
    if role_of(child.table.found.stage) == _SERVING:
        for stage in dict.fromkeys(one.table.found.stage for one in reversed(earlier)):
            found = _parents(child, [one for one in earlier if one.table.found.stage == stage])
            if found:
                return found
    return _parents(child, earlier)


def _parents(child: Read, earlier: Sequence[Read]) -> list[tuple[Read, list[str], str]]:
    found: list[tuple[Read, list[str], str]] = []
    covered: set[str] = set()
    key = set(child.table.keys.value if child.table.keys is not None else ())
    for parent in earlier:
        shared = same_columns(child.facts, parent.facts)
        new = [name for name in shared if name not in covered]
        same_key = parent.table.keys is not None and child.table.keys is not None and (
            set(parent.table.keys.value) == key
        )  # fmt: skip
        key_alone = len(new) < _MIN_COLUMNS
        if key_alone and not (same_key and key == set(new) and _tells(child.facts, key)):
            continue
        if same_key and child.key_rows is not None and parent.key_rows is not None:
            share = child.key_rows.share_in(parent.key_rows)
            if share is None or share < (1.0 if key_alone else _MIN_ROWS_SHARE):
                continue
            why = f"{_percent(share)} of its keys are in {parent.table.found.full_name}"
            why += "" if key_alone else f", with {_columns(shared)}"
        else:
            telling = [
                name for name in new if name not in key and child.facts.columns[name].values.distinct >= _MIN_DISTINCT
            ]
            if len(telling) < _MIN_COLUMNS:
                continue
            why = f"the values of {_columns(telling)} are those of {parent.table.found.full_name}"
            new = telling
        covered |= set(shared)
        found.append((parent, new, why))
    return found


def _tells(facts: TableFacts, key: Collection[str]) -> bool:
    """Return whether a key says what its table is about: not ``id``, nor a date, which tables of all kinds have."""
    return any(facts.columns[name].kind not in TIMES and len(words_of(name)) > 1 for name in key)


def renamed_columns(child: Read, parents: Sequence[Read]) -> dict[str, Concluded]:
    """Return columns that hold exactly the values of a parent's column of another name: column → that column."""
    found: dict[str, Concluded] = {}
    taken = {name for parent in parents for name in parent.facts.columns}
    for name, column in child.facts.columns.items():
        if name in taken or column.values.distinct < 20:
            continue
        for parent in parents:
            same = [
                other.name
                for other in parent.facts.columns.values()
                if other.name not in child.facts.columns
                and other.family is column.family
                and other.values.distinct == column.values.distinct
                and column.values.share_in(other.values) == 1.0
            ]
            if len(same) == 1:
                origin = f"{parent.table.found.full_name}.{same[0]}"
                found[name] = Concluded(origin, f"{name}: the same {column.values.distinct:,} values")
                break
    return found


def _percent(share: float) -> str:
    return "all" if share >= 1 else f"{100 * share:.3g} %"


def _columns(names: Sequence[str]) -> str:
    return f"{len(names)} column{'' if len(names) == 1 else 's'}"
