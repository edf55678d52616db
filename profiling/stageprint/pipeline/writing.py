"""Writes result tables so that all rows of one command begin to count together.

The manifests of the command's runs are begun before the first row is written and finished after the last, in one
commit. Rows carry the identifier of their manifest and count only once it is finished; see
`stageprint.pipeline.committed`. Rows that they supersede are removed afterwards; should the command be stopped before,
the next one that writes the run does it. No command changes what the finished manifest of another says, so that
commands that end at the same time lose nothing.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from stageprint.errors import StoreError
from stageprint.model import TableKey
from stageprint.model.judged import Judged
from stageprint.model.manifest import MANIFEST_ID, Manifest, ManifestKind
from stageprint.model.result_tables import MANIFESTS, ResultTable
from stageprint.model.where import NO_ROW, Where, where, where_tables
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.manifests import CountingRows, failed_again, named_rows, read_manifests, without_manifest
from stageprint.pipeline.processes import has_ended, this_process
from stageprint.pipeline.tables import all_tables
from stageprint.ports import ProfileStore, RowSource


@dataclass(frozen=True, slots=True)
class Written:
    """What a command has written of one run.

    Attributes:
        rows: Tables profiled, rows of `shifts`, or check results.
        tables: Tables whose rows were written.
        failed: Tables that could not be profiled.
        learning: Tables of a comparison with so few earlier runs that little but fixed rules applied.
        judged: How many columns of each table of a comparison were judged, and by what; None: nothing was compared.
        alert_level: p value up to which a column was an alert; None: nothing was compared.
        replaces: Tells whether an earlier table that was not written anew no longer counts.
    """

    rows: int
    tables: frozenset[TableKey] = frozenset()
    failed: frozenset[TableKey] = frozenset()
    learning: frozenset[TableKey] = frozenset()
    judged: Mapping[TableKey, Judged] | None = None
    alert_level: float | None = None
    replaces: Callable[[TableKey], bool] = lambda key: True  # noqa: ARG005 -- by default none counts


class Writing:
    """What one command writes of some runs.

    Attributes:
        store: The store itself.
        ids: Run → the identifier of its manifest, which its rows carry.

    Args:
        store: The store.
        kind: What is written.
        runs: The runs.
        baseline: What a comparison compares them with.
        made_from: Run → what a comparison or checks are made from.
        tables: The tables that are to be written.
    """

    def __init__(
        self,
        store: ProfileStore,
        kind: ManifestKind,
        runs: Sequence[str],
        *,
        baseline: str | None = None,
        made_from: Mapping[str, str | None] | None = None,
        tables: Iterable[TableKey] = (),
    ) -> None:
        self.store = CommittedStore(store).raw
        self._kind = kind
        now, writer, planned = dt.datetime.now(dt.timezone.utc), this_process(), frozenset(tables)
        self._begun = {
            run: Manifest(
                run_id=run,
                kind=kind,
                manifest_id=_new_id(),
                baseline=baseline,
                made_from=(made_from or {}).get(run),
                started_at=now,
                tables=planned,
                writer=writer,
            )
            for run in dict.fromkeys(runs)
        }
        self.ids = {run: one.manifest_id for run, one in self._begun.items()}

    def begin(self) -> None:
        """Write the manifests, not yet finished.

        Raises:
            StoreError: The store cannot be written.
        """
        begin_together([self])

    def begun(self) -> list[Manifest]:
        """Return the manifests, not yet finished, and those of earlier releases' rows of the same runs."""
        return [*self._begun.values(), *self._of_earlier_releases(self._known())]

    def _known(self) -> list[Manifest]:
        return [one for one in read_manifests(self.store, self._begun) if one.kind is self._kind]

    def _of_earlier_releases(self, known: Sequence[Manifest]) -> list[Manifest]:
        """Return manifests, with their tables, for rows that earlier releases wrote."""
        with_manifest = {one.run_id for one in known if one.names_rows and one.finished}
        unlisted = {one.run_id: one for one in known if not one.names_rows and not one.tables}
        runs = [run for run in self._begun if run in unlisted or run not in with_manifest]
        found = without_manifest(self.store, self._kind, runs)
        result = []
        for run, tables in found.items():
            begun = self._begun[run]
            earlier = begun.started_at - dt.timedelta(microseconds=1)
            before = replace(begun, manifest_id=_new_id(), started_at=earlier, finished_at=earlier, names_rows=False)
            result.append(replace(unlisted.get(run, before), tables=tables))
        return result

    def append(self, table: ResultTable, rows: pa.Table | RowSource, which: Where) -> None:
        """Write rows that carry the identifiers of this command, which has written none of them yet.

        Args:
            table: The table.
            rows: The rows.
            which: Rows of the runs and tables that are written.

        Raises:
            StoreError: The write failed.
        """
        self.store.append(table, rows, which & where(manifest_id=self.ids.values()))

    def replace(self, table: ResultTable, rows: pa.Table | RowSource, which: Where) -> None:
        """Write rows that carry the identifiers of this command, in place of those that it wrote before.

        Args:
            table: The table.
            rows: The rows.
            which: Rows of the runs and tables that are written.

        Raises:
            StoreError: The write failed.
        """
        self.store.replace(table, rows, which & where(manifest_id=self.ids.values()))

    def signed(self, rows: pa.Table) -> pa.Table:
        """Return rows of a result table with the identifiers of this command."""
        runs, ids = pa.array(self.ids.keys(), pa.string()), pa.array(self.ids.values(), pa.string())
        signatures = ids.take(pc.index_in(rows["run_id"].combine_chunks(), value_set=runs))
        return rows.set_column(rows.schema.get_field_index(MANIFEST_ID), MANIFEST_ID, signatures)

    def finished(self, written: Mapping[str, Written]) -> list[Manifest]:
        """Return the finished manifests.

        Args:
            written: Run → what was written of it.

        Raises:
            StoreError: The begun manifests are no longer in the store.
        """
        known, now = self._known(), dt.datetime.now(dt.timezone.utc)
        there = {one.manifest_id for one in known}
        result = []
        for run, begun in self._begun.items():
            if begun.manifest_id not in there:
                message = (
                    f"{self.store.location}: what was written of run {run} was removed meanwhile, because the command "
                    "was taken for abandoned: run it again"
                )
                raise StoreError(message)
            own = [one for one in known if one.run_id == run and one.finished_at is not None]
            # Clocks of several machines differ: what ends later must also say so.
            after = max((one.finished_at + dt.timedelta(microseconds=1) for one in own if one.finished_at), default=now)
            done = written[run]
            earlier = frozenset[TableKey]().union(*(one.tables | one.failed_tables for one in own))
            gone = {key for key in earlier - done.tables - done.failed if done.replaces(key)}
            if self._kind is ManifestKind.COMPARISON:
                gone = set()  # a comparison replaces the one before as a whole
            result.append(
                replace(
                    begun,
                    finished_at=max(now, after),
                    rows=done.rows,
                    tables=done.tables,
                    failed_tables=done.failed,
                    replaced_tables=frozenset(gone),
                    learning_tables=done.learning,
                    judged=done.judged,
                    alert_level=done.alert_level,
                )
            )
        return result

    def finish(self, written: Mapping[str, Written]) -> None:
        """Finish the manifests, so that what was written counts; then remove what it supersedes.

        Args:
            written: Run → what was written of it.

        Raises:
            StoreError: The store cannot be written, or the begun manifests are no longer in it.
        """
        finish_together([(self, written)])

    def remove_superseded(self) -> None:
        """Remove rows of these runs that no longer count, and the manifests that only named such rows.

        Raises:
            StoreError: The store cannot be written.
        """
        known = self._known()
        gone = self._removable(known)
        removed = {named.manifest.manifest_id for named in gone}
        partly = {one: keys for one, keys in self._partly_superseded(known).items() if one.manifest_id not in removed}
        if not gone and not partly:
            return
        which = NO_ROW
        for named in gone:
            which |= _rows_of(named.manifest)
        for one, keys in partly.items():
            which |= _rows_of(one) & where_tables(keys)
        for table in all_tables():
            if table.named_by is self._kind and self.store.exists(table):
                self.store.replace(table, table.empty(), which)
        left = [
            replace(one, tables=one.tables - keys, failed_tables=one.failed_tables - keys)
            for one, keys in partly.items()
        ]
        write_manifests(self.store, left, [named.manifest for named in gone])

    def _partly_superseded(self, known: Sequence[Manifest]) -> dict[Manifest, frozenset[TableKey]]:
        """Return manifests with those of their tables whose rows no longer count, apart from failures kept beside."""
        found = {}
        for run in self._begun:
            own = [one for one in known if one.run_id == run]
            kept = failed_again(own)
            for named in named_rows(own):
                one = named.manifest
                if named.tables is not None:
                    beside = {key for key, by in kept.items() if by is one}
                    found[one] = (one.tables | one.failed_tables) - named.tables - beside
        return {one: keys for one, keys in found.items() if keys}

    def _removable(self, known: Sequence[Manifest]) -> list[CountingRows]:
        """Return the manifests none of whose rows counts any more, nor ever will."""
        found = []
        for run in self._begun:
            own = [one for one in known if one.run_id == run]
            named = named_rows(own)
            kept = {one.manifest_id for one in failed_again(own).values()}
            nothing = {one.manifest.manifest_id for one in named if one.nothing} - kept
            found += [one for one in named if one.manifest.manifest_id in nothing]
            stopped = (one for one in own if not one.finished)
            found += [CountingRows(one, frozenset()) for one in stopped if _abandoned(one, own)]
        return found


def begin_together(parts: Sequence[Writing]) -> None:
    """Begin what is to be written into one store as several kinds, in one commit.

    Raises:
        StoreError: The store cannot be written.
    """
    parts = [part for part in parts if part.ids]
    begun = [one for part in parts for one in part.begun()]
    if not all(one.names_rows for one in begun):
        write_manifests(parts[0].store, begun)
    elif begun:
        store, ids = parts[0].store, [one.manifest_id for one in begun]
        which = where(run_id={one.run_id for one in begun}, manifest_id=ids)
        store.append(MANIFESTS, MANIFESTS.rows(one.to_row(store.pipeline) for one in begun), which)


def finish_together(parts: Sequence[tuple[Writing, Mapping[str, Written]]]) -> None:
    """Finish what was written into one store as several kinds, in one commit; then remove what is superseded.

    Args:
        parts: Each writing, with what was written.

    Raises:
        StoreError: The store cannot be written, or begun manifests are no longer in it.
    """
    parts = [part for part in parts if part[0].ids]
    if not parts:
        return
    write_manifests(parts[0][0].store, [one for writing, written in parts for one in writing.finished(written)])
    for writing, _ in parts:
        writing.remove_superseded()


def write_manifests(store: ProfileStore, manifests: Sequence[Manifest], gone: Sequence[Manifest] = ()) -> None:
    """Write manifests in place of those with the same identifiers.

    Args:
        store: The store itself.
        manifests: The manifests.
        gone: Manifests that are removed.

    Raises:
        StoreError: The store cannot be written.
    """
    replaced = [*manifests, *gone]
    if replaced:
        rows = MANIFESTS.rows(one.to_row(store.pipeline) for one in manifests)
        which = where(run_id={one.run_id for one in replaced}, manifest_id=[one.manifest_id for one in replaced])
        store.replace(MANIFESTS, rows, which)


def _new_id() -> str:
    return uuid.uuid4().hex[:16]


def _abandoned(unfinished: Manifest, known: Sequence[Manifest]) -> bool:
    """Tell whether a command surely no longer writes, and what it has left is of no use."""
    if unfinished.names_rows:
        return has_ended(unfinished.writer, unfinished.started_at)
    return _made_good(unfinished, known)


def _made_good(stopped: Manifest, known: Sequence[Manifest]) -> bool:
    """Tell whether a command that an earlier release did not finish has been run again since."""
    later = [one for one in known if one.finished and one.baseline == stopped.baseline and one.names_rows]
    since = frozenset[TableKey]().union(*(one.tables | one.failed_tables for one in later))
    return bool(later) and stopped.tables <= since


def _rows_of(manifest: Manifest) -> Where:
    if manifest.names_rows:
        return where(run_id=manifest.run_id, manifest_id=manifest.manifest_id)
    rows = where(run_id=manifest.run_id, manifest_id=None)
    return rows if manifest.baseline is None else rows & where(baseline=manifest.baseline)
