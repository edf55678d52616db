"""Decisions in words."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import isnan
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from stageprint.model import Severity

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Verdict:
    """What there is to tell of each unit, as arrays.

    Attributes:
        statistic: Name of the statistic or rule.
        reference: Reference that decided.
        value: The statistic.
        error: Its dead zone.
        high: Upper end of what would not have been flagged; NaN: nothing would.
        signed: Whether the lower end is its negative, and not 0.
        rule: A deterministic rule.
        used_in_decision: Whether the decision rule uses the statistic.
        active: Whether there was enough history for it to take part.
        over_pinned_limit: A pinned reference is further away than healthy stages are.
        confirmed: It took the run before as well to make it an alert.
        backtests: Past comparisons behind the usual move.
        usual: Root mean square of the past residuals.
        p: p value.
        rank: Rank of the severity.
        detail: What the value is about.
        reason: Why there is no value.
        ignored: The configuration says not to decide on it.
        note: What the configuration says of it; null: nothing.
    """

    statistic: pa.Array
    reference: pa.Array
    value: Floats
    error: Floats
    high: Floats
    signed: Flags
    rule: Flags
    used_in_decision: Flags
    active: Flags
    over_pinned_limit: Flags
    confirmed: Flags
    backtests: Floats
    usual: Floats
    p: Floats
    rank: NDArray[np.int64]
    detail: pa.ChunkedArray
    reason: pa.ChunkedArray
    ignored: Flags
    note: pa.Array


def explain(verdicts: Verdict) -> list[str]:
    """Return one line for each unit: value, error, expected range, rule, and what the configuration says instead."""
    *columns, notes = [_listed(getattr(verdicts, field.name)) for field in fields(verdicts)]
    lines = [_line(*row) for row in zip(*columns, strict=True)]
    return [line if note is None else f"{line} ({note})" for line, note in zip(lines, notes, strict=True)]


def _listed(column: Any) -> list[Any]:
    values: list[Any] = column.to_pylist() if isinstance(column, pa.Array | pa.ChunkedArray) else column.tolist()
    return values


def _line(
    statistic: str,
    reference: str,
    value: float,
    error: float,
    high: float,
    signed: bool,
    rule: bool,
    used_in_decision: bool,
    active: bool,
    over_pinned_limit: bool,
    confirmed: bool,
    backtests: float,
    usual: float,
    p: float,
    rank: int,
    detail: str | None,
    reason: str | None,
    ignored: bool,
) -> str:
    if reason is not None:
        return f"{statistic} not computable: {reason}"
    about = f" ({detail})" if detail else ""
    severity = _NAMES[rank]
    if ignored:
        return f"{statistic} {value:.4g}{about} against {reference}; ignored"
    if rule:
        broken = f"broken: {value:.4g}{about}, at least {high:.4g} breaks it: {severity}"
        return f"rule {statistic} {broken if rank else 'held'}"
    found = f"{statistic} {value:.4g}" + (f" ± {error:.3g}" if error else "") + f" against {reference}{about}"
    if over_pinned_limit:
        return f"{found}, at most {high:.4g} was agreed between them: {severity}"
    if not used_in_decision or not active:
        return (
            f"{found}; {'too few earlier runs to say what is usual' if used_in_decision else 'stored, not decided on'}"
        )
    expected = f"expected {-high if signed else 0:.4g} to {high:.4g}"
    if isnan(usual):
        usual_move = ", no earlier comparison"
    else:
        usual_move = f", usually {usual:.3g} beyond error over {backtests:.0f} comparisons"
    twice = " after another such run" if confirmed else ""
    verdict = f", p {p:.2g}{twice}: {severity}" if rank else ""
    return f"{found}, {expected}{usual_move}{verdict}"


_NAMES = [severity.value for severity in sorted(Severity, key=lambda severity: severity.rank)]
