"""Names what changed in the run in which a finding began: code, job, versions, configuration, writers of the source."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from stageprint.model import Finding, TableKey
from stageprint.model.change import Change, ChangeKind
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.model.where import where
from stageprint.pipeline.compare.baseline import Baseline
from stageprint.ports import ProfileStore

MAX_COMMITS_NAMED: Final = 3
"""Commits of a source that are named in one finding, the latest ones."""

MIN_USUAL_COMMITS: Final = 2
"""Commits of a table that must be known before an operation counts as new."""

MAX_RUNS_BACK: Final = 28
"""Runs before the one in which a finding began among which the last with a profile of the table is looked for."""

_OF_RUNS: Final = (
    ("git_commit", ChangeKind.CODE, "git commit", 10),
    ("job", ChangeKind.JOB, "job", None),
    ("run_by", ChangeKind.JOB, "user of the job", None),
    ("stageprint_version", ChangeKind.VERSION, "stageprint", None),
    ("spark_version", ChangeKind.VERSION, "Spark", None),
    ("delta_version", ChangeKind.VERSION, "Delta", None),
    ("session_timezone", ChangeKind.CONFIGURATION, "time zone of the session", None),
)
"""Column of `runs`, what it is about, its name, and how many of its characters are shown (None: all)."""

_OF_TABLES: Final = ("source_location", "source_version", "engine_path", "settings", "source_history")
_WRITER: Final = ("operation", "user", "job", "notebook", "engine")


class Changes:
    """Knows the runs of a store and what was kept beside them.

    Args:
        store: The pipeline's store.
        runs: Rows of `runs`, oldest first.
        bad: Runs that are marked as bad; nothing is compared with them.
        baseline: What the runs are compared with.
    """

    def __init__(
        self, store: ProfileStore, runs: Sequence[Mapping[str, Any]], bad: Collection[str], baseline: Baseline
    ) -> None:
        self._store = store
        self._runs = {row["run_id"]: row for row in runs}
        self._bad = bad
        self._baseline = baseline
        self._tables: dict[tuple[str, TableKey], Mapping[str, Any]] = {}

    def named(self, findings: Mapping[str, Sequence[Finding]]) -> dict[str, list[Finding]]:
        """Return findings by run, each with what changed between the run before its first run and its first run.

        What is not known of both runs is not named. Against a pinned run that run is the one before, and the
        finding's own run the other; against another stage of the same run nothing can have changed.

        Args:
            findings: Run → its findings.

        Raises:
            StoreError: The profiles cannot be read.
        """
        tables = {finding.origin.table_key.whole for found in findings.values() for finding in found}
        if not tables or self._baseline.stage is not None:
            return {run: list(found) for run, found in findings.items()}
        begun = {self._onset(finding) for found in findings.values() for finding in found}
        pinned = {self._baseline.run} - {None}
        self._load(tables, {*begun, *pinned, *(name for run in begun for name in self._usable(run))})
        return {
            run: [replace(finding, changes=tuple(self._around(finding))) for finding in found]
            for run, found in findings.items()
        }

    def _onset(self, finding: Finding) -> str:
        return finding.run_id if self._baseline.run is not None else finding.first_run

    def _load(self, tables: Collection[TableKey], runs: Collection[str | None]) -> None:
        """Read what is kept beside the profiles of tables in runs, in one read."""
        stages, names = {key.stage for key in tables}, {key.table for key in tables}
        which = where(run_id=runs, stage=stages, table_name=names, slice_key=None, status="ok")
        columns = ("run_id", "stage", "table_name", *_OF_TABLES)
        for row in self._store.read(TABLE_PROFILES, which, columns).to_pylist():
            self._tables[row["run_id"], TableKey(row["stage"], row["table_name"])] = row

    def _around(self, finding: Finding) -> list[Change]:
        table = finding.origin.table_key.whole
        now = self._onset(finding)
        before = self._baseline.run or self._run_before(now, table)
        if before is None or before not in self._runs or now not in self._runs:
            return []
        then, run = self._runs[before], self._runs[now]
        found = [
            _different(kind, what, then.get(column), run.get(column), digits) for column, kind, what, digits in _OF_RUNS
        ]
        old, new = self._tables.get((before, table), {}), self._tables.get((now, table), {})
        found.append(_different(ChangeKind.VERSION, "engine", old.get("engine_path"), new.get("engine_path")))
        found.append(_configuration(table, then, run, old, new))
        return [*(one for one in found if one is not None), *_commits(table, old, new)]

    def _run_before(self, run: str, table: TableKey) -> str | None:
        """Return the last run before a run that has a profile of the table; of a table without any: the last run."""
        usable = self._usable(run)
        having = [name for name in usable if (name, table) in self._tables]
        found = having or usable
        return found[-1] if found else None

    def _usable(self, run: str) -> list[str]:
        """Return the latest runs before a run that it may be compared with, oldest first."""
        names = list(self._runs)
        if run not in names:
            return []
        merged = self._runs[run].get("merged")
        before = names[: names.index(run)]
        alike = [name for name in before if name not in self._bad and self._runs[name].get("merged") == merged]
        return alike[-MAX_RUNS_BACK:]


def _different(kind: ChangeKind, what: str, before: Any, now: Any, digits: int | None = None) -> Change | None:
    if before is None or now is None or before == now:
        return None
    return Change(kind, what, str(before), str(now), f"{what} {str(before)[:digits]} → {str(now)[:digits]}")


def _configuration(
    table: TableKey,
    then: Mapping[str, Any],
    now: Mapping[str, Any],
    old: Mapping[str, Any],
    new: Mapping[str, Any],
) -> Change | None:
    """Return which keys of a table's configuration changed, or that others of the pipeline did."""
    before, after = old.get("settings"), new.get("settings")
    hashes = then.get("config_hash"), now.get("config_hash")
    if before is not None and after is not None:
        was, is_ = dict(before), dict(after)
        keys = sorted(key for key in {*was, *is_} if was.get(key) != is_.get(key))
        if keys:
            what = f"configuration of {table}"
            return Change(ChangeKind.CONFIGURATION, what, hashes[0], str(hashes[1]), f"{what}: {', '.join(keys)}")
    if None in hashes or hashes[0] == hashes[1]:
        return None
    what = "configuration"
    rest = f" other than those of {table}" if before is not None and after is not None else ""
    return Change(ChangeKind.CONFIGURATION, what, hashes[0], str(hashes[1]), f"{what}: settings{rest}")


def _commits(table: TableKey, old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Return the commits between two runs by a user, job, notebook, library or operation that there was not before.

    A table that is written every night has new commits every night: only what is unlike the commits before is told.
    """
    history = new.get("source_history")
    if not history or not old.get("source_history"):
        return []
    if old["source_location"] == new["source_location"]:
        fresh = [one for one in history if one["version"] > old["source_version"]]
        known = [*old["source_history"], *(one for one in history if one["version"] <= old["source_version"])]
    else:  # each run has a table of its own
        fresh, known = history, old["source_history"]
    usual = {name: {one[name] for one in known if one[name] is not None} for name in _WRITER}
    if old["source_location"] == new["source_location"] and len(known) < MIN_USUAL_COMMITS:
        usual["operation"] = set()  # the second commit of a table is never like the first, which made it
    found = []
    for commit in sorted(fresh, key=lambda one: -one["version"]):
        # A user or notebook where there never was one is new too, as when somebody mends a table by hand.
        unlike = [
            name
            for name in _WRITER
            if commit[name] is not None
            and commit[name] not in usual[name]
            and (usual[name] or name in {"user", "notebook"})
        ]
        if unlike:
            found.append(_commit(table, commit, known, unlike))
    return found[:MAX_COMMITS_NAMED]


def _commit(
    table: TableKey, commit: Mapping[str, Any], known: Sequence[Mapping[str, Any]], unlike: Sequence[str]
) -> Change:
    what = f"{table} version {commit['version']}"
    parts = [str(commit["operation"] or "a commit")]
    parts += [f"by {commit['user']}"] if commit["user"] is not None else []
    parts += [f"{name} {commit[name]}" for name in ("job", "notebook") if commit[name] is not None]
    parts += [str(commit["engine"])] if commit["engine"] is not None else []
    last = max(known, key=lambda one: one["version"])
    before = ", ".join(str(last[name]) for name in unlike if last[name] is not None) or None
    words = " and ".join([", ".join(unlike[:-1]), unlike[-1]] if len(unlike) > 1 else unlike)
    text = f"{what}: {', '.join(parts)} (first commit with this {words})"
    return Change(ChangeKind.SOURCE, what, before, ", ".join(str(commit[name]) for name in unlike), text)
