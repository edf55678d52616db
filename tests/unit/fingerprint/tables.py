"""Plans and fingerprints of small tables."""

from __future__ import annotations

import pyarrow as pa

from stageprint.batch.arrow_types import kind_of, spark_type_name
from stageprint.fingerprint import TableFingerprint, TablePlan, plan_column
from stageprint.model import ColumnProfile


def plan_of(table: pa.Table, *keys: tuple[str, ...], **theta: bool) -> TablePlan:
    columns = tuple(
        plan_column(
            field.name, place, spark_type_name(field.type), kind_of(field.type), theta=theta.get(field.name, False)
        )
        for place, field in enumerate(table.schema)
    )
    return TablePlan(columns, keys)


def fingerprint(table: pa.Table, plan: TablePlan, batch_rows: int = 64) -> TableFingerprint:
    result = TableFingerprint(plan)
    for batch in table.to_batches(max_chunksize=batch_rows):
        result.update(batch)
    return result


def profiles(found: TableFingerprint) -> dict[str, ColumnProfile]:
    return {profile.column: profile for profile in found.profiles()}
