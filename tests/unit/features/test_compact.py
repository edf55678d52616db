"""Compact features: what is kept of a profile for the comparisons of later runs."""

from __future__ import annotations

import doctest
from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stageprint.errors import StateError
from stageprint.features import compact
from stageprint.features.column import ColumnFeatures
from stageprint.features.compact import (
    COMPACT_VERSION,
    MASS_GROUPS,
    SCALAR_NAMES,
    compact_bytes,
    compact_cdf,
    compact_features,
    read_compact,
)
from stageprint.features.distribution import Cdf, kolmogorov_smirnov
from stageprint.features.from_profile import read_column
from stageprint.model import ColumnKind, ColumnProfile
from stageprint.shifts import ColumnHistory, measure
from tests.unit.shifts.columns import BOOLEAN, DATE, FLOAT, INTEGER, KEY, STRING, TIMESTAMP, column


def samples() -> dict[str, ColumnProfile]:
    rng = np.random.default_rng(5)
    return {
        "numbers": column(rng.normal(10, 3, 3000), FLOAT),
        "numbers with a spike": column(np.where(rng.random(20_000) < 0.2, 0, rng.lognormal(2, 1, 20_000)), FLOAT),
        "few numbers": column([1, 2, 2, 3, None], INTEGER),
        "days": column(rng.integers(0, 9000, 5000).tolist(), DATE),
        "moments": column(rng.integers(0, 10**15, 5000).tolist(), TIMESTAMP),
        "labels": column([*"aaabbc", "é", "𝄞", "", None], STRING),
        "many labels": column([f"customer {rank}" for rank in rng.zipf(1.3, 20_000)], STRING),
        "flags": column([True, False, None], BOOLEAN),
        "nulls": column([None, None], FLOAT),
        "no rows": column([], STRING),
    }


@pytest.mark.parametrize("name", samples())
def test_compact_features_come_back_as_it_was(name: str) -> None:
    profile = samples()[name]
    wanted = compact_features(read_column(profile))
    found = read_compact(profile.kind, profile.data_type, compact_bytes(profile))
    for field in fields(ColumnFeatures):
        expected, got = getattr(wanted, field.name), getattr(found, field.name)
        if field.name == "cdf" and expected is not None:
            np.testing.assert_array_equal(got.points, expected.points)
            np.testing.assert_array_equal(got.cumulative, expected.cumulative)
            errors = (expected.size, expected.rank_error, expected.mass_error)
            assert (got.size, got.rank_error, got.mass_error) == errors
        elif field.name in {"labels", "forms"} and expected is not None:
            assert got.index == expected.index
            assert got.absent == expected.absent
            for array in ("estimate", "lower", "upper"):
                np.testing.assert_allclose(getattr(got, array), getattr(expected, array), rtol=1e-12)
        elif field.name in {"hours", "weekdays"} and expected is not None:
            np.testing.assert_array_equal(got, expected)
        else:
            assert got == expected or (got != got and expected != expected), field.name  # noqa: PLR0124 -- NaN


@given(
    hnp.arrays(np.float64, st.integers(2, 1500), elements=st.integers(0, 400).map(float)),
    st.integers(1, 2**20),
)
def test_what_a_compact_distribution_moves_is_within_what_it_adds_to_the_errors(values: np.ndarray, seed: int) -> None:
    weights = np.exp2(np.random.default_rng(seed).integers(0, 6, len(values)).astype(np.float64))
    whole = Cdf.of(values, weights, rank_error=0.003, mass_error=0.004)
    small = compact_cdf(whole)
    moved = np.sqrt(max(0.0, small.rank_error**2 - 0.003**2))
    assert kolmogorov_smirnov(whole, small) <= moved + 1e-9
    gathered = np.sqrt(max(0.0, small.mass_error**2 - 0.004**2))
    assert np.all(small.masses - whole.mass_at(small.points) <= gathered + 1e-9)
    assert (small.points[0], small.points[-1]) == (whole.points[0], whole.points[-1])
    assert small.cumulative[-1] == pytest.approx(1)
    heavy = whole.masses >= 0.01
    np.testing.assert_allclose(small.mass_at(whole.points[heavy]), whole.masses[heavy], rtol=1e-9)


def test_a_compact_sketch_is_much_smaller_and_hardly_less_sure() -> None:
    whole = read_column(samples()["numbers"]).cdf
    assert whole is not None
    small = compact_cdf(whole)
    assert len(small.points) <= MASS_GROUPS + 10 < len(whole.points) / 3
    assert small.rank_error < 1.1 * whole.rank_error
    assert small.mass_error < 1.25 * whole.mass_error


def test_a_distribution_that_holds_every_value_or_few_points_stays_whole() -> None:
    exact = Cdf.of(np.arange(900.0), np.ones(900))
    assert compact_cdf(exact) is exact
    short = Cdf.of(np.arange(2.0 * MASS_GROUPS), np.ones(2 * MASS_GROUPS), rank_error=0.01)
    assert compact_cdf(short) is short


def test_comparing_with_compact_features_is_comparing_with_its_profile() -> None:
    rng = np.random.default_rng(6)
    then = column(rng.normal(0, 1, 20_000), FLOAT)
    now = column(rng.normal(0.3, 1, 20_000), FLOAT)
    stored = read_compact(then.kind, then.data_type, compact_bytes(then))
    assert measure([ColumnHistory(KEY, now, {"prev": [stored]})]).equals(
        measure([ColumnHistory(KEY, now, {"prev": [then]})])
    )


def test_version_3_has_these_figures() -> None:
    # Another figure in `ColumnFeatures` moves the bytes behind it: a new version keeps old bytes from being misread.
    assert (COMPACT_VERSION, ",".join(SCALAR_NAMES)) == (
        3,
        "rows,nulls,present,null_share,nan_share,zero_share,empty_share,blank_share,true_share,mean,variance,kurtosis,"
        "minimum,maximum,distinct,distinct_error,top_share,top_error,places,places_error,negative_share,"
        "infinite_share,whole_share,midnight_share,largest_gap,gap_error,length_mean,length_deviation,length_min,"
        "length_max,leading_share,trailing_share,number_share,time_share,boolean_share,json_share,uuid_share,"
        "lower_share,upper_share,digit_share,space_share,other_share,format_error",
    )


@pytest.mark.parametrize("damage", [lambda data: data[:20], lambda data: data[:-3], lambda data: data + b"?"])
def test_damaged_compact_features_say_so(damage: object) -> None:
    data = compact_bytes(samples()["numbers"])
    with pytest.raises(StateError, match="damaged compact features"):
        read_compact(ColumnKind.FLOAT, "double", damage(data))  # type: ignore[operator]


def test_compact_labels_are_no_larger_than_their_sketch() -> None:
    profile = samples()["many labels"]
    sketch = profile.states["frequent_items"].to_bytes()
    assert len(compact_bytes(profile)) < 1.3 * len(sketch)


def test_the_example_in_the_documentation_holds() -> None:
    assert doctest.testmod(compact) == (0, 3)
