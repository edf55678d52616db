"""Ingests the windows that serving processes wrote: their files are read one after the other, in the windows' order."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

import pyarrow as pa

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sources import Source
from stageprint.engines.local import files
from stageprint.engines.local.columnar import open_file, unreadable
from stageprint.engines.local.files import FoundFile
from stageprint.errors import SourceError, StateError
from stageprint.ports import ProfiledTable, TableTask
from stageprint.serving.ingestion import FileMerger, missing_source, profiled_windows
from stageprint.serving.windows import FILE_SUFFIX, WindowHead, read_head

_FILES_AHEAD: Final = 8
"""Files that are read, or wait to be merged, at a time."""

_MAX_HEADS: Final = 200
"""Files that are asked for their columns where no row is profiled."""

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class WindowFiles:
    """The files of a table's windows in one run; none is read yet.

    Attributes:
        task: The table and run.
        files: All files of the source.
        seconds: How long it took to list them.
    """

    task: TableTask
    files: Sequence[FoundFile]
    seconds: float


def open_windows(task: TableTask) -> WindowFiles:
    """Return the files of a table's windows.

    Raises:
        SourceError: The source does not exist.
        OnlySparkError: Only Spark reaches it.
    """
    started = time.monotonic()
    return WindowFiles(task, _listed(task.table.source.for_run(task.run_id)), time.monotonic() - started)


def ingest_windows(config: PipelineConfig, opened: WindowFiles) -> ProfiledTable:
    """Merge the windows of a table; see `stageprint.serving.ingestion`.

    Their footers are read first, which tell the order. A few files are in memory at a time.

    Raises:
        SourceError: There is no file of the table, or none that can be read.
    """
    started, task = time.monotonic() - opened.seconds, opened.task
    merger = FileMerger(task.key, task.run_id, config.sketches)
    ordered: list[tuple[tuple[int, str, int], str, str]] = []
    for file, head in _heads(opened.files):
        if head is None:
            ordered.append(((0, "", 0), _name(file), file.path))  # reading it says what is wrong with it
        elif merger.wants(_name(file), head):
            ordered.append((head.order, _name(file), file.path))
    ordered.sort()
    for (_, name, _), data in _ahead(lambda one: _content(one[2]), ordered):
        merger.merge(name, data)
    size = sum(file.bytes for file in opened.files)
    return profiled_windows(config.pipeline, task, merger.result(), size, len(opened.files), started)


def window_columns(source: Source, table: str) -> list[str]:
    """Return the columns that the windows of a table have; those of many files are told by some of them.

    Args:
        source: The source, of one run.
        table: The table's name.

    Raises:
        SourceError: There is no window of the table.
        OnlySparkError: Only Spark reaches it.
    """
    found = [file for file in _listed(source) if file.path.endswith(FILE_SUFFIX)]
    some = found[:: 1 + len(found) // _MAX_HEADS]
    heads = [head for _, head in _heads(some) if head is not None and head.key.table == table]
    if not heads:
        message = f"{source.label} source {source.text!r} holds no window of table {table!r}"
        raise SourceError(message)
    return list(dict.fromkeys(column for head in heads for column in head.columns))


def _listed(source: Source) -> list[FoundFile]:
    found = files.find_files(source.text)
    if found is None:
        raise missing_source(source, files.siblings(source.text))
    return found


def _heads(found: Iterable[FoundFile]) -> Iterator[tuple[FoundFile, WindowHead | None]]:
    """Yield what each file of a window says of itself; None: it says nothing that can be read."""
    return _ahead(_head, [file for file in found if file.path.endswith(FILE_SUFFIX)])


def _head(file: FoundFile) -> WindowHead | None:
    try:
        with open_file(file.path) as stream:
            return read_head(stream)
    except StateError:
        return None
    except (OSError, pa.ArrowException) as error:
        raise unreadable(file.path, error) from error


def _content(path: str) -> bytes:
    try:
        with open_file(path) as stream:
            data: bytes = stream.read()
    except (OSError, pa.ArrowException) as error:
        raise unreadable(path, error) from error
    return data


def _name(file: FoundFile) -> str:
    return file.path.rsplit("/", 1)[-1]


def _ahead(function: Callable[[_Item], _Result], items: Iterable[_Item]) -> Iterator[tuple[_Item, _Result]]:
    """Yield each item with its result, in order; a few are computed ahead, by threads that wait for files."""
    waiting: deque[tuple[_Item, Future[_Result]]] = deque()
    with ThreadPoolExecutor(_FILES_AHEAD) as pool:
        for item in items:
            waiting.append((item, pool.submit(function, item)))
            if len(waiting) >= _FILES_AHEAD:
                first, result = waiting.popleft()
                yield first, result.result()
        while waiting:
            first, result = waiting.popleft()
            yield first, result.result()
