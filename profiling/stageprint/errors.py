"""Every error a user can meet, in one tree.

A message says what was expected, what came, where, and what to do. The command line prints the
message alone and exits with the error's `exit_status`; nothing derived from `StageprintError`
ever reaches the user as a traceback. Messages lose the credentials that they quote (`stageprint.redact`).
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Final

from stageprint.redact import redacted

_EXCEPTION: Final = re.compile(r"^[A-Za-z_][\w.]*(Error|Exception|Interrupt|Warning|Exit)\b")


class StageprintError(Exception):
    """Base of all errors raised on purpose; `exit_status` is the command line's status for it."""

    exit_status = 2

    def __str__(self) -> str:
        """Return the message without credentials."""
        return redacted(super().__str__())


class ConfigError(StageprintError):
    """The configuration cannot be used; the message names file, line and key."""


class UsageError(StageprintError):
    """A command was given an argument that names nothing (run, stage, table, column, baseline)."""


class SessionError(StageprintError):
    """No Spark session can be had: Java or Delta is missing or too old."""


class SourceError(StageprintError):
    """A table's source is missing or cannot be read; other tables go on (exit status 3)."""

    exit_status = 3


class StoreError(StageprintError):
    """The result tables cannot be read or written, or were written by a newer version."""


class AlertError(StageprintError):
    """An alert could not be delivered; the message says to whom and why."""


class StateError(StageprintError):
    """Bytes are not a state of the expected name, version or type, or two states cannot merge."""


class RegistryError(StageprintError):
    """A plug-in folder is empty, or two plug-ins share a name."""


def nearest(name: str, available: Iterable[str]) -> str | None:
    """Return the name of `available` that is most like `name`, whatever the case, or None where none is alike."""
    folded = {option.casefold(): option for option in sorted(set(available))}
    near = difflib.get_close_matches(name.casefold(), list(folded), n=1, cutoff=0.6)
    return folded[near[0]] if near else None


def one_line(error: BaseException) -> str:
    """Return an exception's message in one line, without credentials.

    This is the message's first line; for an error of a Spark worker, it is the last line of the worker's traceback.
    An exception without a message is shown by its type's name.
    """
    return redacted(_worker_error(error) or _first_line(error) or type(error).__name__)


def described(error: BaseException) -> str:
    """Return an exception's type and message in one line; see `one_line`."""
    said, name = _first_line(error), type(error).__name__
    return redacted(_worker_error(error) or (f"{name}: {said}" if said else name))


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0].strip().split(" SQLSTATE:")[0] if lines else ""


def _worker_error(error: BaseException) -> str | None:
    """Return what was raised in a Spark worker: the last exception in a message that holds a traceback."""
    lines = [line.strip() for line in str(error).splitlines()]
    if not any("Traceback (most recent call last)" in line for line in lines):
        return None
    # The JVM's frames follow the worker's traceback.
    raised = [line for line in lines if _EXCEPTION.match(line)]
    return raised[-1].split(" SQLSTATE:")[0] if raised else None


def did_you_mean(name: str, available: Iterable[str], *, limit: int = 8) -> str:
    """Return a hint that names the nearest of `available`, or lists them.

    Args:
        name: What the user wrote.
        available: What exists.
        limit: How many names to list when none is near.

    Returns:
        A clause beginning with a space, such as `` – did you mean 'fares'?``, or an empty string
        when nothing is available.
    """
    options = sorted(set(available))
    near = nearest(name, options)
    if near is not None:
        return f" – did you mean {near!r}?"
    if not options:
        return ""
    shown = ", ".join(repr(option) for option in options[:limit])
    more = f" and {len(options) - limit} more" if len(options) > limit else ""
    return f" – available: {shown}{more}"
