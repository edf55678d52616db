"""Columns came, went, or changed their order or type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.causes.column_renamed import ColumnRenamed
from stageprint.diagnosis.concerns import is_flagged_only_for
from stageprint.diagnosis.events import has_type
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.volume import tables
from stageprint.model import ColumnKey, Concern
from stageprint.model.figures import listing


class SchemaChange(Cause):
    """The table's columns, or their order, changed.

    Columns were added or removed, perhaps with changes of type, or they are in another order. Whatever reads a removed
    column fails or gets nulls. An added column, or another order, is harmless unless something reads by position.

    Signature: names were added to the schema or removed from it, or the same names are in another order.

    Told apart from: `column_renamed`: the new column is the old one; `type_change`: the names stayed.

    Check:
        - Find the release of the source or the change of the SELECT list since the first bad run.
        - List what reads the removed columns, and what reads the table by position or with `SELECT *`.

    Fix: Restore the removed columns or change their readers in the same release. Agree with the owner of the source on
    notice before such changes, then accept the finding.

    Evidence:
        added: names of the new columns.
        removed: names of the columns that are gone.
        changed_types: column → [type before, type now] for columns that stayed.
        moved: names of the columns at another position, if none was added or removed; else empty.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import two_tables
        >>> evidence, key = two_tables({"a": [1, 2, 3], "b": [4, 5, 6]}, {"a": [1, 2, 3], "c": ["x", "y", "z"]})
        >>> SchemaChange().explain(evidence, key).evidence
        {'added': ['c'], 'removed': ['b'], 'changed_types': {}, 'moved': []}
    """

    name: ClassVar[str] = "schema_change"
    family: ClassVar[Family] = "data"
    level: ClassVar[Level] = "table"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Compare names and types."""
        both = tables(evidence, origin.table_key)
        if both is None:
            return None
        then, now = ({field.name: field.data_type for field in profile.schema} for profile in both)
        added = [name for name in now if name not in then]
        removed = [name for name in then if name not in now]
        types = {
            name: [then[name], now[name]]
            for name in now
            if name in then and then[name] != now[name] and has_type(evidence, origin.table_key.column(name))
        }
        if not added and not removed:
            return None if types else _reordered(evidence, origin, list(then), list(now))
        parts = [f"{listing(removed)} {'is' if len(removed) == 1 else 'are'} gone"] if removed else []
        parts += [f"{listing(added)} {'is' if len(added) == 1 else 'are'} new"] if added else []
        parts += [f"{listing(list(types))} changed type"] if types else []
        sentence = (
            f"{origin} has other columns since {evidence.first_run(origin)} "
            f"({len(now)}, before {len(then)}): {'; '.join(parts)}"
        )
        figures: dict[str, Any] = {"added": added, "removed": removed, "changed_types": types, "moved": []}
        keys = tuple(origin.table_key.column(name) for name in (*added, *removed, *types))
        at = keys[0] if len(keys) == 1 else None
        renamed = ColumnRenamed().explain(evidence, origin)
        # For what was only renamed, that is the better cause.
        score = 0.95 if renamed is None else 0.7
        # A column more breaks nobody who reads by name; one less does.
        broken = bool(removed)
        return Fit(
            score, sentence, figures, deterministic=broken, brief="a change of the schema", also=keys, at=at, event=True
        )


def _reordered(evidence: Evidence, origin: ColumnKey, then: Sequence[str], now: Sequence[str]) -> Fit | None:
    """Explain that the same columns are in another order, if that is what moved."""
    moved = [name for name, before in zip(now, then, strict=True) if name != before]
    if not moved or not evidence.flagged_shifts(origin) or not is_flagged_only_for(evidence, origin, Concern.SCHEMA):
        return None
    sentence = (
        f"{origin} has its columns in another order since {evidence.first_run(origin)} "
        f"({listing(list(now))}; before {listing(list(then))}): whatever reads by position gets other columns"
    )
    figures: dict[str, Any] = {"added": [], "removed": [], "changed_types": {}, "moved": moved}
    return Fit(0.9, sentence, figures, brief="another order of the columns", event=True)
