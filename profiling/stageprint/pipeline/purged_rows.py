"""Says what the rows of the result tables hold of a column, and returns them without it."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final

from stageprint.model import ColumnKey
from stageprint.pipeline.profile_codec import KEY_JOIN

Row = dict[str, Any]

REMOVED: Final = "(removed: it named a column that was purged)"
"""Text in place of one that named the column."""

_UNKNOWN: Final = "What was found here is no longer known"

_NAMING: Final = ("explains", "beside")
"""Columns of `findings` that list names of columns."""

_NESTED: Final = (".", "[", "{")
"""What may follow a column's path in the path of a column nested in it."""


@dataclass(frozen=True, slots=True)
class PurgedColumn:
    """A column whose traces are removed, with what is known of its table.

    Attributes:
        key: The column.
        answers: Whether it is the table's label, prediction or score, so that the table's model quality is made of it.
        new_ids: Identifiers of incidents that were hashes of values, and what stands in their place.
    """

    key: ColumnKey
    answers: bool = False
    new_ids: dict[str, str] = field(default_factory=dict, compare=False, hash=False)

    def includes(self, name: str | None) -> bool:
        """Tell whether a column of the table is the column, or nested in it."""
        plain, own = (name or "").replace("`", ""), self.key.column.replace("`", "")
        return plain == own or plain.startswith(tuple(own + mark for mark in _NESTED))

    def mentioned(self, text: str | None) -> bool:
        """Tell whether a text about the column's table names the column."""
        return text is not None and re.search(rf"(?<!\w){re.escape(self.key.column)}(?!\w)", text) is not None

    def sliced_by(self, slice_key: str | None) -> bool:
        """Tell whether a slice of the table is one by the column, so that its value is one of the column's."""
        return self.mentioned(slice_key)

    def in_table(self, row: Row) -> bool:
        """Tell whether a row is about the column's table or a slice of it."""
        return (row["stage"], row["table_name"]) == (self.key.stage, self.key.table)

    def of_check(self, row: Row) -> bool:
        """Tell whether a check result of the table is about the column, or quotes it."""
        texts = (row["column_name"], row["expected"], row["observed"], row["message"], row["reason"])
        return self.sliced_by(row["slice_key"]) or any(self.mentioned(text) for text in texts)

    def table_profile(self, row: Row) -> Row:
        """Return a row of `table_profiles` of the table without what it holds of the column; its schema stays."""
        changed = dict(row)
        if row["keys"] is not None:
            changed["keys"] = [
                key for key in row["keys"] if not any(map(self.includes, key["columns"].split(KEY_JOIN)))
            ]
        if self.includes(row["event_time_column"]):
            changed |= {"event_time_min": None, "event_time_max": None}
        if self.includes(row["model_version_column"]):
            changed |= {"model_versions": None}
        if self.answers:
            changed["quality"] = None
        for name in ("error", "engine_reason"):
            if self.mentioned(row[name]):
                changed[name] = REMOVED
        return row if changed == row else changed

    def finding(self, row: Row, on: dt.date) -> Row:
        """Return a row of `findings` without what it says of the column; run, severity, cause and place stay.

        Args:
            row: The row.
            on: The date to name.
        """
        name = f"{self.key.stage}.{self.key.table}.{self.key.column}"
        about = self.in_table(row) and (self.includes(row["column_name"]) or self.sliced_by(row["slice_key"]))
        explained = [other for name in _NAMING for other in row[name] or () if self._is_own(other)]
        texts = (row["evidence"], row["sentence"])
        here = self.in_table(row) or bool(explained)
        quoted = any(name in (text or "") or (here and self.mentioned(text)) for text in texts)
        if not (about or explained or quoted):
            return row
        if row["evidence"] == _evidence() and not explained:
            return row  # by an earlier purge
        left = {name: [one for one in row[name] or () if one not in explained] for name in _NAMING}
        changed = {**row, **left}
        if about or quoted:
            changed |= {
                "evidence": _evidence(),
                "sentence": f"{_UNKNOWN}: column {name} was purged on {on.isoformat()}.",
                "alternatives": [],
            }
        if about and self.sliced_by(row["slice_key"]):
            # The identifier is a hash of the slice's value too, so that guesses could be confirmed by it.
            changed |= {"slice_key": None, "slice_value": None, "finding_id": uuid.uuid4().hex[:16]}
            changed["incident_id"] = self._new_id(row["incident_id"])
        return changed

    def incident(self, row: Row, on: dt.date) -> Row:
        """Return a row of `incidents` without what it says of the column; its runs, severity, cause and place stay.

        Args:
            row: The row.
            on: The date to name.
        """
        known = row["sentence"].startswith(_UNKNOWN)
        shown = {**row, "evidence": _evidence() if known else "{}", "beside": [], "alternatives": [], "finding_id": ""}
        left = self.finding(shown, on)
        if left is shown:
            return row
        ids = row["finding_ids"] if left["incident_id"] == row["incident_id"] else []
        return {**{name: left[name] for name in row}, "finding_ids": ids}

    def _new_id(self, incident: str | None) -> str | None:
        return None if incident is None else self.new_ids.setdefault(incident, uuid.uuid4().hex[:16])

    def _is_own(self, name: str) -> bool:
        stage, _, rest = name.partition(".")
        table, _, column = rest.partition(".")
        return (stage, table) == (self.key.stage, self.key.table) and self.includes(column)


def named_columns(names: Collection[str], column: PurgedColumn) -> list[str]:
    """Return those of the names that are the column or nested in it, in alphabetical order."""
    return sorted(name for name in names if column.includes(name))


def _evidence() -> str:
    return json.dumps({"purged": True})
