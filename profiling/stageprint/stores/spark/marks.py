"""What people say of runs and findings: a run is bad, a shift is the new normal. Kept apart from what is computed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import pyarrow as pa

from stageprint.errors import UsageError, did_you_mean
from stageprint.model import TABLE_LEVEL, ColumnKey
from stageprint.slices import Member, slice_name
from stageprint.stores.spark.store import Store, is_in, literal
from stageprint.stores.spark.tables import MARKS

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

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rows: list[dict[str, Any]] = store.read(MARKS).orderBy("marked_at").toArrow().to_pylist()

    @property
    def bad(self) -> Mapping[str, str]:
        """The reason of every run that is marked bad."""
        return {row["run_id"]: row["reason"] for row in self._rows if row["kind"] == BAD}

    @property
    def accepted(self) -> Mapping[ColumnKey, Acceptance]:
        """The latest acceptance of every column that has one."""
        return {
            ColumnKey(row["stage"], row["table_name"], row["column_name"]): Acceptance(
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
        self._store.require_run(run)
        row = {"pipeline": self._store.pipeline, "run_id": run, "kind": BAD, "reason": reason, "marked_at": _now()}
        self._replace([row], f"kind = '{BAD}' AND run_id = {literal(run)}")

    def clear(self, run: str) -> bool:
        """Take the mark off a run.

        Returns:
            Whether it had one.
        """
        self._store.require_run(run)
        had = run in self.bad
        if had:
            self._replace([], f"kind = '{BAD}' AND run_id = {literal(run)}")
        return had

    def accept(self, finding_id: str, reason: str | None = None) -> list[ColumnKey]:
        """Take a finding's shifts for the new normal of its columns: runs before it are no reference for them.

        Returns:
            The columns: where it began, and those it explains.

        Raises:
            UsageError: There is no such finding.
        """
        findings = {row["finding_id"]: row for row in self._store.findings()}
        if finding_id not in findings:
            hint = did_you_mean(finding_id, findings) if findings else "; the store holds none"
            message = f"finding {finding_id!r} is not in the store {self._store.location}{hint}"
            raise UsageError(message)
        finding = findings[finding_id]
        explained = [tuple(name.split(".", 2)) for name in finding["explains"]]
        columns = {
            ColumnKey(finding["stage"], finding["table"], finding["column"] or TABLE_LEVEL),
            *(ColumnKey(*parts, *[TABLE_LEVEL][: 3 - len(parts)]) for parts in explained),
        }
        part = finding["evidence"].get("slice")
        if part is not None:
            # What is accepted in a slice is so in that slice alone.
            columns = {replace(key, table=slice_name(key.table, Member(**part))) for key in columns}
        through = self._store.run_ids()[-1]
        rows = [
            {
                "pipeline": self._store.pipeline,
                "run_id": finding["first_run"],
                "kind": ACCEPTED,
                "stage": key.stage,
                "table_name": key.table,
                "column_name": key.column,
                "finding_id": finding_id,
                "through_run": through,
                "reason": reason,
                "marked_at": _now(),
            }
            for key in sorted(columns)
        ]
        self._replace(rows, f"kind = '{ACCEPTED}' AND {is_in('finding_id', [finding_id])}")
        return sorted(columns)

    def _replace(self, rows: list[dict[str, Any]], predicate: str) -> None:
        table = pa.Table.from_pylist(rows, MARKS.arrow_schema)
        self._store.replace(MARKS, table, f"{self._store.predicate({})} AND {predicate}")
        self._rows = self._store.read(MARKS).orderBy("marked_at").toArrow().to_pylist()


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)
