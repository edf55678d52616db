"""The evidence of a run: its shifts, its profiles, those of the reference runs, and the graph."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from itertools import takewhile

import pyarrow as pa
import pyarrow.compute as pc

from stageprint.diagnosis.graph import StageGraph
from stageprint.model import (
    TABLE_LEVEL,
    CheckOutcome,
    ColumnKey,
    ColumnProfile,
    Coverage,
    Severity,
    ShiftRecord,
    TableKey,
    TableProfile,
)

FLAG_P = 1e-3
"""Maximum p of a node that takes part in localisation: looser than alerting, so that faint origins are not missed."""

ColumnLookup = Callable[[ColumnKey, str], "ColumnProfile | None"]
TableLookup = Callable[[TableKey, str], "TableProfile | None"]
ReferenceLookup = Callable[[ColumnKey], "str | None"]
FlagLookup = Callable[[ColumnKey], Iterable[str]]
CheckLookup = Callable[[TableKey], Iterable[CheckOutcome]]
ShiftLookup = Callable[[ColumnKey], Iterable[ShiftRecord]]


def is_flagged(shift: ShiftRecord) -> bool:
    """Return whether a shift takes part in localisation."""
    return shift.deterministic or shift.severity.rank > 0 or (shift.p_value is not None and shift.p_value <= FLAG_P)


def flagged_rows(decided: pa.Table) -> pa.Table:
    """Return the rows of decided shifts that take part in localisation: `is_flagged`, of a whole run at once."""
    has_severity = pc.or_kleene(decided["deterministic"], pc.not_equal(decided["severity"], Severity.NONE.value))
    return decided.filter(pc.or_kleene(has_severity, pc.less_equal(decided["p_value"], FLAG_P)))


class Evidence:
    """A read-only view of one run.

    Profiles come through callables, so that only those of flagged nodes and their tables are fetched, when they are
    asked for; answers are kept.

    Attributes:
        run_id: The run under test.
        graph: Stages, tables, columns.
        history: Earlier runs, oldest first.
        shifts: The flagged shifts of the run.
        coverage: What the run should hold and lacks; None: not asked.
    """

    def __init__(
        self,
        *,
        run_id: str,
        graph: StageGraph,
        history: Sequence[str],
        shifts: Iterable[ShiftRecord],
        columns: ColumnLookup,
        tables: TableLookup,
        reference_run: ReferenceLookup | None = None,
        flagged_runs: FlagLookup | None = None,
        unconfirmed_runs: FlagLookup | None = None,
        other_shifts: ShiftLookup | None = None,
        most: Callable[[ColumnKey], Severity] | None = None,
        failed_checks: CheckLookup | None = None,
        coverage: Coverage | None = None,
    ) -> None:
        """Build the view.

        Args:
            run_id: The run under test.
            graph: Stages, tables, columns.
            history: Earlier runs, oldest first.
            shifts: Shifts of the run; those that are not flagged are kept for `shifts_of` alone.
            columns: A column's profile in a run, or None.
            tables: A table's profile in a run, or None; its `columns` need not be filled.
            reference_run: The latest healthy earlier run of a column (`TABLE_LEVEL`: of a table); default: the
                last of `history` with a profile of the table, and in which neither it nor the column was flagged.
            flagged_runs: The earlier runs in which a node was flagged, so that they are not healthy; default: none.
            unconfirmed_runs: Those of them in which a node was only suspect, and of which the run under test does not
                say that the shift has stayed: its shift did not begin in them. Default: none.
            other_shifts: The shifts of a node that `shifts` leaves out.
            most: The highest severity that a finding with this origin may have; default: critical.
            failed_checks: The declared checks of a table, and of its columns, that the run fails; default: none.
            coverage: What the run should hold and lacks.
        """
        self.run_id = run_id
        self.coverage = coverage
        self.most = most or (lambda _: Severity.CRITICAL)
        self.graph = graph
        self.history = tuple(history)
        everything = tuple(shifts)
        self.shifts = tuple(shift for shift in everything if is_flagged(shift))
        self._column_lookup = columns
        self._table_lookup = tables
        self._reference_lookup = reference_run
        self._flag_lookup = flagged_runs
        self._unconfirmed_lookup = unconfirmed_runs
        self._other_shifts = other_shifts
        self._failed_checks = failed_checks
        self._by_node = _by_node(everything)
        self._flagged_by_node = _by_node(self.shifts)
        self._columns: dict[tuple[ColumnKey, str], ColumnProfile | None] = {}
        self._tables: dict[tuple[TableKey, str], TableProfile | None] = {}
        self._references: dict[ColumnKey, str | None] = {}
        self._flags: dict[ColumnKey, tuple[str, ...]] = {}
        self._dates: dict[ColumnKey, str] = {}
        self.memo: dict[object, object] = {}

    @property
    def flagged(self) -> tuple[ColumnKey, ...]:
        """The nodes with a flagged shift."""
        return tuple(self._flagged_by_node)

    def flagged_shifts(self, key: ColumnKey) -> tuple[ShiftRecord, ...]:
        """Return the flagged shifts of a node."""
        return self._flagged_by_node.get(key, ())

    def flagged_by(self, key: ColumnKey, statistic: str) -> ShiftRecord | None:
        """Return the flagged shift of a node by one statistic, or None where that does not flag it."""
        return next((shift for shift in self.flagged_shifts(key) if shift.statistic == statistic), None)

    def shifts_of(self, key: ColumnKey) -> tuple[ShiftRecord, ...]:
        """Return every known shift of a node, flagged or not."""
        known = self._by_node.get(key, ())
        if self._other_shifts is None:
            return known
        have = {shift.statistic for shift in known}
        return known + tuple(shift for shift in self._other_shifts(key) if shift.statistic not in have)

    def failed_checks(self, key: ColumnKey) -> tuple[CheckOutcome, ...]:
        """Return the declared checks that a node fails in the run under test; a table with those of its columns."""
        if self._failed_checks is None:
            return ()
        failed = self._failed_checks(key.table_key)
        return tuple(check for check in failed if key.column in (TABLE_LEVEL, check.key.column))

    def severity(self, key: ColumnKey) -> Severity:
        """Return the highest severity among the node's shifts."""
        return max((shift.severity for shift in self.flagged_shifts(key)), key=lambda s: s.rank, default=Severity.NONE)

    def column(self, key: ColumnKey, run: str | None = None) -> ColumnProfile | None:
        """Return a column's profile in `run` (default: the run under test), or None where there is none."""
        asked = (key, self.run_id if run is None else run)
        if asked not in self._columns:
            self._columns[asked] = None if key.column == TABLE_LEVEL else self._column_lookup(*asked)
        return self._columns[asked]

    def table(self, key: TableKey, run: str | None = None) -> TableProfile | None:
        """Return a table's profile in `run` (default: the run under test), or None where there is none."""
        asked = (key, self.run_id if run is None else run)
        if asked not in self._tables:
            self._tables[asked] = self._table_lookup(*asked)
        return self._tables[asked]

    def event_range(self, key: TableKey, run: str | None = None) -> tuple[dt.datetime, dt.datetime] | None:
        """Return a table's first and latest event time in `run` (default: the run under test), None where unknown."""
        profile = self.table(key, run)
        return None if profile is None else profile.event_range

    def reference_run(self, key: ColumnKey) -> str | None:
        """Return the latest healthy earlier run of a node, or None where there is none."""
        if key not in self._references:
            self._references[key] = (
                self._latest_healthy(key) if self._reference_lookup is None else self._reference_lookup(key)
            )
        return self._references[key]

    @property
    def previous(self) -> str | None:
        """The run before the one under test, healthy or not; None for the first."""
        return self.history[-1] if self.history else None

    def reference(self, key: ColumnKey) -> ColumnProfile | None:
        """Return a column's profile in its reference run, or None."""
        run = self.reference_run(key)
        return None if run is None else self.column(key, run)

    def reference_table(self, key: TableKey) -> TableProfile | None:
        """Return a table's profile in its reference run, or None."""
        run = self.reference_run(key.level)
        return None if run is None else self.table(key, run)

    def flagged_runs(self, key: ColumnKey) -> tuple[str, ...]:
        """Return the runs in which a node was flagged, oldest first, the run under test included."""
        if key not in self._flags:
            earlier = set(self._flag_lookup(key)) if self._flag_lookup is not None else set()
            if self._flagged_by_node.get(key):
                earlier.add(self.run_id)
            self._flags[key] = tuple(run for run in (*self.history, self.run_id) if run in earlier)
        return self._flags[key]

    def first_run(self, key: ColumnKey) -> str:
        """Return the first run of the node's unbroken flagged streak that ends with the run under test."""
        if key not in self._dates:
            unconfirmed = set(self._unconfirmed_lookup(key)) if self._unconfirmed_lookup is not None else set()
            flagged = set(self.flagged_runs(key)) - unconfirmed
            streak = tuple(takewhile(flagged.__contains__, reversed(self.history)))
            self._dates[key] = streak[-1] if streak else self.run_id
        return self._dates[key]

    def began(self, key: ColumnKey, run: str) -> None:
        """Take `run` for the one in which the present shift of a node began: it was flagged for another before.

        Its reference becomes the run before that one, which has the other shift already.
        """
        self._dates[key] = run
        before = [name for name in self.history[: (*self.history, self.run_id).index(run)] if self._has(key, name)]
        if before:
            self._references[key] = before[-1]
        _forget(self.memo, key)

    def date(self, key: ColumnKey, run: str) -> None:
        """Treat an unflagged node as bad since `run`, in which the nodes downstream of it were first flagged.

        Its reference becomes a run before that one.
        """
        runs = (*self.history, self.run_id)
        since = runs[runs.index(run) :]
        self._dates[key] = run
        self._flags[key] = since
        if self.reference_run(key) in since:
            self._references[key] = self._latest_healthy(key)
        _forget(self.memo, key)

    def _latest_healthy(self, key: ColumnKey) -> str | None:
        bad = set(self.flagged_runs(key)) | set(self.flagged_runs(key.table_key.level))
        return next((run for run in reversed(self.history) if run not in bad and self._has(key, run)), None)

    def _has(self, key: ColumnKey, run: str) -> bool:
        """Return whether a node's table has a profile in a run: one that could not be read there says nothing of it."""
        return self.table(key.table_key, run) is not None


def _by_node(shifts: Sequence[ShiftRecord]) -> dict[ColumnKey, tuple[ShiftRecord, ...]]:
    found: dict[ColumnKey, list[ShiftRecord]] = {}
    for shift in shifts:
        found.setdefault(shift.key, []).append(shift)
    return {key: tuple(records) for key, records in found.items()}


def _forget(memo: dict[object, object], key: ColumnKey) -> None:
    for name in ("pair", "pair of runs", "candidates"):
        memo.pop((name, key), None)
