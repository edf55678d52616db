"""Texts in Spark's SQL."""

from __future__ import annotations

from typing import Final

INFINITIES: Final = ("-Infinity", "Infinity")
"""How −∞ and +∞ are written, to be cast to a double."""


def text_literal(value: str) -> str:
    """Return a text as a string literal of Spark's SQL.

    Spark puts the value of a setting or of an environment variable in the place of ``${name}``, also inside literals,
    so the dollar sign is written by its code.
    """
    escaped = value.replace("\\", "\\\\").replace("'", "\\'").replace("${", "\\u0024{")
    return f"'{escaped}'"
