"""The window of time that a `ServingProfiler` is in: its rows go into states until it ends."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

from stageprint.errors import StateError
from stageprint.fingerprint import TableFingerprint
from stageprint.serving.intake import Intake
from stageprint.serving.window_queue import WindowQueue

MAX_BATCH_ROWS: Final = 1 << 16
"""Rows of a record batch that go into the states at once; more would need more memory at once."""


class OpenWindow:
    """Takes rows into states; what is complete goes to the queue of windows to write.

    Args:
        intake: The columns of the table.
        queue: Receives the windows.
    """

    def __init__(self, intake: Intake, queue: WindowQueue) -> None:
        self._intake = intake
        self._queue = queue
        self._start = dt.datetime.now(dt.timezone.utc)
        self._fingerprint: TableFingerprint | None = None
        self._revision = -1
        self._problem: str | None = None

    @property
    def fingerprint(self) -> TableFingerprint | None:
        """The states of the rows so far; None before the first rows."""
        return self._fingerprint

    def add(self, rows: Any) -> None:
        """Take rows into the states: a list of mappings, or an Arrow table.

        Rows with which a column changes its type begin a window of their own.

        Raises:
            Exception: Whatever failed; the window's file will say that rows are missing from it.
        """
        try:
            batch = self._intake.batch(rows)
            if self._fingerprint is None or self._revision != self._intake.revision:
                self._seal()
                self._fingerprint, self._revision = TableFingerprint(self._intake.plan()), self._intake.revision
            for start in range(0, max(batch.num_rows, 1), MAX_BATCH_ROWS):
                self._fingerprint.update(batch.slice(start, MAX_BATCH_ROWS))
        except Exception as error:
            # Some columns may have taken the rows and others not: the file must say so.
            text = self._intake.described(error)
            self._problem = f"rows were lost or taken in part: {text}"
            if not self._intake.is_sensitive:
                raise
        else:
            return
        # Raised outside: whoever logs the traceback would log the other error's message too.
        raise StateError(text)

    def end(self) -> None:
        """Queue what the window holds, and begin the next one; a window without rows is dropped.

        Raises:
            UsageError: The function that names the run returned something that cannot be one.
        """
        self._seal(last=True)
        self._start = dt.datetime.now(dt.timezone.utc)

    def _seal(self, *, last: bool = False) -> None:
        """Queue the states; with the last ones of a window also what was rejected and what went wrong."""
        rejected, problems = self._intake.take_rejected() if last else ({}, ())
        if last and self._problem is not None:
            problems, self._problem = (*problems, self._problem), None
        fingerprint, self._fingerprint = self._fingerprint, None
        if fingerprint is None or not (fingerprint.rows or rejected or problems):
            if not (rejected or problems):
                return
            fingerprint = TableFingerprint(self._intake.plan())
        self._queue.add(self._start, fingerprint, rejected, problems)
