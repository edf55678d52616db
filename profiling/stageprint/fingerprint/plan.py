"""What to take of a table: its columns, the states of each, its keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from stageprint.batch.nested import Step, is_repeated
from stageprint.config.sensitive import Sensitive, SensitiveSettings, secret_id
from stageprint.config.sketches import SketchSettings
from stageprint.errors import StateError, UsageError, did_you_mean
from stageprint.model import SCALAR, ColumnKind
from stageprint.states.base import State, all_states
from stageprint.states.counts import CountsState
from stageprint.states.quality import QualityState
from stageprint.states.theta import ThetaState


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
        hash_key_id: Id of the secret that values of a sensitive column are hashed with; None: another column, or there
            is no secret, so that nothing is kept that needs hashes.
    """

    path: str
    position: int
    data_type: str
    kind: ColumnKind
    states: tuple[str, ...]
    source: int = -1
    steps: tuple[Step, ...] = ()
    sensitive: Sensitive | None = None
    hash_key_id: str | None = None

    def is_hashed(self, state: type[State]) -> bool:
        """Return whether a state is kept of the values' keyed hashes instead of the values."""
        if self.sensitive is None or not state.takes_hashes:
            return False
        return not (isinstance(self.sensitive, int) and state.forgets_rare_values)

    def empty(self, state: type[State], settings: SketchSettings) -> State:
        """Return a state of no rows, as it is kept of this column."""
        if self.sensitive is not None and state is CountsState:
            return state.empty(ColumnKind.OTHER, settings)  # of rows and nulls alone
        return state.empty(ColumnKind.STRING if self.is_hashed(state) else self.kind, settings)


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
    secret: bytes = b"",
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
        secret: Secret that values of a sensitive column are hashed with; empty: there is none.
    """
    names = (
        name
        for name, state in all_states().items()
        if kind in state.kinds
        and (state.default or (theta and name == ThetaState.name))
        and (sensitive is None or _may_keep(state, sensitive, has_secret=bool(secret)))
    )
    key_id = None if sensitive is None else secret_id(secret)
    return ColumnPlan(path, position, data_type, kind, tuple(names), source, steps, sensitive, key_id)


def _may_keep(state: type[State], sensitive: Sensitive, *, has_secret: bool) -> bool:
    if state is CountsState:
        return True
    # A theta sketch is kept only where a key, a reference or `columns.theta` asks for it.
    hashed = state.takes_hashes and has_secret
    if sensitive == "off":
        return hashed and state is ThetaState
    return hashed if sensitive == "hashed" else hashed or state.forgets_rare_values


@dataclass(frozen=True)
class TablePlan:
    """What to take of one table; can be pickled.

    Attributes:
        columns: The columns; those without a `source` in the order in which the record batches carry them.
        keys: Declared keys, each a tuple of paths among `columns`.
        settings: Sizes of the sketches.
        hash_key: Secret that values of sensitive columns are hashed with; empty: there is none.
        min_group_size: Rows that must share a hashed value for its number of rows to be stored.
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
    min_group_size: int = SensitiveSettings().min_group_size

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
    def is_sensitive(self) -> bool:
        """Whether some column is sensitive: errors must not quote values then."""
        return any(column.sensitive is not None for column in self.columns)

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

        A key keeps ``theta``, and ``counts`` with its rows and the rows with a null in the key. One of a sensitive
        column keeps ``theta`` of keyed hashes, or none where there is no secret. The table keeps its rows in
        ``counts``, and ``quality`` where it has `model_columns`.

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
            counts = {CountsState.name: CountsState.empty(ColumnKind.OTHER, self.settings)}
            kind = self._key_kind(index)
            return counts if kind is None else counts | {ThetaState.name: ThetaState.empty(kind, self.settings)}
        column = self.columns[index]
        known = all_states()
        return {name: column.empty(known[name], self.settings) for name in column.states}

    def is_hashed_key(self, index: int) -> bool:
        """Return whether key ``-1 - index`` has a sensitive column: no sketch of its values may be kept."""
        return any(self.columns[at].sensitive is not None for at in self.key_positions(index))

    def key_hash_id(self, index: int) -> str | None:
        """Return the id of the secret that key ``-1 - index`` is hashed with; None: it is not hashed."""
        return next((found for at in self.key_positions(index) if (found := self.columns[at].hash_key_id)), None)

    def _key_kind(self, index: int) -> ColumnKind | None:
        """Return as what a key's values come into its sketch; None: no sketch is kept."""
        positions = self.key_positions(index)
        if self.is_hashed_key(index):
            return ColumnKind.STRING if self.key_hash_id(index) is not None else None
        return self.columns[positions[0]].kind if len(positions) == 1 else ColumnKind.STRING
