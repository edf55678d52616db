"""Exact transformations: what the figures of a column prove, and what they do not."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pytest

from stageprint.features.column import ColumnFeatures
from stageprint.features.exact import factor, offset
from stageprint.features.from_profile import read_column
from stageprint.model import ColumnKind
from tests.support.columns import profile_of

VALUES = [3, 9, 4, 30, 7, 8, 2, 11]


def of(values: Sequence[int]) -> ColumnFeatures:
    return read_column(profile_of(pa.array(values), ColumnKind.INTEGER))


def test_a_constant_and_a_factor_are_exact() -> None:
    assert offset(of([value + 100 for value in VALUES]), of(VALUES)) == pytest.approx(100)
    assert factor(of([value * 12 for value in VALUES]), of(VALUES)) == pytest.approx(12)
    assert offset(of([*VALUES[:-1], 12]), of(VALUES)) == 0


def test_values_that_are_numbered_through_prove_nothing() -> None:
    """Their moments are those of any other rows of the same number."""
    assert offset(of(range(5_000, 5_040)), of(range(1_000, 1_040))) == 0
    assert factor(of(range(0, 80, 2)), of(range(40))) == 1
