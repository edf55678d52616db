"""`ServingProfiler`: profiles the rows that a service handles, and writes their states to a file every minute."""

from __future__ import annotations

import atexit
import datetime as dt
import logging
import os
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal

from stageprint.errors import StageprintError, StateError, UsageError, without_data
from stageprint.redact import redacted
from stageprint.serving.rows import buffered, grouped

if TYPE_CHECKING:
    import pyarrow as pa
    from typing_extensions import Self

    from stageprint.config.pipeline import PipelineConfig
    from stageprint.serving.open_window import OpenWindow
    from stageprint.serving.window_queue import WindowQueue

_log = logging.getLogger("stageprint.serving")

MAX_BUFFERS_WAITING: Final = 4
"""Multiple of `buffer_rows` from which on the caller of `update` processes the buffer itself."""

_SECONDS_BETWEEN_LOGS: Final = 60.0
"""Least time between two log records of the same failure."""

_live: weakref.WeakSet[ServingProfiler] = weakref.WeakSet()


class ServingProfiler:
    """Profiles the rows that a serving process receives or returns.

    `update` only puts rows into a buffer. A daemon thread adds them to sketches and writes a file every
    `flush_seconds`, which ``stageprint ingest`` merges with the files of the other replicas. Memory is bounded by the
    states of one table, a buffer of at most ``4 * buffer_rows`` rows, and the rows of one call. A process that is
    killed loses at most the rows since the last flush.

    It may be used from several threads and across `os.fork`: a child starts with empty states and writes its own files.

    Args:
        config: The pipeline's configuration, or the path of its YAML.
        stage: Stage that the rows belong to.
        table: Table of the stage; optional if the stage has only one.
        directory: Local or mounted folder for the files. ``{run_id}`` and ``{run_date}`` in it stand for the run;
            without them each run gets a folder below it. None: the path of the table's source, whose format must then
            be ``stageprint``.
        flush_seconds: Seconds between files.
        replica: Name of this process; default: host name and process id.
        run: The run that rows belong to: an id, or a function from a window's start (UTC) to an id. None: the date in
            UTC; a window then ends at midnight.
        columns: The columns and their types, as an Arrow schema or a mapping from names to Arrow types or Spark SQL's
            names of simple types. None: the columns of the first rows.
        buffer_rows: Rows that are gathered before they are added to sketches.
        max_columns: Largest number of columns profiled, and of unknown columns counted.
        on_error: ``log`` logs errors and continues; ``raise`` raises them from `update`, `flush` and `close`, never
            from the background thread.

    Raises:
        ConfigError: The file at `config` is not valid, or the configuration names a check or statistic that does not
            exist.
        UsageError: The stage or table is not configured, there is no folder to write to, or an argument is wrong.
    """

    def __init__(
        self,
        config: PipelineConfig | str | os.PathLike[str],
        *,
        stage: str = "serving",
        table: str | None = None,
        directory: str | os.PathLike[str] | None = None,
        flush_seconds: float = 60.0,
        replica: str | None = None,
        run: str | Callable[[dt.datetime], str] | None = None,
        columns: pa.Schema | Mapping[str, Any] | None = None,
        buffer_rows: int = 4096,
        max_columns: int = 1000,
        on_error: Literal["log", "raise"] = "log",
    ) -> None:
        if isinstance(config, str | os.PathLike):
            from stageprint.config.loader import load_config  # noqa: PLC0415 -- YAML is only needed for a file

            config = load_config(Path(config))
        else:
            from stageprint.config.validation import require_known_names  # noqa: PLC0415 -- it loads the registries

            require_known_names(config)
        _check_arguments(flush_seconds, buffer_rows, max_columns, on_error)
        # These load numpy, pyarrow and the sketches. Imported here, they cost nothing to a service that only imports
        # the class.
        from stageprint.model import TableKey  # noqa: PLC0415
        from stageprint.serving.intake import Intake  # noqa: PLC0415
        from stageprint.serving.open_window import OpenWindow  # noqa: PLC0415
        from stageprint.serving.sources import files_source, table_to_profile  # noqa: PLC0415
        from stageprint.serving.window_queue import WindowQueue  # noqa: PLC0415

        table_config = table_to_profile(config, stage, table)
        source = files_source(table_config, stage, directory)
        self._key = TableKey(stage, table_config.name)
        self._is_sensitive = bool(table_config.columns.sensitive)
        self._flush_seconds = flush_seconds
        self._ends_at_midnight = run is None
        self._buffer_rows = buffer_rows
        self._on_error = on_error

        def empty() -> tuple[WindowQueue, OpenWindow]:
            queue = WindowQueue(config.pipeline, self._key, source, run, config.run_id_pattern, replica)
            intake = Intake(table_config, config.sketches, columns, max_columns, config.sensitive)
            return queue, OpenWindow(intake, queue)

        self._empty = empty
        self._reset()
        self._queue.run_of(dt.datetime.now(dt.timezone.utc))  # a run that cannot be used is an error now, not later
        _warm_up()
        atexit.register(self.close)
        _live.add(self)

    def _reset(self) -> None:
        """Set up an empty profiler: at the start, and in the child of a fork, where a lock may be held for ever."""
        self._lock = threading.Lock()
        """Guards the buffer."""
        self._states = threading.RLock()
        """Guards the queue and the window; acquired before `_lock`, never after it."""
        self._buffer: list[Any] = []
        self._buffered = 0
        self._wake = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None
        self._queue, self._window = self._empty()
        self._rows = self._errors = 0
        self._logged: dict[str, float] = {}

    @property
    def rows(self) -> int:
        """Rows passed to `update` since the start; in a forked child, since the fork."""
        return self._rows

    @property
    def files(self) -> int:
        """Files written since the start."""
        return self._queue.files_written

    @property
    def errors(self) -> int:
        """Updates and writes that failed since the start."""
        return self._errors

    def update(self, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]] | Any) -> None:
        """Add rows to the buffer; returns at once unless the background thread cannot keep up.

        Args:
            rows: A mapping from column to value, a sequence of mappings, an Arrow record batch or table, a pandas
                DataFrame, or anything else with Arrow's stream interface (``__arrow_c_stream__``). A key that a
                mapping lacks is null. NaN in a DataFrame is null, as in pandas.

        Raises:
            UsageError: `rows` is none of these, or the profiler is closed; only with ``on_error="raise"``.
            StateError: The table has sensitive columns, and another error could quote a value; only then, too.
        """
        failed: Exception | None = None
        try:
            items, count = buffered(rows)
            with self._lock:
                if self._closed:
                    message = f"the serving profiler of {self._key} is closed; it takes no rows"
                    raise UsageError(message)
                self._buffer += items
                self._buffered += count
                self._rows += count
                waiting = self._buffered
                if self._thread is None:
                    self._thread = self._started()
            if waiting >= MAX_BUFFERS_WAITING * self._buffer_rows:
                self._process_buffer()  # the background thread cannot keep up: the caller waits, so memory is bounded
            elif waiting >= self._buffer_rows:
                self._wake.set()
        except Exception as error:  # noqa: BLE001 -- logged or raised, as `on_error` says
            failed = self._failed("rows were not taken", error)
        if failed is not None:
            raise failed

    def flush(self) -> list[Path]:
        """Write a file of the rows so far, and begin a new window.

        Returns:
            The files written. Empty without rows, or if writing failed: the next flush then writes these rows too.

        Raises:
            OSError: A file cannot be written; like every other error, only with ``on_error="raise"``.
        """
        try:
            return self._flush()
        except Exception as error:  # noqa: BLE001 -- logged or raised, as `on_error` says
            failed = self._failed("a window was not written", error)
        if failed is not None:
            raise failed
        return []

    def close(self) -> None:
        """Write the last file and stop. The interpreter calls it at exit; a second call does nothing.

        Raises:
            OSError: The last file cannot be written; only with ``on_error="raise"``.
        """
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._wake.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout=self._flush_seconds)
        atexit.unregister(self.close)
        _live.discard(self)
        self.flush()

    def __enter__(self) -> Self:
        """Return the profiler."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the profiler."""
        self.close()

    def _started(self) -> threading.Thread:
        thread = threading.Thread(target=self._work, name="stageprint-serving", daemon=True)
        thread.start()
        return thread

    def _work(self) -> None:
        """Process full buffers and write windows until closed; errors are logged and never reach the service."""
        due = self._due()
        while True:
            self._wake.wait(max(0.0, due - time.monotonic()))
            self._wake.clear()
            if self._closed:
                return
            try:
                if time.monotonic() >= due:
                    due = self._due()
                    self._flush()
                else:
                    self._process_buffer()
            except Exception as error:  # noqa: BLE001 -- the service must not suffer
                self._log_error("the background thread failed to process or write rows", error)

    def _due(self) -> float:
        """Return when the next file is due, on the monotonic clock, in seconds."""
        seconds = self._flush_seconds
        if self._ends_at_midnight:
            now = dt.datetime.now(dt.timezone.utc)
            midnight = (now + dt.timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
            seconds = min(seconds, max(0.001, (midnight - now).total_seconds()))
        return time.monotonic() + seconds

    def _process_buffer(self) -> None:
        """Add the rows of the buffer to the states."""
        with self._states:
            with self._lock:
                items, self._buffer, self._buffered = self._buffer, [], 0
            failed: Exception | None = None
            for rows in grouped(items):
                try:
                    self._window.add(rows)
                except Exception as error:  # noqa: BLE001, PERF203 -- the other rows are still added
                    failed = error
            if failed is not None:
                raise failed

    def _flush(self) -> list[Path]:
        failed: Exception | None = None
        with self._states:
            try:
                self._process_buffer()
            except Exception as error:  # noqa: BLE001 -- the other rows are still written
                failed = error
            self._window.end()
            files = self._queue.write()
        if failed is not None:
            raise failed
        return files

    def _failed(self, what: str, error: Exception) -> Exception | None:
        """Count an error, and log it or return what is to be raised, as `on_error` says.

        It is raised where `error` is no longer handled: whoever shows the traceback would show its message too.
        """
        if self._on_error == "raise":
            self._errors += 1
            text = self._described(error)
            return error if text is None else StateError(f"{self._key}: {what}: {text}")
        self._log_error(what, error)
        return None

    def _described(self, error: Exception) -> str | None:
        """Return an error without text that could be data; None: it has none, or no column is sensitive."""
        # What has a number is of the operating system, and about the folder of the windows.
        of_system = isinstance(error, OSError) and error.errno is not None
        if not self._is_sensitive or of_system or isinstance(error, StageprintError):
            return None
        return without_data(error)

    def _log_error(self, what: str, error: Exception) -> None:
        self._errors += 1
        now = time.monotonic()
        if now - self._logged.get(what, -_SECONDS_BETWEEN_LOGS) >= _SECONDS_BETWEEN_LOGS:
            self._logged[what] = now
            text = self._described(error)
            said, traceback = (redacted(str(error)), error) if text is None else (text, None)
            _log.warning("%s: %s: %s", self._key, what, said, exc_info=traceback)


def _after_fork() -> None:
    for profiler in list(_live):
        profiler._reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _warm_up() -> None:
    """Make a first array: pyarrow then imports what it needs (such as pandas) now instead of during a request."""
    import pyarrow as pa  # noqa: PLC0415 -- loaded with the first profiler

    pa.array([None])


def _check_arguments(flush_seconds: float, buffer_rows: int, max_columns: int, on_error: str) -> None:
    for name, value in (("flush_seconds", flush_seconds), ("buffer_rows", buffer_rows), ("max_columns", max_columns)):
        if not value > 0:
            message = f"{name}: expected a number above 0, got {value!r}"
            raise UsageError(message)
    if on_error not in {"log", "raise"}:
        message = f"on_error: expected 'log' or 'raise', got {on_error!r}"
        raise UsageError(message)
