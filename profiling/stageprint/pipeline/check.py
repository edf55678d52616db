"""The use case behind ``stageprint check``: declared checks, evaluated from stored profiles without a scan."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Final

from stageprint.checks import CheckContext, DeclaredCheck, declared_checks, not_run, run_checks
from stageprint.checks.base import PREVIOUS_RUN
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_dates import run_date
from stageprint.decision.references import Run, earlier_runs
from stageprint.model import CheckOutcome, TableKey, TableProfile
from stageprint.model.manifest import ManifestKind
from stageprint.model.outcomes import CheckRunsOutcome, TableOutcome
from stageprint.model.result_tables import CHECK_RESULTS
from stageprint.model.run_state import RunState
from stageprint.model.where import EVERY_ROW, where, where_tables
from stageprint.pipeline.batching import packed
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.incidents.chain import IncidentChain
from stageprint.pipeline.manifests import read_manifests
from stageprint.pipeline.marks import Marks, known_runs
from stageprint.pipeline.notify import tell
from stageprint.pipeline.patterns import joined
from stageprint.pipeline.profile_codec import row_keys
from stageprint.pipeline.results import Results
from stageprint.pipeline.stored_profiles import StoredProfiles
from stageprint.pipeline.writing import Writing, Written, begin_together, finish_together
from stageprint.ports import AlertRoute, ProfileStore, Progress, RunSql, Silent, SqlRows

_MAX_COLUMNS_AT_ONCE: Final = 2_000
"""Column profiles held in memory together; the sketches of one take about 30 KiB."""

Declared = Mapping[TableKey, Sequence[DeclaredCheck]]


def check(
    config: PipelineConfig,
    runs: Sequence[str],
    *,
    store: ProfileStore,
    run_sql: RunSql | None = None,
    stages: Sequence[str] = (),
    tables: Sequence[str] = (),
    progress: Progress | None = None,
    routes: Sequence[AlertRoute] = (),
) -> CheckRunsOutcome:
    """Evaluate the declared checks of profiled runs and write the results, and what they mean for incidents.

    Incidents are those of compared runs. Failed checks of a run that was not compared since it was profiled open none
    until it is.

    Args:
        config: The pipeline.
        runs: Runs to check; all must be in the store.
        store: The pipeline's store.
        run_sql: Runs the queries of ``custom_sql`` checks; None: these are not computable.
        stages: Only the checks of these stages (default: all).
        tables: Only those of these tables of them (default: all).
        progress: Follows each run.
        routes: Where incidents are told: the configuration's rules, each with its sink. A sink that fails is a note of
            the outcome.

    Returns:
        The outcome of each check.

    Raises:
        UsageError: A run, stage or table does not exist.
        StoreError: Profiles cannot be read or results cannot be written.
    """
    started = time.monotonic()
    config = joined(config, CommittedStore(store))
    declared = declared_in(config, stages, tables)
    ordered = Results(store, config.run_order).require_runs(runs)
    # Without a choice of tables, results of tables that no longer declare checks are removed as well.
    writer = ChecksWriter(store, ordered, declared, only=bool(stages or tables))
    known = CommittedStore(store)
    profiles = StoredProfiles(known)
    progress = progress or Silent()
    try:
        begin_together([writer.part[0]])
        checks = Evaluation(config, known, profiles, run_sql).evaluate(ordered, declared, progress)
        writer.write(checks)
        finish_together([writer.part])
    finally:
        progress.close()
    failed = [
        TableOutcome(run, key, "failed", None, None, 0.0, profiles.failures(run).get(key, "not profiled in this run"))
        for run in ordered
        for key in declared
        if key not in profiles.tables(run)
    ]
    notes = [*_renew_incidents(config, store, ordered, checks), *tell(config, known.raw, routes)]
    return CheckRunsOutcome(checks, failed, time.monotonic() - started, store.location, notes)


def _renew_incidents(
    config: PipelineConfig, store: ProfileStore, runs: Sequence[str], checks: Iterable[CheckOutcome]
) -> list[str]:
    """Make incidents agree with checks that were just written; return a note about runs that have no incidents."""
    results = Results(store, config.run_order)
    states = results.states(runs)
    current = [run for run in runs if states[run] is RunState.CURRENT]
    compared = [
        one for one in read_manifests(CommittedStore(store).raw, current) if one.kind is ManifestKind.COMPARISON
    ]
    bad = Marks(store, config.run_order).bad
    for baseline in dict.fromkeys(one.baseline for one in compared if one.baseline is not None):
        IncidentChain(store, config.run_order, baseline, bad).renew(current)
    failing = dict.fromkeys(one.run_id for one in checks if one.status == "fail" and one.run_id not in current)
    return [
        f"run {run} {states[run].sentence}: its failed checks open no incident until `stageprint {states[run].remedy}`"
        for run in failing
    ]


def declared_in(config: PipelineConfig, stages: Sequence[str] = (), tables: Sequence[str] = ()) -> Declared:
    """Return the checks of each table that declares some, of the given stages and tables (empty: all).

    Raises:
        UsageError: A name is no stage, or no table of the chosen stages.
    """
    selected = config.select(tuple(stages), tuple(tables))
    found = {TableKey(stage.name, table.name): declared_checks(table) for stage, table in selected}
    return {key: checks for key, checks in found.items() if checks}


class ChecksWriter:
    """Writes the results of declared checks; a store without any gets none of this before there is a check.

    Args:
        store: The store.
        runs: The runs.
        declared: Tables with declared checks.
        made_from: Run → the comparison that evaluates the checks; None: they are evaluated by themselves.
        only: Whether results of other tables stay.
    """

    def __init__(
        self,
        store: ProfileStore,
        runs: Sequence[str],
        declared: Iterable[TableKey],
        *,
        made_from: Mapping[str, str | None] | None = None,
        only: bool = False,
    ) -> None:
        self._store = store
        self._tables = frozenset(declared)
        self._only = only
        self._runs = runs if self._tables or store.exists(CHECK_RESULTS) else ()
        self._writing = Writing(store, ManifestKind.CHECKS, self._runs, made_from=made_from, tables=self._tables)
        self._rows: Counter[str] = Counter()

    def write(self, checks: Sequence[CheckOutcome]) -> None:
        """Write results, in one commit.

        Raises:
            StoreError: The store cannot be written.
        """
        if not checks:
            return
        self._rows = Counter(check.run_id for check in checks)
        now = dt.datetime.now(dt.timezone.utc)
        rows = CHECK_RESULTS.rows(_row(self._store.pipeline, one, now) for one in checks)
        which = where(run_id=self._runs) & (where_tables(self._tables) if self._only else EVERY_ROW)
        self._writing.append(CHECK_RESULTS, self._writing.signed(rows), which)

    @property
    def part(self) -> tuple[Writing, dict[str, Written]]:
        """What was written so far."""
        written = {run: Written(self._rows[run], self._tables, replaces=self._replaces) for run in self._runs}
        return self._writing, written

    def _replaces(self, key: TableKey) -> bool:
        del key
        return not self._only


class Evaluation:
    """Evaluates declared checks from stored profiles.

    Args:
        config: The pipeline.
        store: The pipeline's store.
        profiles: The store's profiles; those that are already loaded are not read again.
        run_sql: Runs the queries of ``custom_sql`` checks; None: these are not computable.
    """

    def __init__(
        self, config: PipelineConfig, store: ProfileStore, profiles: StoredProfiles, run_sql: RunSql | None
    ) -> None:
        self._config = config
        self._store = store
        self._profiles = profiles
        self._run_sql = run_sql

    def evaluate(self, runs: Sequence[str], declared: Declared, progress: Progress) -> list[CheckOutcome]:
        """Return the outcomes of the checks, run by run.

        The profiles of many runs are read at once; without declared checks nothing is read.

        Args:
            runs: Runs in the store.
            declared: Table → its checks.
            progress: Follows each run.
        """
        if not declared:
            return []
        progress.start(len(runs), "runs to check")
        self._profiles.load_tables(runs)
        found: list[CheckOutcome] = []
        needed = self._needed(declared)

        def columns(run: str) -> int:
            profiled = self._profiles.tables(run)
            return sum(len(profiled[key].schema) for key in needed if key in profiled)

        for batch in packed(runs, columns, _MAX_COLUMNS_AT_ONCE):
            self._profiles.load_columns(batch, needed)
            for run in batch:
                mine = [outcome for key, checks in declared.items() for outcome in self._check(run, key, checks)]
                failed = sum(outcome.status == "fail" for outcome in mine)
                progress.advance(f"{run}: {failed} of {len(mine)} checks failed")
                found += mine
            self._profiles.forget_columns()
        return found

    def _check(self, run: str, key: TableKey, checks: Sequence[DeclaredCheck]) -> list[CheckOutcome]:
        table = self._profiles.with_columns(key, run)
        if table is None:
            error = self._profiles.failures(run).get(key)
            reason = "the table has no profile in this run" if error is None else f"its profile failed: {error}"
            return not_run(checks, run, key, reason)
        source = self._config.retention_source(self._config.stage(key.stage), self._config.table(key.stage, key.table))
        context = CheckContext(
            table=table,
            run_id=run,
            run_date=run_date(run),
            upstream=None if source is None else self._profiles.with_columns(source, run),
            other_table=lambda other: self._profiles.with_columns(other, run),
            other_run=lambda other, of_run: self._in_run(other, of_run, run),
            evaluate_sql=self._sql_of(run, key),
            has_upstream=source is not None,
            hide_rows=any(one.columns.sensitive for _, one in self._config.select()),
        )
        return run_checks(checks, context)

    def _sql_of(self, run: str, key: TableKey) -> Callable[[str], SqlRows] | None:
        """Return the function that runs a query for one table of a run."""
        run_sql = self._run_sql
        if run_sql is None:
            return None
        names = {"pipeline": self._store.pipeline, "run_id": run, "stage": key.stage, "table_name": key.table}
        return lambda query: run_sql(query, names)

    def _in_run(self, key: TableKey, wanted: str, run: str) -> TableProfile | None:
        if wanted != PREVIOUS_RUN:
            return self._profiles.with_columns(key, wanted)
        current = next(known for known in self._runs if known.run_id == run)
        earlier = [known.run_id for known in earlier_runs(self._runs, current)]
        self._profiles.load_tables(earlier)
        last = next((other for other in reversed(earlier) if self._profiles.table(key, other) is not None), None)
        return None if last is None else self._profiles.with_columns(key, last)

    @cached_property
    def _runs(self) -> list[Run]:
        return known_runs(self._store, self._config.run_order)

    def _needed(self, declared: Declared) -> list[TableKey]:
        """Return the tables whose columns are read: those with checks and those that the checks refer to."""
        known = {TableKey(stage.name, table.name) for stage, table in self._config.select()}
        needed = dict.fromkeys(declared)
        for key, checks in declared.items():
            stage = self._config.stage(key.stage)
            source = self._config.retention_source(stage, self._config.table(key.stage, key.table))
            named = {name for entry in checks for name in entry.check.tables}
            beside = (TableKey(key.stage, name) for name in named)
            needed |= dict.fromkeys(other for other in known if str(other) in named)
            needed |= dict.fromkeys(other for other in beside if other in known)
            if source is not None:
                needed[source] = None
        return list(needed)


def _row(pipeline: str, outcome: CheckOutcome, now: dt.datetime) -> dict[str, Any]:
    return {
        **row_keys(pipeline, outcome.run_id, outcome.key.table_key),
        "column_name": outcome.key.column,
        "check_name": outcome.check,
        "status": outcome.status,
        "severity": outcome.severity.value,
        "expected": outcome.expected,
        "observed": outcome.observed,
        "message": outcome.message,
        "reason": outcome.reason,
        "checked_at": now,
    }
