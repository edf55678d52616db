"""Small evidences from plain Python values: for the worked examples, the documentation and the tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from stageprint.config.sketches import SketchSettings
from stageprint.config.stages import Role
from stageprint.diagnosis.evidence import CheckLookup, Evidence
from stageprint.diagnosis.graph import StageGraph, table_node
from stageprint.fingerprint import TableFingerprint, TablePlan, plan_column
from stageprint.model import (
    STAGE_LEVEL,
    TABLE_LEVEL,
    CheckOutcome,
    ColumnKey,
    ColumnKind,
    ColumnProfile,
    Coverage,
    SchemaField,
    Severity,
    ShiftRecord,
    TableKey,
    TableProfile,
)

Values = Any
"""A column's values: a list, a NumPy array or an Arrow array."""

Columns = Mapping[str, Values]

_TYPES: tuple[tuple[Any, str, ColumnKind], ...] = (
    (pa.types.is_boolean, "boolean", ColumnKind.BOOLEAN),
    (pa.types.is_integer, "bigint", ColumnKind.INTEGER),
    (pa.types.is_floating, "double", ColumnKind.FLOAT),
    (pa.types.is_date, "date", ColumnKind.DATE),
    (pa.types.is_timestamp, "timestamp", ColumnKind.TIMESTAMP),
    (pa.types.is_string, "string", ColumnKind.STRING),
)


def table_profile(
    key: TableKey,
    columns: Columns,
    *,
    keys: Sequence[str] = (),
    event_time: str | None = None,
    settings: SketchSettings | None = None,
) -> TableProfile:
    """Return the profile of a table given by its columns' values.

    Args:
        key: Stage and table.
        columns: Column name → values.
        keys: The declared key's columns.
        event_time: The event-time column.
        settings: Sketch sizes; default: the product's.
    """
    arrays = {name: values if isinstance(values, pa.Array) else pa.array(values) for name, values in columns.items()}
    arrays = {name: _in_utc(array) for name, array in arrays.items()}
    plans, fields = [], []
    for position, (name, array) in enumerate(arrays.items()):
        data_type, kind = next((text, kind) for test, text, kind in _TYPES if test(array.type))
        plans.append(plan_column(name, position, data_type, kind))
        fields.append(SchemaField(name, data_type))
    plan = TablePlan(tuple(plans), (tuple(keys),) if keys else (), settings or SketchSettings())
    fingerprint = TableFingerprint(plan)
    batch = pa.RecordBatch.from_arrays(list(arrays.values()), names=list(arrays))
    fingerprint.update(batch)
    profiles = {profile.column: profile for profile in fingerprint.profiles()}
    thetas = {"+".join(keys): fingerprint.states(-1)["theta"]} if keys else {}
    facts = {}
    if event_time is not None and batch.num_rows:
        ends = pc.min_max(arrays[event_time]).as_py()
        facts = {"event_time_min": ends["min"], "event_time_max": ends["max"]}
    return TableProfile(key, batch.num_rows, tuple(fields), profiles, thetas, facts)


def _in_utc(array: pa.Array) -> pa.Array:
    return array.cast(pa.timestamp("us", "UTC")) if pa.types.is_timestamp(array.type) else array


def flag(
    key: ColumnKey,
    statistic: str = "ks",
    *,
    effect: float = 10.0,
    score: float = 8.0,
    severity: Severity = Severity.WARNING,
    deterministic: bool = False,
) -> ShiftRecord:
    """Return a flagged shift."""
    return ShiftRecord(
        key=key,
        statistic=statistic,
        value=None,
        error=None,
        references=(),
        expected_low=None,
        expected_high=None,
        effect=effect,
        score=score,
        p_value=10.0**-score,
        q_value=10.0**-score,
        severity=severity,
        deterministic=deterministic,
        reason=None,
        explanation="",
    )


def evidence_of(
    runs: Mapping[str, Mapping[TableKey, TableProfile]],
    upstream: Mapping[str, Sequence[str]],
    shifts: Sequence[ShiftRecord],
    *,
    flagged_runs: Mapping[ColumnKey, Sequence[str]] | None = None,
    pipeline: str = "example",
    roles: Mapping[str, Role] | None = None,
    answers: Mapping[ColumnKey, str] | None = None,
    failed_checks: CheckLookup | None = None,
) -> Evidence:
    """Return the evidence of the last run.

    Args:
        runs: Run → its tables' profiles, oldest first.
        upstream: The stages directly upstream of each stage.
        shifts: Shifts of the last run.
        flagged_runs: Earlier runs in which a node was flagged.
        pipeline: The pipeline's name.
        roles: What a stage is for.
        answers: What a column is to a model.
        failed_checks: The declared checks of a table, and of its columns, that the last run fails.
    """
    *history, last = runs
    known: dict[TableKey, dict[str, None]] = {}
    for profiles in runs.values():
        for key, profile in profiles.items():
            known.setdefault(key, {}).update(dict.fromkeys(field.name for field in profile.schema))

    def column(key: ColumnKey, run: str) -> ColumnProfile | None:
        profile = runs.get(run, {}).get(key.table_key)
        return None if profile is None else profile.columns.get(key.column)

    def table(key: TableKey, run: str) -> TableProfile | None:
        return runs.get(run, {}).get(key)

    graph = StageGraph(
        pipeline,
        upstream,
        {stage: [key.table for key in known if key.stage == stage] for stage in upstream},
        lambda key: tuple(known.get(key, ())),
        roles=roles,
        answers=answers,
    )
    flags = flagged_runs or {}
    return Evidence(
        run_id=last,
        graph=graph,
        history=history,
        shifts=shifts,
        columns=column,
        tables=table,
        flagged_runs=lambda key: flags.get(key, ()),
        failed_checks=failed_checks,
    )


def two_runs(then: Values, now: Values) -> tuple[Evidence, ColumnKey]:
    """Return the evidence of one column, flagged in the second of two runs, and the column.

    Example:
        >>> evidence, column = two_runs([1, 2, 3], [4, 5, 6])
        >>> str(column), evidence.run_id, evidence.reference_run(column)
        ('raw.t.x', 'run-2', 'run-1')
    """
    return two_tables({"x": then}, {"x": now}, at="x")


def two_tables(
    then: Columns,
    now: Columns,
    *,
    at: str = TABLE_LEVEL,
    keys: Sequence[str] = (),
    malformed_rows: tuple[int, int] | None = None,
) -> tuple[Evidence, ColumnKey]:
    """Return the evidence of a source table in two runs, everything in it flagged that differs, and the node `at`."""
    return many_runs([then, now], at=at, keys=keys, statistic="ks", malformed_rows=malformed_rows)


def many_runs(
    runs: Sequence[Columns],
    *,
    at: str = TABLE_LEVEL,
    keys: Sequence[str] = (),
    statistic: str = "frozen",
    malformed_rows: Sequence[int] | None = None,
) -> tuple[Evidence, ColumnKey]:
    """Return the evidence of a source table in the last of several runs, and the node `at`.

    Flagged by `statistic` are the columns that differ from the run before, or, for ``frozen``, those that do not
    although they did in the run before that.
    """
    key = TableKey("raw", "t")
    profiles = {
        f"run-{number}": {key: table_profile(key, columns, keys=keys)} for number, columns in enumerate(runs, 1)
    }
    for profile, malformed in zip(profiles.values(), malformed_rows or (), strict=False):
        profile[key] = replace(profile[key], facts={**profile[key].facts, "malformed_rows": malformed})
    names = dict.fromkeys([*runs[-2], *runs[-1]])
    if statistic == "frozen":
        chosen = [name for name in names if _equal(runs[-2], runs[-1], name) and not _equal(runs[0], runs[1], name)]
    else:
        chosen = [name for name in names if not _equal(runs[-2], runs[-1], name)]
    nodes = [key.column(name) for name in chosen]
    shifts = [flag(node, statistic, deterministic=statistic == "frozen") for node in nodes]
    before, after = list(profiles.values())[-2:]
    if before[key].rows != after[key].rows or (keys and statistic != "frozen"):
        shifts.append(flag(table_node(key), "rows"))
    if before[key].schema != after[key].schema:
        shifts.append(flag(table_node(key), "schema_removed", deterministic=True))
    if before[key].facts.get("malformed_rows") != after[key].facts.get("malformed_rows"):
        shifts.append(flag(table_node(key), "malformed_share", deterministic=True))
    return evidence_of(profiles, {"raw": ()}, shifts), key.column(at)


def run_lacking(
    expected: Mapping[str, Sequence[str]],
    *,
    absent: Sequence[str] = (),
    failed: Mapping[str, str] | None = None,
    checks: Mapping[str, Mapping[str, str]] | None = None,
) -> tuple[Evidence, ColumnKey]:
    """Return the evidence of a run that lacks something which the run before had, and the node that lacks it.

    Args:
        expected: Stage → names of the tables that the run should hold.
        absent: Tables that were not profiled, as ``stage.table``.
        failed: Table that could not be read → its error.
        checks: Table → check that could not be computed → the reason.
    """
    keys = {str(key): key for stage, names in expected.items() for key in (TableKey(stage, name) for name in names)}
    lacking = [*absent, *(failed or {})]
    coverage = Coverage(
        tuple(keys.values()),
        {keys[name]: error for name, error in (failed or {}).items()},
        tuple(keys[name] for name in absent),
        {keys[name]: "run-1" for name in lacking},
        [
            CheckOutcome(
                "run-2", keys[name].level, check, "not_computable", Severity.CRITICAL, "…", "not known", reason
            )
            for name, reasons in (checks or {}).items()
            for check, reason in reasons.items()
        ],
    )
    graph = StageGraph("example", dict.fromkeys(expected, ()), expected, lambda _: ())
    evidence = Evidence(
        run_id="run-2",
        graph=graph,
        history=["run-1"],
        shifts=(),
        columns=lambda *_: None,
        tables=lambda *_: None,
        coverage=coverage,
    )
    at = keys[[*lacking, *(checks or {})][0]]
    return evidence, TableKey(at.stage, STAGE_LEVEL).level if coverage.lacks_stage(at.stage) else at.level


def _equal(one: Columns, other: Columns, name: str) -> bool:
    return name in one and name in other and list(one[name]) == list(other[name])


def two_stages(
    then: tuple[Columns, Columns], now: tuple[Columns, Columns], *, at: str = TABLE_LEVEL, keys: Sequence[str] = ()
) -> tuple[Evidence, ColumnKey]:
    """Return the evidence of a source and of the table behind it in two runs, the latter's node `at`, and flag that."""
    raw, behind = TableKey("raw", "t"), TableKey("joined", "t")
    runs = {
        f"run-{number}": {raw: table_profile(raw, first, keys=keys), behind: table_profile(behind, second, keys=keys)}
        for number, (first, second) in enumerate((then, now), 1)
    }
    node = behind.column(at)
    return evidence_of(runs, {"raw": (), "joined": ("raw",)}, [flag(node, "rows")]), node
