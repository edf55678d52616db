"""Counts rows that repeat a key exactly: from the theta sketch if it is exact, otherwise by reading the key again."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa

from stageprint.batch.nested import Extractor
from stageprint.engines.local.model import LocalTable, Tally
from stageprint.engines.local.planning import LocalScan
from stageprint.pipeline.profile_codec import KEY_JOIN
from stageprint.pipeline.profile_rows import key_states, whole_of


def repeated_keys(opened: LocalTable, plan: LocalScan, merged: pa.Table) -> Mapping[str, int]:
    """Count the rows beyond the first of each key; rows with a null in the key do not count.

    Up to 2^``sketches.theta_lg_k`` keys, the theta sketch holds every key and its count is exact. For more keys the key
    columns are read again and grouped; they are in memory together.

    Args:
        opened: The table.
        plan: The scan.
        merged: The scan's result.

    Returns:
        Key, as column names joined by ``+`` → number of rows.
    """
    table = plan.scan.table
    found = {}
    for paths, (counts, theta) in zip(table.keys, key_states(table, whole_of(merged)), strict=True):
        exact = theta is not None and not theta.is_estimation
        found[KEY_JOIN.join(paths)] = (
            counts.rows - counts.nulls - round(theta.estimate().estimate)
            if exact and theta is not None
            else _counted(opened, plan, paths)
        )
    return found


def _counted(opened: LocalTable, plan: LocalScan, paths: tuple[str, ...]) -> int:
    table = plan.scan.table
    places = {column.path: index for index, column in enumerate(table.columns)}
    columns = [table.columns[places[path]] for path in paths]
    sources = list(dict.fromkeys(column.source for column in columns))
    read = [plan.columns[source] for source in sources]
    names = [f"k{number}" for number in range(len(columns))]
    parts = []
    for piece in opened.pieces:
        for batch in piece.batches(read, Tally()):
            extract = Extractor(batch)
            arrays = [extract.column(sources.index(column.source), column.steps) for column in columns]
            plain = [array.dictionary_decode() if pa.types.is_dictionary(array.type) else array for array in arrays]
            parts.append(pa.table(plain, names=names).drop_null())
    if not parts:
        return 0
    known = pa.concat_tables(parts)
    return int(known.num_rows - known.group_by(names).aggregate([]).num_rows)
