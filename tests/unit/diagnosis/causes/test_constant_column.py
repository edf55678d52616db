from __future__ import annotations

import pytest

from stageprint.diagnosis.causes.constant_column import ConstantColumn
from stageprint.diagnosis.example import two_runs

THEN = [float(i % 7) for i in range(700)]


def test_numbers_and_labels() -> None:
    number = ConstantColumn().explain(*two_runs(THEN, [3.0] * 700))
    label = ConstantColumn().explain(*two_runs(["a", "b"] * 50, ["b"] * 100))
    flag = ConstantColumn().explain(*two_runs([True, False] * 50, [True] * 100))
    assert number is not None
    assert label is not None
    assert flag is not None
    assert (number.evidence["value"], label.evidence["value"], flag.evidence["value"]) == ("3", "'b'", "'true'")
    assert "about 7 distinct values" in number.sentence


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (THEN, THEN),
        ([3.0] * 700, [4.0] * 700),
        (THEN, [3.0] * 5),
        ([None] * 50 + [1.0], [2.0] * 50),
        (THEN, [None, 1.0, 2.0]),
    ],
    ids=["varies", "was constant", "too few", "had one value", "few and varying"],
)
def test_what_is_not_new(then: list[float], now: list[float]) -> None:
    assert ConstantColumn().explain(*two_runs(then, now)) is None
