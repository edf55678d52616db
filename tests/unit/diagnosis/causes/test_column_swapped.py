from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from stageprint.diagnosis.causes.column_renamed import ColumnRenamed
from stageprint.diagnosis.causes.column_swapped import ColumnSwapped
from stageprint.diagnosis.causes.schema_change import SchemaChange
from stageprint.diagnosis.example import two_tables
from tests.unit.diagnosis.scenarios import labels

RNG = np.random.default_rng(19)


def table() -> dict[str, Any]:
    return {
        "a": RNG.normal(50, 12, 3000),
        "b": RNG.gamma(2.0, 30.0, 3000),
        "c": [str(name) for name in labels(RNG, 3000, 6)],
        "d": [f"x{name}" for name in labels(RNG, 3000, 9, 0.3)],
        "e": RNG.normal(50, 12, 3000),
    }


@pytest.mark.parametrize(("first", "second"), [("a", "b"), ("c", "d")])
def test_two_columns_exchanged(first: str, second: str) -> None:
    then, now = table(), table()
    evidence, key = two_tables(then, {**now, first: now[second], second: now[first]}, at=first)
    found = ColumnSwapped().explain(evidence, key)
    assert found is not None
    assert found.score == 0.97
    assert [partner.column for partner in found.also] == [second]


def test_a_copy() -> None:
    then, now = table(), table()
    evidence, key = two_tables(then, {**now, "a": now["b"]}, at="a")
    found = ColumnSwapped().explain(evidence, key)
    assert found is not None
    assert found.evidence["change"] == "copied"
    assert found.also == ()


def test_columns_alike_by_nature() -> None:
    then, now = table(), table()
    evidence, key = two_tables(then, {**now, "a": now["e"], "e": now["a"]}, at="a")
    assert ColumnSwapped().explain(evidence, key) is None


def test_a_shift_of_its_own_or_nothing_left() -> None:
    then, now = table(), table()
    evidence, key = two_tables(then, {**now, "a": now["a"] * 3}, at="a")
    assert ColumnSwapped().explain(evidence, key) is None
    evidence, key = two_tables(then, {**now, "a": np.full(3000, 1.0)}, at="a")
    assert ColumnSwapped().explain(evidence, key) is None


def test_renamed_and_what_is_not() -> None:
    then, now = table(), table()
    renamed = {("z" if name == "b" else name): values for name, values in now.items()}
    evidence, key = two_tables(then, renamed)
    found = ColumnRenamed().explain(evidence, key)
    assert found is not None
    assert (str(found.at), found.score) == ("raw.t.b", 0.97)
    schema = SchemaChange().explain(evidence, key)
    assert schema is not None
    assert schema.score == pytest.approx(0.7)

    evidence, key = two_tables(then, {**renamed, "more": [1] * 3000})
    found = ColumnRenamed().explain(evidence, key)
    assert found is not None
    assert (found.at, found.score) == (None, 0.93)
    assert "1 more came or went" in found.sentence

    two = {({"b": "z", "a": "y"}.get(name, name)): values for name, values in now.items()}
    evidence, key = two_tables(then, two)
    found = ColumnRenamed().explain(evidence, key)
    assert found is not None
    assert found.evidence["renamed"] == {"a": "y", "b": "z"}
    assert "columns were renamed" in found.sentence

    other = {**{name: values for name, values in now.items() if name != "b"}, "z": RNG.normal(0, 1, 3000)}
    evidence, key = two_tables(then, other)
    assert ColumnRenamed().explain(evidence, key) is None


def test_columns_added_or_removed() -> None:
    evidence, key = two_tables({"a": [1, 2]}, {"a": [1, 2], "b": [1, 2], "c": [1, 2]})
    added = SchemaChange().explain(evidence, key)
    assert added is not None
    assert not added.deterministic
    assert added.at is None
    assert "b, c are new" in added.sentence
    evidence, key = two_tables({"a": [1, 2], "b": [1, 2]}, {"a": [1.5, 2.5]})
    removed = SchemaChange().explain(evidence, key)
    assert removed is not None
    assert removed.deterministic
    assert "b is gone; a changed type" in removed.sentence
    evidence, key = two_tables({"a": [1, 2]}, {"a": [3, 4]})
    assert SchemaChange().explain(evidence, key) is None
