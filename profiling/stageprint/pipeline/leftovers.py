"""Rows that do not count and never will: of commands that were stopped or replaced, and of stopped deletions."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from stageprint.model.manifest import MANIFEST_ID, Manifest
from stageprint.model.result_tables import ResultTable
from stageprint.model.where import EVERY_ROW, where
from stageprint.pipeline.manifests import failed_again, is_being_written, named_rows, read_manifests
from stageprint.pipeline.tables import all_tables
from stageprint.ports import ProfileStore


@dataclass(frozen=True, slots=True)
class _Leftover:
    table: ResultTable
    ids: Collection[str]
    rows: int


def leftover_rows(store: ProfileStore, without: Collection[str] = ()) -> dict[str, int]:
    """Return the number of rows that do not count, by result table.

    Args:
        store: The store itself, not one that hides rows.
        without: Runs whose rows are not counted.

    Raises:
        StoreError: The store cannot be read.
    """
    return {found.table.name: found.rows for found in _find(store, without)}


def remove_leftovers(store: ProfileStore) -> dict[str, int]:
    """Remove the rows that do not count and never will; return their number by result table.

    A command that is still writing has begun a manifest before its first row, so that its rows stay.

    Args:
        store: The store itself, not one that hides rows.

    Raises:
        StoreError: The store cannot be read or written.
    """
    removed = {}
    for found in _find(store, ()):
        store.replace(found.table, found.table.empty(), where(**{MANIFEST_ID: found.ids}))
        removed[found.table.name] = found.rows
    return removed


def _find(store: ProfileStore, without: Collection[str]) -> Iterator[_Leftover]:
    stored = {}
    for table in all_tables():
        if table.named_by is not None:
            rows = store.read(table, EVERY_ROW, ("run_id", MANIFEST_ID))
            stored[table] = rows.group_by(["run_id", MANIFEST_ID]).aggregate([([], "count_all")]).to_pylist()
    # The rows before the manifests: whoever wrote them had begun a manifest by then.
    needed = _needed(read_manifests(store))
    for table, counts in stored.items():
        found = [row for row in counts if row[MANIFEST_ID] is not None and row[MANIFEST_ID] not in needed]
        found = [row for row in found if row["run_id"] not in without]
        if found:
            yield _Leftover(table, [row[MANIFEST_ID] for row in found], sum(row["count_all"] for row in found))


def _needed(manifests: Sequence[Manifest]) -> set[str]:
    """Return the manifests of which some row counts, or may once the command has ended."""
    by_run: dict[str, list[Manifest]] = {}
    needed = set()
    for one in manifests:
        by_run.setdefault(one.run_id, []).append(one)
        if is_being_written(one):
            needed.add(one.manifest_id)
    for own in by_run.values():
        needed |= {named.manifest.manifest_id for named in named_rows(own) if not named.nothing}
        needed |= {one.manifest_id for one in failed_again(own).values()}
    return needed
