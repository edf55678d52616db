"""Windows of several replicas and times become one: the states of all their rows.

Replicas need not agree: one may have seen only nulls of a column so far, only whole numbers of a column of floats, or
not the column at all. What the merged profile says is what one profiler would have said of all rows; where that
cannot be known from the states the column keeps its counts of rows and nulls, and the reason.

Merging is associative: a merged window may be written, read and merged again, so that executors can merge their share.
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
from stageprint.fingerprint import ColumnPlan, States, TablePlan, plan_column
from stageprint.model import ColumnKind
from stageprint.serving.windows import Aside, Window
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
"""Type of a column that held nothing but nulls, as Spark SQL calls it."""

_WIDENED: Final = frozenset({ColumnKind.INTEGER, ColumnKind.FLOAT})
_REPEATED: Final = 1 << 20
_INTEGERS: Final = ("tinyint", "smallint", "int", "bigint", "decimal(20,0)")


@dataclass
class _Part:
    """A column, or a key, of the windows merged so far.

    Attributes:
        states: Merged states.
        rows: Rows they cover; those of windows without the column are null.
        plan: The column's plan; None for a key.
    """

    states: dict[str, State]
    rows: int
    plan: ColumnPlan | None = None


class WindowMerger:
    """Takes in windows of one table, in any order.

    Args:
        settings: Sketch sizes that every window must have; None takes the first one's.
    """

    def __init__(self, settings: SketchSettings | None = None) -> None:
        self._settings = settings
        self._first: Window | None = None
        self._rows = 0
        self._columns: dict[str, _Part] = {}
        self._keys: dict[tuple[str, ...], _Part] = {}
        self._broken: dict[tuple[str, ...], str] = {}
        self._seen: set[tuple[frozenset[tuple[str, ...]], frozenset[str]]] = set()
        self._aside: dict[str, Aside] = {}
        self._notes: dict[str, str] = {}
        self._problems: list[str] = []
        self._replicas: set[str] = set()

    def add(self, window: Window) -> None:
        """Take in a window; one that does not fit changes nothing.

        Raises:
            StateError: The window is of another table or run, or has sketches of other sizes.
        """
        self._check(window)
        if self._first is None:
            self._first = window
        else:
            start, end = min(self._first.start, window.start), max(self._first.end, window.end)
            self._first = replace(self._first, start=start, end=end)
        self._rows += window.rows
        self._replicas.update(window.replica.split(","))
        for name, aside in window.aside.items():
            self._set_aside(name, aside)
        for index, column in enumerate(window.plan.columns):
            self._add_column(column, window.states[index], window.rows)
        self._add_keys(window)
        for name, note in window.notes.items():
            self._notes.setdefault(name, note)
        self._problems += [problem for problem in window.problems if problem not in self._problems]

    def merged(self) -> Window:
        """Return the windows taken in so far as one.

        Raises:
            StateError: There are none.
        """
        if self._first is None:
            message = "no window to merge"
            raise StateError(message)
        parts = [replace(part, states=dict(part.states)) for part in self._columns.values()]
        columns = tuple(
            replace(cast("ColumnPlan", part.plan), position=place, states=self._kept(part))
            for place, part in enumerate(parts)
        )
        keys = {key: part for key, part in self._keys.items() if key not in self._broken}
        plan = TablePlan(columns, tuple(keys), self._first.plan.settings)
        states: dict[int, States] = {index: _filled(part, self._rows) for index, part in enumerate(parts)}
        states |= {-1 - number: _filled(part, self._rows) for number, part in enumerate(keys.values())}
        states[plan.table_index] = plan.empty_states(plan.table_index)
        _counts(states[plan.table_index]).add_rows(self._rows, 0)
        broken = [f"key {'+'.join(key)} is not computable: {reason}" for key, reason in self._broken.items()]
        return replace(
            self._first,
            replica=",".join(sorted(self._replicas)),
            plan=plan,
            states=states,
            aside=dict(self._aside),
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

    def _set_aside(self, name: str, aside: Aside) -> None:
        self._aside[name] = self._aside[name] + aside if name in self._aside else aside

    def _add_column(self, column: ColumnPlan, states: States, rows: int) -> None:
        part = self._columns.get(column.path)
        if part is None or _is_void(cast("ColumnPlan", part.plan)):
            # Rows seen before hold nulls alone, which `merged` fills in.
            if part is None or not _is_void(column):
                self._columns[column.path] = _Part(_copied(states), 0 if _is_void(column) else rows, column)
            return
        if _is_void(column):
            return
        plan = cast("ColumnPlan", part.plan)
        if plan.kind is not column.kind:
            if {plan.kind, column.kind} != _WIDENED:
                values = _values(states) if states else 0
                reason = f"its type changed from {plan.data_type} to {column.data_type}"
                self._set_aside(column.path, Aside(values, reason, column.data_type))
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
        # Exact sums are kept of whole numbers only.
        if states.keys() - found.keys() - {SumsState.name}:
            self._notes[column.path] = (
                "some windows held whole numbers alone, others fractions; more than a thousand distinct whole numbers "
                "cannot be counted together with floats: declare the column's type (`columns`)"
            )
        return found

    def _kept(self, part: _Part) -> tuple[str, ...]:
        return tuple(name for name in all_states() if name in part.states)

    def _add_keys(self, window: Window) -> None:
        for number, key in enumerate(window.plan.keys):
            states = window.states[-1 - number]
            part = self._keys.get(key)
            if part is None:
                self._keys[key] = _Part(_copied(states), window.rows)
            elif part.states[ThetaState.name].kind is not states[ThetaState.name].kind:
                self._broken[key] = "its type changed between windows"
            else:
                part.rows += window.rows
                for name, state in part.states.items():
                    state.merge(states[name])
        if window.rows:
            present = frozenset(column.path for column in window.plan.columns if not _is_void(column))
            self._seen.add((frozenset(window.plan.keys), present))
        for key in self._keys:
            # A window without one of a key's columns has the key null in every row, which `merged` fills in.
            if any(key not in keys and columns >= set(key) for keys, columns in self._seen):
                self._broken[key] = "some windows were written without it; give all replicas one configuration"
            lost = [name for name in key if name in self._aside]
            if lost:
                self._broken[key] = f"{lost[0]} has values that could not be taken"


def merge_windows(windows: Iterable[Window], settings: SketchSettings | None = None) -> Window:
    """Return windows of one table and run as one.

    The result does not depend on their order, but for the last digits of moments and the chances of sketches.

    Raises:
        StateError: There are none, or they do not fit together.
    """
    merger = WindowMerger(settings)
    for window in sorted(windows, key=lambda window: (window.start, window.replica)):
        merger.add(window)
    return merger.merged()


def settle(window: Window) -> Window:
    """Return a merged window in which a column with values set aside keeps its counts of rows and nulls alone.

    Its figures would else be those of the values that could be taken, and look like the whole column's. Columns outside
    the plan are added behind the others; `notes` says for each such column what happened.
    """
    rows = window.rows
    columns: list[ColumnPlan] = []
    states: dict[int, States] = {}
    notes = dict(window.notes)
    for index, column in enumerate(window.plan.columns):
        aside = window.aside.get(column.path)
        found: States = window.states[index]
        if aside is not None:
            notes[column.path] = _aside_note(aside, rows)
            if found:
                found = _counted_only(rows, _values(found) + aside.values, window.plan.settings)
                column = replace(column, kind=ColumnKind.OTHER, states=tuple(found))  # noqa: PLW2901 -- as stored
        states[index] = found
        columns.append(column)
    planned = {column.path for column in columns}
    for name, aside in window.aside.items():
        if name not in planned:
            notes[name] = _aside_note(aside, rows)
            states[len(columns)] = _counted_only(rows, aside.values, window.plan.settings)
            columns.append(plan_column(name, len(columns), aside.data_type, ColumnKind.OTHER))
    # A key of a column with values set aside is not among the keys of a merged window.
    plan = TablePlan(tuple(columns), window.plan.keys, window.plan.settings)
    states |= {-1 - number: window.states[-1 - number] for number in range(len(plan.keys))}
    states[plan.table_index] = window.states[window.plan.table_index]
    return replace(window, plan=plan, states=states, notes=notes, aside={})


def integers_as_floats(states: States, settings: SketchSettings) -> dict[str, State]:
    """Return the states that a column of whole numbers would have as a column of floats.

    Counts, moments, quantiles and extremes carry over. Distinct values are hashed by type (3 is not 3.0), so their
    sketches can be made anew only while `value_counts` knows every value; beyond, they and it are left out.
    """
    result: dict[str, State] = {}
    counted = cast("ValueCountsState | None", states.get(ValueCountsState.name))
    known = counted if counted is not None and not counted.overflowed else None
    for name, state in states.items():
        if isinstance(state, CountsState | MomentsState | KllState):
            header = type(state).empty(ColumnKind.FLOAT, settings).to_bytes()[:HEADER_BYTES]
            result[name] = type(state).from_bytes(header + state.to_bytes()[HEADER_BYTES:])
        elif isinstance(state, ExtremesState):
            bounds = [float(cast("int", bound)) for bound in (state.minimum, state.maximum) if bound is not None]
            result[name] = _fed(ExtremesState, [np.array(bounds, np.float64)], settings)
        elif known is not None and isinstance(state, HllState | ThetaState):
            result[name] = _fed(type(state), [known.arrays()[0]], settings)
        elif known is not None and isinstance(state, ValueCountsState):
            result[name] = _fed(ValueCountsState, _repeated(known), settings)
    if CountsState.name in states:
        values = _counts(states).values
        result[NumberFormsState.name] = NumberFormsState.of(ColumnKind.FLOAT, finite=values, whole=values)
    return result


def _repeated(known: ValueCountsState) -> Iterator[npt.NDArray[np.float64]]:
    for value, count in zip(*known.arrays(), strict=True):
        for start in range(0, int(count), _REPEATED):
            yield np.full(min(_REPEATED, int(count) - start), value)


def _fed(cls: type[State], chunks: Iterable[npt.NDArray[np.float64]], settings: SketchSettings) -> State:
    state = cls.empty(ColumnKind.FLOAT, settings)
    for chunk in chunks:
        state.update(ColumnBatch(pa.array(chunk, pa.float64()), ColumnKind.FLOAT))
    return state


def _filled(part: _Part, rows: int) -> States:
    """Return a part's states, with the rows it does not cover as nulls; the part's own stay as they are."""
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


def _aside_note(aside: Aside, rows: int) -> str:
    return f"{aside.values} of {rows} rows hold values that could not be taken: {aside.reason}"


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
    if one in _INTEGERS and other in _INTEGERS:
        return max(one, other, key=_INTEGERS.index)
    return "double" if {one, other} == {"float", "double"} else one


def _copied(states: States) -> dict[str, State]:
    # Merging changes a state, and the windows stay their owner's.
    return {name: type(state).from_bytes(state.to_bytes()) for name, state in states.items()}
