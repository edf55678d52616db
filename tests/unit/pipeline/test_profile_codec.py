from __future__ import annotations

import pyarrow as pa
import pytest

from stageprint.errors import StateError
from stageprint.model import ColumnKind, SchemaField, Slice, TableKey
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.pipeline.profile_codec import (
    key_from_row,
    key_row,
    profile_of,
    quality_row,
    row_keys,
    schema_fingerprint,
    schema_from_json,
    schema_json,
    states_of,
    stored_states,
    table_from_row,
)
from stageprint.pipeline.tables import column_profiles, state_names
from stageprint.states.theta import ThetaState
from tests.support.columns import example, state_of
from tests.support.columns import profile_of as profile_of_array

SCHEMA = (SchemaField("id", "bigint", nullable=False), SchemaField("naïve", "decimal(10,2)"))


@pytest.mark.parametrize("kind", [kind for kind in ColumnKind if kind is not ColumnKind.OTHER])
def test_a_column_profile_survives_its_row(kind: ColumnKind) -> None:
    profile = profile_of_array(example(kind))
    row = {
        "column_name": profile.column,
        "column_position": profile.position,
        "data_type": profile.data_type,
        "column_kind": profile.kind.value,
        "states": stored_states(profile.states),
    }
    (stored,) = column_profiles().rows([row]).to_pylist()
    found = profile_of(stored)
    assert (found.column, found.position, found.data_type, found.kind) == ("column", 0, profile.data_type, kind)
    assert {name: state.to_bytes() for name, state in found.states.items()} == {
        name: state.to_bytes() for name, state in profile.states.items()
    }


def test_every_state_has_its_field_and_is_null_where_it_is_not_kept() -> None:
    assert stored_states({}) == dict.fromkeys(state_names())
    assert states_of(stored_states({})) == {}


def test_a_state_of_another_release_is_skipped_and_damaged_bytes_are_named() -> None:
    assert states_of({"a_state_to_come": b"\x01"}) == {}
    with pytest.raises(StateError):
        states_of({"counts": b"\xff\xff"})


@pytest.mark.parametrize(
    "key", [TableKey("raw", "orders"), TableKey("raw", "orders", Slice("country", "DE"))], ids=["whole", "slice"]
)
def test_a_key_survives_its_row(key: TableKey) -> None:
    row = row_keys("shop", "a", key)
    assert (row["pipeline"], row["run_id"]) == ("shop", "a")
    assert key_from_row(row) == key


def test_a_schema_survives_its_json() -> None:
    assert schema_from_json(schema_json(SCHEMA)) == SCHEMA


def test_the_fingerprint_of_a_schema_changes_with_names_types_and_order_only() -> None:
    fingerprint = schema_fingerprint(SCHEMA)
    assert len(fingerprint) == 16
    other_nulls = [SchemaField(one.name, one.data_type, nullable=not one.nullable) for one in SCHEMA]
    assert schema_fingerprint(other_nulls) == fingerprint
    renamed, retyped = SchemaField("ID", "bigint"), SchemaField("id", "int")
    others = [SCHEMA[::-1], (renamed, SCHEMA[1]), (retyped, SCHEMA[1]), SCHEMA[:1]]
    assert len({fingerprint, *map(schema_fingerprint, others)}) == 5


def test_a_table_profile_is_rebuilt_with_its_keys() -> None:
    theta = state_of(ThetaState, [pa.array([1, 2, 3])])
    key = key_row("id+day", theta, rows=5, null_rows=1, duplicate_rows=1)
    assert (key["distinct_lower"], key["distinct"], key["distinct_upper"]) == (3.0, 3.0, 3.0)
    row: dict[str, object] = {
        **row_keys("shop", "a", TableKey("raw", "orders")),
        "row_count": 5,
        "schema_json": schema_json(SCHEMA),
        "source_bytes": 700,
        "keys": [key],
        "model_versions": [{"version": "7", "rows": 5}],
    }
    (stored,) = TABLE_PROFILES.rows([row]).to_pylist()
    found = table_from_row(stored)
    assert (found.key, found.rows, found.schema, found.columns) == (TableKey("raw", "orders"), 5, SCHEMA, {})
    assert found.keys["id+day"].to_bytes() == theta.to_bytes()
    assert found.facts["key_null_rows"] == {"id+day": 1}
    assert found.facts["key_duplicate_rows"] == {"id+day": 1}
    assert found.facts["source_bytes"] == 700
    assert found.facts["source_files"] is None
    assert found.facts["quality"] is None
    assert found.facts["model_versions"] == (("7", 5),)


def test_repeated_keys_that_were_not_counted_are_not_zero() -> None:
    key = key_row("id", state_of(ThetaState, [pa.array([1])]), rows=1, null_rows=0)
    row: dict[str, object] = {
        **row_keys("shop", "a", TableKey("raw", "t")),
        "row_count": 1,
        "schema_json": "[]",
        "keys": [key],
    }
    (stored,) = TABLE_PROFILES.rows([row]).to_pylist()
    assert table_from_row(stored).facts["key_duplicate_rows"] == {}


def test_a_table_without_answers_of_a_model_has_no_quality() -> None:
    assert quality_row(None) is None
