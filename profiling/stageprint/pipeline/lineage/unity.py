"""Reads Unity Catalog's table of column lineage: which columns queries read to write which others.

Source: the columns of ``system.access.column_lineage``
(https://docs.databricks.com/aws/en/admin/system-tables/lineage).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from stageprint.errors import UsageError
from stageprint.model.lineage import UNITY_CATALOG
from stageprint.pipeline.lineage.recorded import Recorded

COLUMNS: Final = (
    *("source_table_full_name", "source_path", "source_column_name"),
    *("target_table_full_name", "target_path", "target_column_name"),
)
_NAME: Final = re.compile(r"[\w`-]+(?:\.[\w`-]+){0,2}")


def query(table: str, days: int) -> str:
    """Return the query for the lineage of the last days.

    Raises:
        UsageError: `table` is no name of a table.
    """
    if _NAME.fullmatch(table) is None:
        message = f"lineage.unity_catalog: expected true or the name of a table, got {table!r}"
        raise UsageError(message)
    columns = ", ".join(COLUMNS)
    return (
        f"SELECT DISTINCT {columns} FROM {table} "  # noqa: S608 -- the name is checked above, the rest is our own
        f"WHERE event_date >= date_sub(current_date(), {int(days)}) "
        "AND source_column_name IS NOT NULL AND target_column_name IS NOT NULL"
    )


def read_rows(rows: Iterable[Mapping[str, Any]]) -> Recorded:
    """Return what rows of the table say; rows that name no table or path on one side are passed over."""
    recorded = Recorded(UNITY_CATALOG)
    for row in rows:
        source = [row[name] for name in COLUMNS[:2] if row[name]]
        target = [row[name] for name in COLUMNS[3:5] if row[name]]
        if not source or not target:
            continue
        parent, child = recorded.data_set(*source), recorded.data_set(*target)
        if parent != child:
            recorded.fields[child, str(row["target_column_name"])].add((parent, str(row["source_column_name"])))
    return recorded
