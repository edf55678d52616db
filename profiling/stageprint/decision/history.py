"""The history that a decision needs. The stored shifts of each run carry it to the next."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from stageprint.decision._codes import Vocabulary, combine, dense
from stageprint.model import Severity

Floats = NDArray[np.float64]

MAX_BACKTESTS = 28
"""Largest number of backtests that a scale counts; from there on the oldest fade out exponentially."""

PREVIOUS = pa.schema(
    [
        pa.field("stage", pa.string(), nullable=False),
        pa.field("table_name", pa.string(), nullable=False),
        pa.field("slice_key", pa.string()),
        pa.field("slice_value", pa.string()),
        pa.field("column_name", pa.string(), nullable=False),
        pa.field("statistic", pa.string(), nullable=False),
        pa.field("reference", pa.string(), nullable=False),
        pa.field("scale", pa.float64()),
        pa.field("backtests", pa.int32(), nullable=False),
        pa.field("residual", pa.float64()),
        pa.field("flagged", pa.bool_(), nullable=False),
        pa.field("suspect", pa.bool_(), nullable=False),
        pa.field("score", pa.float64()),
    ]
)

MAX_SUSPECT_P = 3e-4
"""Largest p value of a statistic that makes its column suspect.

A suspect run is not a reference of the next one, which may confirm the shift."""

_KEY = ("stage", "table_name", "slice_key", "slice_value", "column_name")
ALERTING_SEVERITIES = (Severity.WARNING.value, Severity.CRITICAL.value)
"""Severities of an alert."""


def newest_of(shifts: pa.Table, age: NDArray[np.int64]) -> pa.Table:
    """Return the rows of each column's latest run; a column may have missed the runs after it.

    Args:
        shifts: Stored shifts of several runs, with the columns of `DECISIONS`.
        age: The place of each row's run; later runs have larger ones.
    """
    column = _columns(shifts)
    newest = np.full(len(column), -1, dtype=np.int64)
    np.maximum.at(newest, column, age)
    return shifts.filter(pa.array(newest[column] == age))


def _columns(shifts: pa.Table) -> NDArray[np.int64]:
    """Return a number for the column of each row."""
    vocabularies = [Vocabulary([shifts[name]]) for name in _KEY]
    codes = [words.encode(shifts[name]) for words, name in zip(vocabularies, _KEY, strict=True)]
    return dense(combine(codes, [len(words) for words in vocabularies]))[1]


def previous_of(shifts: pa.Table) -> pa.Table:
    """Return what the next run's decision needs of stored shifts.

    Args:
        shifts: The last stored rows of each column, with the columns of `DECISIONS`. None of them is of a run that was
            marked as bad: neither its residuals nor its suspicions are history.

    Returns:
        A table of schema `PREVIOUS`. A column is flagged if any of its statistics is at least a warning, and suspect if
        the p value of one is at most `MAX_SUSPECT_P`; the residuals of either do not become history. The score is
        `unlikeliness`, null for a statistic that is not suspect.
    """
    column = _columns(shifts)
    alerting = pc.is_in(shifts["severity"], value_set=pa.array(ALERTING_SEVERITIES)).to_numpy()
    flagged = np.bincount(column, weights=alerting, minlength=1)[column] > 0
    unlikely = pc.fill_null(pc.less_equal(shifts["p_value"], MAX_SUSPECT_P), False).to_numpy()
    suspect = np.bincount(column, weights=unlikely, minlength=1)[column] > 0
    references = shifts["references"].combine_chunks()
    rows = pc.list_parent_indices(references)
    entries = references.flatten()
    return pa.table(
        [
            *(shifts[name].take(rows) for name in (*_KEY, "statistic")),
            entries.field("reference"),
            entries.field("scale"),
            pc.fill_null(entries.field("backtests"), 0).cast(pa.int32()),
            entries.field("residual"),
            pa.array(flagged | suspect).take(rows),
            pa.array(suspect).take(rows),
            pa.array(np.where(unlikely, _unlikeliness(shifts), np.nan), from_pandas=True).take(pa.array(rows)),
        ],
        schema=PREVIOUS,
    )


def _unlikeliness(shifts: pa.Table) -> Floats:
    score, p = (pc.fill_null(shifts[name], np.nan).to_numpy() for name in ("score", "p_value"))
    return unlikeliness(score, p)


def unlikeliness(score: Floats, p: Floats) -> Floats:
    """Return the mean of L, which goes by the column's own past, and −log₁₀ p, which goes by that of its class.

    For two runs neither is enough alone. p compares a column with its class, in which a few columns move more than the
    rest, run after run. L trusts the few runs of one column.

    Args:
        score: L.
        p: p value of the score.
    """
    return np.asarray((score - np.log10(np.maximum(p, np.finfo(np.float64).tiny))) / 2, dtype=np.float64)


def update_mean_square(
    scale: Floats, backtests: Floats, residual: Floats, flagged: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Return the mean squares that include the previous run's residuals.

    Args:
        scale: Root mean square of the residuals before the previous run; NaN without any.
        backtests: Their number.
        residual: Residual of the previous run; NaN: none.
        flagged: Whether the column was flagged in the previous run, so that its residual does not count.

    Returns:
        Mean square of all residuals (NaN without any), and their number.

    Example:
        >>> square, count = update_mean_square(*(np.array([figure]) for figure in (0.3, 1.0, 0.1, False)))
        >>> round(float(square[0]), 12), float(count[0])
        (0.05, 2.0)
    """
    fresh = ~flagged & ~np.isnan(residual)
    before = np.where(backtests > 0, np.nan_to_num(scale) ** 2, 0.0)
    count = np.where(fresh, np.minimum(backtests + 1, MAX_BACKTESTS), backtests)
    step = np.where(fresh, np.nan_to_num(residual) ** 2 - before, 0.0) / np.maximum(count, 1)
    return np.where(count > 0, before + step, np.nan), count
