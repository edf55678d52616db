"""SQL that selects the rows that count, as `stageprint.pipeline.committed` does for readers in Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from stageprint.model.manifest import MANIFEST_ID, ManifestKind
from stageprint.model.result_table import ResultTable

NEEDED_OF_MANIFESTS: Final = "names_rows"
"""Column of `manifests` that stores of earlier releases lack until something is written; all of their rows count."""

_COMPARISONS: Final = """
SELECT t.* FROM {rows} t
LEFT JOIN (
  SELECT pipeline, run_id, baseline,
         max_by(struct(manifest_id, names_rows), struct(finished_at, manifest_id)) AS held
  FROM {manifests} WHERE kind = 'comparison' AND finished_at IS NOT NULL
  GROUP BY pipeline, run_id, baseline
) h ON h.pipeline = t.pipeline AND h.run_id = t.run_id AND h.baseline = t.baseline
LEFT JOIN (
  SELECT DISTINCT pipeline, run_id FROM {manifests}
  WHERE kind = 'comparison' AND (finished_at IS NOT NULL OR names_rows IS NULL)
) k ON k.pipeline = t.pipeline AND k.run_id = t.run_id
WHERE CASE WHEN h.held IS NOT NULL THEN t.manifest_id <=> if(h.held.names_rows, h.held.manifest_id, NULL)
           ELSE t.manifest_id IS NULL AND k.run_id IS NULL END"""

_BY_TABLE: Final = """
SELECT t.* FROM {rows} t
LEFT JOIN ({holders}) h ON h.pipeline = t.pipeline AND h.run_id = t.run_id AND h.stage = t.stage
  AND h.table_name = t.table_name
LEFT JOIN (
  SELECT pipeline, run_id, bool_or(finished_at IS NULL) AND NOT bool_or(finished_at IS NOT NULL) AS stopped
  FROM {manifests} WHERE kind = '{kind}' AND (finished_at IS NOT NULL OR names_rows IS NULL)
  GROUP BY pipeline, run_id
) k ON k.pipeline = t.pipeline AND k.run_id = t.run_id
WHERE CASE WHEN h.holder IS NOT NULL THEN t.manifest_id <=> if(h.holder.names_rows, h.holder.manifest_id, NULL)
           WHEN h.stage IS NOT NULL THEN false
           ELSE t.manifest_id IS NULL AND NOT coalesce(k.stopped, false) END"""

HOLDERS: Final = """
SELECT pipeline, run_id, stage, table_name,
       CASE WHEN held.what = 'written' THEN held
            WHEN failed IS NOT NULL AND (held IS NULL OR failed.place > held.place) THEN failed END AS holder
FROM (
  SELECT pipeline, run_id, stage, table_name,
         max_by(event, event.place) FILTER (WHERE event.what <> 'failed') AS held,
         max_by(event, event.place) FILTER (WHERE event.what = 'failed') AS failed
  FROM (
    SELECT m.pipeline, m.run_id, k.stage, k.table_name,
           struct(k.what AS what, m.manifest_id AS manifest_id, m.names_rows AS names_rows,
                  struct(m.finished_at, m.manifest_id) AS place) AS event
    FROM {manifests} m
    LATERAL VIEW explode(concat(
      transform(coalesce(m.tables, array()), x -> struct(x.stage, x.table_name, 'written' AS what)),
      transform(coalesce(m.replaced_tables, array()), x -> struct(x.stage, x.table_name, 'replaced' AS what)),
      transform(coalesce(m.failed_tables, array()), x -> struct(x.stage, x.table_name, 'failed' AS what))
    )) AS k
    WHERE m.kind = '{kind}' AND m.finished_at IS NOT NULL
  )
  GROUP BY pipeline, run_id, stage, table_name
)"""
"""Which manifest holds the rows of each table of a run; null: none does any more."""


def counting_query(table: ResultTable, rows: str, manifests: str) -> str:
    """Return a query for the rows of a result table that count.

    Args:
        table: The table; one that manifests name.
        rows: What SQL calls it.
        manifests: What SQL calls `manifests`.
    """
    if table.named_by is ManifestKind.COMPARISON:
        return _COMPARISONS.format(rows=rows, manifests=manifests)
    kind = "" if table.named_by is None else table.named_by.value
    return _BY_TABLE.format(rows=rows, manifests=manifests, kind=kind, holders=holders_query(kind, manifests))


def holders_query(kind: str, manifests: str) -> str:
    """Return a query for the manifest that holds each table of a run.

    Args:
        kind: Kind of the manifests: ``profile`` or ``checks``.
        manifests: What SQL calls `manifests`.
    """
    return HOLDERS.format(kind=kind, manifests=manifests)


def may_not_count(columns: Sequence[str], of_manifests: Sequence[str]) -> bool:
    """Tell whether rows of a stored table may not count; all do where an earlier release was the last to write.

    Args:
        columns: The columns of the table as stored.
        of_manifests: The columns of `manifests` as stored; empty: there is no such table.
    """
    return MANIFEST_ID in columns and NEEDED_OF_MANIFESTS in of_manifests
