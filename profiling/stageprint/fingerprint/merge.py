"""From the partial states of a table's parts to the profile of each column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from stageprint.errors import StateError
from stageprint.fingerprint.blobs import unpack_states
from stageprint.fingerprint.plan import TablePlan
from stageprint.model import ColumnProfile
from stageprint.states.base import State


def merge_partials(plan: TablePlan, index: int, blobs: Iterable[bytes]) -> dict[str, State]:
    """Return the merged states of the partials at one index.

    Partials are merged in the order of their bytes, not of their arrival: the same partials give the same moments to
    the last bit, whichever executor finishes first. Of a sensitive column, values of too few rows are suppressed.

    Args:
        plan: The table's plan.
        index: What the states belong to.
        blobs: The partials, as `pack_states` wrote them.

    Raises:
        StateError: A blob is damaged, or holds other states than the plan has at `index`.
    """
    merged = plan.empty_states(index)
    parts: dict[str, list[bytes]] = {name: [] for name in merged}
    for blob in blobs:
        found = unpack_states(blob)
        if found.keys() != parts.keys():
            message = f"a partial at index {index} holds {sorted(found)}; the plan keeps {sorted(parts)}"
            raise StateError(message)
        for name, data in found.items():
            parts[name].append(data)
    for name, state in merged.items():
        for data in sorted(parts[name]):
            state.merge(type(state).from_bytes(data))
    suppress_rare_values(plan, index, merged)
    return merged


def suppress_rare_values(plan: TablePlan, index: int, states: Mapping[str, State]) -> None:
    """Forget the values, and the keyed hashes, of a sensitive column that too few rows share.

    Args:
        plan: The table's plan.
        index: What the states belong to.
        states: The merged states; they are changed.
    """
    column = plan.columns[index] if index >= 0 else None
    if column is None or column.sensitive is None:
        return
    minimum = column.sensitive if isinstance(column.sensitive, int) else plan.min_group_size
    for state in states.values():
        state.suppress(minimum)


def column_profile(plan: TablePlan, index: int, states: Mapping[str, State]) -> ColumnProfile:
    """Return the profile of the plan's column at `index`, made of its merged states."""
    column = plan.columns[index]
    how = None if column.sensitive is None else str(column.sensitive)
    return ColumnProfile(column.path, column.position, column.data_type, column.kind, states, how, column.hash_key_id)
