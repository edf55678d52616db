"""The error that a user of the demo can cause."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class DemoError(Exception):
    """An argument that names nothing, or data that is missing; the message is one line."""


def require(what: str, name: str, available: Iterable[str]) -> None:
    """Check that a name exists.

    Raises:
        DemoError: It does not exist; the message gives the closest match and all available names.
    """
    names = list(available)
    if name in names:
        return
    near = difflib.get_close_matches(name.casefold(), names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}? " if near else ""
    message = f"unknown {what} {name!r}: {hint}available: {', '.join(names)}"
    raise DemoError(message)
