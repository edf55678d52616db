"""The use case behind ``stageprint compare``: compares runs with their past and diagnoses what has changed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.validation import require_known_names
from stageprint.decision.budget import alert_level
from stageprint.decision.references import earlier_runs
from stageprint.diagnosis.unusual_day import folded, is_of_business
from stageprint.errors import UsageError, did_you_mean
from stageprint.model import TABLE_LEVEL, CheckOutcome, Coverage, Finding, SchemaField, Severity, TableKey
from stageprint.model.incident import StoredIncident
from stageprint.model.judged import Judged
from stageprint.model.lineage import NO_LINEAGE, Lineage
from stageprint.model.outcomes import CompareOutcome, TableOutcome
from stageprint.pipeline.cadence import arrivals, usual_distance
from stageprint.pipeline.check import Evaluation, declared_in
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.compare.baseline import Baseline
from stageprint.pipeline.compare.changes import Changes
from stageprint.pipeline.compare.decided import Decided
from stageprint.pipeline.compare.diagnosing import MAX_COLUMNS_DIAGNOSED_AT_ONCE, Diagnosis
from stageprint.pipeline.compare.missing import Missing
from stageprint.pipeline.compare.past import Past
from stageprint.pipeline.compare.planning import Planner, ReferencePlan
from stageprint.pipeline.compare.remarks import remarks
from stageprint.pipeline.compare.special_days import SpecialDays
from stageprint.pipeline.compare.strategy import ComparisonRequest, ComparisonStrategy, InProcess
from stageprint.pipeline.compare.table_measures import measure_run
from stageprint.pipeline.compare.writing import ComparisonWriter
from stageprint.pipeline.incidents.chain import IncidentChain
from stageprint.pipeline.incidents.seen import seen_runs, with_incidents
from stageprint.pipeline.manifests import profiles_of
from stageprint.pipeline.marks import Marks, run_of
from stageprint.pipeline.notify import tell
from stageprint.pipeline.patterns import joined
from stageprint.pipeline.results import Results
from stageprint.pipeline.slices import ComparedSlices
from stageprint.pipeline.stored_profiles import MAX_COLUMNS_PER_READ, StoredProfiles
from stageprint.pipeline.writing import Written
from stageprint.ports import AlertRoute, ProfileStore, Progress, RowParts, RunSql, Silent

MIN_RUNS_READ: Final = 28
"""Number of earlier runs whose results are read where no reference is configured to reach further; older runs count
only through the scales stored with later ones."""


@dataclass(frozen=True, slots=True)
class MemoryLimits:
    """Upper bounds of what a comparison holds in memory at once.

    Attributes:
        columns_per_read: Column profiles that are read at once.
        columns_diagnosed_at_once: Columns in the tables that are diagnosed together, in runs that do not fit in memory.
    """

    columns_per_read: int = MAX_COLUMNS_PER_READ
    columns_diagnosed_at_once: int = MAX_COLUMNS_DIAGNOSED_AT_ONCE


DEFAULT_LIMITS: Final = MemoryLimits()


def compare(
    config: PipelineConfig,
    runs: Sequence[str],
    *,
    store: ProfileStore,
    baseline: str = "auto",
    strategy: ComparisonStrategy | None = None,
    run_sql: RunSql | None = None,
    progress: Progress | None = None,
    routes: Sequence[AlertRoute] = (),
    limits: MemoryLimits = DEFAULT_LIMITS,
    lineage: Lineage = NO_LINEAGE,
) -> CompareOutcome:
    """Compare profiled runs with earlier runs (or a pinned run, or another stage) and write shifts and findings.

    The declared checks of the runs are evaluated too, from the stored profiles. Runs are compared oldest first, since a
    column that is flagged in one run is excluded from the references of the next.

    Args:
        config: The pipeline.
        runs: Runs to compare; all must be in the store.
        store: The pipeline's store.
        baseline: ``auto`` (the references of the decision rule), ``previous``, ``run:ID``, ``window:N`` or
            ``stage:NAME`` (the run's other stages, except those that feed it, against that one).
        strategy: Where columns are measured and decided; None: in this process.
        run_sql: Runs the queries of ``custom_sql`` checks; None: these are not computable.
        progress: Follows each run.
        routes: Where incidents are told once they are written: the configuration's rules, each with its sink. A sink
            that fails is a note of the outcome.
        limits: How much is held in memory at once.
        lineage: What is recorded of the pipeline's tables outside the configuration.

    Returns:
        Findings, worst first, the results of the declared checks, and counts of what was compared.

    Raises:
        ConfigError: The configuration names a check or statistic that does not exist.
        UsageError: A run, the baseline's run or its stage does not exist; an override names a column that is nowhere.
        StoreError: Profiles cannot be read or results cannot be written.
    """
    require_known_names(config)
    config = joined(config, CommittedStore(store))
    started = time.monotonic()
    progress = progress or Silent()
    results = Results(store, config.run_order)
    ordered = results.require_runs(runs)
    chosen = Baseline(baseline)
    if chosen.run is not None:
        results.require_run(chosen.run, "baseline run")
    if chosen.stage is not None:
        config.stage(chosen.stage)
    # Named before any profile is read: a run that is profiled again meanwhile must be seen to be out of date.
    made_from = profiles_of(store, ordered)
    comparison = _Comparison(config, CommittedStore(store), chosen, strategy or InProcess(), run_sql, limits, lineage)
    comparison.check_overrides(ordered)
    try:
        written = ComparisonWriter(store, ordered, baseline, made_from, declared_in(config))
        written.begin()
        # Before the findings, which name the checks that failed where they began.
        comparison.evaluate_checks(ordered, progress, after=False)
        progress.start(len(ordered), "runs")
        for run in ordered:
            progress.advance(f"{run}: {_tally(comparison.compare(run, ordered))}")
        progress.start(1, "writing findings")
        comparison.write(written)
        progress.advance(f"written to {store.location}")
        # After the findings count, so that a query of the user's own sees them.
        if comparison.has_checks_of_findings:
            written.finish_comparison(comparison.written)
            comparison.evaluate_checks(ordered, progress, after=True)
            incidents = comparison.incidents()
            written.write_findings(comparison.findings, incidents)
        written.write_checks(comparison.checks)
        written.finish(comparison.written)
        comparison.settle_incidents(written.manifest_ids)
    finally:
        progress.close()
    comparison.send_alerts(routes)
    return comparison.outcome(ordered, time.monotonic() - started)


class _Comparison:
    """Compares runs one after the other and keeps what the following runs need."""

    def __init__(
        self,
        config: PipelineConfig,
        store: ProfileStore,
        baseline: Baseline,
        strategy: ComparisonStrategy,
        run_sql: RunSql | None,
        limits: MemoryLimits,
        lineage: Lineage,
    ) -> None:
        self._config = config
        self._store = store
        self._baseline = baseline
        self._strategy = strategy
        self._run_sql = run_sql
        marks = Marks(store, config.run_order)
        self._bad = marks.bad
        self._known = Results(store, config.run_order).runs()
        self._runs = [run_of(row, self._bad) for row in self._known]
        # Slices are compared between runs only.
        slices = ComparedSlices() if baseline.stage is not None else ComparedSlices.from_config(config)
        self._profiles = StoredProfiles(store, slices, limits.columns_per_read)
        self._past = Past(store, baseline.text)
        self._planner = Planner(config, baseline, self._runs, self._profiles, self._past, marks.accepted, lineage)
        self._diagnosis = Diagnosis(
            config,
            baseline,
            self._profiles,
            self._planner,
            self._past,
            self._failed_checks,
            limits.columns_diagnosed_at_once,
        )
        self._chain = IncidentChain(store, config.run_order, baseline.text, self._bad)
        self._special_days = SpecialDays(config.calendar, store, self._runs, self._past.alerting)
        self._missing = Missing(config, store, self._profiles)
        self._coverage: dict[str, Coverage] = {}
        self._diagnosed: dict[str, list[Finding]] = {}
        self._decided: dict[str, Decided] = {}
        self._levels: dict[str, float] = {}
        self._findings: dict[str, list[Finding]] = {}
        self._checks: list[CheckOutcome] = []
        self._notes: list[str] = [*lineage.notes]
        if config.decision.false_findings_per_run is not None:
            self._notes.append(
                "decision.false_findings_per_run is deprecated: state the budget as decision.false_alerts, such as "
                "{one_per: quarter} or {per_run: 0.5}"
            )

    def check_overrides(self, runs: Sequence[str]) -> None:
        """Raise `UsageError` where an override names a column that its tables have in none of the runs."""
        self._profiles.load_tables(runs)
        for number, override in enumerate(self._config.decision.overrides):
            if override.column in {None, TABLE_LEVEL}:
                continue
            tables = {key for run in runs for key in self._profiles.tables(run) if override.names_table(key)}
            known = {name for table in tables for name in self._profiles.column_names(table, runs)}
            if known and not any(_is_or_is_in(str(override.column), name) for name in known):
                place = override.table or "any table"
                message = (
                    f"decision.overrides[{number}].column: expected a column of {place}, got {override.column!r}"
                    f"{did_you_mean(str(override.column), known)}"
                )
                raise UsageError(message)

    def compare(self, run: str, recompared: Sequence[str]) -> list[Finding]:
        """Compare one run; keep and return its findings.

        Args:
            run: The run under test; the earlier runs of `recompared` must have been compared already.
            recompared: The runs of this command. Their stored results are about to be replaced and are not used.
        """
        earlier = self._earlier(run)
        self._profiles.load_tables([run, *earlier, *self._baseline.pinned_runs])
        schemas = self._schemas(run)
        in_memory = self._strategy.keeps_in_memory(sum(len(schema) for schema in schemas.values()))
        self._past.load([other for other in earlier if other not in recompared], decisions=in_memory)
        plan = self._planner.plan(run, earlier)
        decided = self._decide(run, earlier, plan)
        self._past.add(run, decided)
        self._decided[run] = decided
        self._notes += remarks(run, self._known, self._profiles, has_references=any(plan.runs.values()))
        found = self._diagnosis.findings(run, earlier, decided, plan, in_memory=in_memory)
        self._diagnosed[run] = self._without_special_days(run, found)
        self._past.tell(run, self._diagnosed[run])
        self._findings[run] = self._with_missing(run)
        return self._findings[run]

    def _is_merged(self, run: str) -> bool:
        return next(known.merged for known in self._runs if known.run_id == run)

    def _earlier(self, run: str) -> list[str]:
        """Return the earlier runs that this one may be compared with, oldest first: none that is marked as bad."""
        current = next(known for known in self._runs if known.run_id == run)
        reach = max(MIN_RUNS_READ, self._config.decision.long_window, self._baseline.window or 0)
        return [known.run_id for known in earlier_runs(self._runs, current)][-reach:]

    def _without_special_days(self, run: str, findings: list[Finding]) -> list[Finding]:
        """Return the run's findings, with one for review where a holiday or a month's end explains many of them."""
        if self._baseline.text != "auto":
            return findings
        moved = {finding.origin.table_key for finding in findings if is_of_business(finding)}
        day = self._special_days.of(run, moved) if moved else None
        return findings if day is None else folded(findings, day)

    def _with_missing(self, run: str) -> list[Finding]:
        """Return the run's findings with those about what it should hold and lacks."""
        earlier, checks = self._earlier(run), [check for check in self._checks if check.run_id == run]
        coverage = self._missing.coverage(run, earlier, checks, merged=self._is_merged(run))
        # A run or stage that was named needs no history.
        learning = coverage.learning if self._baseline.text == "auto" else ()
        self._coverage[run] = replace(coverage, learning=learning, judged=self._decided[run].judged)
        graph = self._planner.graph(run, earlier)
        return self._missing.add_to(self._diagnosed[run], run, earlier, coverage, graph)

    def _decide(self, run: str, earlier: Sequence[str], plan: ReferencePlan) -> Decided:
        latest = self._past.latest(earlier)
        schemas = self._schemas(run)
        came = [*earlier, run]
        distance = usual_distance(arrivals([row for row in self._known if row["run_id"] in came]))
        comparisons = sum(len(schema) + 1 for schema in schemas.values())
        self._levels[run] = alert_level(self._config.decision, comparisons, distance)
        return self._strategy.decide(
            ComparisonRequest(
                store=self._store,
                plan=plan,
                tables=measure_run(self._config, self._profiles, self._planner.graph(run, earlier), plan),
                history=[self._past.shifts(other) for other in latest],
                schemas=schemas,
                previous_schemas=self._schemas(latest[-1]) if latest else {},
                settings=self._config.decision,
                calibration=self._past.calibration(earlier, self._bad),
                level=self._levels[run],
            )
        )

    def _schemas(self, run: str) -> dict[TableKey, tuple[SchemaField, ...]]:
        profiles = {**self._profiles.tables(run), **self._profiles.slices(run)}
        return {key: profile.schema for key, profile in profiles.items()}

    def write(self, writer: ComparisonWriter) -> None:
        """Write the shifts, findings and scores of all runs, in one commit per result table."""
        shifts = RowParts([decided.as_rows(writer.facts(run)) for run, decided in self._decided.items()])
        scores = [self._past.scores_as_rows(run, writer.facts(run)) for run in self._decided]
        incidents = self.incidents()
        writer.write(shifts, self.findings, incidents, scores)

    def incidents(self) -> list[StoredIncident]:
        """Return what the runs say of incidents; findings are given theirs, and what changed when they began."""
        self._findings = Changes(self._store, self._known, self._bad, self._baseline).named(self._findings)
        tables = {run: frozenset(self._profiles.tables(run)) for run in self._decided}
        said = self._chain.advanced(seen_runs(self._findings, self._checks, tables, self._bad, self._config))
        for run, one in said.items():
            self._findings[run] = with_incidents(self._findings[run], one)
        return [incident for one in said.values() for incident in one.incidents]

    def settle_incidents(self, manifests: Sequence[str]) -> None:
        """Let later runs, and what other commands compared meanwhile, agree with what was just written."""
        self._chain.settle(list(self._decided), manifests)

    @property
    def findings(self) -> list[Finding]:
        """The findings of all runs, by run."""
        return [finding for run in self._decided for finding in self._findings[run]]

    def evaluate_checks(self, runs: Sequence[str], progress: Progress, *, after: bool) -> None:
        """Evaluate the declared checks that need no findings or, with `after`, those that do."""
        declared = {
            key: chosen
            for key, checks in declared_in(self._config).items()
            if (chosen := [entry for entry in checks if entry.check.needs_findings == after])
        }
        evaluation = Evaluation(self._config, self._store, self._profiles, self._run_sql)
        found = evaluation.evaluate(runs, declared, progress)
        self._checks += found
        late = {check.run_id for check in found if after and check.status == "not_computable"}
        if late:
            self._findings |= {run: self._with_missing(run) for run in late}

    @property
    def has_checks_of_findings(self) -> bool:
        """Whether a declared check needs the findings of the run."""
        return any(entry.check.needs_findings for checks in declared_in(self._config).values() for entry in checks)

    @property
    def checks(self) -> list[CheckOutcome]:
        """The results of the checks, by run."""
        order = {run: place for place, run in enumerate(self._decided)}
        return sorted(self._checks, key=lambda check: order[check.run_id])

    def send_alerts(self, routes: Sequence[AlertRoute]) -> None:
        """Tell the sinks what nobody was told of yet; what was not sent becomes a note."""
        self._notes += tell(self._config, CommittedStore(self._store).raw, routes)

    def _failed_checks(self, run: str, table: TableKey) -> list[CheckOutcome]:
        return [
            check for check in self._checks if (check.run_id, check.key.table_key, check.status) == (run, table, "fail")
        ]

    @property
    def written(self) -> dict[str, Written]:
        """What was compared, by run."""
        return {
            run: Written(
                decided.rows,
                frozenset(self._profiles.tables(run)),
                frozenset(self._coverage[run].missing),
                frozenset(self._coverage[run].learning),
                decided.judged,
                self._levels[run],
            )
            for run, decided in self._decided.items()
        }

    def outcome(self, runs: Sequence[str], seconds: float) -> CompareOutcome:
        """Return the outcome of the command, findings worst first."""
        findings = [finding for run in runs for finding in self._findings[run]]
        failed = [
            TableOutcome(run, key, "failed", None, None, 0.0, error)
            for run in runs
            for key, error in self._profiles.failures(run).items()
        ]
        return CompareOutcome(
            findings=sorted(findings, key=lambda finding: -finding.severity.rank),
            shifts=sum(self._decided[run].rows for run in runs),
            compared=Judged.total(one for run in runs for one in self._decided[run].judged.values()).columns,
            failed=failed,
            seconds=seconds,
            store=self._store.location,
            notes=self._notes,
            checks=self.checks,
            coverage={run: self._coverage[run] for run in runs},
        )


def _is_or_is_in(path: str, name: str) -> bool:
    """Tell whether a path names a top-level column or a column nested in it; schemas list top-level columns only."""
    plain, top = (text.replace("`", "") for text in (path, name))  # a path quotes what holds dots or brackets
    return plain == top or plain.startswith((f"{top}.", f"{top}[", f"{top}{{"))


def _tally(findings: Sequence[Finding]) -> str:
    if not findings:
        return "nothing found"
    counts = {severity: sum(f.severity is severity for f in findings) for severity in reversed(Severity)}
    return ", ".join(f"{count} {severity.value}" for severity, count in counts.items() if count)
