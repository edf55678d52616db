"""A decided shift: one statistic of one column or table in one run."""

from __future__ import annotations

from dataclasses import dataclass

from stageprint.model.keys import ColumnKey
from stageprint.model.severity import Severity


@dataclass(frozen=True, slots=True)
class ReferenceResult:
    """One statistic against one reference.

    Attributes:
        reference: ``prev``, ``window``, ``seasonal``, ``long``, ``run:ID`` or ``stage:NAME``.
        value: The statistic; None where it was not computable against this reference.
        residual: max(0, |value| − dead zone), the part sketch error cannot explain.
        scale: Root mean square of the stored backtest residuals, before floors and moderation; None without any.
        backtests: Number of past residuals behind `scale`.
    """

    reference: str
    value: float | None
    residual: float | None
    scale: float | None
    backtests: int


@dataclass(frozen=True, slots=True)
class ShiftRecord:
    """One row of `shifts`: one statistic of one column (or table) in one run, decided.

    Attributes:
        key: The column; `key.column` is `TABLE_LEVEL` for table statistics.
        statistic: Registered name of the shift statistic or invariant.
        value: The statistic against the reference that decided (the least significant admissible one).
        error: Its sketch-induced error bound, in the statistic's unit.
        references: The result against each reference.
        expected_low: Lower end of the values that would not have been flagged.
        expected_high: Upper end of them.
        effect: Residual as a multiple of the practical floor ω.
        score: −log10 p before calibration over the run.
        p_value: Calibrated p.
        q_value: Benjamini–Hochberg adjusted p over the run.
        severity: Decision; NONE where quiet.
        deterministic: A rule without chance was broken (schema, all null, constant, invariant, keys lost).
        reason: Why it was not computable, else None.
        explanation: The decision in words: value, error, expected range, rule.
    """

    key: ColumnKey
    statistic: str
    value: float | None
    error: float | None
    references: tuple[ReferenceResult, ...]
    expected_low: float | None
    expected_high: float | None
    effect: float | None
    score: float | None
    p_value: float | None
    q_value: float | None
    severity: Severity
    deterministic: bool
    reason: str | None
    explanation: str
