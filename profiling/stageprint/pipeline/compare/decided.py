"""The decided shifts of a run, which may be in this process, in the store, or kept by an engine."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc

from stageprint.decision import DECISIONS, Calibration
from stageprint.decision.learning import judged_tables
from stageprint.diagnosis.evidence import flagged_rows
from stageprint.model import TableKey
from stageprint.model.judged import Judged
from stageprint.model.result_tables import SHIFTS
from stageprint.model.where import Where
from stageprint.ports import ProfileStore, RowSource


class PastShifts(Protocol):
    """The decided shifts of an earlier run."""

    def table(self) -> pa.Table:
        """Return all rows, of schema `DECISIONS`."""
        ...


class Decided(PastShifts, Protocol):
    """The decided shifts of a run that was just compared."""

    @property
    def flagged(self) -> pa.Table:
        """The flagged rows, from which diagnosis finds where a problem began."""
        ...

    @property
    def scores(self) -> Calibration:
        """The run's scores, by which later runs are calibrated."""
        ...

    @property
    def rows(self) -> int:
        """Number of all rows."""
        ...

    @property
    def judged(self) -> Mapping[TableKey, Judged]:
        """How many columns of each whole table were judged, and by what."""
        ...

    def of_tables(self, tables: Collection[TableKey]) -> pa.Table:
        """Return the rows of some tables."""
        ...

    def as_rows(self, facts: dict[str, str]) -> pa.Table | RowSource:
        """Return all rows as rows of `shifts`.

        Args:
            facts: The columns of `shifts` that are the same in every row.
        """
        ...


@dataclass(frozen=True)
class StoredShifts:
    """The decided shifts of a run that was compared earlier; they are read from the store each time.

    Attributes:
        store: The store.
        where: Selects their rows in `shifts`.
    """

    store: ProfileStore
    where: Where

    def table(self) -> pa.Table:
        """Return all rows, of schema `DECISIONS`."""
        return self.store.read(SHIFTS, self.where, DECISIONS.names).cast(DECISIONS)


class DecidedTable:
    """Decided shifts in this process's memory.

    Args:
        decided: All rows.
        scores: The run's scores, by which later runs are calibrated.
    """

    def __init__(self, decided: pa.Table, scores: Calibration) -> None:
        self._decided = decided
        self.scores = scores

    @cached_property
    def flagged(self) -> pa.Table:
        """The rows that take part in localisation."""
        return flagged_rows(self._decided)

    @property
    def rows(self) -> int:
        """Number of all rows."""
        return int(self._decided.num_rows)

    @cached_property
    def judged(self) -> Mapping[TableKey, Judged]:
        """How many columns of each whole table were judged, and by what."""
        return judged_tables(self._decided)

    def table(self) -> pa.Table:
        """Return all rows."""
        return self._decided

    def of_tables(self, tables: Collection[TableKey]) -> pa.Table:
        """Return the rows of some tables."""
        return rows_of(self._decided, tables)

    def as_rows(self, facts: dict[str, str]) -> pa.Table:
        """Return all rows as rows of `shifts`."""
        arrays = []
        for field in SHIFTS.arrow_schema:
            if field.name in self._decided.column_names:
                arrays.append(self._decided[field.name].combine_chunks().cast(field.type))
            else:
                arrays.append(pa.array([facts.get(field.name)] * self._decided.num_rows, field.type))
        return pa.Table.from_arrays(arrays, schema=SHIFTS.arrow_schema)


def rows_of(decided: pa.Table, tables: Collection[TableKey]) -> pa.Table:
    """Return the decided shifts of some tables or slices; a whole table's are not those of its slices."""
    names = ("stage", "table_name", "slice_key", "slice_value")
    places = pc.binary_join_element_wise(*(pc.fill_null(decided[name], "") for name in names), "\x1f")
    wanted = pa.array(["\x1f".join((key.stage, key.table, *(key.slice or ("", "")))) for key in tables], pa.string())
    return decided.filter(pc.is_in(places, value_set=wanted))
