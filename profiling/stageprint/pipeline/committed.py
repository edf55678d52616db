"""A store as readers see it: with the rows that finished manifests name, and no others.

A command writes several result tables one after the other, and its manifest last. Until then, and if the command is
stopped, what it has written does not count, and what was there before it does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import pyarrow as pa

from stageprint.model.manifest import Manifest, ManifestKind
from stageprint.model.result_tables import MANIFESTS, RUNS, ResultTable
from stageprint.model.where import EVERY_ROW, NO_ROW, Where, where, where_tables
from stageprint.pipeline.manifests import CountingRows, named_rows
from stageprint.ports import ProfileStore, RowSource

_NEEDED: Final = tuple(
    column.name for column in MANIFESTS.columns if column.name not in {"pipeline", "rows", "judged", "writer"}
)


class CommittedStore:
    """The rows of a store that count, as they are when they are first asked for.

    The manifests of a run are read once, so that all answers are about the same state of it. `replace` and `append`
    write as the store itself does.

    Attributes:
        raw: The store itself.
    """

    def __init__(self, store: ProfileStore) -> None:
        """Keep the store; nothing is read yet. A store that already hides rows is opened anew."""
        self.raw: ProfileStore = store.raw if isinstance(store, CommittedStore) else store
        self._manifests: dict[str, list[Manifest]] = {}
        self._all_read = False

    @property
    def location(self) -> str:
        """Where the tables are."""
        return self.raw.location

    @property
    def pipeline(self) -> str:
        """The pipeline whose rows are read and replaced."""
        return self.raw.pipeline

    def exists(self, table: ResultTable) -> bool:
        """Tell whether the table was ever written."""
        return self.raw.exists(table)

    def read(self, table: ResultTable, rows: Where = EVERY_ROW, columns: Sequence[str] | None = None) -> pa.Table:
        """Return rows of a table that count; see `stageprint.ports.ProfileStore.read`."""
        return self.raw.read(table, self.counting(table, rows), columns)

    def replace(self, table: ResultTable, rows: pa.Table | RowSource | Callable[[], pa.Table], which: Where) -> None:
        """Replace rows; see `stageprint.ports.ProfileStore.replace`."""
        self.raw.replace(table, rows, which)

    def append(self, table: ResultTable, rows: pa.Table | RowSource, which: Where) -> None:
        """Add rows; see `stageprint.ports.ProfileStore.append`."""
        self.raw.append(table, rows, which)

    def counting(self, table: ResultTable, rows: Where = EVERY_ROW) -> Where:
        """Return the condition that selects those of the rows that count.

        Args:
            table: The table.
            rows: Which rows.
        """
        kind = table.named_by
        if kind is None or not rows.alternatives:
            return rows
        runs = _runs_of(rows)
        if runs is None:
            self._read_all()
            runs = sorted(self._manifests)
        else:
            self._read(runs)
        return rows & self._named(kind, runs, {column.name for column in table.columns})

    def _named(self, kind: ManifestKind, runs: Sequence[str], columns: set[str]) -> Where:
        whole: list[str] = []
        before_manifests: list[str] = []
        some = NO_ROW
        for run in runs:
            own = [one for one in self._manifests[run] if one.kind is kind]
            if not any(one.finished or not one.names_rows for one in own):
                before_manifests.append(run)
            for named in named_rows(own):
                if named.tables is None and named.manifest.names_rows:
                    whole.append(named.manifest.manifest_id)
                elif not named.nothing:
                    some |= _some_rows(named, with_baseline="baseline" in columns)
        counting = where(manifest_id=whole) if whole else NO_ROW
        if before_manifests:
            counting |= where(run_id=before_manifests, manifest_id=None)
        return counting | some

    def _read(self, runs: Iterable[str]) -> None:
        wanted = [run for run in runs if run not in self._manifests]
        if wanted and not self._all_read:
            self._keep(self.raw.read(MANIFESTS, where(run_id=wanted), _NEEDED).to_pylist())
        for run in wanted:
            self._manifests.setdefault(run, [])

    def _read_all(self) -> None:
        if self._all_read:
            return
        known = dict(self._manifests)
        self._manifests = {}
        self._keep(self.raw.read(MANIFESTS, EVERY_ROW, _NEEDED).to_pylist())
        for run in self.raw.read(RUNS, EVERY_ROW, ("run_id",))["run_id"].to_pylist():
            self._manifests.setdefault(run, [])
        self._manifests |= known
        self._all_read = True

    def _keep(self, rows: Iterable[dict[str, Any]]) -> None:
        found: defaultdict[str, list[Manifest]] = defaultdict(list)
        for row in rows:
            found[row["run_id"]].append(Manifest.from_row(row))
        self._manifests |= found


def _some_rows(named: CountingRows, *, with_baseline: bool) -> Where:
    """Return the rows of a manifest that names them by their tables, or rows that carry no identifier."""
    manifest = named.manifest
    rows = where(run_id=manifest.run_id, manifest_id=manifest.manifest_id if manifest.names_rows else None)
    if manifest.baseline is not None and with_baseline:
        rows &= where(baseline=manifest.baseline)
    return rows if named.tables is None else rows & where_tables(named.tables)


def _runs_of(rows: Where) -> list[str] | None:
    """Return the runs that a condition names; None: it does not limit them."""
    runs: dict[str, None] = {}
    for alternative in rows.alternatives:
        named = alternative.get("run_id")
        if not isinstance(named, frozenset):
            return None
        runs |= dict.fromkeys(str(run) for run in named if run is not None)
    return sorted(runs)
