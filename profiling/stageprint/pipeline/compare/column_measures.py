"""Measures the columns of a run against their references: stored profiles in, measurements out.

`measure_columns` is a pure function of Arrow tables, so that engines can run it in executors on groups of columns.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from stageprint.decision.flags import KEY, keys_of
from stageprint.features.column import ColumnFeatures
from stageprint.features.compact import COMPACT_VERSION, compact_features, read_compact
from stageprint.features.from_profile import STATES_COMPARED, read_column
from stageprint.model import ColumnKey, ColumnKind, ColumnProfile, TableKey
from stageprint.model.where import Where, where
from stageprint.pipeline.compare.planning import ReferencePlan
from stageprint.pipeline.profile_codec import states_of
from stageprint.pipeline.tables import column_profiles
from stageprint.ports import ProfileStore
from stageprint.shifts import MEASUREMENTS, ColumnHistory, measure

FACTS: Final = ("column_position", "data_type", "column_kind", "sensitive", "hash_key_id")
"""Columns of `column_profiles` that are read besides the key, the states and the compact features."""

COLUMNS: Final = ("run_id", *KEY, *FACTS)

STATE_FIELDS: Final = tuple(f"states.{name}" for name in sorted(STATES_COMPARED))
"""The states that comparisons use, as fields of `column_profiles.states`."""

STATE_COLUMNS: Final = tuple(name.replace(".", "_") for name in STATE_FIELDS)
"""The names of `STATE_FIELDS` in the result of a read."""

_MAX_COLUMNS_MEASURED_AT_ONCE: Final = 2_000


def read_profiles(store: ProfileStore, plan: ReferencePlan, rows: Where) -> pa.Table:
    """Read the profiles to compare: those of the run under test with states, earlier ones with compact features.

    Earlier profiles without compact features, or with features of another version, are read with their states.

    Args:
        store: The store.
        plan: What is compared with what.
        rows: Further condition on the rows of `column_profiles`.

    Returns:
        The input of `measure_columns`.
    """
    table, here = column_profiles(), rows & plan.slices.rows
    earlier = sorted(plan.needed_runs - {plan.run_id})
    parts = [store.read(table, here & where(run_id=plan.run_id), (*COLUMNS, *STATE_FIELDS))]
    if earlier:
        of_earlier, named = here & where(run_id=earlier), (*COLUMNS, "compact_features_version")
        found = store.read(table, of_earlier, (*named, "compact_features"))
        current = _is_current(found)
        parts.append(found.filter(current))
        if not pc.all(current).as_py():
            found = store.read(table, of_earlier, (*named, *STATE_FIELDS))
            parts.append(found.filter(pc.invert(_is_current(found))))
    names = (*COLUMNS, "compact_features", *STATE_COLUMNS)
    return pa.concat_tables([_with_columns(part, names) for part in parts])


def _is_current(profiles: pa.Table) -> pa.ChunkedArray:
    return pc.fill_null(pc.equal(profiles["compact_features_version"], COMPACT_VERSION), False)


def _with_columns(table: pa.Table, names: tuple[str, ...]) -> pa.Table:
    own = {name: table[name] if name in table.column_names else None for name in names}
    types = {name: pa.binary() for name in names if name == "compact_features" or name in STATE_COLUMNS}
    arrays = {
        name: pa.nulls(table.num_rows, types.get(name, pa.string())) if array is None else array
        for name, array in own.items()
    }
    return pa.table(arrays)


def measure_columns(group: pa.Table, plan: ReferencePlan) -> pa.Table:
    """Measure every column of the run under test in a group against its references.

    Args:
        group: Rows of `column_profiles` with `COLUMNS`, ``compact_features`` and `STATE_COLUMNS`. For each column it
            holds all runs of its references, and the same of the upstream column or counterpart.
        plan: What each column is compared with.

    Returns:
        A table of schema `stageprint.shifts.MEASUREMENTS`.
    """
    profiles = _Profiles(group)
    by_column: dict[ColumnKey, dict[str, int]] = {}
    for position, (key, run) in enumerate(zip(keys_of(group), group["run_id"].to_pylist(), strict=True)):
        if plan.slices.include(key.table_key):
            by_column.setdefault(key, {})[run] = position
    current = [key for key, runs in by_column.items() if plan.run_id in runs]
    tables = []
    for start in range(0, len(current), _MAX_COLUMNS_MEASURED_AT_ONCE):
        read = _Read(profiles, by_column, plan)
        histories = [_history(read, plan, key) for key in current[start : start + _MAX_COLUMNS_MEASURED_AT_ONCE]]
        tables.append(measure([history for history in histories if history is not None]))
    return pa.concat_tables([MEASUREMENTS.empty_table(), *tables])


class _Profiles:
    """Rebuilds profiles from a group's rows one at a time, since all of them together would take too much memory."""

    def __init__(self, group: pa.Table) -> None:
        self._names, self._positions, self._types, self._kinds, self._sensitive, self._hash_ids = (
            group.column(name).to_pylist() for name in ("column_name", *FACTS)
        )
        self._compact = group.column("compact_features").combine_chunks()
        self._states = {name.removeprefix("states_"): group.column(name).combine_chunks() for name in STATE_COLUMNS}

    def past(self, row: int) -> ColumnFeatures:
        """Return the compact features in a row, or those of its profile where there are none."""
        compact = self._compact[row].as_py()
        if compact is None:
            return compact_features(read_column(self.at(row)))
        features = read_compact(ColumnKind(self._kinds[row]), self._types[row], compact)
        features.labels_hash_id = self._hash_ids[row] if self._sensitive[row] == "hashed" else None
        return features

    def at(self, row: int) -> ColumnProfile:
        """Return the profile in a row, with the states that comparisons use."""
        return ColumnProfile(
            column=self._names[row],
            position=self._positions[row],
            data_type=self._types[row],
            kind=ColumnKind(self._kinds[row]),
            states=states_of({name: values[row].as_py() for name, values in self._states.items()}),
            sensitive=self._sensitive[row],
            hash_key_id=self._hash_ids[row],
        )


class _Read:
    """Caches the profiles of some columns, since an upstream column is used for itself and for its descendants.

    Args:
        profiles: The group's profiles.
        rows: Column → run → row of the group.
        plan: What each column is compared with.
    """

    def __init__(self, profiles: _Profiles, rows: Mapping[ColumnKey, Mapping[str, int]], plan: ReferencePlan) -> None:
        self._profiles, self.rows, self._plan = profiles, rows, plan
        self._now: dict[int, ColumnProfile] = {}
        self._past: dict[int, ColumnFeatures] = {}

    def now(self, key: ColumnKey) -> ColumnProfile | None:
        """Return a column's profile in the run under test, or None if it has none."""
        row = self.rows.get(key, {}).get(self._plan.run_id)
        if row is None:
            return None
        if row not in self._now:
            self._now[row] = self._profiles.at(row)
        return self._now[row]

    def past(self, key: ColumnKey, run: str) -> ColumnFeatures | None:
        """Return a column's features in an earlier run, or None if it has none."""
        row = self.rows.get(key, {}).get(run)
        if row is None:
            return None
        if row not in self._past:
            self._past[row] = self._profiles.past(row)
            self._past[row].windows = self._plan.windows(key, run)
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
    windows, again = plan.windows(key, plan.run_id), plan.again.get(key.table_key)
    above = plan.upstream.get(key)
    if above is None:
        return ColumnHistory(key, now, references, windows=windows, again=again)
    past = {name: [read.past(above, run) for run in runs] for name, runs in known.items()}
    return ColumnHistory(key, now, references, above, read.now(above), past, windows, again)


def _same_name(key: ColumnKey, table: TableKey, by_column: Mapping[ColumnKey, Mapping[str, int]]) -> ColumnKey | None:
    exact = table.column(key.column)
    if exact in by_column:
        return exact
    folded = [
        other for other in by_column if other.table_key == table and other.column.casefold() == key.column.casefold()
    ]
    return folded[0] if len(folded) == 1 else None
