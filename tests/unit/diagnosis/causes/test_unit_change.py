from __future__ import annotations

import datetime as dt
import re

import numpy as np
import pyarrow as pa
import pytest

from stageprint.diagnosis.base import candidates
from stageprint.diagnosis.causes.unit_change import UnitChange
from stageprint.diagnosis.example import many_runs, two_runs
from stageprint.diagnosis.factors import KNOWN, Factor, snap
from tests.unit.diagnosis.scenarios import with_nulls

RNG = np.random.default_rng(14)
THEN, NOW = RNG.gamma(4.0, 30.0, 4000), RNG.gamma(4.0, 30.0, 4000)


@pytest.mark.parametrize("known", KNOWN, ids=lambda known: known.meaning)
def test_a_known_conversion_is_named(known: Factor) -> None:
    # Of other rows the factor is not met so closely that a rare conversion can be named without a grid.
    then, now = (THEN, NOW) if known.common else (THEN.round(1), NOW.round(1))
    found = UnitChange().explain(*two_runs(then, now * known.factor))
    assert found is not None
    assert found.score > 0.8
    near = [one.meaning for one in snap(known.factor, 0.08)]
    assert found.evidence["meaning"] in near


RARE = [known for known in KNOWN if not known.common]


@pytest.mark.parametrize("known", RARE, ids=lambda known: known.meaning)
def test_a_rare_conversion_of_the_same_rows_is_named_without_a_grid(known: Factor) -> None:
    found = UnitChange().explain(*two_runs(THEN, THEN * known.factor))
    assert found is not None
    assert found.evidence["meaning"] in [one.meaning for one in snap(known.factor, 0.03)]


@pytest.mark.parametrize("known", RARE, ids=lambda known: known.meaning)
@pytest.mark.parametrize("off", [0.985, 1.015])
@pytest.mark.parametrize("digits", [2, 15])
def test_a_factor_that_nearly_fits_is_no_rare_conversion(known: Factor, off: float, digits: int) -> None:
    """A sum over twice as many days, to the cent, was 1.85 times what it was: no nautical miles became kilometres."""
    evidence, column = two_runs(THEN.round(digits), (THEN * known.factor * off).round(digits))
    found = UnitChange().explain(evidence, column)
    assert found is None or found.evidence["meaning"] not in {one.meaning for one in RARE}


def test_a_rare_conversion_of_a_part_of_the_rows_needs_its_grid() -> None:
    part = RNG.random(NOW.size) < 0.3
    for then, now in ((THEN, NOW), (THEN.round(1), NOW.round(1))):
        found = UnitChange().explain(*two_runs(then, np.where(part, now * 28.349523, now)))
        on_grid = then is not THEN
        assert (found is not None and found.evidence["meaning"] == "ounces → grams") == on_grid


@pytest.mark.parametrize("factor", [1.35, 0.6, 5.3])
def test_any_factor(factor: float) -> None:
    found = UnitChange().explain(*two_runs(THEN, NOW * factor))
    assert found is not None
    assert found.evidence["factor"] == pytest.approx(factor, rel=0.05)


def test_fahrenheit() -> None:
    degrees = RNG.normal(15, 8, 4000)
    found = UnitChange().explain(*two_runs(degrees, RNG.normal(15, 8, 4000) * 1.8 + 32))
    assert found is not None
    assert found.evidence["meaning"] == "°C → °F"
    assert "is 1.8 times what it was, +32, since run-2" in found.sentence


def quoted(sentence: str) -> list[float]:
    """Return the figures that a sentence quotes in brackets."""
    told = sentence.partition("(")[2].partition(")")[0]
    return [float(one.replace(",", "")) for one in re.findall(r"-?\d[\d,]*(?:\.\d+)?", told)]


@pytest.mark.parametrize("grown", [1.0, 1.06, 0.96])
def test_quoted_figures_agree_with_the_factor(grown: float) -> None:
    """Also where the values moved by themselves as well, so that what the column holds now is another multiple."""
    found = UnitChange().explain(*two_runs(THEN, NOW * 3.6 * grown))
    assert found is not None
    factor = found.evidence["factor"]
    now, *undone, before = quoted(found.sentence)
    assert now / (undone[0] if undone else before) == pytest.approx(factor, rel=0.055)  # rounded
    assert undone == [] or "without that" in found.sentence


def test_a_figure_that_agrees_is_quoted_in_place_of_the_median() -> None:
    # Fewer of the short distances, as in the weeks in which schools are closed: the ends stay where they are.
    then = np.concatenate([np.full(600, 100.0), RNG.uniform(100, 1000, 3400), np.full(40, 1000.0)])
    now = 1.609344 * np.concatenate([np.full(500, 100.0), RNG.uniform(100, 1000, 3400) ** 1.004, np.full(40, 1000.0)])
    now = np.minimum(now, 1609.344)
    found = UnitChange().explain(*two_runs(then, now))
    assert found is not None
    assert found.evidence["meaning"] == "miles → kilometres"
    shown, before = quoted(found.sentence)
    assert shown / before == pytest.approx(1.609344, rel=0.02)


def test_the_largest_value_of_a_converted_part_may_stay_below_the_factor() -> None:
    few = np.where(np.arange(NOW.size) % 20 == 0, NOW * 1000, NOW)
    few = np.minimum(few, 0.7 * 1000 * THEN.max())
    found = UnitChange().explain(*two_runs(THEN, few))
    assert found is not None
    largest, before, whole = quoted(found.sentence)
    assert whole / before == pytest.approx(1000, rel=0.01)
    assert largest < whole


def test_the_sign() -> None:
    found = UnitChange().explain(*two_runs(THEN, -NOW))
    assert found is not None
    assert "has the opposite sign since run-2 (values from -" in found.sentence


@pytest.mark.parametrize("share", [0.05, 0.3, 0.8])
def test_a_part_of_the_rows(share: float) -> None:
    mixed = np.where(RNG.random(NOW.size) < share, NOW * 1000, NOW)
    found = UnitChange().explain(*two_runs(THEN, mixed))
    assert found is not None
    assert found.evidence["factor"] == 1000
    assert found.evidence["share"] == pytest.approx(share, abs=0.05)
    assert "in a part of the rows" in found.sentence


def test_a_part_of_the_rows_scaled_down() -> None:
    found = UnitChange().explain(*two_runs(THEN, np.where(RNG.random(NOW.size) < 0.4, NOW / 1000, NOW)))
    assert found is not None
    assert found.evidence["factor"] == pytest.approx(0.001)


def test_a_slip_of_the_unit_of_time() -> None:
    start = dt.datetime(2013, 5, 1, tzinfo=dt.timezone.utc)
    times = [start + dt.timedelta(minutes=7 * i) for i in range(3000)]
    early = [dt.datetime.fromtimestamp(time.timestamp() / 1000, dt.timezone.utc) for time in times]
    found = UnitChange().explain(*two_runs(times, early))
    assert found is not None
    assert found.evidence["factor"] == pytest.approx(0.001)
    assert UnitChange().explain(*two_runs(times, [time + dt.timedelta(days=31) for time in times])) is None


def test_values_lost_as_well_speak_against_it() -> None:
    whole = UnitChange().explain(*two_runs(THEN, NOW * 1000))
    lost = UnitChange().explain(*two_runs(THEN, with_nulls(NOW * 1000, RNG.random(NOW.size) < 0.2)))
    assert whole is not None
    assert lost is not None
    assert lost.score < whole.score - 0.1


@pytest.mark.parametrize(
    "now", [NOW, NOW + 60, np.full(4000, 3.0), RNG.lognormal(4, 1, 4000)], ids=["same", "offset", "constant", "shape"]
)
def test_what_is_no_factor(now: object) -> None:
    found = UnitChange().explain(*two_runs(THEN, now))
    assert found is None or found.score < 0.7


def test_marks_beyond_arithmetic_are_left_alone() -> None:
    found = UnitChange().explain(*two_runs(THEN, np.append(NOW * 3, np.inf)))
    assert found is None


def test_negative_values_only() -> None:
    found = UnitChange().explain(*two_runs(-THEN, np.where(RNG.random(NOW.size) < 0.3, -NOW * 1000, -NOW)))
    assert found is None or found.score < 0.7


def test_text_has_no_unit() -> None:
    assert UnitChange().explain(*two_runs(pa.array(["a", "b"]), pa.array(["a", "c"]))) is None


def epochs(day: int, factor: int = 1) -> list[int]:
    """Return the seconds of a day's events since 1970, or multiples of them."""
    return [(1_767_225_600 + 86_400 * day + 60 * minute) * factor for minute in range(1440)]


@pytest.mark.parametrize(
    ("runs", "factor"),
    [
        ([epochs(day) for day in range(5)] + [epochs(5, 1000)], 1000.0),
        ([epochs(day, 1000) for day in range(5)] + [epochs(5)], 0.001),
        ([[2020 + n] * 300 for n in range(5)] + [[20250] * 300], 10.0),
    ],
    ids=["seconds to milliseconds", "milliseconds to seconds", "years"],
)
def test_the_level_of_a_column_that_moves_on_tells_the_factor(runs: list[list[int]], factor: float) -> None:
    evidence, column = many_runs([{"x": values} for values in runs], at="x", statistic="advance_jumped")
    best = candidates(evidence, column)[0]
    assert best.cause.name == "unit_change"
    assert best.fit.evidence["factor"] == pytest.approx(factor)
    assert best.fit.evidence["share"] == 1


@pytest.mark.parametrize(
    "last",
    [
        epochs(400),  # a year and more ahead
        [3 * value for value in epochs(5)],  # by no known factor
    ],
    ids=["ahead", "another factor"],
)
def test_a_column_that_moves_on_and_leaps_otherwise_has_no_factor(last: list[int]) -> None:
    runs = [{"x": epochs(day)} for day in range(5)]
    evidence, column = many_runs([*runs, {"x": last}], at="x", statistic="advance_jumped")
    assert candidates(evidence, column)[0].cause.name == "advance_broken"


def test_a_part_of_a_column_that_moves_on_is_read_too() -> None:
    runs = [{"x": epochs(day)} for day in range(5)]
    last = epochs(5)[:720] + epochs(5, 1000)[720:]
    best = candidates(*many_runs([*runs, {"x": last}], at="x", statistic="advance_jumped"))[0]
    assert best.cause.name == "unit_change"
    assert best.fit.evidence["factor"] == 1000
    assert best.fit.evidence["share"] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize(
    ("then", "now"),
    [
        (RNG.poisson(4, 1000), RNG.integers(18, 80, 1000)),
        (np.round(RNG.normal(15, 8, 1000), 1), RNG.integers(18, 80, 1000)),
        (np.round(RNG.normal(15, 8, 1000), 1), RNG.integers(100, 99_999, 1000)),
        (RNG.integers(100, 99_999, 1000), np.round(RNG.normal(15, 8, 1000)).astype(int)),
    ],
    ids=["ages for counts", "ages for degrees", "amounts for degrees", "degrees for amounts"],
)
def test_another_columns_values_are_in_no_other_unit(then: np.ndarray, now: np.ndarray) -> None:
    found = UnitChange().explain(*two_runs(then.astype(float), now.astype(float)))
    assert found is None or found.score < 0.5


@pytest.mark.parametrize("power", [1, 2, 3])
def test_the_grid_tells_a_power_of_ten_of_few_values_that_moved_besides(power: int) -> None:
    then, now = (np.round(np.random.default_rng(3).normal(mean, 4, 30), 1) for mean in (14, 20))
    best = candidates(*two_runs(then, np.round(10**power * now, 1)))[0]
    assert best.cause.name == "unit_change"
    assert best.fit.evidence["factor"] == pytest.approx(10**power)


def test_readings_of_a_few_knots_are_no_fahrenheit() -> None:
    """Of winds in steps of five, the highest tenth looks like °F; what 1.8 · x + 32 makes of them lies elsewhere."""
    then = np.repeat([25.0, 30, 35, 40, 45, 50, 60, 80], [40, 60, 50, 30, 20, 15, 10, 5])
    now = np.repeat([80.0, 85, 90, 95, 100, 105, 110, 120, 135], [5, 6, 8, 8, 6, 6, 5, 4, 2])
    found = UnitChange().explain(*two_runs(then, now))
    assert found is None or not found.evidence["offset"]
    warm = np.round(1.8 * then + 32)
    found = UnitChange().explain(*two_runs(then, warm))
    assert found is not None
    assert found.evidence["meaning"] == "°C → °F"
