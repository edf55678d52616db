"""The faults of Auto-Validate-by-History do what they say, the same way each time."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from scripts.yardsticks.causes import RIGHT, naming
from scripts.yardsticks.perturb import SET_UPS, Kind, SetUp, of_kind
from stageprint.diagnosis.base import all_causes

ROWS = 400
NUMBERS = pa.array([1000 + number % 50 for number in range(ROWS)], pa.int64())
FLOATS = pa.array([0.25 + number for number in range(ROWS)])
OTHERS = pa.array([5000 + number for number in range(ROWS)], pa.int64())
TEXTS = pa.array([("Alpha", "Beta", "Gamma", "Alpha")[number % 4] for number in range(ROWS)])
OTHER_TEXTS = pa.array(["x"] * ROWS)


def named(kind: Kind, name: str) -> SetUp:
    (found,) = (one for one in of_kind(kind) if one.name == name)
    return found


def number(name: str, values: pa.Array = NUMBERS, neighbour: pa.Array | None = OTHERS) -> pa.Array:
    made = named("numeric", name).apply(values, neighbour, np.random.default_rng(3))
    assert made is not None
    assert made.type == values.type
    return made


def text(name: str, values: pa.Array = TEXTS) -> pa.Array:
    made = named("categorical", name).apply(values, OTHER_TEXTS, np.random.default_rng(3))
    assert made is not None
    return made


def changed(made: pa.Array, before: pa.Array) -> int:
    return int(pc.sum(pc.cast(pc.not_equal(made, before), pa.int64())).as_py())


def test_there_are_27_for_numbers_and_33_for_texts() -> None:
    assert len({one.name for one in of_kind("numeric")}) == 27
    assert len({one.name for one in of_kind("categorical")}) == 33
    assert len(SET_UPS) == 60
    assert Counter(one.touched for one in SET_UPS) == {100: 29, 10: 17, 50: 14}


@pytest.mark.parametrize("one", SET_UPS, ids=lambda one: f"{one.kind}: {one.name}")
def test_each_is_repeatable_and_has_its_right_causes(one: SetUp) -> None:
    values, neighbour = (NUMBERS, OTHERS) if one.kind == "numeric" else (TEXTS, OTHER_TEXTS)
    made = [one.apply(values, neighbour, np.random.default_rng(7)) for _ in range(2)]
    assert made[0] is not None
    assert made[0].equals(made[1])
    assert RIGHT[one.kind, one.fault] <= all_causes().keys()


@pytest.mark.parametrize(("share", "rows"), [(10, 40), (50, 200), (100, 400)])
def test_values_of_the_neighbour_replace_exactly_the_share(share: int, rows: int) -> None:
    made = number(f"other column's values {share} %")
    assert changed(made, NUMBERS) == rows
    assert changed(made, OTHERS) == ROWS - rows
    assert text(f"other column's values {share} %").to_pylist().count("x") == rows


def test_a_neighbour_of_another_number_type_is_rounded() -> None:
    assert number("other column's values 100 %", NUMBERS, FLOATS)[1].as_py() == 1


def test_units_multiply() -> None:
    assert number("× 1,000, 100 %").equals(pc.multiply(NUMBERS, 1000))
    assert changed(number("× 10, 10 %", FLOATS), FLOATS) == 40
    assert set(number("× 10, 10 %").to_pylist()) <= {*NUMBERS.to_pylist(), *(10 * x for x in NUMBERS.to_pylist())}


def test_case_padding_and_void() -> None:
    assert set(text("upper case 100 %").to_pylist()) == {"ALPHA", "BETA", "GAMMA"}
    assert sum(value[0] == " " for value in text("blank before 50 %").to_pylist()) == 200
    assert sum(value[-1] == " " for value in text("blank after 10 %").to_pylist()) == 40
    for name in ("upper case 100 %", "upper case 10 %"):
        assert named("categorical", name).apply(pa.array(["A1"] * 9), None, np.random.default_rng(1)) is None
    assert named("numeric", "other column's values 10 %").apply(NUMBERS, None, np.random.default_rng(1)) is None


def test_rows_are_appended_repeated_and_lost() -> None:
    assert number("extra rows filled 10 %").to_pylist() == [*NUMBERS.to_pylist(), *[0] * 40]
    assert text("extra rows filled 100 %").to_pylist().count("NULL") == ROWS
    assert number("rows × 10").value_counts().field("counts").to_pylist() == [80] * 50
    assert [len(number(f"rows ÷ {by}")) for by in (2, 10)] == [200, 40]


def test_biased_samples_take_the_rarest_or_the_most_frequent() -> None:
    assert set(text("rarest 50 %").to_pylist()) == {"Beta", "Gamma"}
    assert set(text("most frequent 50 %").to_pylist()) == {"Alpha"}
    assert len(text("rarest 10 %")) == 40
    values = pa.array([None, None, None, 1, 2, 2, 3, 3, 3, 3], pa.int64())
    assert number("rarest 10 %", values).to_pylist() == [1]


def test_characters_of_texts_and_digits_of_numbers_change() -> None:
    replaced = text("characters replaced 100 %").to_pylist()
    assert [len(value) for value in replaced] == [len(value) for value in TEXTS.to_pylist()]
    assert set(replaced).isdisjoint({"Alpha", "Beta", "Gamma"})
    longer = sum(len(value) for value in text("characters inserted 50 %").to_pylist())
    shorter = sum(len(value) for value in text("characters deleted 50 %").to_pylist())
    before = sum(len(value) for value in TEXTS.to_pylist())
    assert abs(longer / before - 1.5) < 0.05
    assert abs(shorter / before - 0.5) < 0.05
    point = [repr(value).index(".") for value in FLOATS.to_pylist()]
    assert [
        len(repr(value)) >= at
        for value, at in zip(number("characters replaced 10 %", FLOATS).to_pylist(), point, strict=True)
    ]
    assert all(value is None or value < 10_000 for value in number("characters deleted 50 %").to_pylist())


def test_a_number_without_digits_is_null_and_one_too_long_stays() -> None:
    lost = number("characters deleted 50 %", pa.array([1, 2, 3, 4] * 20, pa.int64()))
    assert 20 < lost.null_count < 60
    largest = pa.array([9_000_000_000_000_000_000] * 9, pa.int64())
    made = named("numeric", "characters inserted 50 %").apply(largest, None, np.random.default_rng(1))
    assert made is None


def test_nulls_stay_null() -> None:
    values = pa.array([None, 12, None, 14] * 20, pa.int64())
    for name in ("characters replaced 100 %", "× 10, 100 %", "characters inserted 10 %"):
        assert pc.is_null(number(name, values)).equals(pc.is_null(values))


def test_causes_are_right_wrong_or_absent() -> None:
    assert naming("numeric", "unit", ["distribution_shift", "unit_change"]) == "right"
    assert naming("numeric", "unit", ["offset", "distribution_shift"]) == "wrong"
    assert naming("numeric", "unit", ["distribution_shift"]) == "absent"
