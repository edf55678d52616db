"""Finds in a stored reason how a column advances; what recognises it is elsewhere, and takes longer to import."""

from __future__ import annotations

import re
from typing import Final

_REASON: Final = re.compile(r"the column ((?:may )?advances? with time or run \(.*\)): its level is not compared")


def advance_in(reason: str | None) -> str | None:
    """Return the `Advance.summary` that a stored reason holds; None where it is another reason.

    Example:
        >>> advance_in("the column advances with time or run (month of the run's date): its level is not compared")
        "advances with time or run (month of the run's date)"
    """
    found = _REASON.fullmatch(reason or "")
    return None if found is None else found[1]
