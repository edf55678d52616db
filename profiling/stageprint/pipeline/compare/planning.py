"""Plans with which earlier profiles each table and column of a run is compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stageprint.config.pipeline import PipelineConfig
from stageprint.decision.flags import excluded_runs_by_column
from stageprint.decision.references import Run, choose
from stageprint.diagnosis.graph import StageGraph
from stageprint.features.run_days import NO_WINDOWS, Windows, windows_by_date, with_event_time
from stageprint.model import ColumnKey, TableKey
from stageprint.model.lineage import NO_LINEAGE, Lineage
from stageprint.pipeline.compare.baseline import Baseline
from stageprint.pipeline.compare.past import Past
from stageprint.pipeline.marks import Acceptance
from stageprint.pipeline.slices import ComparedSlices
from stageprint.pipeline.stored_profiles import StoredProfiles
from stageprint.shifts import DeliveredAgain

References = Mapping[str, Sequence[str]]
"""Reference name → the runs in it, oldest first."""


@dataclass(frozen=True)
class ReferencePlan:
    """The profiles with which the columns of a run are compared.

    Attributes:
        run_id: Run under test.
        runs: Reference name → earlier runs, oldest first; the default for every column.
        by_table: Overrides of `runs` for tables that were not profiled in every earlier run.
        by_column: Overrides for columns that were flagged in earlier runs, or whose new level a person accepted.
        tables: For a comparison between stages: table → its counterpart in the other stage of the same run, which is
            the single reference in `runs`. Empty for comparisons between runs.
        upstream: Column → the upstream column that it is taken from.
        slices: The slices that are compared.
        days: Run → the days that its rows may be of, by the runs' dates.
        again: Tables whose rows and most columns are exactly those of the last run.
        event_days: Table or slice → run → the same, by its event times too; only where there are any.
    """

    run_id: str
    runs: References
    by_table: Mapping[TableKey, References] = field(default_factory=dict)
    by_column: Mapping[ColumnKey, References] = field(default_factory=dict)
    tables: Mapping[TableKey, TableKey] = field(default_factory=dict)
    upstream: Mapping[ColumnKey, ColumnKey] = field(default_factory=dict)
    slices: ComparedSlices = field(default_factory=ComparedSlices)
    days: Mapping[str, Windows] = field(default_factory=dict)
    event_days: Mapping[TableKey, Mapping[str, Windows]] = field(default_factory=dict)
    again: Mapping[TableKey, DeliveredAgain] = field(default_factory=dict)

    def windows(self, key: ColumnKey, run: str) -> Windows:
        """Return the days that the rows of a column in a run may be of, as `windows_by_date` returns them."""
        table = self.event_days.get(key.table_key) or self.event_days.get(key.table_key.whole) or {}
        return table.get(run) or self.days.get(run, NO_WINDOWS)

    @property
    def needed_runs(self) -> set[str]:
        """All runs whose profiles are read, the run under test included."""
        sets = [self.runs, *self.by_table.values(), *self.by_column.values()]
        return {self.run_id}.union(*(set(runs) for references in sets for runs in references.values()))

    def of(self, key: ColumnKey) -> References:
        """Return the references of one column; for a table use the key of its `level`."""
        return self.by_column.get(key) or self.by_table.get(key.table_key) or self.runs


class Planner:
    """Plans comparisons of a pipeline's runs.

    Args:
        config: The pipeline.
        baseline: What runs are compared with.
        runs: Every run of the store, oldest first.
        profiles: The store's profiles.
        past: What earlier comparisons found.
        accepted: Column → the shift that a person accepted as its new normal.
        lineage: What is recorded outside the configuration.
    """

    def __init__(
        self,
        config: PipelineConfig,
        baseline: Baseline,
        runs: Sequence[Run],
        profiles: StoredProfiles,
        past: Past,
        accepted: Mapping[ColumnKey, Acceptance],
        lineage: Lineage = NO_LINEAGE,
    ) -> None:
        self._config = config
        self._baseline = baseline
        self._runs = runs
        self._profiles = profiles
        self._past = past
        self._accepted = accepted
        self._lineage = lineage
        self._graph: tuple[str, StageGraph] | None = None

    def plan(self, run: str, earlier: Sequence[str]) -> ReferencePlan:
        """Return the plan for a run.

        Args:
            run: The run.
            earlier: The earlier runs that may be references, oldest first.
        """
        everything = {*earlier, run, *self._baseline.pinned_runs}
        return ReferencePlan(
            run_id=run,
            runs=self._choose(run, everything, set()),
            by_table=self._by_table(run, everything),
            by_column=self._by_column(run, earlier, everything),
            tables=self._counterparts(run),
            upstream=self._upstream(run, earlier),
            slices=self._profiles.compared_slices,
            again=self._profiles.delivered_again(run, earlier[-1]) if earlier and not self._baseline.stage else {},
            **self._days(everything),
        )

    def _days(self, runs: set[str]) -> dict[str, Any]:
        """Return the days of the runs by their dates, and by the event times of the tables that have any."""
        known = [run for run in self._runs if run.run_id in runs]
        by_date = windows_by_date([None if run.merged else run.date for run in known])
        days = {run.run_id: windows for run, windows in zip(known, by_date, strict=True)}
        events: dict[TableKey, dict[str, Windows]] = {}
        for run, windows in days.items():
            for key, profile in {**self._profiles.tables(run), **self._profiles.slices(run)}.items():
                if profile.event_range is not None:
                    events.setdefault(key, {})[run] = with_event_time(windows, profile.event_range)
        return {"days": days, "event_days": events}

    def graph(self, run: str, earlier: Sequence[str]) -> StageGraph:
        """Return the graph of stages, tables and columns in a run and, of each table, the last run that profiled it."""
        if self._graph is None or self._graph[0] != run:
            # Runs are compared one after the other: only the latest graph is kept.
            self._graph = (
                run,
                StageGraph.from_config(self._config, self.columns_of(run, earlier), lineage=self._lineage),
            )
        return self._graph[1]

    def columns_of(self, run: str, earlier: Sequence[str]) -> Callable[[TableKey], Sequence[str]]:
        """Return a function: table → its column names in a run and in the latest earlier run that profiled it."""

        def names(key: TableKey) -> Sequence[str]:
            last = next((other for other in reversed(earlier) if self._profiles.table(key, other) is not None), None)
            return self._profiles.column_names(key, [run] if last is None else [run, last])

        return names

    def _choose(self, run: str, profiled: set[str], flagged: set[str]) -> References:
        settings = self._config.decision
        return choose(
            [known for known in self._runs if known.run_id in profiled],
            next(known for known in self._runs if known.run_id == run),
            flagged=flagged,
            baseline=self._baseline.text,
            window=settings.window,
            long_window=settings.long_window,
        )

    def _by_table(self, run: str, everything: set[str]) -> dict[TableKey, References]:
        """Return the references of tables that were not profiled in every run."""
        pinned, found = set(self._baseline.pinned_runs), {}
        for table in self._profiles.tables(run):
            profiled = {other for other in everything if table in self._profiles.tables(other)}
            if profiled != everything and pinned <= profiled:
                found[table] = self._choose(run, profiled, set())
        return found

    def _by_column(self, run: str, earlier: Sequence[str], everything: set[str]) -> dict[ColumnKey, References]:
        """Return the references of columns with excluded runs, or with a level that a person accepted."""
        pinned, found = set(self._baseline.pinned_runs), {}
        excluded = excluded_runs_by_column(earlier, self._past.alerting, self._past.suspect)
        # A level may have been accepted in a run that was marked as bad since.
        names = [known.run_id for known in self._runs]
        kept = {*earlier, *(known.run_id for known in self._runs if known.bad)}
        before = [name for name in names[: names.index(run)] if name in kept]
        for key in {*excluded, *self._accepted}:
            profiled = {other for other in everything if self._profiles.table(key.table_key, other) is not None}
            flagged = excluded.get(key, set())
            accepted = self._accepted.get(key)
            if accepted is not None and accepted.first in before:
                # The accepted level is the reference: no run before it, and its own runs although they were flagged.
                start = before.index(accepted.first)
                end = before.index(accepted.through) + 1 if accepted.through in before else len(before)
                profiled -= set(before[:start])
                flagged = flagged - set(before[start:end])
            if pinned <= profiled:
                found[key] = self._choose(run, profiled, flagged)
        return found

    def _upstream(self, run: str, earlier: Sequence[str]) -> dict[ColumnKey, ColumnKey]:
        """Return the upstream column that each column is taken from; empty for a comparison between stages."""
        if self._baseline.stage is not None:
            return {}
        graph = self.graph(run, earlier)
        nodes = (
            node for key in self._profiles.tables(run) if not graph.is_source(key.stage) for node in graph.nodes(key)
        )
        return {node: source for node in nodes if (source := graph.taken_from(node)) is not None}

    def _counterparts(self, run: str) -> dict[TableKey, TableKey]:
        """Return the table of the other stage that each table is compared with; empty for a comparison between runs.

        It is the table of the same name, else the one that shares most column names.
        """
        stage = self._baseline.stage
        if stage is None:
            return {}
        tables = self._profiles.tables(run)
        others = [key for key in tables if key.stage == stage]
        left_out = {stage, *self._config.ancestors(stage)}
        found = {}
        for key, profile in tables.items():
            if key.stage in left_out:
                continue
            names = {one.name.casefold() for one in profile.schema}
            shared = {other: len(names & {one.name.casefold() for one in tables[other].schema}) for other in others}
            best = max(others, key=lambda other: (other.table == key.table, shared[other]), default=None)
            if best is not None and shared[best] > 0:
                found[key] = best
        return found
