"""The marker for a value that could not be computed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class NotComputable:
    """Takes the place of a value that could not be computed, so that it is never mistaken for zero.

    Attributes:
        reason: Why it could not be computed.
    """

    reason: str

    def __bool__(self) -> bool:
        """A missing value is falsy, so that ``value or fallback`` does not take it for a number."""
        return False
