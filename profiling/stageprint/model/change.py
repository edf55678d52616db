"""What changed around the run in which a problem began: a coincidence in time, which proves nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any, Final

CHANGES_SQL: Final = "array<struct<kind:string,what:string,before:string,now:string,text:string>>"
"""Type of the column that holds changes."""


class ChangeKind(str, Enum):
    """What a change is about."""

    CODE = "code"
    """The git commit of the code that profiled the run."""
    JOB = "job"
    """The job that profiled the run, or the user whom it ran as."""
    VERSION = "version"
    """A version, or the way in which rows are read."""
    CONFIGURATION = "configuration"
    """The configuration of stageprint, or the session's time zone."""
    SOURCE = "source"
    """A commit to the Delta table that was profiled, by a writer or an operation that it did not have before."""


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that was different in the run in which a problem began.

    Attributes:
        kind: What it is about.
        what: Its name, such as ``git commit``, ``Spark`` or ``raw.orders version 14``.
        before: How it was in the run before; None: there was nothing of the kind.
        now: How it was in the run in which the problem began.
        text: It in words, without a full stop.
    """

    kind: ChangeKind
    what: str
    before: str | None
    now: str
    text: str

    def to_row(self) -> dict[str, Any]:
        """Return the change as an entry of `findings.changes`, and as a JSON object."""
        return {**asdict(self), "kind": self.kind.value}


def changes_line(changes: Iterable[Mapping[str, Any]] | None, most: int = 4) -> str | None:
    """Return changes as one line that says that they prove nothing; None: there are none, or none is known.

    Args:
        changes: Entries of `findings.changes`.
        most: Largest number of changes that are named.
    """
    texts = [str(one["text"]) for one in changes or ()]
    if not texts:
        return None
    more = f"; and {len(texts) - most} more" if len(texts) > most else ""
    return f"changed at the same time (a coincidence, no proof): {'; '.join(texts[:most])}{more}"
