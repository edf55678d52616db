"""A decided shift: one statistic of one column or table in one run."""

from __future__ import annotations

from dataclasses import dataclass

from stageprint.model.keys import ColumnKey
from stageprint.model.severity import Severity


@dataclass(frozen=True, slots=True)
class ReferenceResult:
    """A statistic against one reference.

    Attributes:
        reference: ``prev``, ``window``, ``seasonal``, ``long``, ``run:ID`` or ``stage:NAME``.
        value: The statistic; None: not computable against this reference.
        residual: max(0, |value| − error), the part that sketch error cannot explain.
        scale: Root mean square of the residuals of past runs, before floors and moderation; None: there are none.
        backtests: Number of past residuals in `scale`.
    """

    reference: str
    value: float | None
    residual: float | None
    scale: float | None
    backtests: int


@dataclass(frozen=True, slots=True)
class ShiftRecord:
    """A row of `shifts`: one statistic of one column (or table) in one run, with the decision about it.

    Attributes:
        key: The column; `key.column` is `TABLE_LEVEL` for statistics of the table itself.
        statistic: Registered name of the shift statistic.
        value: The statistic against the deciding reference, the one that makes it least significant; None: not
            computable.
        error: Largest error of `value` that sketches can cause, in the statistic's unit.
        references: The result against each reference.
        expected_low: Smallest value that would not have been an alert; None: no value would have been one.
        expected_high: Largest value that would not have been an alert; None: no value would have been one.
        effect: Residual as a multiple of the statistic's `min_effect`.
        score: −log₁₀ p before calibration on past runs; None: not tested.
        p_value: Calibrated p; None: not tested.
        q_value: p adjusted over the columns of the run (Benjamini–Hochberg); None: not tested.
        severity: The decision; NONE: not flagged.
        deterministic: Whether a rule that involves no chance was broken (schema, all null, constant, keys lost, …).
        reason: Why the statistic is not computable; None: it is computed.
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
