"""Different rows carry the same key."""

from __future__ import annotations

from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.concerns import is_flagged_for
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.volume import duplicate_rows, key_growth, rows_change, tables, volume_moved, were_rows_added
from stageprint.model import ColumnKey, Concern
from stageprint.model.figures import percent

FIT_WHERE_ROWS_VARY = 0.85
"""Fit where the rows vary too much to say whether some were added: most often they were."""


class DuplicatedKeys(Cause):
    """Different rows carry the same key.

    There are about as many rows as before, but fewer distinct keys: an identifier is reused, truncated or no longer
    complete. Joins on the key will match the wrong rows and multiply them.

    Signature: there are more rows per distinct key than before, beyond sketch error, while the number of rows is about
    the same, or varies too much from run to run to say.

    Told apart from: `duplicated_load` and `join_duplicated_rows`: the number of rows grew too.

    Check:
        - List the keys that occur most often, and compare the other columns of their rows.
        - Look at length and format of the key: truncation and a change of type make different keys equal.
        - Check whether the key needs a further column, such as a date or a source.

    Fix: Restore the complete key where it is created. Declare it under `keys` with a `key_unique` check, so that the
    next run fails early.

    Evidence:
        rows: rows of the table in this run.
        rows_before: rows of the table in the reference run.
        duplicate_rows: rows beyond the first of each key now; null: not counted.
        rows_per_key: rows per distinct key now.
        rows_per_key_before: rows per distinct key before.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import two_tables
        >>> evidence, key = two_tables({"id": list(range(1000))}, {"id": [i % 800 for i in range(1000)]}, keys=("id",))
        >>> DuplicatedKeys().explain(evidence, key).evidence["rows_per_key"]
        1.25
    """

    name: ClassVar[str] = "duplicated_keys"
    family: ClassVar[Family] = "data"
    level: ClassVar[Level] = "table"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Compare the rows for each key with the rows."""
        both, growth = tables(evidence, origin.table_key), key_growth(evidence, origin.table_key)
        if both is None or growth is None or not volume_moved(evidence, origin):
            return None
        then, now = both
        added = were_rows_added(evidence, origin.table_key, growth)
        lost = rows_change(evidence, origin.table_key, both) < -growth.change / 2
        if added or (lost and is_flagged_for(evidence, origin, Concern.ROWS)):
            return None
        shared = 1 - growth.then / growth.now
        about = "" if growth.repeated is not None else "about "
        sentence = (
            f"{growth.told(origin, evidence.first_run(origin), (now.rows, then.rows))}: "
            f"{about}{percent(shared)} of the rows carry the key of another row"
        )
        figures = {
            "rows": now.rows,
            "rows_before": then.rows,
            "duplicate_rows": duplicate_rows(now),
            "rows_per_key": round(growth.now, 4),
            "rows_per_key_before": round(growth.then, 4),
        }
        names = {name for key in now.keys for name in key.split("+")}
        also = tuple(key for key in evidence.flagged if key.table_key == origin.table_key and key.column in names)
        score = 0.93 if added is False else FIT_WHERE_ROWS_VARY
        return Fit(score, sentence, figures, also=also, brief="keys used more than once")
