"""Sketches written by DataSketches for Java and for C++ answer through our states as upstream asserts they do."""

from __future__ import annotations

import re
from pathlib import Path

import datasketches
import numpy as np
import pyarrow as pa
import pytest

from stageprint.model import ColumnKind
from stageprint.states.frequent_items import FrequentItemsState
from stageprint.states.hll import HllState
from stageprint.states.kll import KllState
from stageprint.states.theta import ThetaState
from tests.support.columns import merged, state_of

VECTORS = Path(__file__).parents[2] / "data" / "sketch_vectors"
INTEGER, FLOAT, STRING = bytes((1, 2)), bytes((1, 3)), bytes((1, 8))


def vectors(pattern: str) -> list[object]:
    found = sorted(VECTORS.glob(f"*/{pattern}"))
    return [pytest.param(path, id=path.stem) for path in found]


def size(path: Path) -> int:
    found = re.search(r"_n(\d+)_", path.name)
    assert found is not None
    return int(found[1])


@pytest.mark.parametrize("path", vectors("kll_double_n*"))
def test_kll(path: Path) -> None:
    n, payload = size(path), path.read_bytes()
    state = KllState.from_bytes(FLOAT + payload)
    assert (state.n, state.k) == (n, 200)
    assert state.is_estimation == (n > 200)
    values, weights = state.points()
    assert weights.sum() == n
    assert state.to_bytes() == FLOAT + payload
    if n:
        assert state.quantiles([0.0, 1.0]).tolist() == [1.0, float(n)]
        ranks = np.linspace(0, 1, 101)
        off = np.abs(state.quantiles(ranks) - ranks * n) / n
        assert off.max() <= 1.5 * state.rank_error + 1 / n
        np.testing.assert_allclose(state.cdf(values), np.cumsum(weights) / n)


@pytest.mark.parametrize("path", vectors("hll*_n*"))
def test_hll(path: Path) -> None:
    n = size(path)
    state = HllState.from_bytes(INTEGER + path.read_bytes())
    assert state.lg_k == 12
    # Upstream's 2 % are of sketches that never met another; of merged ones it is twice the standard error.
    assert abs(datasketches.hll_sketch.deserialize(path.read_bytes()).get_estimate() - n) <= 0.02 * n
    assert abs(state.estimate() - n) <= 2 * 1.04 / 64 * n
    assert state.lower_bound(2) <= n <= state.upper_bound(2)
    if n <= 100_000:
        own = state_of(HllState, [pa.array(np.arange(n))])
        assert own.estimate() == state.estimate()
        assert merged(own, state).to_bytes() == own.to_bytes()


@pytest.mark.parametrize("path", [*vectors("theta_n[0-9]*"), *vectors("theta_compressed_n*")])
def test_theta(path: Path) -> None:
    n = size(path)
    state = ThetaState.from_bytes(INTEGER + path.read_bytes())
    assert state.is_estimation == (n > 8_000)
    estimate = state.estimate()
    assert abs(estimate.estimate - n) <= 0.03 * n
    assert estimate.lower <= n <= estimate.upper
    if n <= 100_000:
        own = state_of(ThetaState, [pa.array(np.arange(n))])
        assert own.a_not_b(state).estimate == 0
        assert own.intersection(state).estimate == own.estimate().estimate


@pytest.mark.parametrize("path", vectors("theta_non_empty_no_entries_*"))
def test_theta_without_entries(path: Path) -> None:
    state = ThetaState.from_bytes(INTEGER + path.read_bytes())
    assert state.is_estimation
    assert state.estimate().estimate == 0


@pytest.mark.parametrize("path", vectors("frequent_string_n*"))
def test_frequent_items(path: Path) -> None:
    n = size(path)
    state = FrequentItemsState.from_bytes(STRING + path.read_bytes())
    assert (state.rows, state.capacity) == (n, 48)
    assert (state.max_error == 0) == (n <= 10)
    for item in state.items():
        assert item.lower <= 1 <= item.upper
    if n <= 10:
        assert sorted(item.item for item in state.items()) == sorted(str(number) for number in range(1, n + 1))


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("ascii", {"d" * 29: 4, "c" * 29: 3, "b" * 29: 2, "a" * 29: 1}),
        ("utf8", {"эюя": 7, "шщъыь": 6, "уфхцч": 5, "опрст": 4, "йклмн": 3, "еёжзи": 2, "абвгд": 1}),
    ],
)
@pytest.mark.parametrize("writer", ["java", "cpp"])
def test_frequent_texts(name: str, counts: dict[str, int], writer: str) -> None:
    payload = (VECTORS / writer / f"frequent_string_{name}_{writer}.sk").read_bytes()
    state = FrequentItemsState.from_bytes(STRING + payload)
    assert [(item.item, item.lower, item.upper) for item in state.items()] == [(t, c, c) for t, c in counts.items()]
    assert state.rows == sum(counts.values())
    own = state_of(FrequentItemsState, [pa.array([text for text, count in counts.items() for _ in range(count)])])
    assert merged(own, state).items() == [
        item._replace(estimate=2 * item.lower, lower=2 * item.lower, upper=2 * item.lower) for item in own.items()
    ]


def test_one_kind_of_column_is_not_read_as_another() -> None:
    with pytest.raises(Exception, match="holds a string column"):
        KllState.from_bytes(STRING + (VECTORS / "java" / "kll_double_n10_java.sk").read_bytes())
    assert ColumnKind.STRING not in KllState.kinds
