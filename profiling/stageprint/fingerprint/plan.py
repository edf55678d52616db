"""What to take of a table: its columns, the states of each, its keys."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, TypeAlias

from stageprint.batch.nested import Step, is_repeated
from stageprint.config.sketches import SketchSettings
from stageprint.config.tables import TableConfig
from stageprint.errors import StateError, UsageError, did_you_mean
from stageprint.model import SCALAR, ColumnKind
from stageprint.states.base import State, all_states
from stageprint.states.counts import CountsState
from stageprint.states.quality import QualityState
from stageprint.states.theta import ThetaState

Sensitive: TypeAlias = Literal["off", "hashed"] | int
"""What may be stored of a sensitive column's values: nothing, texts as hashes, or values that so many rows share."""

HASH_KEY_VARIABLE: Final = "STAGEPRINT_HASH_KEY"
"""Environment variable that holds the secret of ``sensitive: hashed``."""


@dataclass(frozen=True)
class ColumnPlan:
    """One column to profile.

    Attributes:
        path: The column's path, unique in the table.
        position: 0-based position in the table's schema.
        data_type: Spark SQL's name of its type.
        kind: What its values are taken for.
        states: Names of the states to keep; empty for a column that is only read as part of a key.
        source: Position in the record batch of the column itself, or of the top-level column that contains it; −1:
            its own position in the plan.
        steps: Steps from that column to the values; empty for a top-level column.
        sensitive: None, ``off``, ``hashed``, or the number of rows that must share a value for it to be stored.
    """

    path: str
    position: int
    data_type: str
    kind: ColumnKind
    states: tuple[str, ...]
    source: int = -1
    steps: tuple[Step, ...] = ()
    sensitive: Sensitive | None = None


def plan_column(
    path: str,
    position: int,
    data_type: str,
    kind: ColumnKind,
    *,
    theta: bool = False,
    source: int = -1,
    steps: tuple[Step, ...] = (),
    sensitive: Sensitive | None = None,
) -> ColumnPlan:
    """Return the plan of a column with every state that its kind keeps by default.

    Args:
        path: As in `ColumnPlan`; so are `position`, `data_type`, `kind`, `source`, `steps` and `sensitive`.
        position: 0-based position in the table's schema.
        data_type: Spark SQL's name of its type.
        kind: What its values are taken for.
        theta: Whether the column also keeps a theta sketch, if its kind has one.
        source: Position in the record batch, or −1.
        steps: Steps from there to the values.
        sensitive: What may be stored of its values; None: all of them.
    """
    names = (
        name
        for name, state in all_states().items()
        if kind in state.kinds
        and (state.default or (theta and name == ThetaState.name))
        and _may_keep(state, kind, sensitive)
    )
    return ColumnPlan(path, position, data_type, kind, tuple(names), source, steps, sensitive)


def _may_keep(state: type[State], kind: ColumnKind, sensitive: Sensitive | None) -> bool:
    if sensitive == "hashed" and state.needs_plain_texts:
        return False
    if sensitive is None or not state.holds_values:
        return True
    if sensitive == "off" or (sensitive == "hashed" and kind is not ColumnKind.STRING):
        return False
    # Extremes and quantiles are values of single rows, however many rows share each value.
    return state.empty(kind, SketchSettings()).suppress(2)


def hash_key(config: TableConfig) -> bytes:
    """Return the secret that the texts of ``hashed`` columns are hashed with; empty where the table has none.

    Raises:
        UsageError: The table has such columns, and the environment does not hold the secret.
    """
    if "hashed" not in config.columns.sensitive.values():
        return b""
    key = os.environ.get(HASH_KEY_VARIABLE, "")
    if not key:
        message = (
            f"table {config.name!r}: columns.sensitive: `hashed` needs a secret in the environment variable "
            f"{HASH_KEY_VARIABLE}; the same secret in every run keeps values comparable"
        )
        raise UsageError(message)
    return key.encode()


@dataclass(frozen=True)
class TablePlan:
    """What to take of one table; can be pickled.

    Attributes:
        columns: The columns; those without a `source` in the order in which the record batches carry them.
        keys: Declared keys, each a tuple of paths among `columns`.
        settings: Sizes of the sketches.
        hash_key: Secret that the texts of ``hashed`` columns are hashed with.
        as_of: First moment after the run's logical date, in microseconds since 1970-01-01 UTC; None without a date.
        model_columns: Pairs of ``label``, ``prediction`` or ``score`` and the path of that column. Empty for a table
            without a label: it keeps no `QualityState`.

    Raises:
        UsageError: A key names a column that the plan does not have, that has no text form, or that may have several
            values per row.
    """

    columns: tuple[ColumnPlan, ...]
    keys: tuple[tuple[str, ...], ...] = ()
    settings: SketchSettings = field(default_factory=SketchSettings)
    hash_key: bytes = field(default=b"", repr=False)
    as_of: int | None = None
    model_columns: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Check that every key can be built."""
        kinds = {column.path: column.kind for column in self.columns}
        repeated = {column.path for column in self.columns if is_repeated(column.steps)}
        for path in (path for key in self.keys for path in key):
            if path not in kinds:
                message = f"key column {path!r} is not in the plan{did_you_mean(path, kinds)}"
                raise UsageError(message)
            if kinds[path] not in SCALAR:
                message = (
                    f"key column {path!r} is an array, a map or of another type without a text form; it cannot be part "
                    "of a key"
                )
                raise UsageError(message)
            if path in repeated:
                message = f"key column {path!r} may have several values per row; name a column outside arrays and maps"
                raise UsageError(message)

    @cached_property
    def sources(self) -> tuple[int, ...]:
        """Position in the record batch of each column, or of the top-level column that contains it."""
        return tuple(place if column.source < 0 else column.source for place, column in enumerate(self.columns))

    @cached_property
    def width(self) -> int:
        """Number of columns of a record batch."""
        return max(self.sources, default=-1) + 1

    @property
    def table_index(self) -> int:
        """Index of the table's own partial."""
        return -len(self.keys) - 1

    @property
    def indices(self) -> range:
        """Every index that a partial may have."""
        return range(self.table_index, len(self.columns))

    def key_positions(self, index: int) -> tuple[int, ...]:
        """Return the positions in `columns` of the columns of key ``-1 - index``."""
        return tuple(self._positions[path] for path in self.keys[-1 - index])

    @cached_property
    def model_positions(self) -> dict[str, int]:
        """Positions in `columns` of the model's ``label``, ``prediction`` and ``score``."""
        return {name: self._positions[path] for name, path in self.model_columns}

    @cached_property
    def _positions(self) -> dict[str, int]:
        return {column.path: position for position, column in enumerate(self.columns)}

    def empty_states(self, index: int) -> dict[str, State]:
        """Return the states of no rows at an index.

        A key keeps ``theta``, and ``counts`` with its rows and the rows with a null in the key. The table keeps its
        rows in ``counts``, and ``quality`` where it has `model_columns`.

        Raises:
            StateError: The plan has no such index.
        """
        if index not in self.indices:
            message = f"this table has no partial {index}; its indices are {self.indices[0]} to {self.indices[-1]}"
            raise StateError(message)
        if index == self.table_index:
            counts: dict[str, State] = {CountsState.name: CountsState.empty(ColumnKind.OTHER, self.settings)}
            return counts | ({QualityState.name: QualityState()} if self.model_columns else {})
        if index < 0:
            positions = self.key_positions(index)
            kind = self.columns[positions[0]].kind if len(positions) == 1 else ColumnKind.STRING
            return {
                CountsState.name: CountsState.empty(ColumnKind.OTHER, self.settings),
                ThetaState.name: ThetaState.empty(kind, self.settings),
            }
        column = self.columns[index]
        known = all_states()
        return {name: known[name].empty(column.kind, self.settings) for name in column.states}
