from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from stageprint.diagnosis.causes.constant_changed import ConstantChanged
from stageprint.diagnosis.example import two_runs

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone.utc)


@pytest.mark.parametrize(
    ("then", "now", "told"),
    [
        (1.0, 2.0, ("2", "1")),
        ("v1", "v2", ("'v2'", "'v1'")),
        (1.23451, 1.23452, ("1.23452", "1.23451")),
        (4.56784, 4.5678, ("4.5678", "4.56784")),
        (1_234.4, 1_234.3, ("1,234.3", "1,234.4")),
        (0.1, 0.10000000001, ("0.10000000001", "0.1")),
        (NOON, NOON + dt.timedelta(seconds=1), ("2026-03-01 12:00:01", "2026-03-01 12:00")),
        (
            NOON + dt.timedelta(microseconds=1),
            NOON + dt.timedelta(microseconds=2),
            ("2026-03-01 12:00:00.000002", "2026-03-01 12:00:00.000001"),
        ),
    ],
)
def test_the_value_is_compared_exactly_and_told_with_the_digits_that_differ(
    then: Any, now: Any, told: tuple[str, str]
) -> None:
    fit = ConstantChanged().explain(*two_runs([then] * 300, [now] * 300))
    assert fit is not None
    assert (fit.evidence["value"], fit.evidence["value_before"]) == told
    assert f"is {told[0]} in every row" in fit.sentence
    assert f"(before {told[1]})" in fit.sentence


@pytest.mark.parametrize(
    ("then", "now"),
    [([1.23451] * 300, [1.23451] * 400), (["v1"] * 300, ["v1"] * 300), ([1.0, 2.0] * 150, [3.0] * 300)],
    ids=["same number", "same label", "varied before"],
)
def test_what_is_no_change_of_a_constant(then: list[Any], now: list[Any]) -> None:
    assert ConstantChanged().explain(*two_runs(then, now)) is None
