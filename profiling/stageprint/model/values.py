"""What stands where there is no value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NotComputable:
    """Stands in place of a value that could not be computed; never a zero, never an empty cell."""

    reason: str

    def __bool__(self) -> bool:
        """A missing value is falsy, so that ``value or fallback`` does not take it for a number."""
        return False
