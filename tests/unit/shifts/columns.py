"""Columns and tables as the shift statistics meet them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from stageprint.model import ColumnKey, ColumnKind, ColumnProfile, SchemaField, TableKey, TableProfile
from stageprint.shifts import ColumnHistory, TableHistory, measure, measure_tables
from stageprint.states.theta import ThetaState
from tests.support.columns import ARROW_TYPES, SETTINGS, profile_of, state_of

KEY = ColumnKey("raw", "trips", "fare")
TABLE = TableKey("raw", "trips")

INTEGER, FLOAT, STRING = ColumnKind.INTEGER, ColumnKind.FLOAT, ColumnKind.STRING
BOOLEAN, DATE, TIMESTAMP = ColumnKind.BOOLEAN, ColumnKind.DATE, ColumnKind.TIMESTAMP


def column(values: Iterable[Any], kind: ColumnKind, **changes: Any) -> ColumnProfile:
    """Return the profile of a column of these values; `changes` are fields of the profile to replace."""
    profile = profile_of(pa.array(list(values), ARROW_TYPES[kind][0]), kind)
    fields = {name: getattr(profile, name) for name in ("column", "position", "data_type", "kind", "states")}
    return ColumnProfile(**{**fields, **changes})


def rows_of(
    current: ColumnProfile, references: Mapping[str, Sequence[ColumnProfile]]
) -> dict[tuple[str, str], dict[str, Any]]:
    """Return one column's measurements by statistic and reference."""
    table = measure([ColumnHistory(KEY, current, references)])
    return {(row["statistic"], row["reference"]): row for row in table.to_pylist()}


def row_of(statistic: str, current: ColumnProfile, *reference: ColumnProfile, name: str = "prev") -> dict[str, Any]:
    """Return one statistic against one reference."""
    return rows_of(current, {name: reference})[statistic, name]


def table(
    rows: int,
    *,
    keys: Iterable[Any] | None = None,
    fields: str = "id",
    stage: str = "raw",
    **facts: Any,
) -> TableProfile:
    """Return a table's profile; `fields` are ``name`` or ``name:type``, split at blanks."""
    schema = tuple(
        SchemaField(name, kind or "int") for name, _, kind in (part.partition(":") for part in fields.split())
    )
    thetas = {"id": state_of(ThetaState, [pa.array(list(keys), pa.int64())])} if keys is not None else {}
    return TableProfile(TableKey(stage, "trips"), rows, schema, {}, thetas, facts)


def table_row_of(
    statistic: str,
    current: TableProfile,
    *reference: TableProfile,
    upstream: TableProfile | None = None,
    upstreams: Sequence[TableProfile | None] = (),
    name: str = "prev",
) -> dict[str, Any]:
    """Return one table statistic against one reference."""
    history = TableHistory(current, {name: reference}, upstream, {name: upstreams} if upstreams else {})
    found: dict[str, Any] = {row["statistic"]: row for row in measure_tables([history]).to_pylist()}[statistic]
    return found


__all__ = ["SETTINGS"]
