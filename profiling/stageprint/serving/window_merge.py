"""Merges the windows of several replicas and times into one, with the states of all their rows.

Replicas need not agree. One may have seen only nulls in a column, only whole numbers in a column of floats, or not the
column at all. The merged profile is that of one profiler that saw all rows. If the states do not tell that profile, the
column keeps its counts of rows and nulls, and the reason.

Merging is associative: a merged window can be written, read and merged again, so each Spark task can merge some files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from stageprint.batch.column import ColumnBatch
from stageprint.config.sketches import SketchSettings
from stageprint.errors import StateError
from stageprint.fingerprint import ColumnPlan, States, plan_column
from stageprint.model import ColumnKind
from stageprint.serving.windows import RejectedValues, Window
from stageprint.states.base import HEADER_BYTES, State, all_states
from stageprint.states.counts import CountsState
from stageprint.states.extremes import ExtremesState
from stageprint.states.hll import HllState
from stageprint.states.kll import KllState
from stageprint.states.moments import MomentsState
from stageprint.states.number_forms import NumberFormsState
from stageprint.states.sums import SumsState
from stageprint.states.theta import ThetaState
from stageprint.states.value_counts import ValueCountsState

VOID: Final = "void"
"""Spark SQL's name for the type of a column that held only nulls."""

_MIXED_NUMBERS: Final = frozenset({ColumnKind.INTEGER, ColumnKind.FLOAT})
_CHUNK_VALUES: Final = 1 << 20
_INTEGER_TYPES_BY_WIDTH: Final = ("tinyint", "smallint", "int", "bigint", "decimal(20,0)")


@dataclass
class _MergedStates:
    """The states of a column or key, merged over the windows so far.

    Attributes:
        states: The states.
        rows: Rows that they cover; in the rows of windows without the column it counts as null.
        plan: The column's plan; None for a key.
        secret: Id of the secret that a key is hashed with; None: it is not hashed, or the states are of a column.
    """

    states: dict[str, State]
    rows: int
    plan: ColumnPlan | None = None
    secret: str | None = None


class WindowMerger:
    """Merges windows of one table and run, added in any order.

    Args:
        settings: Sketch sizes that every window must have; None: those of the first window.
    """

    def __init__(self, settings: SketchSettings | None = None) -> None:
        self._settings = settings
        self._first: Window | None = None
        self._rows = 0
        self._columns: dict[str, _MergedStates] = {}
        self._keys: dict[tuple[str, ...], _MergedStates] = {}
        self._unusable_keys: dict[tuple[str, ...], str] = {}
        self._columns_seen: set[tuple[frozenset[tuple[str, ...]], frozenset[str]]] = set()
        self._rejected: dict[str, RejectedValues] = {}
        self._notes: dict[str, str] = {}
        self._problems: list[str] = []
        self._replicas: set[str] = set()

    def add(self, window: Window) -> None:
        """Add a window; one that is refused changes nothing.

        Raises:
            StateError: The window is of another table or run, or its sketches have other sizes.
        """
        self._check(window)
        if self._first is None:
            self._first = window
        else:
            start, end = min(self._first.start, window.start), max(self._first.end, window.end)
            self._first = replace(self._first, start=start, end=end)
        self._rows += window.rows
        self._replicas.update(window.replica.split(","))
        for name, rejected in window.rejected.items():
            self._reject(name, rejected)
        for index, column in enumerate(window.plan.columns):
            self._add_column(column, window.states[index], window.rows)
        self._add_keys(window)
        for name, note in window.notes.items():
            self._notes.setdefault(name, note)
        self._problems += [problem for problem in window.problems if problem not in self._problems]

    def merged(self) -> Window:
        """Return one window with the rows of all windows added so far.

        Raises:
            StateError: No window was added.
        """
        if self._first is None:
            message = "no window to merge"
            raise StateError(message)
        parts = [replace(part, states=dict(part.states)) for part in self._columns.values()]
        columns = tuple(
            replace(cast("ColumnPlan", part.plan), position=place, states=self._kept(part))
            for place, part in enumerate(parts)
        )
        keys = {key: part for key, part in self._keys.items() if key not in self._unusable_keys}
        plan = replace(self._first.plan, columns=columns, keys=tuple(keys))
        states: dict[int, States] = {index: _filled(part, self._rows) for index, part in enumerate(parts)}
        states |= {-1 - number: _filled(part, self._rows) for number, part in enumerate(keys.values())}
        states[plan.table_index] = plan.empty_states(plan.table_index)
        _counts(states[plan.table_index]).add_rows(self._rows, 0)
        broken = [f"key {'+'.join(key)} is not computable: {reason}" for key, reason in self._unusable_keys.items()]
        return replace(
            self._first,
            replica=",".join(sorted(self._replicas)),
            plan=plan,
            states=states,
            rejected=dict(self._rejected),
            notes=dict(self._notes),
            problems=tuple(dict.fromkeys([*self._problems, *broken])),
        )

    def _check(self, window: Window) -> None:
        if self._first is not None and (window.key, window.run_id) != (self._first.key, self._first.run_id):
            message = (
                f"window of {window.key}, run {window.run_id!r}, among those of {self._first.key}, "
                f"run {self._first.run_id!r}"
            )
            raise StateError(message)
        wanted = self._settings or (self._first.plan.settings if self._first is not None else window.plan.settings)
        if window.plan.settings != wanted:
            message = (
                f"written with other sketch sizes ({window.plan.settings}) than expected ({wanted}); "
                "start the serving process with the same `sketches`"
            )
            raise StateError(message)

    def _reject(self, name: str, values: RejectedValues) -> None:
        self._rejected[name] = self._rejected[name] + values if name in self._rejected else values

    def _add_column(self, column: ColumnPlan, states: States, rows: int) -> None:
        part = self._columns.get(column.path)
        if part is None or _is_void(cast("ColumnPlan", part.plan)):
            # All rows so far are null; `merged` adds them.
            if part is None or not _is_void(column):
                self._columns[column.path] = _MergedStates(_copied(states), 0 if _is_void(column) else rows, column)
            return
        if _is_void(column):
            return
        plan = cast("ColumnPlan", part.plan)
        if (plan.sensitive, plan.hash_key_id) != (column.sensitive, column.hash_key_id):
            reason = "some windows were written with another `columns.sensitive` or another secret"
            self._reject(column.path, RejectedValues(_values(states) if states else 0, reason, column.data_type))
            return
        if plan.kind is not column.kind:
            if {plan.kind, column.kind} != _MIXED_NUMBERS:
                values = _values(states) if states else 0
                reason = f"its type changed from {plan.data_type} to {column.data_type}"
                self._reject(column.path, RejectedValues(values, reason, column.data_type))
                return
            settings = cast("Window", self._first).plan.settings
            if column.kind is ColumnKind.INTEGER:
                states = self._as_floats(column, states, settings)
            else:
                part.states = dict(self._as_floats(column, part.states, settings))
                plan = replace(plan, kind=ColumnKind.FLOAT, data_type=column.data_type)
        part.rows += rows
        part.plan = replace(plan, data_type=_wider(plan.data_type, column.data_type))
        for name in [name for name in part.states if name not in states]:
            del part.states[name]
        for name, state in part.states.items():
            state.merge(states[name])

    def _as_floats(self, column: ColumnPlan, states: States, settings: SketchSettings) -> States:
        found = integers_as_floats(states, settings)
        # Only columns of whole numbers keep exact sums, so losing that state needs no note.
        if states.keys() - found.keys() - {SumsState.name}:
            self._notes[column.path] = (
                "some windows held only whole numbers, others fractions; more than a thousand distinct whole numbers "
                "cannot be counted together with floats: declare the column's type (`columns`)"
            )
        return found

    def _kept(self, part: _MergedStates) -> tuple[str, ...]:
        return tuple(name for name in all_states() if name in part.states)

    def _add_keys(self, window: Window) -> None:
        for number, key in enumerate(window.plan.keys):
            states = window.states[-1 - number]
            part = self._keys.get(key)
            if part is None:
                secret = window.plan.key_hash_id(-1 - number)
                self._keys[key] = _MergedStates(_copied(states), window.rows, secret=secret)
            elif part.secret != window.plan.key_hash_id(-1 - number) or part.states.keys() != states.keys():
                self._unusable_keys[key] = "some windows were hashed with another secret, or not hashed"
            elif _key_kind(part.states) is not _key_kind(states):
                self._unusable_keys[key] = "its type changed between windows"
            else:
                part.rows += window.rows
                for name, state in part.states.items():
                    state.merge(states[name])
        if window.rows:
            present = frozenset(column.path for column in window.plan.columns if not _is_void(column))
            self._columns_seen.add((frozenset(window.plan.keys), present))
        for key in self._keys:
            # In a window without one of its columns the key is null in every row; `merged` adds these rows.
            if any(key not in keys and columns >= set(key) for keys, columns in self._columns_seen):
                self._unusable_keys[key] = "some windows were written without it; give all replicas one configuration"
            lost = [name for name in key if name in self._rejected]
            if lost:
                self._unusable_keys[key] = f"{lost[0]} has values that could not be profiled"


def merge_windows(windows: Iterable[Window], settings: SketchSettings | None = None) -> Window:
    """Return one window with the rows of all the given ones.

    The order of the windows matters only to the last digits of moments and to the random choices of sketches.

    Args:
        windows: Windows of one table and run.
        settings: Sketch sizes that every window must have; None: those of the first window.

    Raises:
        StateError: There are no windows, or they are not of one table, run and sketch size.
    """
    merger = WindowMerger(settings)
    for window in sorted(windows, key=lambda window: (window.start, window.replica)):
        merger.add(window)
    return merger.merged()


def reduce_rejected_columns(window: Window) -> Window:
    """Return a merged window in which columns with rejected values keep only their counts of rows and nulls.

    Other figures would be those of the accepted values, and would look like figures of the whole column. Columns with
    rejected values that are not in the plan are added at its end. `notes` gives the reason for each of these columns.
    """
    rows = window.rows
    columns: list[ColumnPlan] = []
    states: dict[int, States] = {}
    notes = dict(window.notes)
    for index, column in enumerate(window.plan.columns):
        rejected = window.rejected.get(column.path)
        found: States = window.states[index]
        if rejected is not None:
            notes[column.path] = _rejected_note(rejected, rows)
            if found:
                found = _counted_only(rows, _values(found) + rejected.values, window.plan.settings)
                column = replace(column, kind=ColumnKind.OTHER, states=tuple(found))  # noqa: PLW2901 -- as stored
        states[index] = found
        columns.append(column)
    planned = {column.path for column in columns}
    for name, rejected in window.rejected.items():
        if name not in planned:
            notes[name] = _rejected_note(rejected, rows)
            states[len(columns)] = _counted_only(rows, rejected.values, window.plan.settings)
            columns.append(plan_column(name, len(columns), rejected.data_type, ColumnKind.OTHER))
    # `merged` has already dropped the keys of columns with rejected values.
    plan = replace(window.plan, columns=tuple(columns))
    states |= {-1 - number: window.states[-1 - number] for number in range(len(plan.keys))}
    states[plan.table_index] = window.states[window.plan.table_index]
    return replace(window, plan=plan, states=states, notes=notes, rejected={})


def integers_as_floats(states: States, settings: SketchSettings) -> dict[str, State]:
    """Return the states of a column of whole numbers as those of a column of floats.

    Counts, moments, quantiles and extremes are the same. Hashes depend on the type (3 is not 3.0), so the sketches of
    distinct values can only be made again while `value_counts` holds every value. Otherwise they are left out, and so
    is `value_counts`.
    """
    result: dict[str, State] = {}
    counted = cast("ValueCountsState | None", states.get(ValueCountsState.name))
    known = counted if counted is not None and not counted.overflowed else None
    for name, state in states.items():
        if state.kind in {ColumnKind.OTHER, ColumnKind.STRING}:
            result[name] = state  # of a sensitive column: rows and nulls, or hashes of texts
        elif isinstance(state, CountsState | MomentsState | KllState):
            header = type(state).empty(ColumnKind.FLOAT, settings).to_bytes()[:HEADER_BYTES]
            result[name] = type(state).from_bytes(header + state.to_bytes()[HEADER_BYTES:])
        elif isinstance(state, ExtremesState):
            bounds = [float(cast("int", bound)) for bound in (state.minimum, state.maximum) if bound is not None]
            result[name] = _fed(ExtremesState, [np.array(bounds, np.float64)], settings)
        elif known is not None and isinstance(state, HllState | ThetaState):
            result[name] = _fed(type(state), [known.arrays()[0]], settings)
        elif known is not None and isinstance(state, ValueCountsState):
            result[name] = _fed(ValueCountsState, _repeated(known), settings)
    if CountsState.name in states and not _counts(states).rows_only:
        values = _counts(states).values
        result[NumberFormsState.name] = NumberFormsState.of(ColumnKind.FLOAT, finite=values, whole=values)
    return result


def _repeated(known: ValueCountsState) -> Iterator[npt.NDArray[np.float64]]:
    for value, count in zip(*known.arrays(), strict=True):
        for start in range(0, int(count), _CHUNK_VALUES):
            yield np.full(min(_CHUNK_VALUES, int(count) - start), value)


def _fed(cls: type[State], chunks: Iterable[npt.NDArray[np.float64]], settings: SketchSettings) -> State:
    state = cls.empty(ColumnKind.FLOAT, settings)
    for chunk in chunks:
        state.update(ColumnBatch(pa.array(chunk, pa.float64()), ColumnKind.FLOAT))
    return state


def _filled(part: _MergedStates, rows: int) -> States:
    """Return states that also cover the other rows of the window, as nulls; `part` is not changed."""
    missing = rows - part.rows
    if part.plan is not None and _is_void(part.plan):
        missing = rows
    if not missing or not part.states:
        return part.states
    counts = part.states[CountsState.name]
    filled = CountsState.from_bytes(counts.to_bytes()) if part.rows else CountsState(counts.kind)
    filled.add_rows(missing, missing)
    return {name: filled if name == CountsState.name else state for name, state in part.states.items()}


def _counted_only(rows: int, values: int, settings: SketchSettings) -> dict[str, State]:
    counts = CountsState.empty(ColumnKind.OTHER, settings)
    counts.add_rows(rows, rows - values)
    return {CountsState.name: counts}


def _rejected_note(rejected: RejectedValues, rows: int) -> str:
    return f"{rejected.values} of {rows} rows hold values that could not be profiled: {rejected.reason}"


def _key_kind(states: States) -> ColumnKind | None:
    theta = cast("ThetaState | None", states.get(ThetaState.name))
    return None if theta is None else theta.kind


def _values(states: States) -> int:
    counts = _counts(states)
    return counts.rows - counts.nulls


def _counts(states: Mapping[str, State]) -> CountsState:
    return cast("CountsState", states[CountsState.name])


def _is_void(column: ColumnPlan) -> bool:
    return column.data_type == VOID


def _wider(one: str, other: str) -> str:
    if one == other:
        return one
    if one in _INTEGER_TYPES_BY_WIDTH and other in _INTEGER_TYPES_BY_WIDTH:
        return max(one, other, key=_INTEGER_TYPES_BY_WIDTH.index)
    return "double" if {one, other} == {"float", "double"} else one


def _copied(states: States) -> dict[str, State]:
    # Merging changes a state; the caller's windows must not change.
    return {name: type(state).from_bytes(state.to_bytes()) for name, state in states.items()}
