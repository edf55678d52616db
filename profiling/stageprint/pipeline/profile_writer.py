"""Writes profiles into the store in as few commits as memory allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.model.where import NO_ROW, Where, where
from stageprint.pipeline.tables import column_profiles
from stageprint.ports import ProfileStore

_MAX_BYTES_BEFORE_COMMIT: Final = 128 << 20
"""Bytes of profiles held in memory before they are committed; enough for one commit per command in most pipelines."""


class ProfileWriter:
    """Collects profiles and writes them in as few commits as memory allows.

    Args:
        store: The store to write to.
        whole: Stage → all of its tables. A stage whose tables are all written at once is replaced by partition, which
            needs no reading and never conflicts with writers of other stages.
    """

    def __init__(self, store: ProfileStore, whole: Mapping[str, set[str]]) -> None:
        self._store = store
        self._whole = whole
        self._tables: list[Mapping[str, Any]] = []
        self._columns: list[pa.Table] = []
        self._bytes = 0

    def add(self, tables: Sequence[Mapping[str, Any]], columns: pa.Table | None) -> None:
        """Add the profiles of a table and its slices; commits once enough bytes have been collected.

        Args:
            tables: Rows of `table_profiles`.
            columns: Rows of `column_profiles`; None: the table failed.
        """
        self._tables.extend(tables)
        if columns is not None:
            self._columns.append(columns)
            self._bytes += columns.nbytes
        if self._bytes >= _MAX_BYTES_BEFORE_COMMIT:
            self.flush()

    def flush(self) -> None:
        """Commit the profiles added so far, in place of the stored profiles of the same tables and runs."""
        if not self._tables:
            return
        which = self._replaced()
        columns = pa.concat_tables([column_profiles().empty(), *self._columns])
        self._store.replace(column_profiles(), columns, which)
        self._store.replace(TABLE_PROFILES, TABLE_PROFILES.rows(dict(row) for row in self._tables), which)
        self._tables, self._columns, self._bytes = [], [], 0

    def _replaced(self) -> Where:
        places: dict[tuple[str, str], set[str]] = {}
        for row in self._tables:
            places.setdefault((row["run_id"], row["stage"]), set()).add(row["table_name"])
        runs, stages = {run for run, _ in places}, {stage for _, stage in places}
        everything = all(tables >= self._whole.get(stage, {""}) for (_, stage), tables in places.items())
        if everything and len(places) == len(runs) * len(stages):
            # On partition columns alone: writers of other runs or stages never conflict.
            return where(run_id=runs, stage=stages)
        exact = NO_ROW
        for (run, stage), tables in sorted(places.items()):
            exact |= where(run_id=run, stage=stage, table_name=tables)
        return exact
