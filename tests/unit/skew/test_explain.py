"""The changes that explain pairs of values that differ."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stageprint.skew.explain import suspicions
from stageprint.skew.records import Suspicion
from tests.unit.skew.pairs import ROWS, tally


def suspected(left: pa.Array, right: pa.Array) -> list[tuple[str, int]]:
    return [(one.kind, one.rows) for one in suspicions(tally(left, right))]


def test_the_same_values(numbers: Any) -> None:
    values = pa.array(numbers, mask=numbers < 5)
    noisy = pa.array(numbers * (1 + 1e-13), mask=numbers < 5)
    for other in (values, noisy):
        found = tally(values, other)
        assert (found.rows, found.differing, suspicions(found), found.examples) == (ROWS, 0, (), [])
    nan = pa.array([float("nan"), float("inf"), 1.0])
    assert tally(nan, nan).differing == 0
    assert tally(nan, pa.array([1.0, 1.0, float("nan")])).differing == 3


def test_an_offset(numbers: Any) -> None:
    (found,) = suspicions(tally(pa.array(numbers), pa.array(numbers + 2.5)))
    assert found == Suspicion("offset", ROWS, 1.0, "the right is the left +2.5")


def test_a_factor(numbers: Any) -> None:
    (found,) = suspicions(tally(pa.array(numbers), pa.array(numbers / 1.609344)))
    assert (found.kind, found.rows) == ("factor", ROWS)
    assert found.sentence == "the right is 0.621371 times the left"


@pytest.mark.parametrize("digits", [0, 1, 3, -1])
@pytest.mark.parametrize("side", ["right", "left"])
def test_rounding(numbers: Any, digits: int, side: str) -> None:
    pair = [pa.array(numbers), pa.array(np.round(numbers, digits))]
    left, right = pair if side == "right" else reversed(pair)
    (found,) = suspicions(tally(left, right))
    places = f"{digits} decimal places" if digits >= 0 else "multiples of 10"
    assert found.kind == "rounding"
    assert found.sentence == f"the {side} is the {'left' if side == 'right' else 'right'} rounded to {places}"


def test_noise_is_none_of_these(numbers: Any) -> None:
    noise = numbers + np.random.default_rng(4).normal(0, 1, ROWS)
    found = tally(pa.array(numbers), pa.array(noise))
    assert (found.differing, suspicions(found)) == (ROWS, ())


def test_most_is_enough(numbers: Any) -> None:
    right = numbers * 100
    right[:30] = 7.0
    assert suspected(pa.array(numbers), pa.array(right)) == [("factor", ROWS - 30)]
    right[:100] = 7.0
    assert suspected(pa.array(numbers), pa.array(right)) == []


def test_nulls_that_became_a_value(numbers: Any) -> None:
    missing = numbers < 10
    left = pa.array(numbers, mask=missing)
    right = pa.array(np.where(missing, -1.0, numbers))
    found = tally(left, right)
    rows = int(missing.sum())
    assert (found.left_null, found.right_null, found.differing) == (rows, 0, rows)
    assert suspicions(found) == (Suspicion("null_to_value", rows, 1.0, "null on the left is -1.0 on the right"),)
    assert suspicions(found, values=False)[0].sentence == "null on the left is one value on the right"
    assert [one.kind for one in suspicions(tally(right, left))] == ["value_to_null"]


def test_two_things_at_once(numbers: Any) -> None:
    missing = numbers < 10
    right = pa.array(np.where(missing, 0.0, numbers + 1))
    found = suspected(pa.array(numbers, mask=missing), right)
    assert sorted(kind for kind, _ in found) == ["null_to_value", "offset"]


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        (str.upper, "case"),
        (lambda text: f" {text}", "whitespace"),
        (lambda text: f"{text.title()}\t", "case_and_whitespace"),
        ({"red": "rouge", "green": "vert", "blue": "bleu"}.__getitem__, "recoded"),
        (lambda text: {"red": "crimson"}.get(text, text), "recoded"),
    ],
)
def test_spellings(change: Any, kind: str) -> None:
    texts = np.random.default_rng(5).choice(["red", "green", "blue"], ROWS).tolist()
    (found,) = suspicions(tally(pa.array(texts), pa.array([change(text) for text in texts])))
    assert (found.kind, found.share) == (kind, 1.0)


def test_labels_that_differ_now_and_then_are_not_recoded() -> None:
    random = np.random.default_rng(6)
    left = random.choice(["red", "green"], ROWS)
    right = np.where(random.random(ROWS) < 0.2, "blue", left)
    assert suspected(pa.array(left.tolist()), pa.array(right.tolist())) == []
    flags = random.random(ROWS) < 0.5
    wrong = flags & (random.random(ROWS) < 0.9)
    assert suspected(pa.array(flags), pa.array(wrong)) == []
    assert suspected(pa.array(flags), pa.array(~flags)) == [("recoded", ROWS)]


def test_shifted_hours() -> None:
    start = dt.datetime(2026, 3, 2, tzinfo=dt.timezone.utc)
    left = [start + dt.timedelta(minutes=7 * number) for number in range(ROWS)]
    right = [one - dt.timedelta(hours=4 if number % 3 else 5) for number, one in enumerate(left)]
    kind = pa.timestamp("us", "UTC")
    (found,) = suspicions(tally(pa.array(left, kind), pa.array(right, kind)))
    assert (found.kind, found.rows, found.sentence) == (
        "shifted_hours",
        ROWS,
        "the right is -4 h or -5 h from the left",
    )
    late = [one + dt.timedelta(milliseconds=1500) for one in left]
    (found,) = suspicions(tally(pa.array(left, kind), pa.array(late, kind)))
    assert (found.kind, found.sentence) == ("offset", "the right is the left +1.5 s")
    days = pa.array([one.date() for one in left], pa.date32())
    (found,) = suspicions(tally(days, pa.array([one.date() + dt.timedelta(days=1) for one in left], pa.date32())))
    assert found.sentence == "the right is +24 h from the left"
