"""The distribution of a column of numbers or times, before and now, with the error of the sketches."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from stageprint.report.html.pictures.base import ColumnSeen, Picture, form_of, short
from stageprint.report.rows import Row
from stageprint.report.text import level, share

Floats = npt.NDArray[np.float64]

_BINS: Final = 36
_TAIL: Final = 1
"""Quantiles at each end, in percent, that lie outside of the drawing: an outlier would squeeze the rest."""


def distribution(column: ColumnSeen) -> Picture | None:
    """Return the shares of the values in bins of equal width, now and before; None where quantiles are not known.

    The bins reach from the smaller 1 % quantile of both runs to the larger 99 % quantile; what is beyond them counts in
    the first and the last bin. Between two of the 101 stored quantiles values are taken to be spread evenly. A bin's
    share is the difference of two ranks, so that it is within twice the rank error ε of the sketches (`rank_error`; 0
    where they are exact).
    """
    now, then = _quantiles(column.now), _quantiles(column.before)
    if now is None:
        return None
    both = [quantiles for quantiles in (now, then) if quantiles is not None]
    low, high = min(q[_TAIL] for q in both), max(q[100 - _TAIL] for q in both)
    if not high > low:
        low, high = min(q[0] for q in both), max(q[-1] for q in both)
    if not high > low:
        return None
    edges = np.linspace(low, high, _BINS + 1)
    errors = [float(row.get("rank_error") or 0.0) for row in (column.now, column.before or {})]
    data_type = str(column.now["data_type"])
    medians = f"median {level(float(now[50]), data_type)} in {column.run}"
    if then is not None:
        medians += f", {level(float(then[50]), data_type)} in {column.before_run}"
    error = "the shares are exact"
    if any(errors):
        error = f"each share is within ± {share(2 * max(errors))} (the sketches' error)"
    data = {
        "edges": [short(edge, 7) for edge in edges.tolist()],
        "now": _shares(now, edges),
        "before": None if then is None else _shares(then, edges),
        "error": 2 * errors[0],
        "now_run": column.run,
        "before_run": column.before_run if then is not None else None,
        "form": form_of(data_type),
    }
    return Picture("bins", f"Values of {column.place}", f"Values of {column.place}: {medians}; {error}.", data)


def _quantiles(row: Row | None) -> Floats | None:
    """Return the 101 quantiles of a row; None where they are not known or not finite."""
    grid: Sequence[float] | None = None if row is None else row.get("quantile_grid_101")
    if not grid or len(grid) != 101:
        return None
    quantiles = np.asarray(grid, dtype=np.float64)
    return quantiles if np.isfinite(quantiles).all() else None


def _shares(quantiles: Floats, edges: Floats) -> list[float]:
    """Return the share of the values in each bin; the first and the last bin are open to the outside."""
    # Of equal quantiles the last has the rank: the share of values up to and including it.
    last = np.flatnonzero(np.append(quantiles[1:] > quantiles[:-1], True))
    ranks = np.interp(edges, quantiles[last], last / 100, left=0.0, right=1.0)
    ranks[0], ranks[-1] = 0.0, 1.0
    shares: list[float] = np.round(np.diff(ranks), 5).tolist()
    return shares
