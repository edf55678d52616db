"""Finds the keys of tables by their columns, and compares them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from stageprint.checks.base import PREVIOUS_RUN, CheckContext, UndecidedError
from stageprint.errors import did_you_mean
from stageprint.features.table import HASHED_UNLIKE, Bounded, hashed_alike, share_in
from stageprint.model import TIMESTAMPS, ColumnKind, Lack, TableKey, TableProfile
from stageprint.states.theta import ThetaState

KEY_SEPARATOR: Final = "+"
"""Separates the columns in the name of a key."""


def read_columns(value: Any) -> tuple[str, ...]:
    """Return column names from YAML, where one name or a list may stand.

    Raises:
        ValueError: The value is neither.
    """
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, (list, tuple)) or not names or not all(isinstance(name, str) and name for name in names):
        message = "expected a column or a list of columns"
        raise ValueError(message)
    return tuple(names)


def find_key(table: TableProfile, columns: Sequence[str] | None) -> tuple[str, ThetaState]:
    """Return the name and theta sketch of a key by its columns, in any order; None: the only declared key.

    A column with a theta sketch of its own (``columns.theta``) is a key of one column.

    Raises:
        UndecidedError: The profile has no sketch of such a key, or there is not exactly one declared key.
    """
    thetas = {name: state for name, state in table.keys.items() if isinstance(state, ThetaState)}
    hidden = [name for name in table.facts.get("key_null_rows", {}) if name not in thetas]
    if columns is None:
        if not thetas and len(hidden) == 1:
            raise UndecidedError(_hidden(table, hidden[0]))
        if len(thetas) != 1:
            reason = f"{table.key} declares {f'{len(thetas)} keys: name one' if thetas else 'no key'}"
            raise UndecidedError(reason)
        return next(iter(thetas.items()))
    thetas |= {path: state for path, column in table.columns.items() if (state := column.state(ThetaState)) is not None}
    wanted = sorted(columns)
    for name, state in thetas.items():
        if wanted == [name] or wanted == sorted(name.split(KEY_SEPARATOR)):
            return name, state
    name = KEY_SEPARATOR.join(columns)
    hint = did_you_mean(name, thetas)
    if name in hidden:
        raise UndecidedError(_hidden(table, name))
    reason = f"{table.key} keeps no theta sketch of {name}; declare it in `keys` or `columns.theta`{hint}"
    raise UndecidedError(reason)


def _hidden(table: TableProfile, name: str) -> str:
    return f"{table.key} keeps no theta sketch of {name}, which is sensitive: there was no secret to hash it with"


def find_table(context: CheckContext, name: str, run: str | None = None) -> TableProfile:
    """Return another table's profile by ``stage.table``, or by the name of a table in the same stage or upstream.

    Args:
        context: The context of the check.
        name: The table.
        run: A run's name, or ``previous``; None: the same run.

    Raises:
        UndecidedError: It was not profiled in that run.
    """
    stage, dot, table = name.rpartition(".")
    key = TableKey(stage, table) if dot else TableKey(context.table.key.stage, name)
    upstream = context.upstream
    if run is not None:
        found = context.other_run(key, run)
    elif upstream is not None and name in {str(upstream.key), upstream.key.table}:
        return upstream
    else:
        found = context.other_table(key)
    if found is None:
        where = "this run" if run is None else "an earlier run" if run == PREVIOUS_RUN else f"run {run}"
        reason = f"{name} has no profile in {where}"
        lacks = Lack.PROFILE if run is None else Lack.HISTORY if run == PREVIOUS_RUN else None
        raise UndecidedError(reason, lacks=lacks)
    return found


def key_share(keys: ThetaState, other: ThetaState, what: str) -> Bounded:
    """Return the share of one set of keys that is also in another set.

    Args:
        keys: The keys that the share is of.
        other: The keys among which they are looked up.
        what: The table of `keys`, for the reason.

    Raises:
        UndecidedError: There are no keys, or the two sets are hashed differently.
    """
    if hashed_alike(keys, other) and _hashed_as(keys.kind) != _hashed_as(other.kind):
        reason = (
            f"keys of type {keys.kind.value} and {other.kind.value} cannot be compared: they are hashed differently"
        )
        raise UndecidedError(reason)
    if not hashed_alike(keys, other):
        reason = f"{HASHED_UNLIKE.reason}: give both the same `columns.sensitive`, and profile both with one secret"
        raise UndecidedError(reason)
    share = share_in(keys, other)
    if share is None:
        reason = f"{what} has no keys but null"
        raise UndecidedError(reason, lacks=Lack.VALUES)
    return share


def _hashed_as(kind: ColumnKind) -> ColumnKind:
    if kind in TIMESTAMPS:
        return ColumnKind.TIMESTAMP
    return ColumnKind.INTEGER if kind is ColumnKind.DECIMAL else kind
