"""How well a transformation explains a shift, by the distance that it leaves."""

from __future__ import annotations

import numpy as np
import pytest

from stageprint.diagnosis.base import MIN_FIT
from stageprint.diagnosis.causes.offset import Offset
from stageprint.diagnosis.example import two_runs
from stageprint.diagnosis.facts import Facts
from stageprint.diagnosis.pair import Pair
from stageprint.model import ColumnKind


def pair_of(values: int, usual: float = 0.0) -> Pair:
    facts = Facts(kind=ColumnKind.FLOAT, data_type="double", rows=values)
    return Pair(facts, facts, {"ks": usual})


@pytest.mark.parametrize(
    ("after", "before", "expected"),
    [
        (0.05, 0.60, 1.0),  # within chance, and little of what was there
        (0.08, 0.25, 1.0),
        (0.08, 0.20, 0.0),  # within chance, but so are many other transformations
        (0.10, 0.60, 1.0),
        (0.11, 0.60, 0.5),  # a little beyond chance in a large shift
        (0.13, 0.60, 0.0),
    ],
)
def test_what_is_left_is_within_chance_and_a_small_part(after: float, before: float, expected: float) -> None:
    both = pair_of(10**9, usual=0.1)
    assert both.tolerance == pytest.approx(0.1)
    assert both.closeness(after, before) == pytest.approx(expected)


def test_a_part_of_the_rows_that_moved_is_no_offset() -> None:
    random = np.random.default_rng(11)
    then, now = random.normal(1500.0, 500.0, 600), random.normal(1500.0, 500.0, 600)
    evidence, column = two_runs(list(then), list(np.where(random.random(600) < 0.3, now - 300.0, now)))
    assert Offset().explain(evidence, column) is None
    evidence, column = two_runs(list(then), list(now - 300.0))
    fit = Offset().explain(evidence, column)
    assert fit is not None
    assert fit.evidence["offset"] == pytest.approx(-300.0, abs=60.0)


def test_amounts_that_grew_are_no_offset_while_they_begin_at_nearly_nothing() -> None:
    random = np.random.default_rng(12)
    then, now = random.lognormal(7.0, 0.9, 300), random.lognormal(7.4, 0.7, 300)
    evidence, column = two_runs(list(then), list(now))
    fit = Offset().explain(evidence, column)
    assert fit is None or fit.score < MIN_FIT, fit
    evidence, column = two_runs(list(then), list(random.lognormal(7.0, 0.9, 300) + 900.0))
    fit = Offset().explain(evidence, column)
    assert fit is not None
    assert fit.score >= MIN_FIT
