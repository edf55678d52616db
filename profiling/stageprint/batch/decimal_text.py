"""The text of a decimal value."""

from __future__ import annotations


def decimal_text(value: int, scale: int) -> str:
    """Return ``value / 10**scale`` as plain text with all its `scale` decimal places."""
    if not scale:
        return str(value)
    digits = str(abs(value)).rjust(scale + 1, "0")
    return f"{'-' * (value < 0)}{digits[:-scale]}.{digits[-scale:]}"
