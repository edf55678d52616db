"""Values as text, as `min_text` and `top_items` show them."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from stageprint.model import ColumnKind


def value_text(value: int | float | Decimal | str, kind: ColumnKind) -> str:
    """Return a value of a state as text.

    Dates and timestamps are ISO 8601, those of kind `TIMESTAMP` in UTC with a ``Z``. Floats have the fewest digits that
    identify them, decimals all their places.
    """
    if kind is ColumnKind.DATE:
        return str(np.datetime64(int(value), "D"))
    if kind in {ColumnKind.TIMESTAMP, ColumnKind.TIMESTAMP_NTZ}:
        whole, fraction = str(np.datetime64(int(value), "us")).split(".")
        digits = fraction.rstrip("0")
        return f"{whole}{'.' if digits else ''}{digits}{'Z' if kind is ColumnKind.TIMESTAMP else ''}"
    if isinstance(value, float) and np.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
