"""Profiled runs in a store in memory, made of plain Python values by the states that every engine keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_dates import as_of
from stageprint.diagnosis.example import table_profile
from stageprint.model import TableKey
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.model.where import where
from stageprint.pipeline.profile_rows import column_row, profile_row
from stageprint.pipeline.runs import refresh_runs
from stageprint.pipeline.tables import column_profiles
from stageprint.ports import EngineVersions, ProfileStore

Tables = Mapping[str, Mapping[str, Any]]
"""``stage.table`` → column name → values."""


def store_run(store: ProfileStore, config: PipelineConfig, run: str, tables: Tables) -> None:
    """Profile the tables of a run into a store."""
    table_rows, column_rows = [], []
    for name, columns in tables.items():
        stage, table = name.split(".")
        key = TableKey(stage, table)
        settings = config.table(key.stage, key.table)
        profile = table_profile(key, columns, keys=settings.keys, event_time=settings.event_time)
        table_rows.append(profile_row(config.pipeline, run, profile))
        column_rows += [
            column_row(config.pipeline, run, key, column, config.sketches, as_of(run))
            for column in profile.columns.values()
        ]
    store.replace(TABLE_PROFILES, TABLE_PROFILES.rows(table_rows), where(run_id=run))
    store.replace(column_profiles(), column_profiles().rows(column_rows), where(run_id=run))
    refresh_runs(store, config, [run], EngineVersions(None, None, "UTC"))
