"""From profiles to findings: what the Spark comparison does with a store, with profiles in memory.

The wiring is that module's, step by step; measuring, deciding and diagnosing are the product's own functions. What a
fault does not reach is measured once for the healthy run and taken over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.run_dates import run_date
from stageprint.decision import decide, previous_of, to_records
from stageprint.decision.flags import alerting_columns, excluded_runs_by_column, keys_of, suspect_columns
from stageprint.decision.references import Run, choose
from stageprint.diagnosis.diagnose import diagnose
from stageprint.diagnosis.evidence import Evidence, flagged_rows
from stageprint.diagnosis.graph import StageGraph
from stageprint.model import (
    TABLE_LEVEL,
    ColumnKey,
    ColumnProfile,
    Finding,
    ShiftRecord,
    TableKey,
    TableProfile,
)
from stageprint.shifts import ColumnHistory, TableHistory, measure, measure_tables

Profiles = Mapping[TableKey, TableProfile]
_MEMORY = 28


@dataclass(frozen=True)
class Past:
    """What earlier comparisons left: decisions, flags and watched columns of each run, oldest first."""

    profiles: dict[str, Profiles] = field(default_factory=dict)
    decided: dict[str, pa.Table] = field(default_factory=dict)
    flags: dict[str, set[ColumnKey]] = field(default_factory=dict)
    watched: dict[str, set[ColumnKey]] = field(default_factory=dict)

    def and_then(self, run: str, profiles: Profiles, decided: pa.Table) -> Past:
        """Return the past of the next run."""
        return Past(
            {**self.profiles, run: profiles},
            {**self.decided, run: decided},
            {**self.flags, run: alerting_columns(decided)},
            {**self.watched, run: suspect_columns(decided)},
        )


@dataclass(frozen=True)
class Judged:
    """One run compared with its past."""

    findings: list[Finding]
    measured: pa.Table
    decided: pa.Table


class Judge:
    """Compares runs of one pipeline.

    Args:
        config: The pipeline.
    """

    def __init__(self, config: PipelineConfig) -> None:
        self._config = config

    def compare(
        self, run: str, profiles: Profiles, past: Past, healthy: tuple[Profiles, pa.Table] | None = None
    ) -> Judged:
        """Compare a run with its past.

        Args:
            run: Its name.
            profiles: Its profiles.
            past: What the earlier runs left.
            healthy: Profiles and measurements of the same run without a fault, against the same past: columns whose
                profile is that run's own need no second measurement.
        """
        earlier = list(past.profiles)[-_MEMORY:]
        references = self._references(run, earlier, past)
        moved = {
            ColumnKey(key.stage, key.table, name)
            for key, profile in profiles.items()
            for name, column in profile.columns.items()
            if healthy is None or healthy[0][key].columns.get(name) is not column
        }
        graph = self._graph(run, earlier, profiles, past)
        # A column is measured beside the one it comes from: it is to be measured anew where either moved.
        moved |= {
            node
            for key in profiles
            for node in graph.nodes(key)
            if graph.taken_from(node) in moved and node.column in profiles[key].columns
        }
        histories = []
        for key in moved:
            current = profiles[key.table_key].columns[key.column]
            pasts = {
                name: [
                    column
                    for other in runs
                    if (column := past.profiles[other][key.table_key].columns.get(key.column)) is not None
                ]
                for name, runs in references(key).items()
            }
            histories.append(ColumnHistory(key, current, pasts, *self._above(graph, key, profiles, past, references)))
        parts = [self._tables(graph, profiles, past, references), measure(histories)]
        if healthy is not None:
            parts.append(_untouched(healthy[1], profiles, moved))
        measured = pa.concat_tables(parts)
        history = [past.decided[other] for other in earlier[-1:]]
        decided = decide(measured, previous_of(history[0]) if history else None, self._config.decision)
        return Judged(diagnose(self._evidence(run, earlier, profiles, past, decided)), measured, decided)

    def _above(
        self, graph: StageGraph, key: ColumnKey, profiles: Profiles, past: Past, references: _References
    ) -> tuple[ColumnKey | None, ColumnProfile | None, dict[str, list[ColumnProfile | None]]]:
        source = graph.taken_from(key)
        if source is None:
            return None, None, {}
        before = {
            name: [
                past.profiles[other][source.table_key].columns.get(source.column)
                for other in runs
                if key.column in past.profiles[other][key.table_key].columns
            ]
            for name, runs in references(key).items()
        }
        return source, profiles[source.table_key].columns.get(source.column), before

    def _graph(self, run: str, earlier: Sequence[str], profiles: Profiles, past: Past) -> StageGraph:
        everything = {**past.profiles, run: profiles}

        def columns(key: TableKey) -> list[str]:
            found = [everything[of][key] for of in (run, *earlier[-1:]) if key in everything[of]]
            return list(dict.fromkeys(name for profile in found for name in profile.columns))

        return StageGraph.from_config(self._config, columns)

    def _references(self, run: str, earlier: Sequence[str], past: Past) -> _References:
        runs = [Run(name, run_date(name)) for name in earlier]
        current = Run(run, run_date(run))
        settings = self._config.decision

        def chosen(flagged: set[str]) -> Mapping[str, Sequence[str]]:
            return choose(runs, current, flagged=flagged, window=settings.window, long_window=settings.long_window)

        away = excluded_runs_by_column(earlier, past.flags, past.watched)
        return _References(chosen(set()), {key: chosen(runs) for key, runs in away.items()})

    def _tables(self, graph: StageGraph, profiles: Profiles, past: Past, references: _References) -> pa.Table:
        histories = []
        for stage, table in self._config.select():
            key = TableKey(stage.name, table.name)
            source = graph.source_table(key)
            found: dict[str, list[TableProfile]] = {}
            upstreams: dict[str, list[TableProfile | None]] = {}
            for name, runs in references(ColumnKey(key.stage, key.table, TABLE_LEVEL)).items():
                found[name] = [past.profiles[other][key] for other in runs]
                upstreams[name] = [None if source is None else past.profiles[other][source] for other in runs]
            peers = self._config.peers(stage, table)
            beside = {
                name: [{role: past.profiles[other][peer] for role, peer in peers.items()} for other in runs]
                for name, runs in references(ColumnKey(key.stage, key.table, TABLE_LEVEL)).items()
            }
            upstream = None if source is None else profiles[source]
            now = {role: profiles[peer] for role, peer in peers.items()}
            histories.append(TableHistory(profiles[key], found, upstream, upstreams, stage.role, now, beside))
        return measure_tables(histories)

    def _evidence(
        self, run: str, earlier: Sequence[str], profiles: Profiles, past: Past, decided: pa.Table
    ) -> Evidence:
        records = to_records(flagged_rows(decided))
        everything = {**past.profiles, run: profiles}
        rows: dict[ColumnKey, list[int]] = {}
        for row, key in enumerate(keys_of(decided)):
            rows.setdefault(key, []).append(row)

        def others(key: ColumnKey) -> list[ShiftRecord]:
            return to_records(decided.take(pa.array(rows.get(key, []), pa.int64())))

        def column(key: ColumnKey, of: str) -> ColumnProfile | None:
            found = everything.get(of, {}).get(key.table_key)
            return None if found is None else found.columns.get(key.column)

        return Evidence(
            run_id=run,
            graph=self._graph(run, earlier, profiles, past),
            history=earlier,
            shifts=records,
            columns=column,
            tables=lambda key, of: everything.get(of, {}).get(key),
            flagged_runs=lambda key: [other for other in earlier if key in past.flags.get(other, ())],
            other_shifts=others,
        )


@dataclass(frozen=True)
class _References:
    runs: Mapping[str, Sequence[str]]
    by_column: Mapping[ColumnKey, Mapping[str, Sequence[str]]]

    def __call__(self, key: ColumnKey) -> Mapping[str, Sequence[str]]:
        return self.by_column.get(key) or self.runs


def _untouched(measured: pa.Table, profiles: Profiles, moved: set[ColumnKey]) -> pa.Table:
    """Return the measurements of columns that are still there and have not been measured anew."""
    keys = keys_of(measured)
    keep = [key not in moved and key.column in profiles[key.table_key].columns for key in keys]
    return measured.filter(pa.array(np.array(keep, dtype=bool)))
