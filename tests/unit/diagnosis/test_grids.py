"""The grids of values, and what a multiplication makes of them."""

from __future__ import annotations

import numpy as np
import pytest

from stageprint.diagnosis.grids import can_be_converted, is_finer_by, step_of
from stageprint.features.distribution import Cdf

RANDOM = np.random.default_rng(3)
WHOLE = RANDOM.integers(1, 400, 500).astype(float)


def cdf(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Cdf:
    return Cdf.of(values, np.ones(values.size))


@pytest.mark.parametrize(
    ("values", "step"), [(WHOLE, 1.0), (WHOLE * 100, 100.0), (WHOLE / 10, 0.1), (np.sqrt(WHOLE) + 0.1234567891, None)]
)
def test_the_step_of_values(values: np.ndarray[tuple[int], np.dtype[np.float64]], step: float | None) -> None:
    assert step_of(cdf(values)) == (None if step is None else pytest.approx(step))


@pytest.mark.parametrize(
    ("now", "factor", "possible"),
    [
        (WHOLE * 12, 12.0, True),
        (WHOLE * 12 + 1, 12.0, False),
        (WHOLE * 1.609344, 1.609344, True),
        (np.round(WHOLE * 1.609344), 1.609344, True),
        (np.round(WHOLE * 1.609344, 1), 1.609344, True),
        (WHOLE * 0.0254, 0.0254, True),
        (WHOLE, 0.0254, False),
        (np.round(WHOLE * 60, -2), 60.0, True),
    ],
    ids=["multiples", "none", "exact", "whole", "tenths", "smaller", "not smaller", "rounded since"],
)
def test_what_a_factor_makes(now: np.ndarray[tuple[int], np.dtype[np.float64]], factor: float, possible: bool) -> None:
    assert can_be_converted(cdf(WHOLE), cdf(now), factor) is possible


def test_only_what_lies_beyond_is_looked_at() -> None:
    mixed = np.concatenate([WHOLE, WHOLE * 1000])
    assert can_be_converted(cdf(WHOLE), cdf(mixed), 1000.0, beyond=WHOLE.max())
    assert not can_be_converted(cdf(WHOLE), cdf(np.concatenate([WHOLE, WHOLE * 1000 + 7])), 1000.0, beyond=WHOLE.max())


def test_values_without_a_grid_exclude_nothing() -> None:
    free = np.exp(RANDOM.normal(3, 1, 500))
    assert can_be_converted(cdf(free), cdf(free * 12), 12.0)


def test_tiny_values_are_no_multiples_of_a_huge_step() -> None:
    assert step_of(cdf(np.array([0.00012, 0.00034, 0.00055]))) == pytest.approx(1e-5)


def test_what_is_smaller_lies_between_the_earlier_multiples() -> None:
    mixed = np.concatenate([WHOLE, WHOLE * 0.0254])
    assert is_finer_by(cdf(WHOLE), cdf(mixed), 0.0254)
    assert not is_finer_by(cdf(WHOLE), cdf(mixed), 0.3048)
    assert not is_finer_by(cdf(WHOLE), cdf(WHOLE[:100]), 0.0254)
