"""`ServingProfiler`: takes what a service serves, and leaves a file of mergeable states behind every minute."""

from __future__ import annotations

import atexit
import datetime as dt
import logging
import os
import re
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Literal

from stageprint.errors import UsageError
from stageprint.version import stageprint_version

if TYPE_CHECKING:
    import pyarrow as pa
    from typing_extensions import Self

    from stageprint.config.pipeline import PipelineConfig
    from stageprint.config.sources import Source
    from stageprint.config.tables import TableConfig
    from stageprint.fingerprint import TableFingerprint
    from stageprint.serving.intake import Intake
    from stageprint.serving.windows import Window

_log = logging.getLogger("stageprint.serving")

_SLICE: Final = 1 << 16
"""Rows of a record batch that go into the states at once."""

_MOST_UNWRITTEN: Final = 8
"""Windows kept for another try while their folder cannot be written; beyond, the oldest are merged."""

_QUIET_SECONDS: Final = 60.0
"""A failure that repeats is logged so often at most."""

_REPLICA: Final = re.compile(r"[^\w.-]+")

_live: weakref.WeakSet[ServingProfiler] = weakref.WeakSet()


class ServingProfiler:
    """Profiles what a serving process takes in or gives out.

    `update` only puts rows into a buffer; a daemon thread takes them into sketches and writes a file every
    `flush_seconds`, for ``stageprint ingest`` to merge with those of the other replicas. Memory is bounded: the states
    of one table, a buffer of at most ``4 * buffer_rows`` rows, and what the caller hands over at once. A process that
    is killed loses at most the rows since the last flush.

    Safe to use from several threads, and across `os.fork`: a child begins with empty states and writes its own files.

    Args:
        config: The pipeline's configuration, or the path of its YAML.
        stage: Stage that the rows belong to.
        table: Table of the stage; may be left out where there is only one.
        directory: Local or mounted folder for the files; ``{run_id}`` and ``{run_date}`` stand for the run, which is
            a folder below it where neither is there. None takes the path of the table's source, whose format must be
            ``stageprint`` then.
        flush_seconds: Seconds between files.
        replica: Name of this process; default: host name and process id.
        run: The run that rows belong to: an id, or a function from a window's start (UTC) to one. None takes the
            date in UTC; a window then ends at midnight.
        columns: The columns and their types, as an Arrow schema or a mapping from names to Arrow types or Spark SQL's
            names of simple types. None takes the columns of the first rows.
        buffer_rows: Rows gathered before they go into sketches.
        most_columns: Columns that are taken; and unknown ones that are counted.
        on_error: ``log`` logs what goes wrong and goes on; ``raise`` raises it from `update`, `flush` and `close`,
            never from the background.

    Raises:
        ConfigError: The file at `config` cannot be used, or the configuration names a check or statistic that does not
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
        most_columns: int = 1000,
        on_error: Literal["log", "raise"] = "log",
    ) -> None:
        if isinstance(config, str | os.PathLike):
            from stageprint.config.loader import load_config  # noqa: PLC0415 -- YAML is for those who have a file

            config = load_config(Path(config))
        else:
            from stageprint.config.validation import require_known_names  # noqa: PLC0415 -- as above

            require_known_names(config)
        _check(flush_seconds, buffer_rows, most_columns, on_error)
        # numpy, pyarrow and the sketches: here, so that importing the class costs a service nothing.
        from stageprint.serving.intake import Intake  # noqa: PLC0415

        self._config = config
        self._table = _table(config, stage, table)
        self._stage = stage
        self._source = _source(self._table, stage, directory)
        self._flush_seconds = flush_seconds
        self._replica = replica
        self._run = run
        self._buffer_rows = buffer_rows
        self._on_error = on_error
        self._make_intake: Callable[[], Intake] = lambda: Intake(self._table, config.sketches, columns, most_columns)
        self._reset()
        self._run_of(self._start)
        _warm_up()
        atexit.register(self.close)
        _live.add(self)

    def _reset(self) -> None:
        """Begin with nothing: at the start, and in the child of a fork, where another thread may have held a lock."""
        self._lock = threading.Lock()
        """Guards the buffer."""
        self._states = threading.RLock()
        """Guards everything below; taken before `_lock`, never after it."""
        self._buffer: list[Any] = []
        self._buffered = 0
        self._wake = threading.Event()
        self._closed = False
        self._thread: threading.Thread | None = None
        self._intake = self._make_intake()
        self._revision = -1
        self._fingerprint: TableFingerprint | None = None
        self._start = dt.datetime.now(dt.timezone.utc)
        self._unwritten: list[tuple[Window, str]] = []
        self._problem: str | None = None
        self._instance = os.urandom(4).hex()
        self._written = self._number = self._rows = self._errors = 0
        self._logged: dict[str, float] = {}

    @property
    def rows(self) -> int:
        """Rows handed over since the start (of the process, after a fork)."""
        return self._rows

    @property
    def files(self) -> int:
        """Files written since the start."""
        return self._written

    @property
    def errors(self) -> int:
        """Updates and writes that failed since the start."""
        return self._errors

    def update(self, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]] | Any) -> None:
        """Take in rows; returns at once but for one call in thousands, or where the sketches cannot keep up.

        Args:
            rows: One mapping from column to value, a sequence of them, an Arrow record batch or table, a pandas
                DataFrame, or anything else with Arrow's stream interface (``__arrow_c_stream__``). A key that a
                mapping lacks is null; NaN in a DataFrame is null, as pandas means it.

        Raises:
            UsageError: `rows` is nothing of that, or the profiler is closed; with ``on_error="raise"`` only.
        """
        try:
            taken, count = _taken(rows)
            with self._lock:
                if self._closed:
                    message = f"the serving profiler of {self._stage}.{self._table.name} is closed; it takes no rows"
                    raise UsageError(message)
                self._buffer += taken
                self._buffered += count
                self._rows += count
                waiting = self._buffered
                if self._thread is None:
                    self._thread = self._started()
            if waiting >= 4 * self._buffer_rows:
                self._digest()  # the background cannot keep up: the caller pays, rather than memory
            elif waiting >= self._buffer_rows:
                self._wake.set()
        except Exception as error:  # noqa: BLE001 -- logged or raised as the user chose
            self._failed("rows were not taken", error)

    def flush(self) -> list[Path]:
        """Write the rows taken in so far, and begin a new window.

        Returns:
            The files written; none without rows, or where writing failed: the rows are kept for the next flush then.

        Raises:
            OSError: A file cannot be written; with ``on_error="raise"`` only, as whatever else goes wrong.
        """
        try:
            return self._flush()
        except Exception as error:  # noqa: BLE001 -- logged or raised as the user chose
            self._failed("a window was not written", error)
            return []

    def close(self) -> None:
        """Write what is left and stop; called at the interpreter's exit by itself. Closing twice does nothing.

        Raises:
            OSError: The last file cannot be written; with ``on_error="raise"`` only.
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
        """Close it."""
        self.close()

    def _started(self) -> threading.Thread:
        thread = threading.Thread(target=self._work, name="stageprint-serving", daemon=True)
        thread.start()
        return thread

    def _work(self) -> None:
        """Digest full buffers and write windows until closed; nothing it meets reaches the service."""
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
                    self._digest()
            except Exception as error:  # noqa: BLE001 -- the service must not suffer
                self._note("the background could not digest or write", error)

    def _due(self) -> float:
        seconds = self._flush_seconds
        if self._run is None:
            # Runs are days: a window does not reach into the next.
            now = dt.datetime.now(dt.timezone.utc)
            midnight = (now + dt.timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
            seconds = min(seconds, max(0.001, (midnight - now).total_seconds()))
        return time.monotonic() + seconds

    def _digest(self) -> None:
        """Take the buffer into the states."""
        with self._states:
            with self._lock:
                items, self._buffer, self._buffered = self._buffer, [], 0
            failed: Exception | None = None
            for rows in _grouped(items):
                try:
                    self._digest_rows(rows)
                except Exception as error:  # noqa: BLE001, PERF203 -- one bad batch must not take the others along
                    failed = error
            if failed is not None:
                raise failed

    def _digest_rows(self, rows: Any) -> None:
        from stageprint.fingerprint import TableFingerprint  # noqa: PLC0415 -- loaded with the first profiler

        try:
            batch = self._intake.take(rows)
            if self._fingerprint is None or self._revision != self._intake.revision:
                self._seal()
                self._fingerprint, self._revision = TableFingerprint(self._intake.plan()), self._intake.revision
            for start in range(0, max(batch.num_rows, 1), _SLICE):
                self._fingerprint.update(batch.slice(start, _SLICE))
        except Exception as error:
            # Some columns may have taken the rows and others not: the file must say so.
            self._problem = f"rows were lost or taken in part: {type(error).__name__}: {error}"
            raise

    def _flush(self) -> list[Path]:
        failed: Exception | None = None
        with self._states:
            try:
                self._digest()
            except Exception as error:  # noqa: BLE001 -- what could be taken is written all the same
                failed = error
            self._seal(last=True)
            self._start = dt.datetime.now(dt.timezone.utc)
            files = self._write()
        if failed is not None:
            raise failed
        return files

    def _seal(self, *, last: bool = False) -> None:
        """End the window's fingerprint: its time is up, or its columns' types have changed."""
        from stageprint.fingerprint import TableFingerprint  # noqa: PLC0415 -- loaded with the first profiler
        from stageprint.model import TableKey  # noqa: PLC0415
        from stageprint.serving.windows import Window  # noqa: PLC0415

        aside, problems = self._intake.take_aside() if last else ({}, ())
        if last and self._problem is not None:
            problems, self._problem = (*problems, self._problem), None
        fingerprint, self._fingerprint = self._fingerprint, None
        if fingerprint is None or not (fingerprint.rows or aside or problems):
            if not (aside or problems):
                return
            fingerprint = TableFingerprint(self._intake.plan())
        run = self._run_of(self._start)
        replica = self._replica or _process_name()
        window = Window(
            pipeline=self._config.pipeline,
            key=TableKey(self._stage, self._table.name),
            run_id=run,
            replica=replica.replace(",", "_"),
            start=self._start,
            end=dt.datetime.now(dt.timezone.utc),
            version=stageprint_version(),
            plan=fingerprint.plan,
            states={index: fingerprint.states(index) for index in fingerprint.plan.indices},
            aside=aside,
            problems=problems,
        )
        self._number += 1
        stamp = f"{self._start:%Y%m%dT%H%M%S.%fZ}"
        name = f"{window.key}-{stamp}-{_REPLICA.sub('_', replica)}-{self._instance}-{self._number}.parquet"
        self._unwritten.append((window, name))

    def _write(self) -> list[Path]:
        from stageprint.serving.windows import write_window  # noqa: PLC0415 -- loaded with the first profiler

        files = []
        try:
            while self._unwritten:
                window, name = self._unwritten[0]
                files.append(write_window(window, Path(self._source.for_run(window.run_id).text), name))
                self._unwritten.pop(0)
                self._written += 1
        except Exception:
            self._merge_unwritten()
            raise
        return files

    def _merge_unwritten(self) -> None:
        from stageprint.serving.window_merge import merge_windows  # noqa: PLC0415 -- only where a disk is full

        if len(self._unwritten) <= _MOST_UNWRITTEN:
            return
        oldest = self._unwritten[0][0].run_id
        same = [pair for pair in self._unwritten if pair[0].run_id == oldest]
        self._unwritten = [
            (merge_windows([window for window, _ in same]), same[0][1]),
            *(pair for pair in self._unwritten if pair[0].run_id != oldest),
        ]

    def _run_of(self, start: dt.datetime) -> str:
        run = start.date().isoformat() if self._run is None else self._run(start) if callable(self._run) else self._run
        if not run or "/" in run or "\\" in run:
            message = f"run: expected an id without slashes, got {run!r}"
            raise UsageError(message)
        self._source.for_run(run)  # a run without the date that the path needs: say so at the start
        return run

    def _failed(self, what: str, error: Exception) -> None:
        if self._on_error == "raise":
            self._errors += 1
            raise error
        self._note(what, error)

    def _note(self, what: str, error: Exception) -> None:
        self._errors += 1
        now = time.monotonic()
        if now - self._logged.get(what, -_QUIET_SECONDS) >= _QUIET_SECONDS:
            self._logged[what] = now
            _log.warning("%s.%s: %s: %s", self._stage, self._table.name, what, error, exc_info=error)


def _after_fork() -> None:
    for profiler in list(_live):
        profiler._reset()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _warm_up() -> None:
    """Have pyarrow load what it loads with its first array (pandas, where that is installed): now, not in a request."""
    import pyarrow as pa  # noqa: PLC0415 -- loaded with the first profiler

    pa.array([None])


def _check(flush_seconds: float, buffer_rows: int, most_columns: int, on_error: str) -> None:
    for name, value in (("flush_seconds", flush_seconds), ("buffer_rows", buffer_rows), ("most_columns", most_columns)):
        if not value > 0:
            message = f"{name}: expected a number above 0, got {value!r}"
            raise UsageError(message)
    if on_error not in {"log", "raise"}:
        message = f"on_error: expected 'log' or 'raise', got {on_error!r}"
        raise UsageError(message)


def _table(config: PipelineConfig, stage: str, name: str | None) -> TableConfig:
    tables = config.stage(stage).tables
    if name is not None:
        return config.table(stage, name)
    if len(tables) > 1:
        known = ", ".join(repr(table.name) for table in tables)
        message = f"stage {stage!r} has {len(tables)} tables ({known}): name one with `table`"
        raise UsageError(message)
    return tables[0]


def _source(table: TableConfig, stage: str, directory: str | os.PathLike[str] | None) -> Source:
    """Return where the files go, as the source that reads them."""
    from stageprint.config.sources import PROFILES, profiles_source  # noqa: PLC0415 -- loaded with the configuration

    if directory is not None:
        return profiles_source(os.fspath(directory))
    if table.source.format != PROFILES or table.source.path is None:
        message = (
            f"{stage}.{table.name}: expected `directory`, or a source of format stageprint in the configuration, "
            f"got a {table.source.label} source and no `directory`"
        )
        raise UsageError(message)
    return profiles_source(table.source.path)


def _process_name() -> str:
    import socket  # noqa: PLC0415 -- only where no name was given

    return f"{socket.gethostname()}-{os.getpid()}"


def _taken(rows: Any) -> tuple[list[Any], int]:
    """Return rows as the buffer keeps them (mappings one by one, Arrow as a table), and their number."""
    if isinstance(rows, Mapping):
        return [dict(rows)], 1
    module = type(rows).__module__.partition(".")[0]
    if module in {"pyarrow", "pandas"} or hasattr(rows, "__arrow_c_stream__"):
        return _taken_table(rows, module)
    if isinstance(rows, Sequence) and not isinstance(rows, str | bytes | bytearray):
        for row in rows:
            if not isinstance(row, Mapping):
                message = f"rows: expected mappings from column to value, got one of type {type(row).__name__}"
                raise UsageError(message)
        return [dict(row) for row in rows], len(rows)
    message = (
        "rows: expected a mapping, a sequence of mappings, an Arrow record batch or table, or a pandas DataFrame, "
        f"got {type(rows).__name__}"
    )
    raise UsageError(message)


def _taken_table(rows: Any, module: str) -> tuple[list[Any], int]:
    import pyarrow as pa  # noqa: PLC0415 -- loaded with the first profiler

    if isinstance(rows, pa.RecordBatch):
        rows = pa.Table.from_batches([rows])
    elif module == "pandas":
        # A copy: Arrow would share memory that the service may go on writing to.
        rows = _taken_frame(rows.copy())
    elif not isinstance(rows, pa.Table):
        rows = pa.table(rows)
    if isinstance(rows, list):
        return rows, len(rows)
    return ([rows], rows.num_rows) if rows.num_rows else ([], 0)


def _taken_frame(frame: Any) -> Any:
    import pyarrow as pa  # noqa: PLC0415 -- loaded with the first profiler

    try:
        return pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowException, TypeError, ValueError):
        # A column of mixed objects: value by value, so that only those that do not fit are set aside.
        frame.columns = [str(name) for name in frame.columns]
        return frame.astype(object).where(frame.notna(), None).to_dict("records")


def _grouped(items: list[Any]) -> list[Any]:
    """Return the buffer in order as lists of mappings and tables, neighbours of one kind (and schema) together."""
    groups: list[Any] = []
    rows: list[Any] = []
    tables: list[Any] = []

    def end() -> None:
        nonlocal rows, tables
        if rows:
            groups.append(rows)
        if tables:
            import pyarrow as pa  # noqa: PLC0415 -- loaded with the first profiler

            groups.append(pa.concat_tables(tables))
        rows, tables = [], []

    for item in items:
        if isinstance(item, dict):
            if tables:
                end()
            rows.append(item)
        else:
            if rows or (tables and not tables[-1].schema.equals(item.schema)):
                end()
            tables.append(item)
    end()
    return groups
