"""The local half of a comparison, in Spark: column groups → measurements, in executors.

Profiles and sketches stay there; the driver gets numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as F  # noqa: N812 -- the name Spark's own documentation uses
from pyspark.sql.pandas.types import from_arrow_schema

from stageprint.engines.spark.sliced import of_whole_or, with_slice_names
from stageprint.features.compact import COMPACT_VERSION, read_compact
from stageprint.features.from_profile import STATES_COMPARED
from stageprint.model import ColumnKey, ColumnKind, ColumnProfile, TableKey
from stageprint.shifts import (
    MEASUREMENTS,
    ColumnHistory,
    Past,
    measure,
)
from stageprint.stores.spark.rows import states_of
from stageprint.stores.spark.store import Store
from stageprint.stores.spark.tables import column_profiles

_PLACE = ("run_id", "stage", "table_name", "column_name")
_FACTS = ("column_position", "data_type", "column_kind")
_COLUMNS_A_GROUP = 2_000

References = Mapping[str, Sequence[str]]
"""Reference name → the runs in it, oldest first."""


@dataclass(frozen=True)
class ReferencePlan:
    """Which profiles a column is compared with.

    Attributes:
        run_id: Run under test.
        runs: Reference name → earlier runs, oldest first, for columns that are in neither of the next two.
        by_table: The same for the columns of a table that missed some run.
        by_column: The same for a column some of whose earlier runs were flagged.
        tables: For stage against stage: table → the table of the other stage (same run) under reference `runs`'
            single name; empty for comparisons between runs.
        upstream: Column → the column of the same name upstream that it is taken from.
        slices: The slices that are compared too, as `stageprint.engines.spark.sliced.compared_slices` has them.
    """

    run_id: str
    runs: References
    by_table: Mapping[TableKey, References] = field(default_factory=dict)
    by_column: Mapping[ColumnKey, References] = field(default_factory=dict)
    tables: Mapping[TableKey, TableKey] = field(default_factory=dict)
    upstream: Mapping[ColumnKey, ColumnKey] = field(default_factory=dict)
    slices: tuple[str, ...] = ()

    @property
    def needed_runs(self) -> set[str]:
        """Every run whose profiles are read."""
        sets = [self.runs, *self.by_table.values(), *self.by_column.values()]
        return {self.run_id}.union(*(set(runs) for references in sets for runs in references.values()))

    def of(self, key: ColumnKey) -> References:
        """Return reference name → earlier runs of one column (or table)."""
        return self.by_column.get(key) or self.by_table.get(key.table_key) or self.runs


def measure_columns(store: Store, plan: ReferencePlan) -> pa.Table:
    """Measure every column of the run under test against its references.

    Returns:
        A table of schema `stageprint.shifts.MEASUREMENTS`.
    """
    groups = max(int(store.spark.conf.get("spark.sql.shuffle.partitions") or "4"), 1)
    return (
        grouped(stored_profiles(store, plan), plan, groups)
        .groupBy("group")
        .applyInArrow(_measurer(plan), from_arrow_schema(MEASUREMENTS))
        .toArrow()
        .cast(MEASUREMENTS)
    )


def stored_profiles(store: Store, plan: ReferencePlan) -> DataFrame:
    """Return the stored profiles that are compared: the states of this run, the compact features of earlier runs.

    Profiles of earlier runs without compact features, or with those of another release, come with their states.
    """
    kept = sorted(STATES_COMPARED)
    states = F.struct(*(F.col("states")[name].alias(name) for name in kept)).alias("states")
    no_states = F.lit(None).cast("struct<" + ",".join(f"{name}:binary" for name in kept) + ">").alias("states")
    no_compact = F.lit(None).cast("binary").alias("compact_features")
    rows = with_slice_names(
        store.read(column_profiles())
        .where(F.col("run_id").isin(sorted(plan.needed_runs)))
        .where(of_whole_or(plan.slices))
    )
    version = F.col("compact_features_version")
    now, compact = F.col("run_id") == plan.run_id, version == COMPACT_VERSION
    whole = (*_PLACE, *_FACTS, no_compact, states)
    found = rows.where(now).select(*whole)
    if len(plan.needed_runs) > 1:
        # Two reads, so that states are only read from the files of this run.
        found = found.unionByName(rows.where(~now & compact).select(*_PLACE, *_FACTS, "compact_features", no_states))
        unlike = version.isNull() | (version != COMPACT_VERSION)
        found = found.unionByName(rows.where(~now & unlike).select(*whole))
    return found


def grouped(frame: DataFrame, plan: ReferencePlan, groups: int) -> DataFrame:
    """Return rows of columns with the `group` of each: columns that are compared with each other share one."""
    name = F.lower("column_name")
    if plan.tables:
        # Between stages a column's counterpart is in another table, under the same name.
        place = F.xxhash64(name)
    elif plan.upstream:
        origins = frame.sparkSession.createDataFrame(_origins(plan.upstream))
        frame = frame.join(F.broadcast(origins), list(_PLACE[1:]), "left")
        place = F.coalesce("origin", F.xxhash64("stage", "table_name", "column_name"))
    else:
        place = F.xxhash64("stage", "table_name", name)
    return frame.withColumn("group", F.pmod(place, F.lit(groups)).cast("int")).drop("origin")


def _origins(upstream: Mapping[ColumnKey, ColumnKey]) -> pa.Table:
    """Return a number for the first origin of every column that is taken from another or that others are taken from."""
    first: dict[ColumnKey, ColumnKey] = {}
    for key in upstream:
        way = [key]
        while way[-1] in upstream and way[-1] not in first:
            way.append(upstream[way[-1]])
        origin = first.get(way[-1], way[-1])
        first.update(dict.fromkeys(way, origin))
    numbers = {origin: number for number, origin in enumerate(dict.fromkeys(first.values()))}
    columns = [[key.stage for key in first], [key.table for key in first], [key.column for key in first]]
    return pa.table([*columns, [numbers[origin] for origin in first.values()]], names=[*_PLACE[1:], "origin"])


def _measurer(plan: ReferencePlan) -> Callable[[pa.Table], pa.Table]:
    def run(group: pa.Table) -> pa.Table:
        return measure_group(group, plan)

    return run


def measure_group(group: pa.Table, plan: ReferencePlan) -> pa.Table:
    """Measure the columns of one group; a pure function of Arrow tables."""
    profiles = _Profiles(group)
    by_column: dict[ColumnKey, dict[str, int]] = {}
    keys = zip(
        group.column("stage").to_pylist(),
        group.column("table_name").to_pylist(),
        group.column("column_name").to_pylist(),
        group.column("run_id").to_pylist(),
        strict=True,
    )
    for position, (stage, table, column, run) in enumerate(keys):
        by_column.setdefault(ColumnKey(stage, table, column), {})[run] = position
    current = [key for key, runs in by_column.items() if plan.run_id in runs]
    tables = []
    for start in range(0, len(current), _COLUMNS_A_GROUP):
        read = _Read(profiles, by_column, plan.run_id)
        histories = [_history(read, plan, key) for key in current[start : start + _COLUMNS_A_GROUP]]
        tables.append(measure([history for history in histories if history is not None]))
    return pa.concat_tables([MEASUREMENTS.empty_table(), *tables])


class _Profiles:
    """The profiles in a group's rows, rebuilt one at a time: all of them at once would take too much memory."""

    def __init__(self, group: pa.Table) -> None:
        self._names, self._positions, self._types, self._kinds = (
            group.column(name).to_pylist() for name in ("column_name", *_FACTS)
        )
        self._compact = group.column("compact_features").combine_chunks()
        stored = group.column("states").combine_chunks()
        fields = [field.name for field in stored.type]
        self._states = {name: stored.field(name) for name in fields if name in STATES_COMPARED}

    def past(self, row: int) -> Past:
        """Return what later runs are compared with: its compact features, or the whole profile without them."""
        compact = self._compact[row].as_py()
        if compact is None:
            return self.at(row)
        return read_compact(ColumnKind(self._kinds[row]), self._types[row], compact)

    def at(self, row: int) -> ColumnProfile:
        """Return the profile in a row, with the states that are measured."""
        return ColumnProfile(
            column=self._names[row],
            position=self._positions[row],
            data_type=self._types[row],
            kind=ColumnKind(self._kinds[row]),
            states=states_of({name: values[row].as_py() for name, values in self._states.items()}),
        )


class _Read:
    """The profiles of some columns, each read once: those that others come from are asked for twice.

    Args:
        profiles: The group's profiles.
        rows: Column → run → its row.
        run_id: Run under test.
    """

    def __init__(self, profiles: _Profiles, rows: Mapping[ColumnKey, Mapping[str, int]], run_id: str) -> None:
        self._profiles, self.rows, self._run_id = profiles, rows, run_id
        self._now: dict[int, ColumnProfile] = {}
        self._past: dict[int, Past] = {}

    def now(self, key: ColumnKey) -> ColumnProfile | None:
        """Return a column's profile in the run under test; None: it has none."""
        row = self.rows.get(key, {}).get(self._run_id)
        if row is None:
            return None
        if row not in self._now:
            self._now[row] = self._profiles.at(row)
        return self._now[row]

    def past(self, key: ColumnKey, run: str) -> Past | None:
        """Return a column in an earlier run; None: it was not there."""
        row = self.rows.get(key, {}).get(run)
        if row is None:
            return None
        if row not in self._past:
            self._past[row] = self._profiles.past(row)
        return self._past[row]


def _history(read: _Read, plan: ReferencePlan, key: ColumnKey) -> ColumnHistory | None:
    now = read.now(key)
    if now is None:
        return None
    if plan.tables:
        other = plan.tables.get(key.table_key)
        match = _same_name(key, other, read.rows) if other is not None else None
        if match is None:
            return None
        found = read.now(match)
        name = next(iter(plan.runs))
        return ColumnHistory(key, now, {name: [found] if found is not None else []})
    chosen = plan.of(key)
    loaded = {run: read.past(key, run) for run in {run for runs in chosen.values() for run in runs}}
    known = {name: [run for run in runs if loaded[run] is not None] for name, runs in chosen.items()}
    references = {name: [p for run in runs if (p := loaded[run]) is not None] for name, runs in known.items()}
    above = plan.upstream.get(key)
    if above is None:
        return ColumnHistory(key, now, references)
    past = {name: [read.past(above, run) for run in runs] for name, runs in known.items()}
    return ColumnHistory(key, now, references, above, read.now(above), past)


def _same_name(key: ColumnKey, table: TableKey, by_column: Mapping[ColumnKey, Mapping[str, int]]) -> ColumnKey | None:
    exact = ColumnKey(table.stage, table.table, key.column)
    if exact in by_column:
        return exact
    folded = [
        other for other in by_column if other.table_key == table and other.column.casefold() == key.column.casefold()
    ]
    return folded[0] if len(folded) == 1 else None
