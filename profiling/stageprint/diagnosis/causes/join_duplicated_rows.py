"""A join matched rows more than once."""

from __future__ import annotations

from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.volume import (
    MIN_ROW_CHANGE,
    duplicate_rows,
    flow,
    key_error,
    multiplicity,
    tables,
    volume_moved,
)
from stageprint.model import ColumnKey
from stageprint.model.figures import number


class JoinDuplicatedRows(Cause):
    """A join matched rows more than once.

    The other side of a join holds some keys several times, so each matching row appears several times in the result.
    Sums and counts grow, and repeated rows weigh more in training.

    Signature: there are more rows per source row than before, while the source is as large as before. If keys are
    declared, each key has more rows, and there are no more distinct keys than before.

    Told apart from: `duplicated_load`: the source itself holds the rows twice; a filter that keeps more rows: the keys
    grow as well.

    Check:
        - Count the rows per join key in every joined table; one of them has keys more than once now.
        - See whether a dimension table got a history (valid-from and valid-to rows) or was loaded twice.
        - Check whether the join condition lost a column, such as a date or a tenant.

    Fix: Make the joined table unique on the join key, by selecting the valid row or by deduplicating, or complete the
    join condition. Add a `key_unique` check on that table.

    Evidence:
        source_table: the upstream table whose rows are kept.
        retention: rows per source row now.
        retention_before: rows per source row before.
        rows: rows of the table in this run.
        rows_before: rows of the table in the reference run.
        duplicate_rows: rows beyond the first of each key now; null: not counted.
        rows_per_key: rows per distinct key now; null: no key is declared.
        rows_per_key_before: the same before.

    Source: this project; known as join fan-out.

    Example:
        >>> from stageprint.diagnosis.example import two_stages
        >>> rows = {"id": list(range(1000)), "x": [float(i) for i in range(1000)]}
        >>> more = {name: values + values[:300] for name, values in rows.items()}
        >>> evidence, key = two_stages((rows, rows), (rows, more))
        >>> JoinDuplicatedRows().explain(evidence, key).evidence["retention"]
        1.3
    """

    name: ClassVar[str] = "join_duplicated_rows"
    family: ClassVar[Family] = "data"
    level: ClassVar[Level] = "table"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Compare the rows for each row of the source, and for each key."""
        found, both = flow(evidence, origin.table_key), tables(evidence, origin.table_key)
        if evidence.graph.is_source(origin.stage) or not volume_moved(evidence, origin):
            return None
        if found is None or both is None or found.change < MIN_ROW_CHANGE:
            return None
        then, now = both
        rows, rows_then = multiplicity(now), multiplicity(then)
        score = 0.85 if found.retention > 1.001 else 0.7
        per_key = ""
        if rows is not None and rows_then is not None:
            grown = rows / rows_then - 1
            if grown + key_error(then, now) < found.change / 2:
                # New keys, not repeated ones: rows that were filtered out before.
                return None
            score = 0.95 if abs(grown - found.change) <= max(0.05, 0.3 * found.change) else score
            per_key = f", and {number(round(rows, 3))} rows for each key (before {number(round(rows_then, 3))})"
        sentence = (
            f"{origin} has {number(round(found.retention, 3))} rows for each row of {found.source} since "
            f"{evidence.first_run(origin)} (before {number(round(found.retention_then, 3))}){per_key}: "
            f"a join matches rows more than once"
        )
        figures = {
            "source_table": str(found.source),
            "retention": round(found.retention, 6),
            "retention_before": round(found.retention_then, 6),
            "rows": now.rows,
            "rows_before": then.rows,
            "duplicate_rows": duplicate_rows(now),
            "rows_per_key": None if rows is None else round(rows, 4),
            "rows_per_key_before": None if rows_then is None else round(rows_then, 4),
        }
        return Fit(score, sentence, figures, brief="a join that matches rows more than once")
