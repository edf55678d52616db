"""Reads manifests, and decides which rows of several commands count."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from stageprint.model import TableKey
from stageprint.model.distinct_rows import distinct_rows
from stageprint.model.manifest import Manifest, ManifestKind
from stageprint.model.result_tables import CHECK_RESULTS, MANIFESTS, TABLE_PROFILES
from stageprint.model.where import EVERY_ROW, where
from stageprint.pipeline.processes import has_ended
from stageprint.ports import ProfileStore

_LISTS_TABLES: Final = {ManifestKind.PROFILE: TABLE_PROFILES, ManifestKind.CHECKS: CHECK_RESULTS}
"""Kind → the result table that has a row for each table that such a manifest names."""


def read_manifests(store: ProfileStore, runs: Iterable[str] | None = None) -> list[Manifest]:
    """Return the manifests of runs, oldest first.

    Args:
        store: The store itself, not one that hides rows.
        runs: The runs; None: all.
    """
    rows = store.read(MANIFESTS, EVERY_ROW if runs is None else where(run_id=runs)).to_pylist()
    return sorted(map(Manifest.from_row, rows), key=lambda one: (one.started_at, one.manifest_id))


def is_being_written(manifest: Manifest) -> bool:
    """Tell whether the command of a manifest may still write: unfinished, by a process that may not have ended."""
    return not manifest.finished and not has_ended(manifest.writer, manifest.started_at)


@dataclass(frozen=True, slots=True)
class CountingRows:
    """The rows of a manifest that count.

    Attributes:
        manifest: The manifest.
        tables: Its tables whose rows count, failed ones included; None: all of its rows count.
    """

    manifest: Manifest
    tables: frozenset[TableKey] | None

    @property
    def nothing(self) -> bool:
        """Whether none of its rows counts."""
        return self.tables is not None and not self.tables


def named_rows(manifests: Iterable[Manifest]) -> list[CountingRows]:
    """Return which rows of each finished manifest count, in the order in which they were finished.

    A later profile or check of a table replaces an earlier one, a later comparison the earlier one with the same
    baseline. A table that could not be profiled again does not replace an earlier profile.

    Args:
        manifests: Manifests of one run.
    """
    finished = sorted(
        (one for one in manifests if one.finished_at is not None),
        key=lambda one: (one.kind.value, one.finished_at, one.manifest_id),
    )
    latest = {one.baseline: one for one in finished if one.kind is ManifestKind.COMPARISON}
    by_kind: defaultdict[ManifestKind, list[Manifest]] = defaultdict(list)
    found = []
    for one in finished:
        if one.kind is ManifestKind.COMPARISON:
            found.append(CountingRows(one, None if latest[one.baseline] is one else frozenset()))
        else:
            by_kind[one.kind].append(one)
    return [*found, *(named for of_kind in by_kind.values() for named in _by_table(of_kind))]


def _by_table(manifests: Sequence[Manifest]) -> list[CountingRows]:
    holder: dict[TableKey, Manifest] = {}
    failures: dict[TableKey, Manifest] = {}
    for one in manifests:
        for key in one.tables | one.replaced_tables:
            holder.pop(key, None)
            failures.pop(key, None)
        holder |= dict.fromkeys(one.tables, one)
        failures |= {key: one for key in one.failed_tables if key not in holder}
    result = []
    for one in manifests:
        shown = {key for key, by in (*holder.items(), *failures.items()) if by is one}
        # Earlier releases did not store their tables; until the next command does, all of their rows count.
        unknown = not one.names_rows and not one.tables and one is manifests[-1]
        everything = unknown or (one.names_rows and shown == one.tables | one.failed_tables and bool(shown))
        result.append(CountingRows(one, None if everything else frozenset(shown)))
    return result


def failed_again(manifests: Iterable[Manifest]) -> dict[TableKey, Manifest]:
    """Return the tables of one run whose latest profile failed and whose earlier profile counts instead.

    Args:
        manifests: Manifests of the run.

    Returns:
        The table → the manifest of the failed attempt.
    """
    profiles = [one for one in manifests if one.kind is ManifestKind.PROFILE and one.finished_at is not None]
    failures: dict[TableKey, Manifest] = {}
    good: set[TableKey] = set()
    for one in sorted(profiles, key=lambda one: (one.finished_at, one.manifest_id)):
        for key in one.tables | one.replaced_tables:
            failures.pop(key, None)
        good = (good - one.replaced_tables) | one.tables
        failures |= {key: one for key in one.failed_tables if key in good}
    return failures


def counting_profiles(manifests: Iterable[Manifest]) -> str | None:
    """Return the profiles of one run that count, as `made_from` names them; None: there is none."""
    found = [named for named in named_rows(manifests) if named.manifest.kind is ManifestKind.PROFILE]
    return "+".join(sorted(named.manifest.manifest_id for named in found if not named.nothing)) or None


def manifests_of(store: ProfileStore, runs: Iterable[str]) -> dict[str, list[Manifest]]:
    """Return the manifests of each run, oldest first.

    Args:
        store: The store itself, not one that hides rows.
        runs: The runs.
    """
    found: dict[str, list[Manifest]] = {run: [] for run in runs}
    for one in read_manifests(store, found):
        found[one.run_id].append(one)
    return found


def profiles_of(store: ProfileStore, runs: Iterable[str]) -> dict[str, str | None]:
    """Return for each run the profiles that count, as `made_from` names them.

    Args:
        store: The store itself, not one that hides rows.
        runs: The runs.
    """
    return {run: counting_profiles(of_run) for run, of_run in manifests_of(store, runs).items()}


def without_manifest(store: ProfileStore, kind: ManifestKind, runs: Iterable[str]) -> dict[str, frozenset[TableKey]]:
    """Return the tables of runs whose rows carry no manifest, because an earlier release wrote them.

    Args:
        store: The store itself, not one that hides rows.
        kind: What was written.
        runs: The runs.

    Returns:
        Run → the tables; runs without such rows are missing.
    """
    table, runs = _LISTS_TABLES.get(kind), list(runs)
    if table is None or not runs:
        return {}
    found: defaultdict[str, set[TableKey]] = defaultdict(set)
    rows = store.read(table, where(run_id=runs, manifest_id=None), ("run_id", "stage", "table_name"))
    for row in distinct_rows(rows, rows.column_names).to_pylist():
        found[row["run_id"]].add(TableKey(row["stage"], row["table_name"]))
    return {run: frozenset(keys) for run, keys in found.items()}
