"""What is known about the real tables: which alerts are true, and which events must be told."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from scripts.yardsticks.judging import Alert

FILE: Final = Path(__file__).with_name("verdicts.yml")
UNKNOWN: Final = "no known event explains it"
"""Reason of an alert that no verdict speaks of: it counts as false."""


@dataclass(frozen=True)
class Verdict:
    """What is known about some columns of a run.

    Attributes:
        set: The set of tables.
        runs: The runs.
        tables: The tables; none: all of them.
        columns: The columns; none: all of them, and the table.
        real: Whether something happened in the world or to the rows.
        reason: What, or why nothing did.
        must_be_told: Whether an alert must speak of it.
    """

    set: str
    runs: frozenset[str]
    tables: frozenset[str]
    columns: frozenset[str]
    real: bool
    reason: str
    must_be_told: bool

    def covers(self, name: str, alert: Alert) -> bool:
        """Return whether the verdict speaks of an alert of a set.

        An alert about the whole table is covered where the verdict names no column, or names ``table``.
        """
        column = alert.column or "table"
        return (
            name == self.set
            and alert.run in self.runs
            and (not self.tables or alert.table in self.tables)
            and (not self.columns or column in self.columns)
        )


@cache
def verdicts() -> tuple[Verdict, ...]:
    """Return all verdicts of the file, in its order."""
    return tuple(parse(yaml.safe_load(FILE.read_text("utf-8"))))


def parse(entries: Iterable[Any]) -> list[Verdict]:
    """Return the verdicts that a file says.

    Args:
        entries: Objects with the keys ``set``, ``run`` or ``runs``, ``table`` and ``columns`` (none: all), ``verdict``
            (``true event`` or ``false``), ``reason`` and ``must_be_told`` (default: false).

    Raises:
        ValueError: An entry has another verdict.
    """
    return [_parsed(entry) for entry in entries]


def verdict_of(name: str, alert: Alert, known: Sequence[Verdict]) -> tuple[bool, str]:
    """Return whether an alert of a set has a real event behind it, and the reason; the first verdict decides."""
    found = next((verdict for verdict in known if verdict.covers(name, alert)), None)
    return (False, UNKNOWN) if found is None else (found.real, found.reason)


def _parsed(entry: dict[str, Any]) -> Verdict:
    if entry["verdict"] not in {"true event", "false"}:
        message = f"expected the verdict `true event` or `false`, got {entry['verdict']!r} of {entry['set']}"
        raise ValueError(message)
    return Verdict(
        entry["set"],
        frozenset(str(run) for run in _several(entry.get("run", entry.get("runs")))),
        frozenset(_several(entry.get("table"))),
        frozenset(_several(entry.get("columns", entry.get("column")))),
        entry["verdict"] == "true event",
        " ".join(entry["reason"].split()),
        bool(entry.get("must_be_told", False)),
    )


def _several(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
