"""Profiles of small tables, and checks as YAML has them, for the tests of checks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa
import yaml

from stageprint.batch.arrow_types import kind_of, spark_type_name
from stageprint.checks import Check, CheckContext, parse_checks
from stageprint.config.sketches import SketchSettings
from stageprint.fingerprint import TableFingerprint, TablePlan, plan_column
from stageprint.model import CheckOutcome, ColumnKind, SchemaField, StateLike, TableKey, TableProfile
from stageprint.states.counts import CountsState
from stageprint.states.theta import ThetaState

SMALL = SketchSettings(kll_k=50, hll_lg_k=8, theta_lg_k=5, max_items=8)
"""Sketches that estimate early: KLL from some hundred values on, theta from 33, frequent items from 13 labels."""


def profile(
    data: Mapping[str, Any],
    *,
    name: str = "raw.flights",
    keys: Sequence[Sequence[str]] = (),
    theta: Sequence[str] = (),
    kinds: Mapping[str, ColumnKind] | None = None,
    facts: Mapping[str, Any] | None = None,
    settings: SketchSettings | None = None,
    without: Sequence[str] = (),
) -> TableProfile:
    """Return the profile of a table of Python lists or Arrow arrays; columns `without` are not profiled."""
    table = pa.table(
        {column: values if isinstance(values, pa.Array) else pa.array(values) for column, values in data.items()}
    )
    columns = tuple(
        plan_column(
            field.name,
            position,
            spark_type_name(field.type),
            (kinds or {}).get(field.name, kind_of(field.type)),
            theta=field.name in theta,
        )
        for position, field in enumerate(table.schema)
    )
    plan = TablePlan(columns, tuple(tuple(key) for key in keys), settings or SketchSettings())
    taken = TableFingerprint(plan)
    for batch in table.to_batches():
        taken.update(batch)
    sketches: dict[str, StateLike] = {}
    nulls: dict[str, int] = {}
    for number, key in enumerate(plan.keys):
        states = taken.states(-1 - number)
        sketches["+".join(key)] = states[ThetaState.name]
        counts = states[CountsState.name]
        assert isinstance(counts, CountsState)
        nulls["+".join(key)] = counts.nulls
    stage, _, short = name.partition(".")
    return TableProfile(
        TableKey(stage, short),
        taken.rows,
        tuple(SchemaField(field.name, spark_type_name(field.type)) for field in table.schema),
        {column.column: column for column in taken.profiles() if column.column not in without},
        sketches,
        {"key_null_rows": nulls, **(facts or {})},
    )


def moment(text: str) -> dt.datetime:
    """Return a time without a zone, as a timestamp_ntz column holds it."""
    return dt.datetime.fromisoformat(text)


def check(text: str) -> Check[Any]:
    """Return the one check that a line of YAML declares."""
    (declared,) = parse_checks([yaml.safe_load(text)], "checks")
    return declared.check


Table = TableProfile | Mapping[str, Any] | Callable[[], TableProfile]
"""A profile, the data of one, or what makes one: a profile that outlives its test is called a leak by the sketches."""


def evaluate(text: str, table: Table, **context: Any) -> CheckOutcome:
    """Return what comes of the one check that a line of YAML declares."""
    made = table() if callable(table) else table
    found = made if isinstance(made, TableProfile) else profile(made)
    return check(text).evaluate(CheckContext(found, "run", **context))
