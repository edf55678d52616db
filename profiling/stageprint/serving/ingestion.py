"""From the files of a run's windows to the profile of one table; an engine finds and reads the files.

A file that is damaged, of another run or of other sketch sizes is left out. The profile holds the windows that could be
merged; it counts, and its error names the file.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import pyarrow as pa

from stageprint.config.run_dates import as_of
from stageprint.config.sketches import SketchSettings
from stageprint.config.sources import Source
from stageprint.config.tables import TableConfig
from stageprint.errors import SourceError, StateError, did_you_mean
from stageprint.fingerprint import TablePlan, pack_states
from stageprint.model import SchemaField, TableKey
from stageprint.model.outcomes import TableOutcome
from stageprint.pipeline.profile_codec import row_keys
from stageprint.pipeline.profile_rows import TableScan, column_rows, merged_row, merged_schema, table_row
from stageprint.ports import ProfiledTable, TableTask
from stageprint.redact import redacted
from stageprint.serving.window_merge import VOID, WindowMerger, reduce_rejected_columns
from stageprint.serving.windows import FILE_SUFFIX, Window, WindowHead, read_head, read_window

_MAX_FILES_NAMED: Final = 3


@dataclass(frozen=True)
class MergedFiles:
    """What came of merging the files of a table's windows.

    Attributes:
        window: The windows as one; None: there is none of the table and run.
        rejected: Name and reason of each file that was left out.
        has_others: Whether there are windows of other tables.
    """

    window: Window | None
    rejected: Sequence[tuple[str, str]]
    has_others: bool


class Uniformity:
    """Tells whether windows differ in nothing but their rows: the order in which they are merged is then of no matter.

    In other windows the first one decides a column's type and place, and which reason is told.
    """

    def __init__(self) -> None:
        self._shape: object = None
        self._types: dict[str, object] = {}
        self.holds = True

    def add(self, window: Window) -> None:
        """Take in a window."""
        plan = window.plan
        keys = [(key, plan.key_hash_id(-1 - at), sorted(window.states[-1 - at])) for at, key in enumerate(plan.keys)]
        shape = ([column.path for column in plan.columns], keys, plan.min_group_size)
        self._shape = self._shape or shape
        alike = shape == self._shape and not (window.rejected or window.notes or window.problems)
        for column in plan.columns:
            if column.data_type != VOID:
                found = (column.data_type, column.kind, column.states, column.sensitive, column.hash_key_id)
                alike = self._types.setdefault(column.path, found) == found and alike
        self.holds = self.holds and alike


class FileMerger:
    """Merges the files of one table and run, added one at a time.

    Add them in the order of `WindowHead.order`, then of their names: where they differ, the first decides the type and
    place of a column.

    Args:
        key: The table.
        run: The run.
        settings: Sketch sizes that the windows must have.
    """

    def __init__(self, key: TableKey, run: str, settings: SketchSettings) -> None:
        self._key = key
        self._run = run
        self._merger = WindowMerger(settings)
        self._merged = 0
        self._rejected: list[tuple[str, str]] = []
        self._has_others = False
        self._uniformity = Uniformity()

    @property
    def is_uniform(self) -> bool:
        """Whether another order of the files would give the same; see `Uniformity`."""
        return self._uniformity.holds

    def wants(self, file: str, head: WindowHead) -> bool:
        """Tell whether a file is to be added; one that is not counts as left out.

        Args:
            file: The file's name.
            head: What it says of itself.
        """
        if head.key != self._key:
            self._has_others = True
        elif head.run_id != self._run:
            self._rejected.append((file, f"it is of run {head.run_id!r}"))
        else:
            return True
        return False

    def add(self, file: str, data: bytes) -> None:
        """Add a file of which nothing is known yet; one that is not wanted or cannot be merged is left out.

        Args:
            file: The file's name.
            data: Its bytes.
        """
        try:
            if not self.wants(file, read_head(pa.BufferReader(data))):
                return
        except StateError:
            pass  # reading it as a whole says what is wrong with it
        self.merge(file, data)

    def merge(self, file: str, data: bytes) -> None:
        """Add a file that is wanted, or whose head cannot be read; one that cannot be merged is left out.

        Args:
            file: The file's name.
            data: Its bytes.
        """
        try:
            window = read_window(data)
            self._merger.add(window)
        except StateError as error:
            self._rejected.append((file, str(error)))
            return
        self._merged += 1
        self._uniformity.add(window)

    def result(self) -> MergedFiles:
        """Return what the files added so far give."""
        window = self._merger.merged() if self._merged else None
        return MergedFiles(window, tuple(self._rejected), self._has_others)


def missing_source(source: Source, siblings: Sequence[str]) -> SourceError:
    """Return the error about a source of windows that does not exist.

    Args:
        source: The source, of one run.
        siblings: The paths beside it.
    """
    hint = did_you_mean(source.text.rstrip("/"), siblings)
    return SourceError(f"{source.label} source {source.text!r} does not exist{hint}")


def profiled_windows(
    pipeline: str, task: TableTask, found: MergedFiles, size: int | None, count: int | None, started: float
) -> ProfiledTable:
    """Return the merged windows of a table as its profile.

    Args:
        pipeline: The pipeline.
        task: The table and run.
        found: The merged files.
        size: Bytes of all files of the source; None: not known.
        count: Number of all its files; None: not known.
        started: When the table was begun, by the monotonic clock.

    Raises:
        SourceError: There is no file of the table and run, or none that can be read.
    """
    run, key, source = task.run_id, task.key, task.table.source.for_run(task.run_id)
    if found.window is None:
        raise SourceError(_nothing(source, key, run, found))
    window = reduce_rejected_columns(found.window)
    merged = _merged_rows(window, replace(window.plan, as_of=as_of(run)))
    plan = _scan(window, task.table)
    facts = {
        "source_format": source.label,
        "source_location": source.text,
        "source_version": None,
        "source_bytes": size,
        "source_files": count,
        "engine_path": "serving",
    }
    seconds = time.monotonic() - started
    row: dict[str, Any] = table_row(pipeline, run, key, plan, merged, seconds, facts)
    problems = [*window.problems, *_missing(task.table, plan)]
    error = redacted("; ".join([*_rejections(found.rejected, count), *problems])) or None
    row |= {"status": "failed" if problems else "ok", "error": error}
    outcome = TableOutcome(run, key, row["status"], row["row_count"], row["column_count"], seconds, error)
    return ProfiledTable(outcome, [row], column_rows(merged, plan.table.columns, row_keys(pipeline, run, key)))


def _merged_rows(window: Window, plan: TablePlan) -> pa.Table:
    """Return a window as the result of a scan; the note of a column is the reason for its missing metrics."""
    schema = merged_schema()
    rows = []
    for index in plan.indices:
        row = merged_row(plan, (0, 0, index), [pack_states(window.states[index])])
        note = window.notes.get(window.plan.columns[index].path) if index >= 0 else None
        if note is not None and "not_computable" in row:
            row["not_computable"] = [(metric, _reason(reason, note)) for metric, reason in row["not_computable"]]
        rows.append(row)
    return pa.Table.from_pylist(rows, schema)


def _reason(reason: str, note: str) -> str:
    # The note says why the state is missing.
    return note if reason.startswith("type ") or reason.endswith(" state was kept") else reason


def _scan(window: Window, table: TableConfig) -> TableScan:
    schema = tuple(SchemaField(column.path, column.data_type) for column in window.plan.columns)
    return TableScan(window.plan, schema, _event_time(window.plan, table), config=table)


def _event_time(plan: TablePlan, table: TableConfig) -> str | None:
    if table.event_time is None:
        return None
    paths = [column.path for column in plan.columns]
    folded = [path for path in paths if path.casefold() == table.event_time.casefold()]
    return table.event_time if table.event_time in paths else folded[0] if len(folded) == 1 else None


def _missing(table: TableConfig, plan: TableScan) -> Iterator[str]:
    if table.event_time is not None and plan.event_time is None:
        yield f"event_time: the windows have no column {table.event_time!r}"
    have = {tuple(name.casefold() for name in key) for key in plan.table.keys}
    if table.keys and tuple(name.casefold() for name in table.keys) not in have:
        yield f"key {'+'.join(table.keys)} is not in the windows as a whole: see its columns"


def _rejections(rejected: Sequence[tuple[str, str]], count: int | None) -> Iterator[str]:
    if rejected:
        of = "" if count is None else f" of {count:,}"
        shown = "; ".join(f"{file} ({reason})" for file, reason in sorted(rejected)[:_MAX_FILES_NAMED])
        more = f" and {len(rejected) - _MAX_FILES_NAMED} more" if len(rejected) > _MAX_FILES_NAMED else ""
        files = "file" if (len(rejected) if count is None else count) == 1 else "files"
        yield f"{len(rejected):,}{of} {files} {'is' if len(rejected) == 1 else 'are'} left out: {shown}{more}"


def _nothing(source: Source, key: TableKey, run: str, found: MergedFiles) -> str:
    where = f"{source.label} source {source.text!r}"
    if found.rejected:
        return f"{where}: {'; '.join(_rejections(found.rejected, None))}"
    holds = "holds windows of other tables alone" if found.has_others else f"holds no {FILE_SUFFIX} file"
    return f"{where} {holds}, none of {key} in run {run!r}"
