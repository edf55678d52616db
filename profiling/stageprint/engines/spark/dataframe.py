"""Profiles a DataFrame of the caller's."""

from __future__ import annotations

import time

from pyspark.sql import DataFrame

from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.spark.plan import plan_scan
from stageprint.engines.spark.profiling import count_repeated, read_rows
from stageprint.engines.spark.scan import scan
from stageprint.model import TableKey, TableProfile
from stageprint.pipeline.profile_rows import table_profile, whole_of
from stageprint.pipeline.profiled_tables import profiled_rows
from stageprint.ports import ProfiledTable


def profile_frame(
    frame: DataFrame, config: PipelineConfig, key: TableKey, run: str
) -> tuple[TableProfile, ProfiledTable]:
    """Return a frame's profile, and the same as rows of the result tables.

    Args:
        frame: The rows. They are read once; key columns of a large table are read twice.
        config: A pipeline in which the table is configured.
        key: The table.
        run: The run.

    Raises:
        SourceError: A named column is missing, or the frame cannot be computed.
    """
    started = time.monotonic()
    table = config.table(key.stage, key.table)
    plan = plan_scan(frame, table, config.sketches, run, sensitive=config.sensitive)
    merged = read_rows(key, lambda: scan(plan), table=table)
    repeated = count_repeated(key, plan, merged, exact_keys=table.exact_keys)
    facts = {"source_format": "dataframe"}
    rows = profiled_rows(config.pipeline, run, key, plan, merged, started, facts, repeated=repeated)
    return table_profile(key, plan, whole_of(merged), repeated), rows
