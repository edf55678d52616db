"""What people say of runs and findings: a run is bad, a shift is the new normal. Kept apart from what is computed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from stageprint.errors import UsageError, did_you_mean
from stageprint.model import TABLE_LEVEL, ColumnKey, Slice
from stageprint.model.result_tables import MARKS
from stageprint.model.where import Where, where
from stageprint.pipeline.results import Results
from stageprint.ports import ProfileStore

BAD: Final = "bad"
ACCEPTED: Final = "accepted"


@dataclass(frozen=True)
class Acceptance:
    """A shift that a person took for a column's new normal.

    Attributes:
        first: Run it began in: earlier ones are no reference any more.
        through: Latest run of the store at that time: flagged runs up to it are references.
    """

    first: str
    through: str


class Marks:
    """The marks of one pipeline.

    Args:
        store: The store.
    """

    def __init__(self, store: ProfileStore) -> None:
        self._store = store
        self._results = Results(store)
        self._rows = self._read()

    @property
    def bad(self) -> Mapping[str, str]:
        """The reason of every run that is marked bad."""
        return {row["run_id"]: row["reason"] for row in self._rows if row["kind"] == BAD}

    @property
    def accepted(self) -> Mapping[ColumnKey, Acceptance]:
        """The latest acceptance of every column that has one."""
        return {
            ColumnKey(row["stage"], row["table_name"], row["column_name"], _slice(row)): Acceptance(
                row["run_id"], row["through_run"]
            )
            for row in self._rows
            if row["kind"] == ACCEPTED
        }

    def mark_bad(self, run: str, reason: str) -> None:
        """Mark a run as bad: it is no reference from now on.

        Raises:
            UsageError: The run was never profiled.
        """
        self._results.require_run(run)
        row = {"pipeline": self._store.pipeline, "run_id": run, "kind": BAD, "reason": reason, "marked_at": _now()}
        self._replace([row], where(kind=BAD, run_id=run))

    def clear(self, run: str) -> bool:
        """Take the mark off a run.

        Returns:
            Whether it had one.
        """
        self._results.require_run(run)
        had = run in self.bad
        if had:
            self._replace([], where(kind=BAD, run_id=run))
        return had

    def accept(self, finding_id: str, reason: str | None = None) -> list[ColumnKey]:
        """Take a finding's shifts for the new normal of its columns: runs before it are no reference for them.

        Returns:
            The columns: where it began, and those it explains.

        Raises:
            UsageError: There is no such finding.
        """
        findings = {row["finding_id"]: row for row in self._results.findings()}
        if finding_id not in findings:
            hint = did_you_mean(finding_id, findings) if findings else "; the store holds none"
            message = f"finding {finding_id!r} is not in the store {self._store.location}{hint}"
            raise UsageError(message)
        finding = findings[finding_id]
        # What is accepted in a slice is so in that slice alone.
        part = _slice(finding)
        columns = {
            ColumnKey(finding["stage"], finding["table"], finding["column"] or TABLE_LEVEL, part),
            *(_named(name, part) for name in finding["explains"]),
        }
        through = self._results.run_ids()[-1]
        rows = [
            {
                "pipeline": self._store.pipeline,
                "run_id": finding["first_run"],
                "kind": ACCEPTED,
                "stage": key.stage,
                "table_name": key.table,
                "slice_key": None if key.slice is None else key.slice.key,
                "slice_value": None if key.slice is None else key.slice.value,
                "column_name": key.column,
                "finding_id": finding_id,
                "through_run": through,
                "reason": reason,
                "marked_at": _now(),
            }
            for key in sorted(columns)
        ]
        self._replace(rows, where(kind=ACCEPTED, finding_id=finding_id))
        return sorted(columns)

    def _replace(self, rows: list[dict[str, Any]], which: Where) -> None:
        self._store.replace(MARKS, MARKS.rows(rows), which)
        self._rows = self._read()

    def _read(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._store.read(MARKS).to_pylist()
        return sorted(rows, key=lambda row: row["marked_at"])


def _slice(row: Mapping[str, Any]) -> Slice | None:
    return None if row["slice_key"] is None else Slice(row["slice_key"], row["slice_value"])


def _named(name: str, part: Slice | None) -> ColumnKey:
    """Return the key of a name that a finding explains: ``stage.table.column``, or ``stage.table``."""
    stage, table, *column = name.split(".", 2)
    return ColumnKey(stage, table, column[0] if column else TABLE_LEVEL, part)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)
