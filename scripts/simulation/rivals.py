"""Common thresholds on real rows: the values of the current run against the previous run, and 3 σ against 28 runs.

The rules and their sources are those of `scripts.simulation.others`. Nulls are left out, as the libraries named there
leave them out before a test; a 3-sigma rule watches their share by itself.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from scripts.simulation.others import RULES, chi_squared_p, js_distance, ks_p, psi
from scripts.simulation.rows import Column
from scripts.simulation.world import BOOLEAN, FLOAT

Floats = NDArray[np.float64]

MAX_REJECTING_P = 0.05
"""p value below which a test rejects."""

MAX_ROWS_TESTED = 1000
"""Maximum number of reference rows at which Evidently tests instead of measuring a distance."""

MAX_CATEGORICAL_VALUES = 5
"""Maximum count of different numbers in a column that Evidently takes for categorical."""

MIN_RUNS_FOR_SPREAD = 3
"""Minimum number of runs that a standard deviation is computed from."""


def monitored_figures(column: Column) -> Floats:
    """Return what a 3-sigma rule monitors of a column's rows: share of nulls, and mean, top label's or true's share."""
    values = column.values[~column.nulls]
    if not values.size:
        return np.array([1.0, np.nan])
    if column.kind in (FLOAT, BOOLEAN):
        level = float(values.mean())
    else:
        level = float(np.bincount(values.astype(np.int64)).max() / values.size)
    return np.array([column.nulls.mean(), level])


def flags_of_rows(now: Column, then: Column, past: Floats) -> dict[str, bool]:
    """Return which of `others.RULES` flag a column.

    Args:
        now: Rows of the run under test.
        then: Rows of the run before.
        past: Figures of `monitored_figures` of the last 28 runs, a row for each.
    """
    flags = dict.fromkeys(RULES, False)
    values = [column.values[~column.nulls] for column in (now, then)]
    if all(each.size for each in values):
        flags.update(_of_numbers(*values) if now.kind == FLOAT else _of_labels(now, then))
    if len(past) >= MIN_RUNS_FOR_SPREAD:
        off = np.abs(monitored_figures(now) - past.mean(axis=0))
        flags["three_sigma"] = bool((off > 3 * past.std(axis=0, ddof=1)).any())
    return flags


def _of_numbers(now: NDArray[Any], then: NDArray[Any]) -> dict[str, bool]:
    now, then = np.sort(now.astype(np.float64)), np.sort(then.astype(np.float64))
    sizes = np.array([now.size]), np.array([then.size])
    edges = np.unique(np.quantile(then, np.arange(0.1, 0.95, 0.1)))
    p, q = (_shares(np.bincount(np.searchsorted(edges, x), minlength=len(edges) + 1)) for x in (now, then))
    points = np.concatenate([now, then])
    apart = np.abs(
        np.searchsorted(now, points, side="right") / now.size - np.searchsorted(then, points, side="right") / then.size
    )
    p_value = float(ks_p(np.array([apart.max()]), *sizes)[0])
    distance = float(js_distance(p, q)[0])
    width = float(then.std())
    moved = float(stats.wasserstein_distance(now, then)) / width if width > 0 else np.inf
    if np.unique(then).size <= MAX_CATEGORICAL_VALUES:
        moved = distance
    return {
        "psi": bool(psi(p, q, *sizes)[0] > 0.2),
        "ks_p": p_value < MAX_REJECTING_P,
        "js": distance > 0.1,
        "evidently": p_value < MAX_REJECTING_P if then.size <= MAX_ROWS_TESTED else moved >= 0.1,
    }


def _of_labels(now: Column, then: Column) -> dict[str, bool]:
    names = {name: place for place, name in enumerate(dict.fromkeys([*_texts(then), *_texts(now)]))}
    counts = [_counted(column, names) for column in (now, then)]
    sizes = counts[0].sum(keepdims=True), counts[1].sum(keepdims=True)
    p, q = (_shares(count) for count in counts)
    p_value = float(chi_squared_p(p, q, *sizes)[0])
    distance = float(js_distance(p, q)[0])
    return {
        "psi": bool(psi(p, q, *sizes)[0] > 0.2),
        "ks_p": p_value < MAX_REJECTING_P,
        "js": distance > 0.1,
        "evidently": p_value < MAX_REJECTING_P if sizes[1][0] <= MAX_ROWS_TESTED else distance >= 0.1,
        "tfdv": bool(np.abs(p - q).max() > 0.01),
    }


def _texts(column: Column) -> tuple[str, ...]:
    return ("false", "true") if column.kind == BOOLEAN else column.labels


def _counted(column: Column, names: dict[str, int]) -> Floats:
    """Return how often each label occurs; several numbers of a column may have the same text."""
    counts = np.bincount(column.values[~column.nulls].astype(np.int64), minlength=len(_texts(column)))
    found = np.zeros(len(names))
    np.add.at(found, [names[text] for text in _texts(column)], counts)
    return found


def _shares(counts: NDArray[Any]) -> Floats:
    return np.asarray(counts / counts.sum(), dtype=np.float64)[None]
