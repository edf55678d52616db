"""What the models of the configuration share."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from stageprint.redact import HIDDEN, is_secret_name, redacted_value

Name = Annotated[str, Field(min_length=1, pattern=r"^[^\s{}./\\:]+$")]
"""Name of a pipeline, stage or table: no blanks, braces, dots, colons or slashes, so `stage.table.column` is clear."""


class ConfigModel(BaseModel):
    """A part of the configuration: unknown keys are errors, and values do not change after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        """Yield keys and values for `repr`, without credentials."""
        for name, value in super().__repr_args__():
            is_secret = name is not None and name not in type(self).model_fields and is_secret_name(name)
            yield name, HIDDEN if is_secret else redacted_value(value)


def option_texts(value: Any) -> Any:
    """Return a mapping with its numbers and booleans as text, as Spark's settings expect them.

    Anything else is returned unchanged, for the model to refuse.
    """
    if not isinstance(value, dict):
        return value
    return {key: _number_text(item) for key, item in value.items()}


def scalar_text(value: Any) -> Any:
    """Return a number, boolean, date or time as Spark writes it as text.

    Anything else is returned unchanged, for the model to refuse.
    """
    return value.isoformat() if isinstance(value, dt.date) else _number_text(value)


def _number_text(value: Any) -> Any:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, (int, float)) else value
