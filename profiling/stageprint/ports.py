"""What the use cases ask of the outside."""

from __future__ import annotations

from typing import Protocol

from stageprint.pipeline.outcome import TableOutcome


class Progress(Protocol):
    """Hears of a command's progress; calls may come from several threads."""

    def start(self, total: int, what: str) -> None:
        """Begin a phase of `total` steps, such as 132 ``tables``; ends the phase before it."""
        ...

    def advance(self, step: TableOutcome | str) -> None:
        """One step is done: a table's outcome, or a few words about it."""
        ...

    def close(self) -> None:
        """No more steps; called once, also after an error."""
        ...


class Silent:
    """The progress of a caller who wants none, such as a notebook or a test."""

    def start(self, total: int, what: str) -> None:
        """Say nothing."""

    def advance(self, step: TableOutcome | str) -> None:
        """Say nothing."""

    def close(self) -> None:
        """Say nothing."""
