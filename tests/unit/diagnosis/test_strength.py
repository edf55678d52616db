"""How strongly a node is flagged, and which of two is flagged more strongly."""

from __future__ import annotations

from dataclasses import replace

from stageprint.diagnosis.example import flag
from stageprint.diagnosis.strength import Strength
from stageprint.model import ColumnKey

X = ColumnKey("raw", "t", "x")


def test_a_node_is_as_strong_as_its_largest_effect_and_its_largest_score() -> None:
    shifts = [flag(X, effect=3.0, score=9.0), flag(X, "mean", effect=7.0, score=4.0)]
    assert Strength.of(shifts) == Strength(deterministic=False, effect=7.0, score=9.0)


def test_one_broken_rule_makes_a_node_deterministic() -> None:
    shifts = [flag(X), flag(X, "never_null", deterministic=True)]
    assert Strength.of(shifts).deterministic


def test_missing_figures_and_missing_shifts_count_as_zero() -> None:
    assert Strength.of([replace(flag(X), effect=None, score=None)]) == Strength(False, 0.0, 0.0)
    assert Strength.of([]) == Strength(False, 0.0, 0.0)


def test_certainty_goes_before_effect_and_effect_before_score() -> None:
    weak, middle, strong = Strength(False, 1.0, 9.0), Strength(False, 2.0, 3.0), Strength(False, 2.0, 4.0)
    certain = Strength(True, 0.1, 0.0)
    assert sorted([certain, strong, weak, middle]) == [weak, middle, strong, certain]
