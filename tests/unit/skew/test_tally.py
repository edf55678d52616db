"""A tally keeps the largest differences, and stays small."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from stageprint.skew.tally import DifferenceTally
from tests.unit.skew.pairs import keys, tally


def test_the_largest_differences_are_the_examples(numbers: Any) -> None:
    right = numbers.copy()
    right[[5, 500, 990]] += [3.0, 2.0, 4.0]
    right[7] += 0.5
    found = tally(pa.array(numbers), pa.array(right))
    assert [(round(size, 6), key) for size, key, _, _ in found.examples] == [(4.0, "k990"), (3.0, "k5"), (2.0, "k500")]


def test_a_tally_stays_small() -> None:
    random = np.random.default_rng(7)
    found = DifferenceTally()
    for _ in range(20):
        numbers = random.integers(0, 10**9, 5000)
        left = pa.array([f"user-{number}" for number in numbers.tolist()])
        found.update(left, pa.array([f"USER {number}" for number in numbers.tolist()]), keys(5000))
    assert found.differing == 100_000
    assert len(found.label_pairs) <= 5000 + 4096
    assert len(found.to_json()) < 10_000
