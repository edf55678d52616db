"""What runs should hold and lack, as findings: tables, whole stages, and declared checks that could not be computed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Final

from stageprint.config.patterns import JoinedTable
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.tables import TableConfig
from stageprint.diagnosis.base import Cause, Fit, all_causes, cause_named
from stageprint.diagnosis.diagnose import MAX_CHECKS_NAMED, finding_id
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.graph import StageGraph
from stageprint.diagnosis.lacking import unexplained_checks
from stageprint.model import (
    STAGE_LEVEL,
    TABLE_LEVEL,
    CheckOutcome,
    ColumnKey,
    Concern,
    Coverage,
    Finding,
    Lack,
    Severity,
    TableKey,
)
from stageprint.model.coverage import MIN_EARLIER_RUNS
from stageprint.model.result_tables import CHECK_RESULTS
from stageprint.model.where import where
from stageprint.pipeline.stored_profiles import StoredProfiles
from stageprint.ports import ProfileStore
from stageprint.shifts import concerns_of

_CONFIDENCE: Final = 1.0
"""That something is missing is known for certain."""

_OF_ABSENCE: Final = frozenset({Concern.ROWS, Concern.KEYS, Concern.MISSING_VALUES})
"""What a missing table does to the tables that are joined with it."""


@dataclass(frozen=True)
class Missing:
    """Finds what runs lack.

    Attributes:
        config: The pipeline; what it declares is what a run should hold.
        store: The pipeline's store, asked since when a check could not be computed.
        profiles: The store's profiles.
    """

    config: PipelineConfig
    store: ProfileStore
    profiles: StoredProfiles

    def coverage(self, run: str, earlier: Sequence[str], checks: Sequence[CheckOutcome], *, merged: bool) -> Coverage:
        """Return what a run should hold and lacks.

        A table that was removed from the configuration is not missing, nor is an optional one that was not profiled. A
        merged run should hold what it or the merged run before it was made of: what others hold, nobody merged.

        Args:
            run: The run.
            earlier: The earlier runs, oldest first; merged ones for a merged run.
            checks: The outcomes of the run's declared checks.
            merged: Whether the run was merged from others.
        """
        profiled, failed = self.profiles.tables(run), self.profiles.failures(run)
        held = {*profiled, *failed}
        configured = {
            TableKey(stage.name, table.name): table.optional or self._joined_later(stage.name, table, earlier)
            for stage, table in self.config.select()
        }
        if merged and earlier:
            wanted = held.union(self.profiles.tables(earlier[-1]), self.profiles.failures(earlier[-1]))
        elif merged:
            wanted = held
        else:
            wanted = held.union(key for key, optional in configured.items() if not optional)
        expected = tuple(key for key in configured if key in wanted)
        lacking = [key for key in expected if key not in profiled]
        latest = [(place, key) for key in lacking if (place := self._latest(key, earlier)) is not None]
        return Coverage(
            expected=expected,
            failed={key: failed[key] for key in lacking if key in failed},
            absent=tuple(key for key in lacking if key not in failed),
            last_profiled={key: earlier[place] for place, key in sorted(latest)},
            checks=[check for check in checks if check.status == "not_computable"],
            learning=tuple(key for key in expected if key in profiled and self._is_new(key, earlier)),
        )

    def _is_new(self, key: TableKey, earlier: Sequence[str]) -> bool:
        known = (run for run in reversed(earlier) if key in self.profiles.tables(run))
        return len(list(islice(known, MIN_EARLIER_RUNS))) < MIN_EARLIER_RUNS

    def _joined_later(self, stage: str, table: TableConfig, earlier: Sequence[str]) -> bool:
        """Tell whether a table joined by a pattern, and no earlier run has it."""
        return isinstance(table, JoinedTable) and self._latest(TableKey(stage, table.name), earlier) is None

    def _latest(self, key: TableKey, earlier: Sequence[str]) -> int | None:
        """Return the place of the latest earlier run with a profile of a table, or None where there is none."""
        places = range(len(earlier) - 1, -1, -1)
        return next((place for place in places if key in self.profiles.tables(earlier[place])), None)

    def add_to(
        self, found: Sequence[Finding], run: str, earlier: Sequence[str], coverage: Coverage, graph: StageGraph
    ) -> list[Finding]:
        """Return a run's findings together with those about what it lacks, worst first.

        Rows, keys and values that are missing behind a missing table are explained by it. Checks that could not be
        computed where another finding began are named by that one.

        Args:
            found: The findings of the diagnosis.
            run: The run.
            earlier: The earlier runs, oldest first.
            coverage: What the run should hold and lacks.
            graph: Its stages, tables and columns.
        """
        lacking = self._evidence(run, earlier, coverage, graph)
        tables = [
            finding
            for node in _nodes(coverage)
            for finding in self._findings(lacking, node, self._since(run, earlier, _tables_of(coverage, node)))
        ]
        tables, others = _explained(tables, found, set(coverage.missing), graph)
        others, left = _with_checks(others, coverage, self.config.decision.missing.severity("check"))
        lacking = self._evidence(run, earlier, left, graph)
        checks = [
            finding
            for node, since in self._unchecked(run, earlier, left)
            for finding in self._findings(lacking, node, since)
        ]
        return sorted([*tables, *others, *checks], key=lambda finding: -finding.severity.rank)

    def _evidence(self, run: str, earlier: Sequence[str], coverage: Coverage, graph: StageGraph) -> Evidence:
        return Evidence(
            run_id=run,
            graph=graph,
            history=earlier,
            shifts=(),
            columns=lambda *_: None,
            tables=self.profiles.table,
            coverage=coverage,
        )

    def _findings(self, evidence: Evidence, node: ColumnKey, since: str) -> Iterator[Finding]:
        for cause in all_causes().values():
            fit = cause.explain(evidence, node) if cause.missing is not None and cause.applies(node) else None
            severity = Severity.NONE if fit is None else self._severity(evidence, cause, node)
            if fit is not None and severity is not Severity.NONE:
                yield _finding(evidence, cause, fit, node, severity, since)

    def _severity(self, evidence: Evidence, cause: Cause, node: ColumnKey) -> Severity:
        settings = self.config.decision
        most = [settings.severity_cap(node)]
        coverage = evidence.coverage or Coverage()
        if cause.missing == "check" and _only_of_nothing(unexplained_checks(coverage, node.table_key)):
            most.append(Severity.REVIEW)
        if cause.missing == "table" and self.config.table(node.stage, node.table).optional:
            most.append(Severity.WARNING)
        declared = Severity.NONE if cause.missing is None else settings.missing.severity(cause.missing)
        return min(declared, *most, key=lambda severity: severity.rank)

    def _since(self, run: str, earlier: Sequence[str], tables: Collection[TableKey]) -> str:
        """Return the first of the runs up to this one, without a gap, in which none of the tables has a profile."""
        first = run
        for other in reversed(earlier):
            if not self.profiles.tables(other).keys().isdisjoint(tables):
                break
            first = other
        return first

    def _unchecked(self, run: str, earlier: Sequence[str], coverage: Coverage) -> Iterator[tuple[ColumnKey, str]]:
        """Yield where checks could not be computed for a reason of their own, each table once, and since when."""
        for table in dict.fromkeys(check.key.table_key for check in coverage.checks):
            checks = unexplained_checks(coverage, table)
            if not checks:
                continue
            columns = {check.key.column for check in checks}
            node = table.column(columns.pop()) if len(columns) == 1 else table.level
            yield node, self._unchecked_since(run, earlier, checks)

    def _unchecked_since(self, run: str, earlier: Sequence[str], checks: Sequence[CheckOutcome]) -> str:
        table = checks[0].key
        of_table = where(run_id=earlier, stage=table.stage, table_name=table.table, slice_key=None)
        names = ("run_id", "column_name", "check_name")
        stored = self.store.read(CHECK_RESULTS, of_table & where(status="not_computable"), names).to_pylist()
        mine = {(check.key.column, check.check) for check in checks}
        runs = {row["run_id"] for row in stored if (row["column_name"], row["check_name"]) in mine}
        first = run
        for other in reversed(earlier):
            if other not in runs:
                break
            first = other
        return first


def _nodes(coverage: Coverage) -> list[ColumnKey]:
    """Return the stages that are wholly missing, then the tables that are missing from the other stages."""
    stages = dict.fromkeys(key.stage for key in coverage.missing if coverage.lacks_stage(key.stage))
    tables = (key.level for key in coverage.missing if key.stage not in stages)
    return [*(TableKey(stage, STAGE_LEVEL).level for stage in stages), *tables]


def _tables_of(coverage: Coverage, node: ColumnKey) -> tuple[TableKey, ...]:
    return coverage.of_stage(node.stage) if node.table == STAGE_LEVEL else (node.table_key,)


def _only_of_nothing(checks: Sequence[CheckOutcome]) -> bool:
    """Return whether the checks could not be computed only because there are no rows or values."""
    return all(check.lacks is Lack.VALUES for check in checks)


def _finding(evidence: Evidence, cause: Cause, fit: Fit, node: ColumnKey, severity: Severity, since: str) -> Finding:
    graph = evidence.graph
    return Finding(
        finding_id=finding_id(graph.pipeline, evidence.run_id, node, cause.name),
        run_id=evidence.run_id,
        severity=severity,
        cause=cause.name,
        finding_class=fit.finding_class or ("data" if graph.is_source(node.stage) else "pipeline"),
        origin=node,
        first_run=since,
        explains=tuple(str(key) for key in fit.also),
        confidence=_CONFIDENCE,
        alternatives=(),
        evidence=fit.evidence,
        sentence=f"{fit.sentence}.",
    )


def _explained(
    missing: Sequence[Finding], found: Sequence[Finding], tables: Collection[TableKey], graph: StageGraph
) -> tuple[list[Finding], list[Finding]]:
    """Return the findings about missing tables with what they explain, and the other findings that are left.

    What is left and lies behind a missing table says so: where its fault began cannot be told for certain.
    """
    names = {str(key): finding for finding in missing for key in tables if str(key) in finding.evidence["tables"]}
    explains: dict[str, list[str]] = {finding.finding_id: [*finding.explains] for finding in missing}
    left = []
    for finding in found:
        above = [str(key) for key in _upstream(graph, finding.origin) if key in tables]
        owner = next((names[name] for name in above if name in names), None)
        if owner is not None and owner.severity.rank >= finding.severity.rank and _is_of_absence(finding):
            explains[owner.finding_id] += [str(finding.origin), *finding.explains]
        else:
            left.append(_with_evidence(finding, {"missing_upstream": above} if above else {}))
    told = [replace(one, explains=tuple(dict.fromkeys(explains[one.finding_id]))) for one in missing]
    return told, left


def _is_of_absence(finding: Finding) -> bool:
    """Return whether a finding is about rows, keys or values that are gone, which a missing table can cause."""
    cause = cause_named(finding.cause)
    if cause is None or cause.of_values:
        return False
    shifts = finding.evidence.get("shifts", ())
    return any(not concerns_of(shift["statistic"]).isdisjoint(_OF_ABSENCE) for shift in shifts)


def _upstream(graph: StageGraph, origin: ColumnKey) -> list[TableKey]:
    """Return the tables that a node's rows or values come from, directly or not, the nearest first."""
    parents = () if origin.column == TABLE_LEVEL else graph.column_parents(origin.whole)
    waiting = [key.table_key for key in parents] or list(graph.table_parents(origin.table_key.whole))
    found: dict[TableKey, None] = {}
    while waiting:
        table = waiting.pop(0)
        if table not in found:
            found[table] = None
            waiting += graph.table_parents(table)
    return list(found)


def _with_checks(found: Sequence[Finding], coverage: Coverage, severity: Severity) -> tuple[list[Finding], Coverage]:
    """Return the findings with the checks that could not be computed where they began, and the other checks."""
    named: dict[str, list[CheckOutcome]] = {}
    left = []
    for check in coverage.checks:
        by = next((finding for finding in found if _accounts_for(finding, check, severity)), None)
        if by is None:
            left.append(check)
        else:
            named.setdefault(by.finding_id, []).append(check)
    told = [_with_evidence(finding, _named(named.get(finding.finding_id, []))) for finding in found]
    return told, replace(coverage, checks=left)


def _accounts_for(finding: Finding, check: CheckOutcome, severity: Severity) -> bool:
    origin = finding.origin
    if check.lacks is not Lack.VALUES and finding.severity.rank < severity.rank:
        return False
    if str(check.key) in finding.explains:
        return True
    if origin.table_key != check.key.table_key:
        return False
    # A key without values may be any of the table's columns.
    empty = check.lacks is Lack.VALUES and check.key.column == TABLE_LEVEL
    return empty or origin.column in {TABLE_LEVEL, check.key.column}


def _named(checks: Sequence[CheckOutcome]) -> Mapping[str, object]:
    rows = [{"check": one.check, "at": str(one.key), "reason": one.reason} for one in checks[:MAX_CHECKS_NAMED]]
    return {"checks_not_computable": rows} if rows else {}


def _with_evidence(finding: Finding, figures: Mapping[str, object]) -> Finding:
    return replace(finding, evidence={**finding.evidence, **figures}) if figures else finding
