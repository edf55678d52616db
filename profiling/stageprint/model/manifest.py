"""Manifests: what one command wrote of one run, and whether it has been written to the end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from stageprint.model.judged import Judged, judged_from_rows, judged_rows
from stageprint.model.keys import TableKey

MANIFEST_ID: Final = "manifest_id"
"""Column of result tables that names the manifest of the command that wrote the row."""


class ManifestKind(str, Enum):
    """What a manifest is about."""

    PROFILE = "profile"
    """Rows of `table_profiles` and `column_profiles`."""
    COMPARISON = "comparison"
    """Rows of `shifts`, `findings` and `calibration`, compared with one baseline."""
    CHECKS = "checks"
    """Rows of `check_results`."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one command wrote of one run; a row of `manifests`.

    Attributes:
        run_id: The run.
        kind: What was written.
        manifest_id: Its identifier, which the rows carry.
        baseline: What a comparison compared the run with; None: a profile, or checks.
        made_from: What a comparison or checks were made from; see the column of `manifests`.
        started_at: When the command began.
        finished_at: When it had written everything; None: it has not ended, or was stopped.
        rows: Tables profiled, rows of `shifts`, or check results.
        names_rows: Whether rows carry the identifier; False: an earlier release wrote it, and its rows carry none.
        tables: Tables whose rows it names; not finished: tables that the command is to write.
        failed_tables: Tables that could not be profiled; their earlier profile, if there is one, still counts.
        replaced_tables: Tables of earlier manifests that no longer count and were not written anew.
        learning_tables: Tables of a comparison with so few earlier runs that little but fixed rules applied.
        judged: How many columns of each table of a comparison were judged, and by what; None: not known.
        alert_level: p value up to which a column of a comparison was an alert; None: not known.
        writer: The process that wrote it; None: not known.
    """

    run_id: str
    kind: ManifestKind
    manifest_id: str
    baseline: str | None
    made_from: str | None
    started_at: dt.datetime
    finished_at: dt.datetime | None = None
    rows: int | None = None
    names_rows: bool = True
    tables: frozenset[TableKey] = frozenset()
    failed_tables: frozenset[TableKey] = frozenset()
    replaced_tables: frozenset[TableKey] = frozenset()
    learning_tables: frozenset[TableKey] = frozenset()
    judged: Mapping[TableKey, Judged] | None = field(default=None, hash=False)
    alert_level: float | None = None
    writer: str | None = None

    @property
    def finished(self) -> bool:
        """Whether everything has been written."""
        return self.finished_at is not None

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Manifest:
        """Return the manifest that a row of `manifests` holds; columns that the row lacks are taken as null."""
        return cls(
            run_id=row["run_id"],
            kind=ManifestKind(row["kind"]),
            manifest_id=row[MANIFEST_ID],
            baseline=row.get("baseline"),
            made_from=row.get("made_from"),
            started_at=row["started_at"],
            finished_at=row.get("finished_at"),
            rows=row.get("rows"),
            names_rows=bool(row.get("names_rows")),
            tables=_keys(row.get("tables")),
            failed_tables=_keys(row.get("failed_tables")),
            replaced_tables=_keys(row.get("replaced_tables")),
            learning_tables=_keys(row.get("learning_tables")),
            judged=None if row.get("judged") is None else judged_from_rows(row["judged"]),
            alert_level=row.get("alert_level"),
            writer=row.get("writer"),
        )

    def to_row(self, pipeline: str) -> dict[str, Any]:
        """Return the manifest as a row of `manifests`."""
        return {
            "pipeline": pipeline,
            "run_id": self.run_id,
            "kind": self.kind.value,
            MANIFEST_ID: self.manifest_id,
            "baseline": self.baseline,
            "made_from": self.made_from,
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "rows": self.rows,
            "names_rows": True if self.names_rows else None,
            "tables": _rows(self.tables),
            "failed_tables": _rows(self.failed_tables),
            "replaced_tables": _rows(self.replaced_tables),
            "learning_tables": _rows(self.learning_tables),
            "judged": None if self.judged is None else judged_rows(self.judged),
            "alert_level": self.alert_level,
            "writer": self.writer,
        }


def _keys(tables: Iterable[Mapping[str, str]] | None) -> frozenset[TableKey]:
    return frozenset(TableKey(row["stage"], row["table_name"]) for row in tables or ())


def _rows(tables: Iterable[TableKey]) -> list[dict[str, str]]:
    return [{"stage": key.stage, "table_name": key.table} for key in sorted(tables, key=str)]
