"""The first look at tables in the run that first profiled them, from their stored profiles.

Nothing is stored: which run is a table's first one, and what is suspicious in it, follows from the profiles. So it is
told with that run and no later one, and no alert, exit status or history knows of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.tables import TableConfig
from stageprint.errors import UsageError
from stageprint.metrics.base import all_metrics
from stageprint.model import ColumnKind, Severity, TableKey
from stageprint.model.epoch import microseconds_of
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.model.where import where, where_tables
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.patterns import joined
from stageprint.pipeline.tables import column_profiles
from stageprint.ports import ProfileStore

if TYPE_CHECKING:
    from stageprint.first_look import Remark, TableLook

CLASS: Final = "first look"
"""The class of what the first look finds, beside those of findings."""

_COLUMN: Final = ("stage", "table_name", "column_name", "column_position", "data_type", "column_kind", "sensitive")
_SAME: Final = ("cause", "column", "evidence")


def first_look(
    config: PipelineConfig, store: ProfileStore, known: Sequence[str], runs: Iterable[str]
) -> list[dict[str, Any]]:
    """Return what is suspicious by itself about tables that one of the runs profiled first.

    Args:
        config: The pipeline.
        store: Its store.
        known: All runs of the store, oldest first.
        runs: The runs whose new tables are looked at.

    Returns:
        Objects with the keys of findings, severity ``review``, class `CLASS`, and the rule's name as the cause.
    """
    committed = store if isinstance(store, CommittedStore) else CommittedStore(store)
    config = joined(config, committed)
    names = ("run_id", "stage", "table_name", "status")
    rows = committed.read(TABLE_PROFILES, where(slice_key=None), names).to_pylist()
    order = {run: place for place, run in enumerate(known)}
    first: dict[TableKey, str] = {}
    for row in sorted(rows, key=lambda one: order.get(one["run_id"], len(order))):
        if row["status"] == "ok":
            first.setdefault(TableKey(row["stage"], row["table_name"]), row["run_id"])
    found: list[dict[str, Any]] = []
    for run in runs:
        keys = [key for key, began in first.items() if began == run]
        if keys:
            found += _of_run(config, committed, run, keys)
    return found


def _of_run(config: PipelineConfig, store: CommittedStore, run: str, keys: Sequence[TableKey]) -> list[dict[str, Any]]:
    here = where(run_id=run, slice_key=None) & where_tables(keys)
    tables = store.read(
        TABLE_PROFILES, here, ("stage", "table_name", "row_count", "keys", "event_time_column", "profiled_at")
    ).to_pylist()
    columns: dict[TableKey, list[dict[str, Any]]] = {}
    for row in store.read(column_profiles(), here, (*_COLUMN, *all_metrics())).to_pylist():
        columns.setdefault(TableKey(row["stage"], row["table_name"]), []).append(row)
    from stageprint.first_look import look_at  # noqa: PLC0415 -- most runs have no new table to look at

    found = []
    for row in sorted(tables, key=lambda one: (one["stage"], one["table_name"])):
        key = TableKey(row["stage"], row["table_name"])
        table = _look(run, row, columns.get(key, ()), _configured(config, key))
        found += [_object(run, key, rule, remark) for rule, remark in look_at(table)]
    return _at_their_origin(config, found)


def _at_their_origin(config: PipelineConfig, found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what was found, the same of a column of the same name in later stages only beside the first of them."""
    place = {stage.name: (len(config.ancestors(stage.name)), at) for at, stage in enumerate(config.stages)}
    above = {stage.name: set(config.ancestors(stage.name)) for stage in config.stages}
    kept: list[dict[str, Any]] = []
    for one in sorted(found, key=lambda row: place.get(row["stage"], (0, 0))):
        same = [other for other in kept if one["column"] is not None and all(other[k] == one[k] for k in _SAME)]
        origin = next((other for other in same if other["stage"] in above.get(one["stage"], set())), None)
        if origin is None:
            kept.append(one)
        else:
            origin["explains"].append(f"{one['stage']}.{one['table']}.{one['column']}")
    return kept


def look_at_profile(
    run: str, table: Mapping[str, Any], columns: Iterable[Mapping[str, Any]]
) -> list[tuple[str, Remark]]:
    """Return what is suspicious about a profile outside any pipeline.

    Args:
        run: Name of the run.
        table: The row of `table_profiles`.
        columns: The rows of `column_profiles`.
    """
    from stageprint.first_look import look_at  # noqa: PLC0415 -- see above

    return look_at(_look(run, table, columns, None))


def _look(
    run: str, row: Mapping[str, Any], columns: Iterable[Mapping[str, Any]], table: TableConfig | None
) -> TableLook:
    from stageprint.first_look import ColumnLook, TableLook  # noqa: PLC0415 -- see above

    profiled = row.get("profiled_at")
    keys = [dict(one) for one in row.get("keys") or ()]
    codes = {name for one in keys for name in str(one["columns"]).split("+")}
    codes |= set(table.references) if table is not None else set()
    return TableLook(
        run,
        int(row["row_count"] or 0),
        [
            ColumnLook(
                str(one["column_name"]),
                ColumnKind(one["column_kind"]),
                str(one["data_type"]),
                one.get("sensitive") is not None,
                one,
            )
            for one in sorted(columns, key=lambda one: (one["column_position"] or 0, len(str(one["column_name"]))))
        ],
        keys,
        row.get("event_time_column"),
        frozenset(codes),
        frozenset(filter(None, (table.model_version,))) if table is not None else frozenset(),
        None if profiled is None else microseconds_of(profiled),
    )


def _configured(config: PipelineConfig, key: TableKey) -> TableConfig | None:
    try:
        return config.table(key.stage, key.table)
    except UsageError:  # the configuration no longer has it
        return None


def _object(run: str, key: TableKey, rule: str, remark: Remark) -> dict[str, Any]:
    place = str(key) if remark.column is None else f"{key}.{remark.column}"
    named = hashlib.sha256(f"{run}\0{place}\0{rule}".encode()).hexdigest()
    return {
        "finding_id": f"look-{named[:11]}",
        "run_id": run,
        "severity": Severity.REVIEW.value,
        "cause": rule,
        "class": CLASS,
        "stage": key.stage,
        "table": key.table,
        "column": remark.column,
        "first_run": run,
        "explains": [],
        "confidence": None,
        "alternatives": [],
        "evidence": dict(remark.evidence),
        "sentence": f"{place} {remark.text}.",
        "beside": [],
        "told_once": True,
        "slice_key": None,
        "slice_value": None,
        "incident_id": None,
        "status": None,
        "incident_status": None,
        "changes": [],
    }
