"""What a store's location says about where its tables are."""

from __future__ import annotations

import re
from typing import Final

_CATALOG: Final = re.compile(r"[A-Za-z_][\w-]*\.[A-Za-z_][\w-]*")


def is_in_catalog(location: str) -> bool:
    """Tell whether a location is a ``catalog.schema``; else it is a path or a URL."""
    return _CATALOG.fullmatch(location) is not None
