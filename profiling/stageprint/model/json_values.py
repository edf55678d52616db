"""Values as strict JSON knows them."""

from __future__ import annotations

import base64
import datetime as dt
import math
from collections.abc import Mapping
from enum import Enum
from typing import Any


def plain_json(value: Any) -> Any:
    """Return a value as strict JSON knows it: NaN becomes null, infinity, dates and decimals text, bytes base64."""
    if isinstance(value, Mapping):
        return {str(key): plain_json(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain_json(inner) for inner in value]
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None if math.isnan(value) else str(value)
    return _text(value)


def _text(value: Any) -> str:
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode("ascii")
    # A decimal becomes text: a double would lose digits.
    return value.isoformat() if isinstance(value, (dt.date, dt.time)) else str(value)
