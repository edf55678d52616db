"""Writes decisions as sentences, in natural units: what was found, what is usual, and why that severity."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stageprint.model import Severity
from stageprint.shifts import all_shifts
from stageprint.shifts.base_wording import Figures, Number, Wording

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class UnitVerdict:
    """What an explanation shows of each unit, as arrays.

    Attributes:
        statistic: Name of the statistic or rule.
        reference: Reference that decided.
        value: The statistic.
        now: Current figure that the value was computed from; NaN: none is kept.
        then: The reference's figure; NaN: none is kept.
        high: Largest absolute value that would not have been flagged; NaN: nothing would have been.
        critical: Absolute value from which an alert is critical; infinite: none is.
        signed: Whether the value has a sign.
        rule: A deterministic rule.
        used_in_decision: Whether the decision rule uses the statistic.
        active: Whether there was enough history for it to take part.
        over_pinned_limit: The distance from a pinned reference is above that of healthy stages.
        confirmed: An alert only because the run before had moved as far.
        backtests: Number of earlier comparisons from which the usual range is computed.
        p: p value.
        rank: Rank of the severity.
        detail: What the value is about.
        reason: Why there is no value.
        ignored: Whether the configuration excludes it from decisions.
        note: The configuration's note on it; null: none.
    """

    statistic: pa.Array
    reference: pa.Array
    value: Floats
    now: Floats
    then: Floats
    high: Floats
    critical: Floats
    signed: Flags
    rule: Flags
    used_in_decision: Flags
    active: Flags
    over_pinned_limit: Flags
    confirmed: Flags
    backtests: Floats
    p: Floats
    rank: NDArray[np.int64]
    detail: pa.ChunkedArray
    reason: pa.ChunkedArray
    ignored: Flags
    note: pa.Array


def explain(verdicts: UnitVerdict) -> list[str]:
    """Return one line for each unit, with what the configuration says of it in brackets."""
    *columns, notes = [_listed(getattr(verdicts, field.name)) for field in fields(verdicts)]
    lines = [_line(_Row(*row)) for row in zip(*columns, strict=True)]
    return [line if note is None else f"{line} ({note})" for line, note in zip(lines, notes, strict=True)]


def _wording_of(statistic: str) -> Wording:
    shift = all_shifts().get(statistic)
    return Number(statistic + " {}") if shift is None or shift.wording is None else shift.wording


def _listed(column: Any) -> list[Any]:
    values: list[Any] = column.to_pylist() if isinstance(column, pa.Array | pa.ChunkedArray) else column.tolist()
    return values


class _Row(NamedTuple):
    """One unit of a `UnitVerdict`, without the configuration's note."""

    statistic: str
    reference: str
    value: float
    now: float
    then: float
    high: float
    critical: float
    signed: bool
    rule: bool
    used_in_decision: bool
    active: bool
    over_pinned_limit: bool
    confirmed: bool
    backtests: float
    p: float
    rank: int
    detail: str | None
    reason: str | None
    ignored: bool


def _line(row: _Row) -> str:
    if row.reason is not None:
        return f"{row.statistic} not computable: {row.reason}"
    if row.rule and not row.rank and not row.ignored:
        return f"rule {row.statistic} holds"
    wording = _wording_of(row.statistic)
    figures = Figures(row.value, row.now, row.then)
    found = wording.found(figures) + (f" ({row.detail})" if row.detail else "")
    if row.rule and not row.ignored:
        return f"{found}; {_NAMES[row.rank]}: breaks the rule {row.statistic}"
    before = wording.reference(figures)
    found = f"{found} against {f'{before} in ' if before else ''}{row.reference}"
    return f"{found}; ignored" if row.ignored else f"{found}{_usual_and_severity(row, wording, figures)}"


def _usual_and_severity(row: _Row, wording: Wording, figures: Figures) -> str:
    """Return what is usual and why the severity, of a statistic that has a value and is not ignored."""
    if row.over_pinned_limit:
        return f"; {_NAMES[row.rank]}: from {wording.threshold(figures, row.high)} on against a pinned reference"
    if not row.used_in_decision:
        return "; stored, not decided on"
    if not row.active:
        return "; too few earlier runs to say what is usual"
    comparisons = f"{row.backtests:.0f} earlier comparisons" if row.backtests else "no earlier comparison"
    usual = f", usually {wording.usual(figures, row.high, signed=row.signed)} ({comparisons})"
    if not row.rank:
        return usual
    why = f"chance alone reaches this with p {row.p:.2g}"
    if row.confirmed:
        why = f"{why}, but the run before had moved as far"
    if row.rank == Severity.CRITICAL.rank:
        why = f"{why}; critical from {wording.threshold(figures, row.critical)} on"
    if row.rank == Severity.REVIEW.rank:
        why = f"{why}, too often for an alert"
    return f"{usual}; {_NAMES[row.rank]}: {why}"


_NAMES = [severity.value for severity in sorted(Severity, key=lambda severity: severity.rank)]
