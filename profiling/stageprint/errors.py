"""Every error a user can meet, in one tree.

A message says what was expected, what came, where, and what to do. The command line prints the
message alone and exits with the error's `exit_status`; nothing derived from `StageprintError`
ever reaches the user as a traceback. Messages lose the credentials that they quote (`stageprint.redact`).
"""

from __future__ import annotations

import builtins
import difflib
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final

from stageprint.redact import redacted

_CONDITION: Final = re.compile(r"[A-Z][A-Z0-9_]*(\.[A-Z0-9_]+)*")
_RAISED: Final = re.compile(r"^\s*(?:[A-Za-z_]\w*\.)*([A-Z]\w+)(?::|$)", re.MULTILINE)
_PATH: Final = re.compile(r"(?:file:)?(?://)?(/[^\s'\",;:\])]+)")
_PARTITION: Final = re.compile(r"(/[^/\s=]+=)(?:[^/\n]*(?=/)|[^/\n]*(?=['\"])|[^/\s]*)")
"""A value of a partition in a path. It may hold spaces, so it ends with its folder or with a quotation mark: what is no
value is rather left out than kept."""
_ARROW_ERRORS: Final = {
    f"Arrow{name}"
    for name in (
        *("Cancelled", "CapacityError", "Exception", "IndexError", "Invalid", "KeyError", "MemoryError"),
        *("NotImplementedError", "SerializationError", "TypeError"),
    )
}
_BUILT_IN_ERRORS: Final = {
    name for name, one in vars(builtins).items() if isinstance(one, type) and issubclass(one, BaseException)
}
_EXCEPTION: Final = re.compile(r"^[A-Za-z_][\w.]*(Error|Exception|Interrupt|Warning|Exit)\b")


class StageprintError(Exception):
    """Base of all errors raised on purpose; `exit_status` is the command line's status for it."""

    exit_status = 2

    def __init__(self, *args: object, own_words: str | None = None) -> None:
        """Make the error.

        Args:
            args: The message.
            own_words: The part of the message that quotes no other error, and so no data.
        """
        super().__init__(*args)
        self.own_words = own_words

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


class OnlySparkError(SourceError):
    """A table's source can be read, but only by Spark."""


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


def plain_reason(error: BaseException, *, quotes: bool = True) -> str:
    """Return why an error was raised, for a sentence that names the file: ``Permission denied``.

    It is what the operating system says, without the path that Python adds to it.

    Args:
        error: The error.
        quotes: Whether the message of another error may be quoted; where it may hold a secret, its class is told.
    """
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return one_line(error) if quotes else type(error).__name__


def without_data(error: BaseException, columns: Iterable[str] = ()) -> str:
    """Return an error's message without text that could be data, for a table with sensitive columns.

    A message of this package, raised for no other error, is made of names in the configuration and the schema: it is
    returned as it is. Of any other error only this is told: our own words, the error's class or Spark's error
    condition, the columns that it names, and files that exist. Values in their paths (``day=…``) are left out.

    Args:
        error: The error.
        columns: Paths of the table's columns.
    """
    chain = list(_chain(error))
    if all(isinstance(one, StageprintError) for one in chain):
        return _PARTITION.sub(r"\1…", str(error))
    own = next((one.own_words for one in chain if isinstance(one, StageprintError) and one.own_words), None)
    text = "\n".join(str(one) for one in chain)
    named = [f"column {name!r}" for name in dict.fromkeys(columns) if f"column {name!r}" in text or f"`{name}`" in text]
    files = [f"file {path}" for path in dict.fromkeys(_files_in(text))]
    about = f" ({', '.join([*named, *files])})" if named or files else ""
    return (
        f"{own or 'the rows cannot be read'}: {_class_of(chain, text)}{about}; the rest of the message could quote "
        "values and is left out: the table has sensitive columns"
    )


def without_values_of_path(path: str) -> str:
    """Return a path without the values of partition columns in it.

    Example:
        >>> without_values_of_path("s3://lake/people/city=Oslo/part-0.parquet")
        's3://lake/people/city=…/part-0.parquet'
    """
    return "/".join(f"{part.split('=', 1)[0]}=…" if "=" in part else part for part in path.split("/"))


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an error and those that it was raised for, the innermost last."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def _class_of(chain: Sequence[BaseException], text: str) -> str:
    foreign = [one for one in chain if not isinstance(one, StageprintError)]
    for one in reversed(foreign):
        # Spark's errors know the name of their condition, such as CAST_INVALID_INPUT.
        ask = getattr(one, "getCondition", None) or getattr(one, "getErrorClass", None)
        condition = _answer(ask) if callable(ask) else None
        if isinstance(condition, str) and _CONDITION.fullmatch(condition):
            return condition
    # The traceback of a Spark worker is text; what it names is believed only if it is the name of a known class.
    raised = [name for name in _RAISED.findall(text) if name in _known_classes()]
    return raised[-1] if raised else type(foreign[-1]).__name__


def _answer(ask: Callable[[], object]) -> object:
    # Spark's errors ask the JVM, which may be gone by then.
    with suppress(Exception):
        return ask()
    return None


def _known_classes() -> set[str]:
    return {one.__name__ for one in StageprintError.__subclasses__()} | _ARROW_ERRORS | _BUILT_IN_ERRORS


def _files_in(text: str) -> Iterator[str]:
    for path in _PATH.findall(text):
        if os.path.isfile(path):
            yield without_values_of_path(path)


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
