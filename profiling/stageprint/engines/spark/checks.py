"""Evaluates declared checks from stored profiles and writes the results: the function behind ``stageprint check``."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import pyarrow as pa
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from stageprint.checks import CheckContext, CheckRow, DeclaredCheck, declared_checks, not_run, run_checks
from stageprint.checks.base import PREVIOUS, SqlRows
from stageprint.checks.custom_sql import MOST_ROWS
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_dates import run_date
from stageprint.engines.spark.packing import packed
from stageprint.engines.spark.session import get_session
from stageprint.errors import StoreError, one_line
from stageprint.model import CheckOutcome, ColumnKey, Severity, TableKey, TableProfile
from stageprint.pipeline.outcome import CheckRunsOutcome, TableOutcome
from stageprint.ports import Progress, Silent
from stageprint.stores.spark.profiles import StoredProfiles
from stageprint.stores.spark.store import Store, is_in, literal, open_store
from stageprint.stores.spark.tables import CHECK_RESULTS

_COLUMNS_AT_ONCE: Final = 2_000
"""Column profiles read in one job and held together; their sketches take some 30 KiB each."""

_OWN_PARAMETERS: Final = "spark.sql.legacy.parameterSubstitution.constantsOnly"
"""Has Spark's analyzer fill in named parameters: its parser does since 4.1, but Delta's, in front of it, drops them
(delta-io/delta#7640, Delta 4.4.0)."""

_TIME_ZONE: Final = "spark.sql.session.timeZone"

Declared = Mapping[TableKey, Sequence[DeclaredCheck]]


def check_runs(
    config: PipelineConfig,
    runs: Sequence[str],
    *,
    stages: Sequence[str] = (),
    tables: Sequence[str] = (),
    session: SparkSession | None = None,
    progress: Progress | None = None,
) -> CheckRunsOutcome:
    """Evaluate the declared checks of profiled runs, without a scan, and write the results.

    Args:
        config: The pipeline.
        runs: Runs to check; all must be in the store.
        stages: Only the checks of these stages (default: all).
        tables: Only those of these tables of them (default: all).
        session: Spark session; None takes the running one or builds a local one.
        progress: Hears of each run.

    Returns:
        What each check came to.

    Raises:
        UsageError: A run, stage or table does not exist.
        StoreError: Profiles cannot be read or results cannot be written.
    """
    started = time.monotonic()
    declared = declared_in(config, stages, tables)
    store = open_store(config, session or get_session(conf=config.spark))
    for run in runs:
        store.require_run(run)
    chosen = set(runs)
    ordered = [run for run in store.run_ids() if run in chosen]
    profiles = StoredProfiles(store)
    progress = progress or Silent()
    try:
        checks = Evaluation(config, store, profiles).evaluate(ordered, declared, progress)
    finally:
        progress.close()
    # Chosen tables alone are replaced; without a choice also those that have no check any more.
    write_checks(store, ordered, checks, declared if stages or tables else None)
    failed = [
        TableOutcome(run, key, "failed", None, None, 0.0, error)
        for run in ordered
        for key, error in profiles.failures(run).items()
        if key in declared
    ]
    return CheckRunsOutcome(checks, failed, time.monotonic() - started, config.store)


def declared_in(config: PipelineConfig, stages: Sequence[str] = (), tables: Sequence[str] = ()) -> Declared:
    """Return the checks of every table that has some, narrowed to the stages and tables given (empty: all).

    Raises:
        UsageError: A name is no stage, or no table of the chosen stages.
    """
    selected = config.select(tuple(stages), tuple(tables))
    found = {TableKey(stage.name, table.name): declared_checks(table) for stage, table in selected}
    return {key: checks for key, checks in found.items() if checks}


def write_checks(
    store: Store, runs: Sequence[str], checks: Sequence[CheckOutcome], only: Declared | None = None
) -> None:
    """Replace the check results of the runs, in one commit.

    Args:
        store: The store.
        runs: The runs; their results that are not among `checks` are gone afterwards.
        checks: The results.
        only: Leave those of other tables alone; None: replace all.
    """
    if not runs or (not checks and not store.exists(CHECK_RESULTS)):
        return
    predicate = store.predicate({"run_id": runs})
    if only is not None:
        stages: dict[str, list[str]] = {}
        for key in only:
            stages.setdefault(key.stage, []).append(key.table)
        places = [f"(stage = {literal(stage)} AND {is_in('table_name', names)})" for stage, names in stages.items()]
        predicate += f" AND ({' OR '.join(places) or 'false'})"
    now = dt.datetime.now(dt.timezone.utc)
    rows = [_row(store.pipeline, check, now) for check in checks]
    store.replace(CHECK_RESULTS, pa.Table.from_pylist(rows, CHECK_RESULTS.arrow_schema), predicate)


class Evaluation:
    """Evaluates checks of any run of a store.

    Args:
        config: The pipeline.
        store: Its store.
        profiles: The store's profiles; what they hold already is not read again.
    """

    def __init__(self, config: PipelineConfig, store: Store, profiles: StoredProfiles) -> None:
        self._config = config
        self._store = store
        self._profiles = profiles

    def evaluate(self, runs: Sequence[str], declared: Declared, progress: Progress) -> list[CheckOutcome]:
        """Return what the checks came to in the runs, in their order.

        Profiles are read for many runs at once: a Spark job for some thousand columns, none where nothing is declared.

        Args:
            runs: Runs of the store.
            declared: The checks of each table.
            progress: Hears of each run.
        """
        if not declared:
            return []
        progress.start(len(runs), "runs to check")
        self._profiles.load_tables(runs)
        sql = _Sql(self._store)
        found: list[CheckOutcome] = []
        needed = self._needed(declared)

        def columns(run: str) -> int:
            profiled = self._profiles.tables(run)
            return sum(len(profiled[key].schema) for key in needed if key in profiled)

        for batch in packed(runs, columns, _COLUMNS_AT_ONCE):
            self._profiles.load_columns(batch, needed)
            for run in batch:
                mine = [
                    _outcome(run, row) for key, checks in declared.items() for row in self._check(run, key, checks, sql)
                ]
                failed = sum(check.status == "fail" for check in mine)
                progress.advance(f"{run}: {failed} of {len(mine)} checks failed")
                found += mine
            self._profiles.forget_columns()
        return found

    def _check(self, run: str, key: TableKey, checks: Sequence[DeclaredCheck], sql: _Sql) -> list[CheckRow]:
        table = self._profiles.with_columns(key, run)
        if table is None:
            error = self._profiles.failures(run).get(key)
            reason = "the table has no profile in this run" if error is None else f"its profile failed: {error}"
            return not_run(checks, key, reason)
        source = self._config.retention_source(self._config.stage(key.stage), self._config.table(key.stage, key.table))
        context = CheckContext(
            table=table,
            run_date=run_date(run),
            upstream=None if source is None else self._profiles.with_columns(source, run),
            other_table=lambda other: self._profiles.with_columns(other, run),
            other_run=lambda other, of_run: self._in_run(other, of_run, run),
            evaluate_sql=sql.runner(run, key),
        )
        return run_checks(checks, context)

    def _in_run(self, key: TableKey, wanted: str, run: str) -> TableProfile | None:
        if wanted != PREVIOUS:
            return self._profiles.with_columns(key, wanted)
        earlier = self._run_ids[: self._run_ids.index(run)]
        self._profiles.load_tables(earlier)
        last = next((other for other in reversed(earlier) if self._profiles.table(key, other) is not None), None)
        return None if last is None else self._profiles.with_columns(key, last)

    @cached_property
    def _run_ids(self) -> list[str]:
        return self._store.run_ids()

    def _needed(self, declared: Declared) -> list[TableKey]:
        """Return the tables whose columns are looked at: those with checks, and those that their checks name."""
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


@dataclass
class _Sql:
    """Runs queries over the result tables, in a session of its own: its views hide none of the user's."""

    store: Store

    @cached_property
    def _session(self) -> SparkSession:
        spark = self.store.spark
        # Spark Connect has no `newSession`; its clone is as much apart.
        apart: Any = getattr(spark, "newSession", None) or getattr(spark, "cloneSession", None)
        own: SparkSession = apart()
        own.conf.set(_TIME_ZONE, str(spark.conf.get(_TIME_ZONE)))
        with suppress(PySparkException):  # a managed runtime may not let it be set, nor need it
            own.conf.set(_OWN_PARAMETERS, "true")
        Store(own, self.store.location, self.store.pipeline).create_temporary_views()
        return own

    def runner(self, run: str, key: TableKey) -> Callable[[str], SqlRows]:
        """Return the function that runs a query for one table of a run."""
        names = {"pipeline": self.store.pipeline, "run_id": run, "stage": key.stage, "table_name": key.table}

        def run_query(query: str) -> SqlRows:
            try:
                rows = self._session.sql(query, args=names).limit(MOST_ROWS + 1).collect()
            except PySparkException as error:
                raise StoreError(one_line(error)) from error
            return [row.asDict() for row in rows]

        return run_query


def _outcome(run: str, row: CheckRow) -> CheckOutcome:
    return CheckOutcome(
        run_id=run,
        key=ColumnKey(row.stage, row.table, row.column),
        check=row.check,
        status=row.status,
        severity=Severity(row.severity),
        expected=row.expected,
        observed=row.observed,
        reason=row.reason,
    )


def _row(pipeline: str, check: CheckOutcome, now: dt.datetime) -> dict[str, Any]:
    return {
        "pipeline": pipeline,
        "run_id": check.run_id,
        "stage": check.key.stage,
        "table_name": check.key.table,
        "column_name": check.key.column,
        "check_name": check.check,
        "status": check.status,
        "severity": check.severity.value,
        "expected": check.expected,
        "observed": check.observed,
        "message": check.message,
        "reason": check.reason,
        "checked_at": now,
    }
