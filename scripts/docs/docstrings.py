"""What the reference pages take from the docstrings and fields of pydantic models."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator

from pydantic import BaseModel


def described_keys(model: type[BaseModel]) -> dict[str, str]:
    """Return each field's description: the docstrings' ``Attributes``, those of base classes first."""
    found: dict[str, str] = {}
    for cls in reversed(model.__mro__):
        _, _, section = (inspect.cleandoc(cls.__doc__ or "")).partition("Attributes:\n")
        for key, words in re.findall(r"^    (\w+): (.*(?:\n {8}.*)*)", section, re.MULTILINE):
            found[key] = " ".join(words.split())
    return {key: found[key] for key in model.model_fields}


def key_rows(model: type[BaseModel], main: str | None = None) -> Iterator[str]:
    """Yield a row of a Markdown table for each field: key, default, description.

    Args:
        model: The model.
        main: The field that a bare value stands for.
    """
    for key, words in described_keys(model).items():
        field = model.model_fields[key]
        default = "required" if field.is_required() else shown_default(field.default)
        short = " A bare value sets it." if key == main else ""
        yield f"| `{key}` | {default} | {markdown(words)}{short} |"


def shown_default(value: object) -> str:
    """Return a default as a page shows it."""
    return "–" if value is None or value == () else str(value).lower() if isinstance(value, bool) else str(value)


def markdown(text: str) -> str:
    """Return a docstring's text as Markdown."""
    return textwrap.dedent(text).strip().replace("``", "`")
