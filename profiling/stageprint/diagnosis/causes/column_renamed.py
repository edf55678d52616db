"""A column goes by another name."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.causes.column_swapped import alike
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.facts import Facts
from stageprint.diagnosis.pair import Pair
from stageprint.model import ColumnKey
from stageprint.model.figures import listing

MAX_DISTANCE_IN_PLACE = 0.25
"""Maximum distance (0–1) by which a column in the place of the lost one may have moved by itself in the same run."""


class ColumnRenamed(Cause):
    """A column is gone, and a new one with the same profile has appeared.

    The data are still there, under another name. Whatever reads the old name now fails or, what is worse, fills in
    nulls or a default.

    Signature: the schema lost a name and gained one of the same type, and the new column's distribution or labels,
    nulls and spread match those of the lost one. If it has the same position in the schema, it may also have moved a
    little.

    Told apart from: `schema_change`: the new column is not the old one; `column_swapped`: no name changed.

    Check:
        - Find the change of the schema at the source or in the SELECT list of the stage since the first bad run.
        - List what reads the old name: downstream stages, feature definitions, dashboards.

    Fix: Alias the column back to its old name where it enters the pipeline, or change all readers in one step. Then
    accept the finding.

    Evidence:
        renamed: old name → new name of each renamed column.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import two_tables
        >>> values = [float(i % 90) for i in range(2000)]
        >>> evidence, key = two_tables({"fare": values}, {"fare_amount": values})
        >>> ColumnRenamed().explain(evidence, key).evidence["renamed"]
        {'fare': 'fare_amount'}
    """

    name: ClassVar[str] = "column_renamed"
    family: ClassVar[Family] = "data"
    level: ClassVar[Level] = "table"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Match the columns that went with those that came."""
        now, then = evidence.table(origin.table_key), evidence.reference_table(origin.table_key)
        run = evidence.reference_run(origin)
        if now is None or then is None or run is None:
            return None
        types_now = {field.name: field.data_type for field in now.schema}
        types_then = {field.name: field.data_type for field in then.schema}
        places_now, places_then = _places(types_now), _places(types_then)
        gone = [name for name in types_then if name not in types_now]
        come = [name for name in types_now if name not in types_then]
        renamed: dict[str, str] = {}
        for name in gone:
            for new in come:
                if new not in renamed.values() and types_now[new] == types_then[name]:
                    both = _both(evidence, origin, name, new, run)
                    if both is not None and alike(
                        both, MAX_DISTANCE_IN_PLACE if places_then[name] == places_now[new] else 0.0
                    ):
                        renamed[name] = new
                        break
        if not renamed:
            return None
        left = len(gone) + len(come) - 2 * len(renamed)
        changes = listing([f"{old} is now {new}" for old, new in renamed.items()])
        rest = "" if not left else f", {left} more came or went"
        sentence = (
            f"{origin} has new column names since {evidence.first_run(origin)} "
            f"({changes}; same type and distribution{rest}): "
            f"{'a column was' if len(renamed) == 1 else 'columns were'} renamed"
        )
        keys = tuple(origin.table_key.column(name) for pairs in renamed.items() for name in pairs)
        at = keys[0] if len(renamed) == 1 and not left else None
        score = 0.97 if not left else 0.93
        return Fit(
            score,
            sentence,
            {"renamed": renamed},
            deterministic=True,
            brief=f"a renaming ({changes})",
            also=keys,
            at=at,
            event=True,
        )


def _places(names: Iterable[str]) -> dict[str, int]:
    return {name: place for place, name in enumerate(names)}


def _both(evidence: Evidence, origin: ColumnKey, old: str, new: str, run: str) -> Pair | None:
    then = evidence.column(origin.table_key.column(old), run)
    now = evidence.column(origin.table_key.column(new))
    return None if then is None or now is None else Pair(Facts.of(then), Facts.of(now), {})
