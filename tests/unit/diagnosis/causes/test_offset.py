from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pytest

from stageprint.diagnosis.causes.offset import Offset
from stageprint.diagnosis.causes.unit_change import UnitChange
from stageprint.diagnosis.example import two_runs
from tests.unit.diagnosis.scenarios import with_nulls

RNG = np.random.default_rng(15)
THEN, NOW = RNG.normal(50, 12, 4000), RNG.normal(50, 12, 4000)


@pytest.mark.parametrize("step", [6.0, -24.0, 80.0])
def test_a_constant_added(step: float) -> None:
    found = Offset().explain(*two_runs(THEN, NOW + step))
    assert found is not None
    assert found.score > 0.75
    assert found.evidence["offset"] == pytest.approx(step, abs=1)
    assert ("added to" if step > 0 else "taken from") in found.sentence


@pytest.mark.parametrize("moved", [0.0, 1.2, -0.9])
def test_quoted_figures_agree_with_the_amount(moved: float) -> None:
    """Also where the values moved by themselves as well."""
    found = Offset().explain(*two_runs(THEN, NOW + moved + 12.26))
    assert found is not None
    told = found.sentence.partition("(")[2].partition(")")[0]
    now, *undone, before = [float(one) for one in re.findall(r"-?\d+(?:\.\d+)?", told)]
    assert now - (undone[0] if undone else before) == pytest.approx(found.evidence["offset"], rel=0.055)  # rounded
    assert undone == [] or "without that" in told


def test_whole_numbers_are_snapped_to() -> None:
    years = RNG.integers(1980, 2013, 4000).astype(float)
    found = Offset().explain(*two_runs(years, years - 1900))
    assert found is not None
    assert found.evidence["offset"] == -1900


def test_a_mass_at_one_value_lands_exactly() -> None:
    heaped = np.where(RNG.random(4000) < 0.4, 0.0, THEN)
    found = Offset().explain(*two_runs(heaped, heaped + 7.3))
    assert found is not None
    assert found.evidence["offset"] == pytest.approx(7.3)


def test_narrow_and_far_from_zero_the_moments_decide() -> None:
    then = RNG.normal(1000, 10, 40_000)
    scaled, moved = RNG.normal(1000, 10, 40_000) * 1.609344, RNG.normal(1000, 10, 40_000) + 609.344
    assert Offset().explain(*two_runs(then, scaled)) is None or score(Offset(), then, scaled) < score(
        UnitChange(), then, scaled
    )
    assert score(Offset(), then, moved) > score(UnitChange(), then, moved)


def score(cause: Offset | UnitChange, then: object, now: object) -> float:
    found = cause.explain(*two_runs(then, now))
    return 0.0 if found is None else found.score


def test_values_lost_as_well_speak_against_it() -> None:
    lost = with_nulls(NOW + 30, RNG.random(NOW.size) < 0.2)
    assert score(Offset(), THEN, lost) < score(Offset(), THEN, NOW + 30) - 0.1


def test_what_is_no_offset() -> None:
    assert Offset().explain(*two_runs(THEN, NOW)) is None
    assert Offset().explain(*two_runs(THEN, NOW * 3)) is None
    start = dt.datetime(2013, 5, 1, tzinfo=dt.timezone.utc)
    times = [start + dt.timedelta(minutes=7 * i) for i in range(3000)]
    assert Offset().explain(*two_runs(times, [time + dt.timedelta(days=31) for time in times])) is None
