"""Writes profiles into the store in as few commits as memory allows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import pyarrow as pa

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.table_settings import table_settings
from stageprint.model import TableKey
from stageprint.model.manifest import ManifestKind
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.model.run_context import UNKNOWN_CONTEXT, RunContext
from stageprint.model.where import NO_ROW, Where, where
from stageprint.pipeline.runs import refresh_runs
from stageprint.pipeline.tables import column_profiles
from stageprint.pipeline.writing import Writing, Written
from stageprint.ports import EngineVersions, ProfiledTable, ProfileStore

_MAX_BYTES_BEFORE_COMMIT: Final = 128 << 20
"""Bytes of profiles held in memory before they are committed; enough for one commit per command in most pipelines."""


class ProfileWriter:
    """Collects the profiles that one command makes and writes them, so that all begin to count together.

    Args:
        store: The store to write to.
        config: The pipeline. Of a stage whose tables are all profiled, earlier tables no longer count.
        runs: The runs.
        tables: The tables that are to be profiled.
        whole_stages: Whether `config` has all tables of its stages.
    """

    def __init__(
        self,
        store: ProfileStore,
        config: PipelineConfig,
        runs: Sequence[str],
        tables: Iterable[TableKey],
        *,
        whole_stages: bool = True,
    ) -> None:
        self._store = store
        self._config = config
        self._runs = list(dict.fromkeys(runs))
        stages = config.stages if whole_stages else ()
        planned = frozenset(tables)
        self._stages = {
            stage.name for stage in stages if {TableKey(stage.name, table.name) for table in stage.tables} <= planned
        }
        self._settings = {
            TableKey(stage.name, table.name): list(table_settings(stage, table).items())
            for stage, table in config.select()
            if whole_stages
        }
        self._writing = Writing(store, ManifestKind.PROFILE, self._runs, tables=planned)
        self._tables: list[Mapping[str, Any]] = []
        self._columns: list[pa.Table] = []
        self._bytes = 0
        self._good: defaultdict[str, set[TableKey]] = defaultdict(set)
        self._failed: defaultdict[str, set[TableKey]] = defaultdict(set)

    def begin(self) -> None:
        """Say in the store that the runs are being profiled.

        Raises:
            StoreError: The store cannot be written.
        """
        self._writing.begin()

    def add(self, profiled: ProfiledTable) -> None:
        """Add the profiles of a table and its slices; writes them once enough bytes have been collected.

        Args:
            profiled: The table.

        Raises:
            StoreError: The store cannot be written.
        """
        outcome = profiled.outcome
        by_run = self._good if outcome.status == "ok" else self._failed
        by_run[outcome.run_id].add(outcome.key)
        settings = self._settings.get(outcome.key)
        self._tables.extend(
            row if row["slice_key"] is not None else {**row, "settings": settings} for row in profiled.table_rows
        )
        if profiled.columns is not None:
            self._columns.append(profiled.columns)
            self._bytes += profiled.columns.nbytes
        if self._bytes >= _MAX_BYTES_BEFORE_COMMIT:
            self._flush()

    def finish(self, versions: EngineVersions, context: RunContext = UNKNOWN_CONTEXT) -> None:
        """Write the remaining profiles, let all of them count, and write the rows of `runs`.

        Args:
            versions: Versions and settings of the engine.
            context: Who profiled the runs, by which job, with which code.

        Raises:
            StoreError: The store cannot be written.
        """
        self._flush()
        self._writing.finish({run: self._written(run) for run in self._runs})
        refresh_runs(self._store, self._config, self._runs, versions, context)

    def _written(self, run: str) -> Written:
        good, failed = frozenset(self._good[run]), frozenset(self._failed[run])
        return Written(len(good), good, failed, replaces=lambda key: key.stage in self._stages)

    def _flush(self) -> None:
        if not self._tables:
            return
        which = self._places()
        columns = pa.concat_tables([column_profiles().empty(), *self._columns])
        self._writing.append(column_profiles(), self._writing.signed(columns), which)
        tables = TABLE_PROFILES.rows(dict(row) for row in self._tables)
        self._writing.append(TABLE_PROFILES, self._writing.signed(tables), which)
        self._tables, self._columns, self._bytes = [], [], 0

    def _places(self) -> Where:
        """Select the rows of the tables that were collected, and no row of others, which may be written already."""
        places: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
        for row in self._tables:
            places[row["run_id"], row["stage"]].add(row["table_name"])
        exact = NO_ROW
        for (run, stage), tables in sorted(places.items()):
            exact |= where(run_id=run, stage=stage, table_name=tables)
        return exact
