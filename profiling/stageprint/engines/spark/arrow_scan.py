"""The fast path: row groups of many tables' Parquet files, read by pyarrow inside the tasks of one Spark job.

Spark distributes ranges of files, balanced by bytes. A task returns partial states, as on the general path, and they
merge in the same way. Where a file turns out not to be readable as Spark would read it, the task returns the reason
instead, and the table takes the general path.
"""

from __future__ import annotations

import heapq
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Final

import numpy as np
import pyarrow as pa
from pyspark.sql import SparkSession

from stageprint.engines.parquet.gathering import gathered
from stageprint.engines.parquet.model import FileRange, Rules, SourceColumn
from stageprint.engines.parquet.read import read
from stageprint.engines.spark.arrow_source import ArrowSource
from stageprint.engines.spark.jvm import parallelism
from stageprint.engines.spark.plan import ScanPlan
from stageprint.engines.spark.scan import PARTIAL, PROBLEM, batch_of, merge
from stageprint.engines.storage.model import Places
from stageprint.errors import without_data
from stageprint.fingerprint import SlicedFingerprint, SlicePlan, TablePlan, members
from stageprint.reasons import reason_of

MAX_COLUMNS_PER_PART: Final = 256
"""Columns that one task reads of a table; the columns of a wider table are divided among tasks, so that a row group and
its states fit in memory."""

_MAX_BYTES_PER_RANGE: Final = 128 << 20
_MIN_BYTES_PER_RANGE: Final = 4 << 20
_BYTES_TO_OPEN_A_FILE: Final = 1 << 20
"""Bytes that could be read in the time it takes to open a file and to create a table's states."""

_MIN_BYTES_PER_REMOTE_RANGE: Final = 16 << 20
_BYTES_TO_OPEN_A_REMOTE_FILE: Final = 8 << 20
"""The same in an object store, where three requests go before the first row: for the size, the end and the footer.
Assumed are 30 ms a request and 90 MB/s a connection."""

_TASKS_PER_CORE: Final = 3


@dataclass(frozen=True)
class ScanPart:
    """Some columns of a table, and the file ranges in which a task reads them.

    Attributes:
        table: Number of the table in the job.
        plan: The plan of these columns.
        slices: How the table is sliced.
        columns: The file columns that the plan's sources count into, then the label of each slice.
        rules: The session's settings for reading Parquet.
        indices: Index in `plan` → index in the whole table's plan. Indices that are missing belong to another part.
        ranges: The file ranges.
        is_sensitive: Whether some column of the whole table is sensitive.
        places: How files that are not on the local file system are reached.
    """

    table: int
    plan: TablePlan
    slices: tuple[SlicePlan, ...]
    columns: tuple[SourceColumn, ...]
    rules: Rules
    indices: dict[int, int]
    ranges: tuple[FileRange, ...] = ()
    is_sensitive: bool = False
    places: Places = field(default_factory=dict)


def scan_files(spark: SparkSession, tables: Sequence[tuple[ScanPlan, ArrowSource]]) -> list[pa.Table | str]:
    """Profile tables in one Spark job.

    Returns:
        For each table the result of `stageprint.engines.spark.scan.scan`, or the reason why it must take the general
        path.
    """
    cores = parallelism(spark)
    work = distribute([source for _, source in tables], cores)
    bins = [pickle.dumps(parts) for parts in work]
    states = sum(len(part.indices) * len(members(part.slices)) for parts in work for part in parts)
    if bins:
        partials = spark.range(0, len(bins), 1, len(bins)).mapInArrow(_profiler(bins), PARTIAL)
    else:
        partials = spark.createDataFrame([], PARTIAL)
    merged = merge(partials, [plan for plan, _ in tables], states)
    numbers = merged.column("table").to_numpy()
    found: list[pa.Table | str] = []
    for number in range(len(tables)):
        start, stop = np.searchsorted(numbers, [number, number + 1]).tolist()
        rows = merged.slice(start, stop - start)
        if rows.num_rows and rows.column("member")[0].as_py() == PROBLEM:
            found.append(str(dict(rows.column("not_computable")[0].as_py())["table"]))
        else:
            found.append(rows)
    return found


def distribute(sources: Sequence[ArrowSource], cores: int) -> list[list[ScanPart]]:
    """Divide the tables' files among tasks so that each reads about the same number of bytes.

    Args:
        sources: The tables.
        cores: Tasks that run at a time.

    Returns:
        The parts that each task reads. The largest ranges are placed first, each into the task with the least to read.
    """
    total = sum(source.bytes for source in sources)
    share = total // (_TASKS_PER_CORE * cores)
    work: list[tuple[int, int, ScanPart, FileRange]] = []
    for table, source in enumerate(sources):
        parts = list(_parts(table, source))
        is_far = bool(source.places)
        least = _MIN_BYTES_PER_REMOTE_RANGE if is_far else _MIN_BYTES_PER_RANGE
        opening = _BYTES_TO_OPEN_A_REMOTE_FILE if is_far else _BYTES_TO_OPEN_A_FILE
        size = min(max(share, least), _MAX_BYTES_PER_RANGE)
        for part in parts:
            for file in source.files:
                for piece in _ranges(file.bytes, size * len(parts)):
                    weight = (piece[1] or file.bytes) - piece[0]
                    work.append((weight // len(parts) + opening, len(work), part, FileRange(file, *piece)))
    if not work:
        return []
    tasks = min(len(work), max(_TASKS_PER_CORE * cores, -(-total // _MAX_BYTES_PER_RANGE)))
    loads = [(0, task) for task in range(tasks)]
    bins: list[dict[int, tuple[ScanPart, list[FileRange]]]] = [{} for _ in range(tasks)]
    for weight, _, part, found in sorted(work, key=lambda item: (-item[0], item[1])):
        load, task = heapq.heappop(loads)
        bins[task].setdefault(id(part), (part, []))[1].append(found)
        heapq.heappush(loads, (load + weight, task))
    return [[replace(part, ranges=tuple(pieces)) for part, pieces in own.values()] for own in bins]


def _ranges(size: int, piece: int) -> list[tuple[int, int | None]]:
    count = max(1, -(-size // piece))
    bounds = [size * number // count for number in range(count)]
    return list(zip(bounds, [*bounds[1:], None], strict=True))


def _parts(table: int, source: ArrowSource) -> Iterator[ScanPart]:
    """Yield a table's columns in parts of bounded width.

    The first part holds the columns of keys, labels, predictions and scores, which are read together, and counts the
    rows.
    """
    plan = source.plan
    in_keys = {path for key in plan.keys for path in key} | {path for _, path in plan.model_columns}
    order = sorted(range(len(plan.columns)), key=lambda at: plan.columns[at].path not in in_keys)
    first = max(MAX_COLUMNS_PER_PART, len(in_keys))
    blocks = [
        order[:first],
        *(order[at : at + MAX_COLUMNS_PER_PART] for at in range(first, len(order), MAX_COLUMNS_PER_PART)),
    ]
    labels = source.columns[plan.width :]
    for number, block in enumerate(blocks):
        block.sort()
        places = list(dict.fromkeys(plan.sources[at] for at in block))
        columns = tuple(replace(plan.columns[at], source=places.index(plan.sources[at])) for at in block)
        own = replace(
            plan,
            columns=columns,
            keys=() if number else plan.keys,
            model_columns=() if number else plan.model_columns,
        )
        indices = dict(enumerate(block))
        if not number:
            indices |= {index: index for index in range(plan.table_index, 0)}
        yield ScanPart(
            table,
            own,
            source.slices,
            (*(source.columns[place] for place in places), *labels),
            source.rules,
            indices,
            is_sensitive=plan.is_sensitive,
            places=source.places,
        )


def _profiler(bins: Sequence[bytes]) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Return the function that profiles the pickled parts whose numbers a task is given."""

    def profile(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                for part in pickle.loads(bins[number]):  # noqa: S301 -- made by the driver of this job
                    yield profile_part(part)

    return profile


def profile_part(part: ScanPart) -> pa.RecordBatch:
    """Return the partial states of a part in the schema `PARTIAL`, or one row with the reason why there are none."""
    fingerprint = SlicedFingerprint(part.plan, part.slices)
    try:
        pieces = (read(piece, part.columns, part.rules, part.places) for piece in part.ranges)
        for batch in gathered(chain.from_iterable(pieces)):
            fingerprint.update(batch)
    except Exception as error:  # noqa: BLE001 -- one table's bad file must not end the others' job
        paths = [column.path for column in part.plan.columns]
        text = without_data(error, paths) if part.is_sensitive else str(reason_of(error))
        return batch_of([(part.table, PROBLEM, 0, text.splitlines()[0].encode())])
    return batch_of(
        (part.table, member, part.indices[index], blob)
        for member, index, blob in fingerprint.partials()
        if index in part.indices
    )
