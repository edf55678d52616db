"""Turns the decided shifts of a run into findings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import pyarrow as pa

from stageprint.config.pipeline import PipelineConfig
from stageprint.decision import to_records
from stageprint.decision.flags import keys_of
from stageprint.diagnosis.diagnose import Ranked, diagnose, ranked, worst_first
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.graph import StageGraph
from stageprint.diagnosis.past_moves import MAX_TRANSITIONS
from stageprint.diagnosis.reach import families
from stageprint.diagnosis.sliced import by_slice, named_slice, slice_graph, unexplained
from stageprint.model import CheckOutcome, ColumnKey, ColumnProfile, Finding, ShiftRecord, TableKey, TableProfile
from stageprint.pipeline.batching import packed
from stageprint.pipeline.compare.baseline import Baseline
from stageprint.pipeline.compare.decided import Decided
from stageprint.pipeline.compare.past import Past
from stageprint.pipeline.compare.planning import Planner, ReferencePlan
from stageprint.pipeline.stored_profiles import StoredProfiles

MAX_COLUMNS_DIAGNOSED_AT_ONCE: Final = 2_000
"""Columns in the tables that are diagnosed together: about 60 MiB of profiles."""


@dataclass(frozen=True)
class Diagnosis:
    """Finds the causes of a run's shifts.

    Attributes:
        config: The pipeline.
        baseline: What the run was compared with.
        profiles: The store's profiles.
        planner: Provides the graph of stages.
        past: Results of earlier comparisons.
        failed_checks: Returns the declared checks that a table failed in a run.
        max_columns_at_once: Columns in the tables that are diagnosed together, in runs that do not fit in memory.
    """

    config: PipelineConfig
    baseline: Baseline
    profiles: StoredProfiles
    planner: Planner
    past: Past
    failed_checks: Callable[[str, TableKey], Sequence[CheckOutcome]]
    max_columns_at_once: int = MAX_COLUMNS_DIAGNOSED_AT_ONCE

    def findings(
        self, run: str, earlier: Sequence[str], decided: Decided, plan: ReferencePlan, *, in_memory: bool
    ) -> list[Finding]:
        """Return the run's findings: first those of whole tables, then those that only show in a slice.

        Args:
            run: The run.
            earlier: The earlier runs, oldest first.
            decided: The run's decided shifts.
            plan: What the run was compared with.
            in_memory: Whether the profiles of all flagged tables fit in memory together; otherwise a few related tables
                are diagnosed at a time.
        """
        graph = self.planner.graph(run, earlier)
        whole, sliced = by_slice(to_records(decided.flagged))
        evidence = partial(self._evidence, run, earlier, decided, plan)
        found = self._diagnose(evidence, whole, graph, in_memory=in_memory)
        left = unexplained(sliced, whole, found)
        if not left:
            return found
        graph = slice_graph(self.config, left, self.planner.columns_of(run, earlier))
        of_slices = self._diagnose(evidence, left, graph, in_memory=in_memory)
        return [*found, *(named_slice(finding, self.config) for finding in of_slices)]

    def _diagnose(
        self,
        evidence: Callable[[Sequence[ShiftRecord], StageGraph], Evidence],
        records: Sequence[ShiftRecord],
        graph: StageGraph,
        *,
        in_memory: bool,
    ) -> list[Finding]:
        if in_memory:
            return diagnose(evidence(records, graph))

        def columns(family: Sequence[ShiftRecord]) -> int:
            return sum(len(graph.columns(table)) for table in {record.key.table_key for record in family})

        found: list[Ranked] = []
        for together in packed(families(records, graph), columns, self.max_columns_at_once):
            found += ranked(evidence([record for family in together for record in family], graph))
            self.profiles.forget_columns()
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
            self._load_columns(run, earlier, plan, tables)
        own = decided.of_tables(tables)
        rows = _rows_by_key(own)

        def other_shifts(key: ColumnKey) -> list[ShiftRecord]:
            return to_records(own.take(pa.array(rows.get(key, []), pa.int64())))

        def column(key: ColumnKey, of_run: str) -> ColumnProfile | None:
            if of_run != self.baseline.text:
                return self.profiles.column(key, of_run)
            table = plan.tables.get(key.table_key)
            return None if table is None else self.profiles.column(table.column(key.column), run)

        def table(key: TableKey, of_run: str) -> TableProfile | None:
            if of_run != self.baseline.text:
                return self.profiles.table(key, of_run)
            other = plan.tables.get(key)
            return None if other is None else self.profiles.table(other, run)

        pinned = self.baseline.text if self.baseline.stage is not None else self.baseline.run
        return Evidence(
            run_id=run,
            graph=graph,
            history=earlier,
            shifts=records,
            columns=column,
            tables=table,
            reference_run=None if pinned is None else lambda _: pinned,
            flagged_runs=lambda key: self.past.flagged_runs(earlier, key),
            unconfirmed_runs=lambda key: self.past.unconfirmed_runs(earlier, run, key),
            other_shifts=other_shifts,
            most=self.config.decision.severity_cap,
            failed_checks=lambda key: self.failed_checks(run, key),
        )

    def _load_columns(self, run: str, earlier: Sequence[str], plan: ReferencePlan, tables: set[TableKey]) -> None:
        """Read at once the profiles that the causes will need."""
        # A few tables are read with the runs in which a cause looks for how far a column moves by itself.
        width = sum(len(profile.schema) for table in tables if (profile := self.profiles.table(table, run)) is not None)
        back = MAX_TRANSITIONS + 1 if width * (MAX_TRANSITIONS + 1) <= self.max_columns_at_once else 1
        recent = [run, *earlier[-back:], *self.baseline.pinned_runs]
        upstream = {source.table_key for key, source in plan.upstream.items() if key.table_key in tables}
        counterparts = [plan.tables[table] for table in tables if table in plan.tables]
        self.profiles.load_columns(recent, [*(tables | upstream), *counterparts])


def _rows_by_key(decided: pa.Table) -> Mapping[ColumnKey, list[int]]:
    found: dict[ColumnKey, list[int]] = {}
    for row, key in enumerate(keys_of(decided)):
        found.setdefault(key, []).append(row)
    return found
