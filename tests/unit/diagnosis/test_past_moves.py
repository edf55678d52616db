"""No cause rather than a wrong one: what a column does by itself is no mechanism, however well one fits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from stageprint.diagnosis.base import candidates
from stageprint.diagnosis.diagnose import diagnose
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.example import evidence_of, flag, table_profile
from stageprint.diagnosis.past_moves import MAX_TRANSITIONS, healthy_transitions
from stageprint.model import Finding, TableKey

RAW = TableKey("raw", "t")
X = RAW.column("x")
ROWS = 3000
Day = Callable[[np.random.Generator, int], Any]


def seen(make: Day, days: int = 10, flagged: Sequence[str] = (), statistic: str = "ks") -> Evidence:
    """Return the evidence of the last of some days; `make` gets the day's number, 0 for the last."""
    profiles = {
        str(number): {RAW: table_profile(RAW, {"x": make(np.random.default_rng([71, number]), days - number)})}
        for number in range(1, days + 1)
    }
    return evidence_of(profiles, {"raw": ()}, [flag(X, statistic)], flagged_runs={X: tuple(flagged)})


def found(make: Day, **how: Any) -> Finding:
    (finding,) = diagnose(seen(make, **how))
    return finding


FACTORS = (0.0, 0.2, -0.15, 0.25, -0.2, 0.1, -0.25, 0.2, -0.1, 0.15)
"""By how much, on the log scale, prices were dearer or cheaper on earlier days."""


def prices(wandering: float, last: float) -> Day:
    def make(rng: np.random.Generator, before: int) -> Any:
        factor = last if before == 0 else np.exp(wandering * FACTORS[before % len(FACTORS)])
        return np.round(rng.lognormal(3, 0.6, ROWS) * factor, 2)

    return make


@pytest.mark.parametrize("dearer", [1.6, 1.609344, 0.6])
def test_dearer_prices_are_no_other_unit(dearer: float) -> None:
    finding = found(prices(1.0, dearer))
    assert (finding.cause, finding.alternatives) == ("distribution_shift", ())
    assert "no known cause fits" in finding.sentence
    assert "median" in finding.sentence


@pytest.mark.parametrize("factor", [1.609344, 100.0])
def test_a_unit_is_named_where_the_column_does_not_move_so_far_by_itself(factor: float) -> None:
    assert found(prices(0.1, factor)).cause == "unit_change"


def test_a_decimal_point_moves_further_than_prices_do() -> None:
    assert found(prices(1.0, 100.0)).cause == "unit_change"


def test_a_factor_that_leaves_another_shape_is_not_named_even_without_a_past() -> None:
    def make(rng: np.random.Generator, before: int) -> Any:
        return rng.lognormal(3, 0.6, ROWS) if before else np.exp(rng.normal(3 + np.log(1.609344), 0.45, ROWS))

    assert found(make, days=2).cause == "distribution_shift"


def coded(shares: Mapping[int, Sequence[float]], usual: Sequence[Sequence[float]]) -> Day:
    """Return days of a few whole numbers: the shares of the last days, and those of the others in turn."""

    def make(rng: np.random.Generator, before: int) -> Any:
        of_day = np.array(shares.get(before, usual[before % len(usual)]))
        return rng.choice(of_day.size, 20_000, p=of_day / of_day.sum()).astype(float)

    return make


WANDERING = ([0.77, 0.13, 0.07, 0.03], [0.755, 0.14, 0.075, 0.03], [0.785, 0.12, 0.065, 0.03])
STEADY = ([0.3, 0.4, 0.2, 0.1],)


def test_a_label_that_wanders_by_a_point_or_two_is_no_default() -> None:
    finding = found(coded({0: [0.81, 0.108, 0.058, 0.024]}, WANDERING))
    assert finding.cause == "distribution_shift"


def test_a_default_in_a_steady_column_is_named() -> None:
    finding = found(coded({0: [0.44, 0.32, 0.16, 0.08]}, STEADY))
    assert (finding.cause, finding.evidence["value"]) == ("default_value", "0")


def nulls(of_last: tuple[float, float], usual: Sequence[tuple[float, float]]) -> Day:
    """Return days with a share of nulls and a share of the value 2."""

    def make(rng: np.random.Generator, before: int) -> Any:
        lost, two = of_last if before == 0 else usual[before % len(usual)]
        drawn = rng.random(20_000)
        values = rng.integers(3, 60, 20_000).astype(float)
        return np.where(drawn < lost, np.nan, np.where(drawn < lost + two, 2.0, values))

    return make


def test_nulls_and_a_value_that_both_move_by_points_are_not_one_for_the_other() -> None:
    wandering = ((0.12, 0.2), (0.135, 0.185), (0.11, 0.21), (0.13, 0.19))
    assert found(nulls((0.09, 0.23), wandering), statistic="null_share").cause == "distribution_shift"
    steady = ((0.12, 0.2),)
    assert found(nulls((0.04, 0.28), steady), statistic="null_share").cause == "null_to_sentinel"


def test_flagged_runs_and_those_beyond_a_week_are_no_past() -> None:
    evidence = seen(prices(0.1, 1.0), days=12, flagged=("10",))
    past = healthy_transitions(evidence, X)
    assert len(past) == MAX_TRANSITIONS
    assert healthy_transitions(evidence, X) is past
    lonely = seen(prices(0.1, 1.609344), days=2)
    assert healthy_transitions(lonely, X) == ()
    assert candidates(lonely, X)[0].cause.name == "unit_change"
