"""Turns an exception of a library, an engine or the operating system into a reason that people can act on.

A reason says on which file, what the innermost error is, and what to do. It is one line, without names of Java classes
and without numbers that an engine gives to its objects. `stageprint.known_faults` has the wordings.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from stageprint.errors import StageprintError, one_line
from stageprint.known_faults import KNOWN_FAULTS, KnownFault
from stageprint.redact import redacted

_MAX_LINKS: Final = 20
"""Causes that are followed; chains of causes may be circular."""

_EMPTY: Final = re.compile(
    r"^(?:An error occurred while calling [\w.$]+|Exception thrown in awaitResult:? ?|Job aborted.*|"
    r"(?:java|org|scala)\.[\w.$]+|\[?FAILED_READ_FILE\.NO_HINT.*|Encountered error while reading file.*|null|None)?\.?$"
)
"""Messages that say only that something deeper failed."""

_JAVA_CLASS: Final = re.compile(
    r"^(?:(?:java|javax|org|com|io|scala|shaded)\.(?:[a-z_][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error)\b:? ?)+"
)
_OBJECT: Final = re.compile(r"\bAn error occurred while calling [\w.$]+?\d+\.\w+\.?\s*:?\s*")
_SQL_STATE: Final = re.compile(r"\s*SQLSTATE: \w+\.?")

_FILE_READ: Final = (
    r"reading file:? (?P<file>\S.*?)\. (?:\s|[A-Z]|$)",
    r"reading file:? (?P<file>\S+?)\.?(?:\s|$)",
)
"""Where a message names the file that was read; compiled when something failed, which is rare."""

_FILE_NAMED: Final = (
    *_FILE_READ,
    r"[Ff]ailed to open (?:local )?file '(?P<file>[^']+)'",
    r"[Ff]ile does not exist: (?P<file>\S+)",
    r"Object at location (?P<file>.+?) not found",
    r"Mkdirs failed to create (?P<file>\S+)",
    r"(?P<file>\b(?:file|s3a?|s3n|abfss?|wasbs?|gs|hdfs|webhdfs|dbfs):/[^\s'\"`,;]+)",
    r"(?:^|: )(?P<file>/[^\s:'\"`,;]+) \((?:No space left|Permission denied|Read-only|No such file|Is a dir)",
    r"AccessDeniedException: (?P<file>/\S+)",
)
"""Where a message about a known fault names the file; of other messages these might take a path in a query's plan."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something failed.

    Attributes:
        text: The innermost reason, in one line.
        file: The file or folder it is about; None: it does not say, or it is about none.
        advice: What to do; None: the fault is not a known one.
        may_pass: Whether the same work, done once more at once, may well succeed.
    """

    text: str
    file: str | None = None
    advice: str | None = None
    may_pass: bool = False

    def __str__(self) -> str:
        """Return file, reason and advice as one line, without credentials."""
        where = f"{self.file}: " if self.file is not None and self.file not in self.text else ""
        what = f"; {self.advice}" if self.advice is not None else ""
        return redacted(f"{where}{self.text}{what}")


@dataclass(frozen=True, slots=True)
class Link:
    """An exception in a chain of causes.

    Attributes:
        kind: Name of its type, such as ``java.io.EOFException``.
        text: Its message.
    """

    kind: str
    text: str

    @property
    def wording(self) -> str:
        """Type and message, as `stageprint.known_faults` looks at them."""
        return f"{self.kind}: {self.text}"


def reason_of(error: BaseException) -> Reason:
    """Return why `error` was raised, from the exception and those that caused it.

    An error of our own is its own reason. Engines with exceptions of another language have a function of their own,
    which ends in `reason_from`.
    """
    if isinstance(error, StageprintError):
        return Reason(str(error))
    found = [*causes(error)]
    reason = reason_from([link_of(one) for one in found])
    for one in reversed(found):
        if isinstance(one, OSError) and isinstance(one.filename, (str, bytes)):
            return replace(reason, file=os.fsdecode(one.filename))
    return reason


def is_known(error: BaseException) -> bool:
    """Tell whether an exception is a fault of the environment that `reason_of` knows, not a mistake of this program."""
    return reason_of(error).advice is not None


def reason_from(links: Sequence[Link]) -> Reason:
    """Return the reason that a chain of causes gives.

    Args:
        links: The chain, outermost first.
    """
    together = "\n".join(link.wording for link in links)
    for fault in KNOWN_FAULTS:
        match = fault.match(together)
        if match is not None:
            return Reason(_filled(fault, match), _file_in(links, _FILE_NAMED), fault.advice, fault.may_pass)
    file = _file_in(links, _FILE_READ)
    for link in reversed(links):
        text = _bare(link.text)
        if not _EMPTY.match(text):
            return Reason(text, file)
    kinds = [link.kind.rsplit(".", 1)[-1] for link in links]
    return Reason(kinds[-1] if kinds else "no reason is given", file)


def causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those that caused it, outermost first."""
    seen: set[int] = set()
    found: BaseException | None = error
    while found is not None and id(found) not in seen and len(seen) < _MAX_LINKS:
        seen.add(id(found))
        yield found
        found = found.__cause__ or (None if found.__suppress_context__ else found.__context__)


def link_of(error: BaseException) -> Link:
    """Return a Python exception as a link of a chain; its message is that of a worker where it holds a traceback."""
    text = one_line(error) if "Traceback (most recent call last)" in str(error) else str(error).strip()
    if isinstance(error, OSError) and error.errno is not None and not text:
        text = os.strerror(error.errno)
    if isinstance(error, OSError) and error.errno == errno.ENOENT and error.filename is not None:
        text = f"No such file or directory: {os.fsdecode(error.filename)!r}"
    return Link(type(error).__name__, text)


def _filled(fault: KnownFault, match: re.Match[str]) -> str:
    found = {name: " ".join(text.split()) for name, text in match.groupdict().items() if text is not None}
    if "name" in match.re.groupindex and "name" not in found:
        found["name"] = next(iter(found.values()), "that is needed")
    return fault.reason.format(**found)


def _bare(text: str) -> str:
    """Return the first line of a message, without Java's class names, object numbers and SQL states."""
    lines = [line.strip() for line in _OBJECT.sub("", text).strip().splitlines() if line.strip()]
    return _SQL_STATE.split(_JAVA_CLASS.sub("", lines[0]))[0].strip() if lines else ""


def _file_in(links: Sequence[Link], patterns: Sequence[str]) -> str | None:
    """Return the file that the messages name, that of the innermost one first; without ``file:``."""
    for pattern in patterns:
        for link in reversed(links):
            match = re.search(pattern, link.wording)
            if match is not None:
                return plain_path(match["file"].rstrip(".:,"))
    return None


def plain_path(path: str) -> str:
    """Return a path without the scheme of local files."""
    return re.sub(r"^file:(?://)?(?=/)", "", path)
