"""Columns and tables drawn at random, and the evidence of two runs of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stageprint.diagnosis.diagnose import diagnose
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.example import evidence_of, flag, table_profile
from stageprint.model import TABLE_LEVEL, ColumnKey, Finding, TableKey, TableProfile

Floats = NDArray[np.float64]
Rng = np.random.Generator

RAW = TableKey("raw", "t")
DAY = 86_400_000_000


@dataclass(frozen=True)
class Numbers:
    """A family of numeric columns."""

    name: str
    draw: Callable[[Rng, int], Floats]


def _zero_inflated(rng: Rng, n: int) -> Floats:
    return np.where(rng.random(n) < 0.3, 0.0, rng.gamma(2.0, 30.0, n))


def _bimodal(rng: Rng, n: int) -> Floats:
    return np.where(rng.random(n) < 0.4, rng.normal(20, 4, n), rng.normal(55, 9, n))


FAMILIES = (
    Numbers("normal", lambda rng, n: rng.normal(50, 12, n)),
    Numbers("lognormal", lambda rng, n: rng.lognormal(3, 0.8, n)),
    Numbers("zero_inflated", _zero_inflated),
    Numbers("bimodal", _bimodal),
    Numbers("delay", lambda rng, n: rng.exponential(30, n) - 12),
)


def with_nulls(values: Sequence[Any] | NDArray[Any], lost: NDArray[np.bool_]) -> pa.Array:
    """Return the values as an Arrow array, null where `lost`."""
    return pa.array(np.asarray(values), mask=lost)


def labels(rng: Rng, n: int, kinds: int = 8, skew: float = 1.1) -> NDArray[np.str_]:
    """Return labels with Zipf-like shares."""
    shares = 1 / np.arange(1, kinds + 1) ** skew
    names = np.array([f"{chr(65 + k % 26)}{chr(65 + (k * 7) % 26)}" for k in range(kinds)])
    return rng.choice(names, n, p=shares / shares.sum())


def times(rng: Rng, n: int, *, start_day: int = 15_000, days: int = 28) -> NDArray[np.int64]:
    """Return microseconds with a daily cycle: few at night, peaks in the morning and the evening."""
    cycle = np.array([1, 0.5, 0.2, 0.2, 0.5, 3, 7, 9, 8, 6, 5, 5, 6, 6, 7, 9, 10, 10, 9, 8, 6, 4, 3, 2])
    hours = rng.choice(24, n, p=cycle / cycle.sum())
    days_in = rng.integers(0, days, n)
    return np.asarray((start_day + days_in) * DAY + hours * 3_600_000_000 + rng.integers(0, 3_600, n) * 1_000_000)


def timestamps(micros: NDArray[np.int64]) -> pa.Array:
    """Return a timestamp column."""
    return pa.array(micros, pa.timestamp("us", "UTC"))


def column_evidence(
    then: Mapping[str, Any], now: Mapping[str, Any], flagged: Sequence[str] = ("x",), *, stage: str = "raw"
) -> Evidence:
    """Return the evidence of a table in two runs with `flagged` columns (or `TABLE_LEVEL`) flagged."""
    key = TableKey(stage, "t")
    runs = {"2013-05": {key: table_profile(key, then)}, "2013-06": {key: table_profile(key, now)}}
    return evidence_of(runs, {stage: ()}, [flag(ColumnKey(stage, "t", name)) for name in flagged])


def top(evidence: Evidence) -> Finding:
    """Return the one finding of an evidence with one incident."""
    findings = diagnose(evidence)
    assert len(findings) == 1, [(str(finding.origin), finding.cause) for finding in findings]
    return findings[0]


def trip_table(rng: Rng, n: int, first_id: int = 0, day: int = 15_000) -> dict[str, Any]:
    """Return a table with a key, times, labels and three independent measures."""
    return {
        "id": np.arange(first_id, first_id + n),
        "at": times(rng, n, start_day=day),
        "kind": labels(rng, n, 6),
        "distance": rng.gamma(2.0, 300.0, n),
        "delay": rng.exponential(30, n) - 12,
        "fare": rng.lognormal(3, 0.6, n),
    }


def take(table: Mapping[str, Any], rows: NDArray[Any]) -> dict[str, Any]:
    """Return some of a table's rows."""
    return {name: values[rows] for name, values in table.items()}


def as_profile(key: TableKey, table: Mapping[str, Any], *, keys: Sequence[str] = ("id",)) -> TableProfile:
    """Profile a table made by `trip_table`."""
    arrow = {name: timestamps(values) if name == "at" else _arrow(np.asarray(values)) for name, values in table.items()}
    return table_profile(
        key, arrow, keys=[name for name in keys if name in table], event_time="at" if "at" in table else None
    )


def _arrow(values: NDArray[Any]) -> pa.Array:
    if values.dtype.kind in "UO":
        return pa.array([None if value is None else str(value) for value in values], pa.string())
    return pa.array(values, from_pandas=True)


def node(stage: str, column: str = TABLE_LEVEL, table: str = "t") -> ColumnKey:
    """Return a node of the test pipelines."""
    return ColumnKey(stage, table, column)
