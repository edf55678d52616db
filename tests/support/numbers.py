"""When two figures count as the same."""

from __future__ import annotations

import math
from typing import Any


def same(one: Any, two: Any) -> bool:
    """Tell whether two values, lists or dictionaries of values are the same.

    Moments merged in another order differ in their last digits, and a skewness near 0 has few others.
    """
    if isinstance(one, float) and isinstance(two, float):
        return math.isclose(one, two, rel_tol=1e-9, abs_tol=1e-9) or (math.isnan(one) and math.isnan(two))
    if isinstance(one, (list, tuple)) and isinstance(two, (list, tuple)):
        return len(one) == len(two) and all(map(same, one, two))
    if isinstance(one, dict) and isinstance(two, dict):
        return one.keys() == two.keys() and all(same(value, two[key]) for key, value in one.items())
    return bool(one == two)
