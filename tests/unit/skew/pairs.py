"""Tallies of pairs of values, compared in parts as executors do."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from stageprint.skew.tally import DifferenceTally

ROWS = 1000


def keys(rows: int) -> pa.Array:
    return pa.array([f"k{number}" for number in range(rows)])


def tally(left: pa.Array, right: pa.Array, parts: int = 3) -> DifferenceTally:
    """Return the tally of pairs that were compared in parts, sent and merged, as executors do."""
    whole = DifferenceTally()
    bounds = np.linspace(0, len(left), parts + 1).astype(int)
    for start, stop in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        part = DifferenceTally()
        part.update(*(side.slice(start, stop - start) for side in (left, right, keys(len(left)))))
        whole.merge(DifferenceTally.from_json(part.to_json()))
    return whole
