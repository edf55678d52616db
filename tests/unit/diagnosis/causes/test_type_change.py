from __future__ import annotations

import pytest

from stageprint.diagnosis.causes.type_change import TypeChange
from stageprint.diagnosis.example import two_runs, two_tables

DATES = [f"2013-{1 + i % 12:02d}-{1 + i % 28:02d}" for i in range(1200)]


def turned(date: str) -> str:
    year, month, day = date.split("-")
    return f"{month}/{day}/{year}"


def test_one_column_of_a_table() -> None:
    evidence, key = two_tables({"a": [1, 2], "b": [1, 2]}, {"a": [1, 2], "b": ["1", "2"]})
    found = TypeChange().explain(evidence, key)
    assert found is not None
    assert str(found.at) == "raw.t.b"
    assert "raw.t.b is of type string since run-2 (before bigint)" in found.sentence


def test_several_columns_of_a_table() -> None:
    evidence, key = two_tables({"a": [1, 2], "b": [1, 2]}, {"a": [1.5, 2.0], "b": ["1", "2"]})
    found = TypeChange().explain(evidence, key)
    assert found is not None
    assert found.at is None
    assert [name.column for name in found.also] == ["a", "b"]
    assert "a from bigint to double, b from bigint to string" in found.sentence


def test_other_columns_are_another_cause() -> None:
    evidence, key = two_tables({"a": [1, 2], "b": [1, 2]}, {"a": [1.5, 2.0], "c": ["1", "2"]})
    assert TypeChange().explain(evidence, key) is None


def test_same_schema() -> None:
    evidence, key = two_tables({"a": [1, 2]}, {"a": [2, 3]})
    assert TypeChange().explain(evidence, key) is None


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_the_format_of_dates(share: float) -> None:
    now = [turned(date) if i < share * len(DATES) else date for i, date in enumerate(DATES)]
    found = TypeChange().explain(*two_runs(DATES, now))
    assert found is not None
    assert found.score == 0.95
    assert found.evidence["share"] == pytest.approx(share)
    assert "are written like '0" in found.sentence


def test_one_new_label_of_another_form_is_hardly_a_format() -> None:
    found = TypeChange().explain(*two_runs(["AA", "BB", "CC"] * 300, ["AA", "BB", "C9"] * 300))
    assert found is not None
    assert found.score == pytest.approx(0.65)


def test_letters_for_digits_are_rather_other_codes() -> None:
    then = [chr(65 + i % 8) * 2 for i in range(800)]
    found = TypeChange().explain(*two_runs(then, [f"{i % 8:02d}" for i in range(800)]))
    assert found is not None
    assert found.score == pytest.approx(0.75)


def test_texts_without_a_format() -> None:
    words = ["a b", "A-b", "9:a", "b.9", "C c c", "9/9", "x_y", "Q+q"]
    assert TypeChange().explain(*two_runs(words * 50, [*words[:-1], "new?"] * 50)) is None


def test_another_mix_of_formats() -> None:
    assert TypeChange().explain(*two_runs(["AA"] * 500 + ["99"] * 500, ["AA"] * 100 + ["99"] * 900)) is None
