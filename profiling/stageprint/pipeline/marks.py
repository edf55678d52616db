"""Marks that people set: a run is bad, or a shift is the new normal. They survive when a run is compared again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Container, Mapping
from dataclasses import dataclass
from typing import Any, Final

from stageprint.config.run_order import BY_NAME
from stageprint.decision.references import Run
from stageprint.diagnosis.base import cause_named
from stageprint.errors import UsageError, did_you_mean
from stageprint.model import TABLE_LEVEL, ColumnKey, Slice
from stageprint.model.result_tables import MARKS
from stageprint.model.where import Where, where
from stageprint.pipeline.profile_codec import key_from_row, row_keys
from stageprint.pipeline.results import Results
from stageprint.ports import ProfileStore

BAD: Final = "bad"
ACCEPTED: Final = "accepted"


@dataclass(frozen=True)
class Acceptance:
    """A shift that a person accepted as the new normal of a column.

    Attributes:
        first: Run in which the shift began; earlier runs are no longer references for the column.
        through: Latest run in the store when it was accepted; runs up to it are references although they were flagged.
    """

    first: str
    through: str


class Marks:
    """The marks of one pipeline.

    Args:
        store: The store.
        order: ``run_order`` of the pipeline's configuration.
    """

    def __init__(self, store: ProfileStore, order: str = BY_NAME) -> None:
        self._store = store
        self._results = Results(store, order)
        self._rows = self._read()

    @property
    def bad(self) -> Mapping[str, str]:
        """The reason of every run that is marked bad."""
        return {row["run_id"]: row["reason"] for row in self._rows if row["kind"] == BAD}

    @property
    def accepted(self) -> Mapping[ColumnKey, Acceptance]:
        """The latest acceptance of every column that has one."""
        return {
            key_from_row(row).column(row["column_name"]): Acceptance(row["run_id"], row["through_run"])
            for row in self._rows
            if row["kind"] == ACCEPTED
        }

    def mark_bad(self, run: str, reason: str) -> None:
        """Mark a run as bad, so that it is no longer used as a reference.

        Raises:
            UsageError: The run was never profiled.
        """
        self._results.require_run(run)
        row = {"pipeline": self._store.pipeline, "run_id": run, "kind": BAD, "reason": reason, "marked_at": _now()}
        self._replace([row], where(kind=BAD, run_id=run))

    def clear(self, run: str) -> bool:
        """Remove the mark of a bad run.

        Returns:
            Whether the run was marked.

        Raises:
            UsageError: The run was never profiled.
        """
        self._results.require_run(run)
        had = run in self.bad
        if had:
            self._replace([], where(kind=BAD, run_id=run))
        return had

    def accept(self, finding_id: str, reason: str | None = None) -> list[ColumnKey]:
        """Accept the shifts of a finding as the new normal; earlier runs are no longer references for its columns.

        Returns:
            The columns, sorted: the origin of the finding and those whose shifts it explains.

        Raises:
            UsageError: There is no such finding, or it is about something that was not looked at.
        """
        findings = {row["finding_id"]: row for row in self._results.findings()}
        if finding_id not in findings:
            hint = did_you_mean(finding_id, findings) if findings else "; the store holds none"
            message = f"finding {finding_id!r} is not in the store {self._store.location}{hint}"
            raise UsageError(message)
        finding = findings[finding_id]
        cause = cause_named(finding["cause"])
        if cause is not None and cause.missing is not None:
            message = (
                f"finding {finding_id!r} ({cause.name}) cannot be accepted: it is about what was not looked at, not "
                "about a shift; see `optional` of tables and `decision.missing` in the configuration"
            )
            raise UsageError(message)
        # A finding in a slice is accepted for that slice only.
        part = _slice(finding)
        columns = {
            ColumnKey(finding["stage"], finding["table"], finding["column"] or TABLE_LEVEL, part),
            *(column_named(name, part) for name in finding["explains"]),
        }
        through = self._results.run_ids()[-1]
        rows = [
            {
                **row_keys(self._store.pipeline, finding["first_run"], key.table_key),
                "kind": ACCEPTED,
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


def known_runs(store: ProfileStore, order: str) -> list[Run]:
    """Return every run of the store as the choice of references knows it, oldest first.

    Args:
        store: The store.
        order: ``run_order`` of the pipeline's configuration.

    Raises:
        StoreError: The store cannot be read.
    """
    bad = Marks(store, order).bad
    return [run_of(row, bad) for row in Results(store, order).runs()]


def run_of(row: Mapping[str, Any], bad: Container[str]) -> Run:
    """Return the run of a row of `runs` as the choice of references knows it.

    Args:
        row: The row.
        bad: The runs that are marked as bad.
    """
    return Run(row["run_id"], row["logical_date"], bad=row["run_id"] in bad, merged=bool(row["merged"]))


def _slice(row: Mapping[str, Any]) -> Slice | None:
    return None if row["slice_key"] is None else Slice(row["slice_key"], row["slice_value"])


def column_named(name: str, part: Slice | None) -> ColumnKey:
    """Return the key of an entry of `explains`: ``stage.table.column``, or ``stage.table`` for the table itself."""
    stage, table, *column = name.split(".", 2)
    return ColumnKey(stage, table, column[0] if column else TABLE_LEVEL, part)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.timezone.utc)
