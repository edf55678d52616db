"""Profiles on their way into the store, in as few commits as memory allows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa

from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.model.where import NO_ROW, Where, where
from stageprint.pipeline.tables import column_profiles
from stageprint.ports import ProfileStore

_FLUSH_BYTES = 128 << 20
"""Profiles held on the driver before a commit: one commit a table for all but the widest warehouses."""


class ProfileWriter:
    """Collects profiles and writes them in as few commits as memory allows.

    Args:
        store: Where to.
        whole: The tables of each stage; a stage written whole is replaced by partition, without reading its rows.
    """

    def __init__(self, store: ProfileStore, whole: Mapping[str, set[str]]) -> None:
        self._store = store
        self._whole = whole
        self._tables: list[Mapping[str, Any]] = []
        self._columns: list[pa.Table] = []
        self._bytes = 0

    def add(self, tables: Sequence[Mapping[str, Any]], columns: pa.Table | None) -> None:
        """Take in a table with its slices, and write when enough has gathered.

        Args:
            tables: Rows of `table_profiles`.
            columns: Rows of `column_profiles`; None where the table failed.
        """
        self._tables.extend(tables)
        if columns is not None:
            self._columns.append(columns)
            self._bytes += columns.nbytes
        if self._bytes >= _FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Replace the rows of the tables gathered so far."""
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
