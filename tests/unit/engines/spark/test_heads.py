from __future__ import annotations

from typing import Any

import pytest

from stageprint.engines.spark.heads import first_record, json_columns, unlike_columns, unlike_types


@pytest.mark.parametrize(
    ("head", "options", "record"),
    [
        ("id,x\n1,2\n", {}, ("id", "x")),
        ("\n\n id , x \n", {}, ("id", "x")),
        ('"a,b";c\r\n', {"sep": ";"}, ("a,b", "c")),
        ("a\tb\n", {"delimiter": "\\t"}, ("a", "b")),
        ("# note\na,b\n", {"comment": "#"}, ("a", "b")),
        ('"two\nlines",b\n', {}, ("two\nlines", "b")),
        ("a||b\n", {"sep": "||"}, None),
        ('"a",b\n', {"quote": ""}, ('"a"', "b")),
        ("a,b;c,d;", {"linesep": ";"}, ("a", "b")),
        ("", {}, None),
    ],
)
def test_the_first_record(head: str, options: dict[str, str], record: tuple[str, ...] | None) -> None:
    assert first_record(head, options) == record


def test_json_records_that_are_objects() -> None:
    assert json_columns('{"a": 1}\nnot JSON\n[1]\n{"b": 2}', is_whole=False) == [{"a": 1}, {"b": 2}]
    assert json_columns('[{"a": 1},\n {"b": 2}]', is_whole=True) == [{"a": 1}, {"b": 2}]
    assert len(json_columns('{"a": 1}\n' * 1000, is_whole=False)) == 100


def test_a_column_that_only_some_records_have_is_optional() -> None:
    records = {"a": [{"id": 1, "x": 1}, {"id": 2}], "b": [{"id": 3, "y": 1}], "c": []}
    assert unlike_columns(records) == {"y": ["b"]}


def test_kinds_of_values_that_differ_between_files() -> None:
    records: dict[str, list[dict[str, Any]]] = {
        "a": [{"id": 1, "flag": True, "mixed": 1}, {"id": None, "mixed": "1"}],
        "b": [{"id": "1", "flag": [], "mixed": 2}],
        "c": [{"id": 2.5, "flag": {}}],
    }
    assert unlike_types(records) == {
        "id": {"number": ["a", "c"], "text": ["b"]},
        "flag": {"boolean": ["a"], "list": ["b"], "object": ["c"]},
    }
