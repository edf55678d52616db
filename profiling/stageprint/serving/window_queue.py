"""Windows on their way to their files; they wait in memory while the folder cannot be written."""

from __future__ import annotations

import datetime as dt
import os
import re
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from stageprint.config.run_ids import require_run_id
from stageprint.config.sources import Source
from stageprint.errors import UsageError
from stageprint.fingerprint import TableFingerprint
from stageprint.model import TableKey
from stageprint.serving.window_merge import merge_windows
from stageprint.serving.windows import RejectedValues, Window, write_window
from stageprint.version import stageprint_version

MAX_WAITING_WINDOWS: Final = 8
"""Windows that wait for another attempt to write them; if there are more, those of the oldest run are merged."""

_NOT_IN_FILE_NAMES: Final = re.compile(r"[^\w.-]+")


class WindowQueue:
    """The windows of one process and table that are not written yet.

    Args:
        pipeline: The pipeline's name.
        key: Stage and table.
        source: The folder of the files, with the run in its path.
        run: The run that rows belong to: an id, or a function from a window's start (UTC) to one; None: the date in
            UTC.
        run_id_pattern: Regular expression that whole run ids must match.
        replica: Name of the process; None: host name and process id.
    """

    def __init__(
        self,
        pipeline: str,
        key: TableKey,
        source: Source,
        run: str | Callable[[dt.datetime], str] | None,
        run_id_pattern: str,
        replica: str | None,
    ) -> None:
        self._pipeline = pipeline
        self._key = key
        self._source = source
        self._run = run
        self._run_id_pattern = run_id_pattern
        self._replica = replica
        self._process_id = os.urandom(4).hex()
        self._windows_added = 0
        self._files_written = 0
        self._waiting: list[tuple[Window, str]] = []

    def __len__(self) -> int:
        """Return the number of windows that wait."""
        return len(self._waiting)

    @property
    def files_written(self) -> int:
        """Files written so far."""
        return self._files_written

    def run_of(self, start: dt.datetime) -> str:
        """Return the run that the rows of a window belong to.

        Raises:
            UsageError: It is no run's id, or has no date though the folder's path needs one.
        """
        run = start.date().isoformat() if self._run is None else self._run(start) if callable(self._run) else self._run
        if not run or "/" in run or "\\" in run:
            message = f"run: expected an id without slashes, got {run!r}"
            raise UsageError(message)
        require_run_id(self._run_id_pattern, run)
        self._source.for_run(run)  # raises where the path needs a date that the run does not have
        return run

    def add(
        self,
        start: dt.datetime,
        fingerprint: TableFingerprint,
        rejected: Mapping[str, RejectedValues],
        problems: tuple[str, ...],
    ) -> None:
        """Add the states of a window that ends now.

        Args:
            start: First moment of the window, in UTC.
            fingerprint: The states.
            rejected: Values that are in no state, by column.
            problems: What went wrong.

        Raises:
            UsageError: See `run_of`.
        """
        replica = self._replica or f"{socket.gethostname()}-{os.getpid()}"
        window = Window(
            pipeline=self._pipeline,
            key=self._key,
            run_id=self.run_of(start),
            replica=replica.replace(",", "_"),
            start=start,
            end=dt.datetime.now(dt.timezone.utc),
            version=stageprint_version(),
            plan=fingerprint.plan,
            states={index: fingerprint.states(index) for index in fingerprint.plan.indices},
            rejected=rejected,
            problems=problems,
        )
        self._windows_added += 1
        name = "-".join(
            [
                str(window.key),
                f"{start:%Y%m%dT%H%M%S.%fZ}",
                _NOT_IN_FILE_NAMES.sub("_", replica),
                self._process_id,
                str(self._windows_added),
            ]
        )
        self._waiting.append((window, f"{name}.parquet"))

    def write(self) -> list[Path]:
        """Write the windows that wait, oldest first, and return their files.

        Raises:
            OSError: A file cannot be written: its window and the later ones wait for the next call.
        """
        files = []
        try:
            while self._waiting:
                window, name = self._waiting[0]
                files.append(write_window(window, Path(self._source.for_run(window.run_id).text), name))
                self._waiting.pop(0)
                self._files_written += 1
        except Exception:
            self._merge_oldest_run()
            raise
        return files

    def _merge_oldest_run(self) -> None:
        """Merge the windows of the oldest run where too many wait, so that memory stays bounded."""
        if len(self._waiting) <= MAX_WAITING_WINDOWS:
            return
        oldest = self._waiting[0][0].run_id
        same = [pair for pair in self._waiting if pair[0].run_id == oldest]
        self._waiting = [
            (merge_windows([window for window, _ in same]), same[0][1]),
            *(pair for pair in self._waiting if pair[0].run_id != oldest),
        ]
