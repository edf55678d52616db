"""Joins small record batches before states are updated from them: many small files, or an engine's small batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pyarrow as pa

from stageprint.engines.parquet.read import MAX_BYTES_PER_BATCH, MAX_ROWS_PER_BATCH


def gathered(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the same rows in fewer batches: small ones of one schema are joined, up to the size of a large one.

    The fixed cost of a batch equals the cost of about 10,000 rows, Spark's default batch size (TPC-H lineitem, one
    core: 126 ns per value in batches of 10,000 rows, 65 ns in batches of 131,072). A batch of more than half the size
    of a large one is passed on at once, so that it is not held in memory while the next one is read.

    Schemas may differ between files, for instance where one file's texts are dictionary-encoded and another's are not;
    then the rows come in another order.
    """
    held: dict[pa.Schema, list[pa.RecordBatch]] = {}
    rows = size = 0
    for batch in batches:
        # A table without columns would lose the number of rows.
        is_alone = 2 * batch.num_rows > MAX_ROWS_PER_BATCH or 2 * batch.nbytes > MAX_BYTES_PER_BATCH
        is_alone = is_alone or not batch.num_columns
        if is_alone or rows + batch.num_rows > MAX_ROWS_PER_BATCH or size + batch.nbytes > MAX_BYTES_PER_BATCH:
            yield from _joined(held)
            held, rows, size = {}, 0, 0
        if is_alone:
            yield batch
            continue
        held.setdefault(batch.schema, []).append(batch)
        rows += batch.num_rows
        size += batch.nbytes
    yield from _joined(held)


def _joined(held: dict[pa.Schema, list[pa.RecordBatch]]) -> Iterator[pa.RecordBatch]:
    for batches in held.values():
        if len(batches) < 2:
            yield from batches
        else:
            yield from pa.Table.from_batches(batches).unify_dictionaries().combine_chunks().to_batches()
