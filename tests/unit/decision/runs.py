"""Runs of a store as the decision sees them: numbers alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from stageprint.config.decision import DecisionSettings
from stageprint.decision import decide, previous_of, to_records
from stageprint.model import ColumnKey, ShiftRecord
from stageprint.shifts import MEASUREMENTS, all_shifts

Measure: TypeAlias = Callable[[int], list[dict[str, Any]]]
"""Run number → its measurements."""

SETTINGS = DecisionSettings(false_findings_per_run=1)
KEY, OTHER = ColumnKey("raw", "trips", "fare"), ColumnKey("raw", "trips", "tip")


def row(
    value: float | None,
    *,
    key: ColumnKey = KEY,
    statistic: str = "ks",
    reference: str = "prev",
    error: float = 0.0,
    floor: float = 1e-6,
    kind: str = "float",
    rows: int = 10_000,
    detail: str | None = None,
    reason: str | None = None,
) -> dict[str, Any]:
    """Return one measurement."""
    known = value is not None
    shift = all_shifts().get(statistic)
    return {
        "stage": key.stage,
        "table_name": key.table,
        "column_name": key.column,
        "kind": kind,
        "statistic": statistic,
        "reference": reference,
        "value": value,
        "error": error if known else None,
        "residual": max(0.0, abs(value) - error) if value is not None else None,
        "variance_floor": floor if known else None,
        "n_reference": rows,
        "n_current": rows,
        "deterministic": shift is not None and shift.deterministic,
        "detail": detail,
        "reason": reason if known or reason else "no run for this reference",
    }


def table(rows: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Return measurements as a table."""
    return pa.Table.from_pylist([dict(each) for each in rows], schema=MEASUREMENTS)


def decided(rows: Iterable[Mapping[str, Any]], previous: pa.Table | None = None) -> dict[tuple[str, str], ShiftRecord]:
    """Return decided shifts by column and statistic."""
    records = to_records(decide(table(rows), previous, SETTINGS))
    return {(record.key.column, record.statistic): record for record in records}


def columns(count: int) -> list[ColumnKey]:
    """Return that many columns of one table."""
    return [ColumnKey("raw", "trips", f"c{number:03}") for number in range(count)]


@dataclass
class Store:
    """A store that decides run after run.

    Attributes:
        measure: Run number → its measurements.
        decisions: What was decided, run by run.
    """

    measure: Callable[[int], Iterable[Mapping[str, Any]]]
    decisions: list[pa.Table] = field(default_factory=list)

    def run(self, count: int) -> Store:
        """Decide the next `count` runs."""
        for _ in range(count):
            previous = previous_of(self.decisions[-1]) if self.decisions else None
            self.decisions.append(decide(table(self.measure(len(self.decisions))), previous, SETTINGS))
        return self

    def records(self, run: int = -1) -> list[ShiftRecord]:
        """Return a run's shifts."""
        return to_records(self.decisions[run])

    def alerting(self, run: int = -1) -> set[str]:
        """Return the columns that are at least a warning."""
        return {record.key.column for record in self.records(run) if record.severity.rank >= 2}


def fluctuating(count: int, seed: int = 3, size: float = 0.02) -> Measure:
    """Return measurements of columns that move a little in every run, once there is one before."""

    def measure(run: int) -> list[dict[str, Any]]:
        rng = np.random.default_rng([seed, run])
        found = []
        for key in columns(count):
            for statistic in ("ks", "mean", "null_share"):
                for reference in ("prev", "window", "long"):
                    value = float(abs(rng.normal(0, size))) if run else None
                    found.append(row(value, key=key, statistic=statistic, reference=reference))
        return found

    return measure


def with_fault(measure: Measure, at: int, *rows: dict[str, Any]) -> Measure:
    """Return measurements in which run `at` has these rows in place of those of the same column and reference."""

    def identity(each: dict[str, Any]) -> tuple[Any, ...]:
        return each["column_name"], each["statistic"], each["reference"]

    def changed(run: int) -> list[dict[str, Any]]:
        replaced = {identity(each): each for each in rows}
        return [replaced.get(identity(each), each) if run == at else each for each in measure(run)]

    return changed


def faulty(column: str, value: float, statistic: str = "ks") -> list[dict[str, Any]]:
    """Return rows of a column that is this far from each running reference."""
    key = ColumnKey("raw", "trips", column)
    return [row(value, key=key, statistic=statistic, reference=name) for name in ("prev", "window", "long")]
