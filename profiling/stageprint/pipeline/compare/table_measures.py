"""Measures the tables and slices of a run against their references."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

import pyarrow as pa

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_dates import run_date
from stageprint.config.stages import StageConfig
from stageprint.config.tables import TableConfig
from stageprint.diagnosis.graph import StageGraph
from stageprint.model import TableKey, TableProfile
from stageprint.pipeline.compare.planning import ReferencePlan
from stageprint.pipeline.stored_profiles import StoredProfiles
from stageprint.shifts import TableHistory, measure_tables


def measure_run(config: PipelineConfig, profiles: StoredProfiles, graph: StageGraph, plan: ReferencePlan) -> pa.Table:
    """Measure every table of a run, and every slice that is compared.

    Args:
        config: The pipeline.
        profiles: The store's profiles.
        graph: The stages and tables of the run.
        plan: What each table is compared with.

    Returns:
        A table of schema `stageprint.shifts.MEASUREMENTS`.
    """
    reader = _Histories(config, profiles, graph, plan)
    return measure_tables([*reader.of_tables(), *reader.of_slices()])


class _Histories:
    def __init__(
        self, config: PipelineConfig, profiles: StoredProfiles, graph: StageGraph, plan: ReferencePlan
    ) -> None:
        self._config = config
        self._profiles = profiles
        self._graph = graph
        self._plan = plan
        self._run = plan.run_id

    def of_tables(self) -> Iterator[TableHistory]:
        """Yield the history of each configured table that the run has."""
        for stage, table in self._config.select():
            key = TableKey(stage.name, table.name)
            current = self._profiles.table(key, self._run)
            if current is None:
                continue
            if not self._plan.tables:
                yield self._between_runs(stage, table, current)
            elif key in self._plan.tables:
                other = self._profiles.table(self._plan.tables[key], self._run)
                name = next(iter(self._plan.runs))
                yield TableHistory(current, {name: [other] if other is not None else []})

    def of_slices(self) -> Iterator[TableHistory]:
        """Yield the history of each slice, without upstream: only whole tables are compared with their source."""
        for key, current in self._profiles.slices(self._run).items():
            references, dates = {}, {}
            for name, runs in self._plan.of(key.whole.level).items():
                found = [(run, part) for run in runs if (part := self._profiles.slices(run).get(key)) is not None]
                references[name] = [part for _, part in found]
                dates[name] = [run_date(run) for run, _ in found]
            yield TableHistory(current, references, date=run_date(self._run), reference_dates=dates)

    def _between_runs(self, stage: StageConfig, table: TableConfig, current: TableProfile) -> TableHistory:
        key = current.key
        source = self._graph.source_table(key)
        references: dict[str, list[TableProfile]] = {}
        upstreams: dict[str, list[TableProfile | None]] = {}
        beside: dict[str, list[Mapping[str, TableProfile]]] = {}
        dates: dict[str, list[dt.date | None]] = {}
        for name, runs in self._plan.of(key.level).items():
            profiled = self._profiled(key, runs)
            references[name] = [profile for _, profile in profiled]
            dates[name] = [run_date(run) for run, _ in profiled]
            upstreams[name] = [None if source is None else self._profiles.table(source, run) for run, _ in profiled]
            beside[name] = [self._peers(stage, table, run) for run, _ in profiled]
        upstream = None if source is None else self._profiles.table(source, self._run)
        peers = self._peers(stage, table, self._run)
        date = run_date(self._run)
        return TableHistory(current, references, upstream, upstreams, stage.role, peers, beside, date, dates)

    def _profiled(self, key: TableKey, runs: Sequence[str]) -> list[tuple[str, TableProfile]]:
        return [(run, profile) for run in runs if (profile := self._profiles.table(key, run)) is not None]

    def _peers(self, stage: StageConfig, table: TableConfig, run: str) -> dict[str, TableProfile]:
        """Return the table's counterparts in the training, evaluation, serving and prediction stages of a run."""
        found = {role: self._profiles.table(key, run) for role, key in self._config.peers(stage, table).items()}
        return {role: profile for role, profile in found.items() if profile is not None}
