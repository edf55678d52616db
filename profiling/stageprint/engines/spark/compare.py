"""Compares runs and writes shifts, findings and check results: the function behind ``stageprint compare``."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial, reduce
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.checks.custom_sql import CustomSql
from stageprint.config.pipeline import PipelineConfig, StageConfig
from stageprint.config.tables import TableConfig
from stageprint.config.validation import require_known_names
from stageprint.decision import DECISIONS, Calibration, decide_and_score, newest_of, previous_of, to_records
from stageprint.decision.flags import KEY, alerting_columns, excluded_runs_by_column, keys_of, suspect_columns
from stageprint.decision.history import ALERTING_SEVERITIES, MAX_SUSPECT_P
from stageprint.decision.references import Run, choose
from stageprint.diagnosis.diagnose import Ranked, diagnose, ranked, worst_first
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.graph import StageGraph
from stageprint.diagnosis.reach import families
from stageprint.diagnosis.sliced import by_slice, named_slice, slice_graph, unexplained
from stageprint.engines.spark.checks import Evaluation, declared_in, write_checks
from stageprint.engines.spark.measure import ReferencePlan, References, measure_columns
from stageprint.engines.spark.packing import packed
from stageprint.engines.spark.parts import TOGETHER, Decided, DecidedTable, Past, StoredShifts, decide_in_parts
from stageprint.engines.spark.session import get_session
from stageprint.engines.spark.sliced import compared_slices, with_slice_names, without_slice_names
from stageprint.errors import UsageError, did_you_mean
from stageprint.model import (
    TABLE_LEVEL,
    CheckOutcome,
    ColumnKey,
    ColumnProfile,
    Finding,
    Severity,
    ShiftRecord,
    TableKey,
    TableProfile,
)
from stageprint.pipeline.outcome import CompareOutcome, TableOutcome
from stageprint.ports import Progress, Silent
from stageprint.shifts import TableHistory, measure_tables
from stageprint.slices import split_name
from stageprint.stores.spark.marks import Marks
from stageprint.stores.spark.profiles import StoredProfiles
from stageprint.stores.spark.store import Store, is_in, literal, open_store
from stageprint.stores.spark.tables import CALIBRATION, FINDINGS, SHIFTS

_MEMORY: Final = 28
"""Runs back whose flags and decisions are read; older ones weigh in through the stored scales alone."""

DIAGNOSED_TOGETHER: Final = 2_000
"""Columns of the tables that are diagnosed in one go in a run of many: some 60 MiB of profiles on the driver."""

_LAST: Final = 3
"""Runs back in which a column's last stored decision is looked for, should it have missed a run."""


def compare_runs(
    config: PipelineConfig,
    runs: Sequence[str],
    *,
    baseline: str = "auto",
    session: SparkSession | None = None,
    progress: Progress | None = None,
) -> CompareOutcome:
    """Compare profiled runs with their past (or a pinned run, or another stage) and write what is wrong.

    Declared checks of the runs are evaluated too, from the stored profiles. Runs are compared oldest first: what is
    flagged in one leaves the references of the next.

    Args:
        config: The pipeline.
        runs: Runs to compare; all must be in the store.
        baseline: ``auto`` (the references of the decision rule), ``previous``, ``run:ID``, ``window:N`` or
            ``stage:NAME`` (the run's other stages, save those that feed it, against that one).
        session: Spark session; None takes the running one or builds a local one.
        progress: Hears of each run.

    Returns:
        Findings, worst first, what the declared checks came to, and counts of what was compared.

    Raises:
        ConfigError: The configuration names a check or statistic that does not exist.
        UsageError: A run, the baseline's run or its stage does not exist; an override names a column that is nowhere.
        StoreError: Profiles cannot be read or results cannot be written.
    """
    started = time.monotonic()
    require_known_names(config)
    progress = progress or Silent()
    store = open_store(config, session or get_session(conf=config.spark))
    for run in runs:
        store.require_run(run)
    if baseline.startswith("run:"):
        store.require_run(baseline.removeprefix("run:"), "baseline run")
    if baseline.startswith("stage:"):
        config.stage(baseline.removeprefix("stage:"))
    comparison = Comparison(config, store, baseline)
    ordered = [run for run in comparison.run_ids if run in set(runs)]
    comparison.check_overrides(ordered)
    try:
        # Before the findings, which name the checks that failed where they began.
        comparison.check(ordered, progress, after=False)
        progress.start(len(ordered), "runs")
        for run in ordered:
            progress.advance(f"{run}: {_tally(comparison.compare(run, ordered))}")
        progress.start(1, "writing findings")
        comparison.write(ordered)
        progress.advance(f"written to {config.store}")
        # After the findings, so that a query of the user's own sees them.
        comparison.check(ordered, progress, after=True)
        comparison.write_checks(ordered)
    finally:
        progress.close()
    return comparison.outcome(ordered, time.monotonic() - started)


class Comparison:
    """Compares one run after the other, and carries what the next run needs.

    Args:
        config: The pipeline.
        store: Its store.
        baseline: What runs are compared with.
    """

    def __init__(self, config: PipelineConfig, store: Store, baseline: str) -> None:
        self._config = config
        self._store = store
        self._baseline = baseline
        marks = Marks(store)
        self._accepted, bad = marks.accepted, marks.bad
        self._runs = [
            Run(row["run_id"], row["logical_date"], bad=row["run_id"] in bad, merged=bool(row["merged"]))
            for row in store.runs()
        ]
        self.run_ids = [run.run_id for run in self._runs]
        # Another stage has no slices of its own to be compared with.
        self._slices = () if baseline.startswith("stage:") else compared_slices(config)
        self._profiles = StoredProfiles(store, self._slices)
        self._decided: dict[str, Decided] = {}
        self._past: dict[str, Past] = {}
        self._scores: dict[str, Calibration] = {}
        self._bad = bad
        self._flags: dict[str, set[ColumnKey]] = {}
        self._watched: dict[str, set[ColumnKey]] = {}
        self._findings: dict[str, list[Finding]] = {}
        self._compared = 0
        self._notes: list[str] = []
        self._graphs: dict[str, StageGraph] = {}
        self._checks: list[CheckOutcome] = []

    @property
    def _other_stage(self) -> str | None:
        return self._baseline.removeprefix("stage:") if self._baseline.startswith("stage:") else None

    def check_overrides(self, runs: Sequence[str]) -> None:
        """Raise `UsageError` where an override names a column that its tables have in none of the runs."""
        self._profiles.load_tables(runs)
        for number, override in enumerate(self._config.decision.overrides):
            if override.column in {None, TABLE_LEVEL}:
                continue
            tables = {key for run in runs for key in self._profiles.tables(run) if override.names_table(key)}
            known = {name for table in tables for name in self._profiles.column_names(table, runs)}
            if known and not any(_is_or_is_in(str(override.column), name) for name in known):
                where = override.table or "any table"
                message = (
                    f"decision.overrides[{number}].column: expected a column of {where}, got {override.column!r}"
                    f"{did_you_mean(str(override.column), known)}"
                )
                raise UsageError(message)

    def compare(self, run: str, recompared: Sequence[str]) -> list[Finding]:
        """Compare one run; keep and return its findings.

        Args:
            run: The run under test; all earlier ones of `recompared` were compared before.
            recompared: Runs of this command: their stored results are about to be replaced and do not count.
        """
        merged = next(known.merged for known in self._runs if known.run_id == run)
        before = self._runs[: self.run_ids.index(run)]
        earlier = [known.run_id for known in before if known.merged == merged][-_MEMORY:]
        self._profiles.load_tables([run, *earlier, *self._pinned()])
        self._load_past(
            [other for other in earlier if other not in recompared], together=self._columns(run) <= TOGETHER
        )
        references = self._references(run, earlier)
        decided = self._decide(run, earlier, references)
        self._decided[run] = self._past[run] = decided
        self._scores[run] = decided.scores
        self._flags[run] = alerting_columns(decided.flagged)
        self._watched[run] = suspect_columns(decided.flagged)
        self._compared += decided.columns
        if not any(runs for runs in references.runs.values()):
            self._notes.append(f"run {run} has no earlier run to compare with: only rules that need no history applied")
        self._findings[run] = self._diagnose(run, earlier, decided, references)
        return self._findings[run]

    def _decide(self, run: str, earlier: Sequence[str], references: ReferencePlan) -> Decided:
        """Measure and decide the columns of a run: in the driver where they are few, else in parts."""
        tables = self._measure_tables(run, earlier, references)
        latest = [other for other in earlier[-_LAST:] if other in self._past]
        healthy = [other for other in earlier if other in self._scores and other not in self._bad]
        past, settings = Calibration.merge(self._scores[other] for other in healthy), self._config.decision
        if self._columns(run) > TOGETHER:
            frames = self._history(run, latest)
            rows = self._columns(run) * len(references.needed_runs)
            return decide_in_parts(self._store, references, rows, tables, frames, settings, past)
        measurements = pa.concat_tables([tables, measure_columns(self._store, references)])
        previous = _previous([self._past[other].table() for other in latest]) if latest else None
        return DecidedTable(*decide_and_score(measurements, previous, settings, past))

    def _history(self, run: str, latest: Sequence[str]) -> list[DataFrame]:
        """Return the decisions of the latest runs, oldest first: of all but the last of them, what that cannot know.

        The last knows a table that was compared in it and had the columns it has now. It knows none where it was never
        compared itself.
        """
        if not latest:
            return []
        spark, place = self._store.spark, ["stage", "table_name"]
        *older, last = (self._past[other].frame(spark) for other in latest)
        compared = {TableKey(*row.values()) for row in last.select(place).distinct().toArrow().to_pylist()}
        before = {**self._profiles.tables(latest[-1]), **self._profiles.slices(latest[-1])}
        now = {**self._profiles.tables(run), **self._profiles.slices(run)}
        known = {key for key in compared & before.keys() & now.keys() if before[key].schema == now[key].schema}
        missing = [[key.stage, key.table] for key in now if key not in known]
        if not missing:
            return [last]
        wanted = F.broadcast(spark.createDataFrame(missing, place))
        return [*(frame.join(wanted, place, "left_semi") for frame in older), last]

    def write(self, runs: Sequence[str]) -> None:
        """Replace the shifts, findings and scores of the runs, in one commit each."""
        predicate = f"{self._store.predicate({'run_id': runs})} AND baseline = {literal(self._baseline)}"
        self._store.replace(SHIFTS, self._shifts(runs), predicate)
        now = dt.datetime.now(dt.timezone.utc)
        findings = [self._finding_row(finding, now) for run in runs for finding in self._findings[run]]
        self._store.replace(FINDINGS, pa.Table.from_pylist(findings, FINDINGS.arrow_schema), predicate)
        self._store.replace(CALIBRATION, self._scores_of(runs), predicate)

    def check(self, runs: Sequence[str], progress: Progress, *, after: bool) -> None:
        """Evaluate the declared checks of the runs: those that need no findings, or those that come `after` them."""
        declared = {
            key: chosen
            for key, checks in declared_in(self._config).items()
            if (chosen := [entry for entry in checks if isinstance(entry.check, CustomSql) == after])
        }
        self._checks += Evaluation(self._config, self._store, self._profiles).evaluate(runs, declared, progress)

    def write_checks(self, runs: Sequence[str]) -> None:
        """Replace the results of the checks of the runs, in one commit."""
        order = {run: place for place, run in enumerate(runs)}
        self._checks.sort(key=lambda check: order[check.run_id])
        write_checks(self._store, runs, self._checks)

    def _failed_checks(self, run: str, table: TableKey) -> list[CheckOutcome]:
        return [
            check for check in self._checks if (check.run_id, check.key.table_key, check.status) == (run, table, "fail")
        ]

    def outcome(self, runs: Sequence[str], seconds: float) -> CompareOutcome:
        """Return what was found in the runs, worst first."""
        findings = [finding for run in runs for finding in self._findings[run]]
        failed = [
            TableOutcome(run, key, "failed", None, None, 0.0, error)
            for run in runs
            for key, error in self._profiles.failures(run).items()
        ]
        return CompareOutcome(
            findings=sorted(findings, key=lambda finding: -finding.severity.rank),
            shifts=sum(self._decided[run].rows for run in runs),
            compared=self._compared,
            failed=failed,
            seconds=seconds,
            store=self._config.store,
            notes=self._notes,
            checks=self._checks,
        )

    def _pinned(self) -> list[str]:
        return [self._baseline.removeprefix("run:")] if self._baseline.startswith("run:") else []

    def _columns(self, run: str) -> int:
        """Return about how many columns a run has: nested ones are not counted."""
        profiles = (*self._profiles.tables(run).values(), *self._profiles.slices(run).values())
        return sum(len(profile.schema) for profile in profiles)

    def _load_past(self, runs: Sequence[str], *, together: bool) -> None:
        """Read what the store knows of earlier comparisons: flags of all `runs`, decisions of the latest.

        Args:
            runs: The earlier runs, oldest first.
            together: Whether their decisions fit the driver's memory; otherwise they stay in the store.
        """
        unknown = [run for run in runs if run not in self._flags]
        if not unknown:
            return
        stored = with_slice_names(
            self._store.read(SHIFTS).where(F.expr(is_in("run_id", unknown))).where(F.col("baseline") == self._baseline)
        )
        loud, near = F.col("severity").isin(*ALERTING_SEVERITIES), F.col("p_value") <= MAX_SUSPECT_P
        for found, where in ((self._flags, loud), (self._watched, near)):
            flags = stored.where(where).select("run_id", *KEY).distinct().toArrow().to_pylist()
            for run in unknown:
                found[run] = {
                    ColumnKey(row["stage"], row["table_name"], row["column_name"])
                    for row in flags
                    if row["run_id"] == run
                }
        self._load_scores(unknown)
        latest = [run for run in runs[-_LAST:] if run not in self._past]
        if not together:
            self._past |= {run: StoredShifts(stored.where(F.col("run_id") == run)) for run in latest}
            return
        rows = stored.where(F.col("run_id").isin(latest)).select("run_id", *DECISIONS.names).toArrow()
        for run in latest:
            own = rows.filter(pc.equal(rows["run_id"], run)).drop_columns(["run_id"])
            self._past[run] = DecidedTable(own.cast(DECISIONS), self._scores[run])

    def _load_scores(self, runs: Sequence[str]) -> None:
        """Read the scores of earlier comparisons."""
        stored = (
            self._store.read(CALIBRATION)
            .where(F.expr(is_in("run_id", runs)) & (F.col("baseline") == self._baseline))
            .toArrow()
        )
        for run in runs:
            self._scores[run] = Calibration.from_arrow(stored.filter(pc.equal(stored["run_id"], run)))

    def _scores_of(self, runs: Sequence[str]) -> pa.Table:
        """Return the scores of the runs as rows of `calibration`."""
        tables = []
        for run in runs:
            rows = self._scores[run].to_arrow()
            for name, value in self._shift_facts(run).items():
                rows = rows.append_column(name, pa.repeat(value, rows.num_rows).cast(pa.string()))
            tables.append(rows.select(CALIBRATION.arrow_schema.names).cast(CALIBRATION.arrow_schema))
        return pa.concat_tables(tables)

    def _references(self, run: str, earlier: Sequence[str]) -> ReferencePlan:
        current = next(known for known in self._runs if known.run_id == run)
        settings = self._config.decision

        def chosen(profiled: set[str], flagged: set[str]) -> References:
            return choose(
                [known for known in self._runs if known.run_id in profiled],
                current,
                flagged=flagged,
                baseline=self._baseline,
                window=settings.window,
                long_window=settings.long_window,
            )

        everything = {*earlier, run, *self._pinned()}
        flags = excluded_runs_by_column(earlier, self._flags, self._watched)
        by_table: dict[TableKey, References] = {}
        by_column: dict[ColumnKey, References] = {}
        for table in self._profiles.tables(run):
            profiled = {other for other in everything if table in self._profiles.tables(other)}
            if profiled != everything and not (set(self._pinned()) - profiled):
                by_table[table] = chosen(profiled, set())
        for key in {*flags, *self._accepted}:
            table = key.table_key
            profiled = {other for other in everything if self._profiles.table(table, other) is not None}
            flagged = flags.get(key, set())
            accepted = self._accepted.get(key)
            if accepted is not None and accepted.first in earlier:
                # The level that a person accepted is the reference: nothing before it, and all it was flagged for.
                start = earlier.index(accepted.first)
                end = earlier.index(accepted.through) + 1 if accepted.through in earlier else len(earlier)
                profiled -= set(earlier[:start])
                flagged = flagged - set(earlier[start:end])
            if not (set(self._pinned()) - profiled):
                by_column[key] = chosen(profiled, flagged)
        return ReferencePlan(
            run_id=run,
            runs=chosen(everything, set()),
            by_table=by_table,
            by_column=by_column,
            tables=self._matches(run),
            upstream=self._upstream(run, earlier),
            slices=self._slices,
        )

    def _upstream(self, run: str, earlier: Sequence[str]) -> dict[ColumnKey, ColumnKey]:
        """Return, between runs, which upstream column of the same run each column is taken from."""
        if self._other_stage is not None:
            return {}
        graph = self._graph(run, earlier)
        nodes = (
            node for key in self._profiles.tables(run) if not graph.is_source(key.stage) for node in graph.nodes(key)
        )
        return {node: source for node in nodes if (source := graph.taken_from(node)) is not None}

    def _graph(self, run: str, earlier: Sequence[str]) -> StageGraph:
        if run not in self._graphs:
            graph = StageGraph.from_config(self._config, self._columns_of([run, *earlier[-1:]]))
            self._graphs = {run: graph}  # the columns of an earlier run are of no more use
        return self._graphs[run]

    def _columns_of(self, runs: Sequence[str]) -> Callable[[TableKey], Sequence[str]]:
        return lambda key: self._profiles.column_names(key, runs)

    def _matches(self, run: str) -> dict[TableKey, TableKey]:
        """Return, for stage against stage, which table of the other stage each table is compared with."""
        stage = self._other_stage
        if stage is None:
            return {}
        others = [key for key in self._profiles.tables(run) if key.stage == stage]
        left_out = {stage, *self._config.ancestors(stage)}
        matches = {}
        for key, profile in self._profiles.tables(run).items():
            if key.stage in left_out:
                continue
            names = {field.name.casefold() for field in profile.schema}
            shared = {
                other: len(names & {field.name.casefold() for field in self._profiles.tables(run)[other].schema})
                for other in others
            }
            best = max(others, key=lambda other: (other.table == key.table, shared[other]), default=None)
            if best is not None and shared[best] > 0:
                matches[key] = best
        return matches

    def _measure_tables(self, run: str, earlier: Sequence[str], plan: ReferencePlan) -> pa.Table:
        histories = []
        graph = self._graph(run, earlier)
        for stage, table in self._config.select():
            key = TableKey(stage.name, table.name)
            current = self._profiles.table(key, run)
            if current is None:
                continue
            if plan.tables:
                if key in plan.tables:
                    other = self._profiles.table(plan.tables[key], run)
                    name = next(iter(plan.runs))
                    histories.append(TableHistory(current, {name: [other] if other is not None else []}))
                continue
            source = graph.source_table(key)
            references: dict[str, list[TableProfile]] = {}
            upstreams: dict[str, list[TableProfile | None]] = {}
            beside: dict[str, list[Mapping[str, TableProfile]]] = {}
            for name, runs in plan.of(ColumnKey(stage.name, table.name, TABLE_LEVEL)).items():
                profiled = [(other, p) for other in runs if (p := self._profiles.table(key, other)) is not None]
                references[name] = [profile for _, profile in profiled]
                upstreams[name] = [
                    None if source is None else self._profiles.table(source, other) for other, _ in profiled
                ]
                beside[name] = [self._peers(stage, table, other) for other, _ in profiled]
            upstream = None if source is None else self._profiles.table(source, run)
            peers = self._peers(stage, table, run)
            histories.append(TableHistory(current, references, upstream, upstreams, stage.role, peers, beside))
        histories += [self._slice_history(key, run, plan) for key in self._profiles.slices(run)]
        return measure_tables(histories)

    def _peers(self, stage: StageConfig, table: TableConfig, run: str) -> dict[str, TableProfile]:
        found = {role: self._profiles.table(key, run) for role, key in self._config.peers(stage, table).items()}
        return {role: profile for role, profile in found.items() if profile is not None}

    def _slice_history(self, key: TableKey, run: str, plan: ReferencePlan) -> TableHistory:
        """Return a slice in the runs; how its rows relate to those upstream is the whole table's matter."""
        chosen = plan.of(ColumnKey(key.stage, key.table, TABLE_LEVEL))
        references = {
            name: [profile for other in runs if (profile := self._profiles.slices(other).get(key)) is not None]
            for name, runs in chosen.items()
        }
        return TableHistory(self._profiles.slices(run)[key], references)

    def _diagnose(self, run: str, earlier: Sequence[str], decided: Decided, plan: ReferencePlan) -> list[Finding]:
        """Return the run's findings: those of whole tables, then those that began in a slice and show in no whole."""
        graph = self._graph(run, earlier)
        whole, sliced = by_slice(to_records(decided.flagged))
        evidence = partial(self._evidence, run, earlier, decided, plan)
        many = decided.columns > TOGETHER
        found = self._diagnose_in(evidence, whole, graph, many=many)
        left = unexplained(sliced, whole, found)
        if not left:
            return found
        graph = slice_graph(self._config, left, self._columns_of([run, *earlier[-1:]]))
        of_slices = self._diagnose_in(evidence, left, graph, many=many)
        return [*found, *(named_slice(finding, self._config) for finding in of_slices)]

    def _diagnose_in(
        self,
        evidence: Callable[[Sequence[ShiftRecord], StageGraph], Evidence],
        records: Sequence[ShiftRecord],
        graph: StageGraph,
        *,
        many: bool,
    ) -> list[Finding]:
        """Return the findings of some shifts; in a run of `many` columns a few families of tables at a time."""
        if not many:
            return diagnose(evidence(records, graph))

        def columns(family: Sequence[ShiftRecord]) -> int:
            return sum(len(graph.columns(table)) for table in {record.key.table_key for record in family})

        found: list[Ranked] = []
        for together in packed(families(records, graph), columns, DIAGNOSED_TOGETHER):
            found += ranked(evidence([record for family in together for record in family], graph))
            self._profiles.forget_columns()
        return worst_first(found)

    def _evidence(
        self,
        run: str,
        earlier: Sequence[str],
        decided: Decided,
        plan: ReferencePlan,
        records: Sequence[ShiftRecord],
        graph: StageGraph,
    ) -> Evidence:
        tables = {record.key.table_key for record in records}
        if records:
            recent = [run, *earlier[-1:], *self._pinned()]
            sources = {above.table_key for key, above in plan.upstream.items() if key.table_key in tables}
            self._profiles.load_columns(
                recent, [*(tables | sources), *(plan.tables[table] for table in tables if table in plan.tables)]
            )
        own = decided.of_tables(tables)
        rows = _rows_by_key(own)

        def others(key: ColumnKey) -> list[ShiftRecord]:
            return to_records(own.take(pa.array(rows.get(key, []), pa.int64())))

        def columns(key: ColumnKey, of_run: str) -> ColumnProfile | None:
            if of_run != self._baseline:
                return self._profiles.column(key, of_run)
            table = plan.tables.get(key.table_key)
            return (
                None if table is None else self._profiles.column(ColumnKey(table.stage, table.table, key.column), run)
            )

        def table(key: TableKey, of_run: str) -> TableProfile | None:
            if of_run != self._baseline:
                return self._profiles.table(key, of_run)
            other = plan.tables.get(key)
            return None if other is None else self._profiles.table(other, run)

        pinned = self._baseline if self._other_stage is not None else next(iter(self._pinned()), None)
        return Evidence(
            run_id=run,
            graph=graph,
            history=earlier,
            shifts=records,
            columns=columns,
            tables=table,
            reference_run=None if pinned is None else lambda _: pinned,
            flagged_runs=lambda key: [other for other in earlier if key in self._flags.get(other, ())],
            other_shifts=others,
            most=self._config.decision.severity_cap,
            failed_checks=lambda key: self._failed_checks(run, key),
        )

    def _shifts(self, runs: Sequence[str]) -> pa.Table | DataFrame:
        """Return the rows of `shifts` of some runs: a table where they are in the driver's memory, else a frame."""
        decided = {run: self._decided[run] for run in runs}
        if all(isinstance(one, DecidedTable) for one in decided.values()):
            return pa.concat_tables(
                [
                    SHIFTS.arrow_schema.empty_table(),
                    *(self._shift_rows(run, one.table()) for run, one in decided.items()),
                ]
            )
        frames = [
            one.frame(self._store.spark).withColumns(
                {name: F.lit(text) for name, text in self._shift_facts(run).items()}
            )
            for run, one in decided.items()
        ]
        return without_slice_names(reduce(DataFrame.unionByName, frames))

    def _shift_facts(self, run: str) -> dict[str, str]:
        return {"pipeline": self._config.pipeline, "run_id": run, "baseline": self._baseline}

    def _shift_rows(self, run: str, decided: pa.Table) -> pa.Table:
        schema, fixed = SHIFTS.arrow_schema, self._shift_facts(run)
        place = decided["table_name"].combine_chunks().dictionary_encode()
        named = [split_name(name) for name in place.dictionary.to_pylist()]
        apart = {
            "table_name": [name for name, _ in named],
            "slice_key": [member.key for _, member in named],
            "slice_value": [member.value for _, member in named],
        }
        arrays = []
        for field in schema:
            if field.name in apart:
                arrays.append(pa.array(apart[field.name], field.type).take(place.indices))
            elif field.name in decided.column_names:
                arrays.append(decided[field.name].combine_chunks().cast(field.type))
            else:
                arrays.append(pa.array([fixed.get(field.name)] * decided.num_rows, field.type))
        return pa.Table.from_arrays(arrays, schema=schema)

    def _finding_row(self, finding: Finding, now: dt.datetime) -> dict[str, Any]:
        return {
            "pipeline": self._config.pipeline,
            "run_id": finding.run_id,
            "finding_id": finding.finding_id,
            "severity": finding.severity.value,
            "cause": finding.cause,
            "class": finding.finding_class,
            "stage": finding.origin.stage,
            "table_name": finding.origin.table,
            "column_name": finding.origin.column,
            "first_run": finding.first_run,
            "explains": list(finding.explains),
            "confidence": finding.confidence,
            "alternatives": list(finding.alternatives),
            "evidence": json.dumps(finding.evidence, default=str),
            "sentence": finding.sentence,
            "baseline": self._baseline,
            "found_at": now,
        }


def _is_or_is_in(path: str, name: str) -> bool:
    """Return whether a path is a top-level column or lies inside it; the schema does not list what lies inside."""
    plain, top = (text.replace("`", "") for text in (path, name))  # a path quotes what holds dots or brackets
    return plain == top or plain.startswith((f"{top}.", f"{top}[", f"{top}{{"))


def _previous(decisions: Sequence[pa.Table]) -> pa.Table:
    """Return the history in tables oldest first: each column's rows in the newest table that has it."""
    age = np.repeat(np.arange(len(decisions)), [table.num_rows for table in decisions])
    return previous_of(newest_of(pa.concat_tables(decisions), age))


def _rows_by_key(decided: pa.Table) -> Mapping[ColumnKey, list[int]]:
    found: dict[ColumnKey, list[int]] = {}
    for row, key in enumerate(keys_of(decided)):
        found.setdefault(key, []).append(row)
    return found


def _tally(findings: Sequence[Finding]) -> str:
    if not findings:
        return "nothing found"
    counts = {severity: sum(f.severity is severity for f in findings) for severity in reversed(Severity)}
    return ", ".join(f"{count} {severity.value}" for severity, count in counts.items() if count)
