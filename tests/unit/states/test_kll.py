from __future__ import annotations

import math
import re
from typing import Any

import datasketches
import numpy as np
import pyarrow as pa
import pytest

from stageprint.batch.column import ColumnBatch
from stageprint.config.sketches import SketchSettings
from stageprint.errors import StateError
from stageprint.model import ColumnKind
from stageprint.states.kll import KllState
from tests.support.columns import SETTINGS, merged, state_of

Doubles = np.ndarray[Any, np.dtype[np.float64]]


def sample(shape: str, rows: int) -> Doubles:
    random = np.random.default_rng(11)
    values = {
        "normal": random.normal(size=rows),
        "ascending": np.arange(float(rows)),
        "lognormal": random.lognormal(0, 2, rows),
        "half zero": np.where(random.random(rows) < 0.5, 0.0, random.normal(size=rows)),
        "few values": random.integers(0, 30, rows).astype(float),
    }
    return values[shape]


def largest_rank_error(state: KllState, values: Doubles) -> float:
    """Return the largest difference of the sketch's CDF from the true one."""
    points = np.unique(values)
    true = np.searchsorted(np.sort(values), points, "right") / len(values)
    return float(np.abs(state.cdf(points) - true).max())


@pytest.mark.parametrize("shape", ["normal", "ascending", "lognormal", "half zero", "few values"])
@pytest.mark.parametrize("parts", [1, 7, 100])
def test_rank_error_is_kept_however_the_rows_are_split(shape: str, parts: int) -> None:
    values = sample(shape, 60_000)
    states = [state_of(KllState, [pa.array(part)]) for part in np.array_split(values, parts)]
    state = merged(states[0], *states[1:])
    assert state.n == len(values)
    assert state.is_estimation
    # 99 % of sketches are within ε; none of these may be far beyond.
    assert largest_rank_error(state, values) <= 1.5 * state.rank_error
    assert state.quantiles([0.0, 1.0]).tolist() == [values.min(), values.max()]


def test_a_batch_sketched_in_one_step_errs_less_than_value_by_value() -> None:
    values = sample("normal", 65_536)
    ours = np.mean([largest_rank_error(state_of(KllState, [pa.array(values)]), values) for _ in range(20)])
    # Value by value, the library's mean is 0.53 of its stated error here; in one step 0.45.
    assert ours < 0.52 * datasketches.kll_doubles_sketch(SETTINGS.kll_k).normalized_rank_error(False)


@pytest.mark.parametrize("rows", [3_200, 4_095, 4_096, 12_345, 65_536, 100_003])
@pytest.mark.parametrize("k", [8, 100, 400])
def test_no_row_is_lost_or_added(rows: int, k: int) -> None:
    settings = SketchSettings(kll_k=k)
    state = state_of(KllState, [pa.array(np.arange(float(rows)))], settings=settings)
    values, weights = state.points()
    assert state.n == weights.sum() == rows
    twice = state_of(KllState, [pa.array(np.arange(float(rows)))] * 2, settings=settings)
    assert twice.n == twice.points()[1].sum() == 2 * rows
    assert len(values) <= 4 * k + 64
    library = datasketches.kll_doubles_sketch.deserialize(state.to_bytes()[2:])
    assert (library.n, library.k, library.get_min_value(), library.get_max_value()) == (rows, k, 0.0, rows - 1.0)
    assert library.num_retained == len(values)


def test_exact_while_small() -> None:
    state = state_of(KllState, [pa.array([3.0, 1.0, None, 2.0, 2.0, math.nan, math.inf])])
    assert (state.n, state.is_estimation, state.rank_error, state.pmf_error) == (5, False, 0.0, 0.0)
    values, weights = state.points()
    assert (values.tolist(), weights.tolist()) == ([1.0, 2.0, 3.0, math.inf], [1, 2, 1, 1])
    assert state.quantiles([0.0, 0.2, 0.21, 0.5, 0.8, 0.81, 1.0]).tolist() == [
        1.0,
        1.0,
        2.0,
        2.0,
        3.0,
        math.inf,
        math.inf,
    ]
    assert state.cdf(np.array([0.0, 1.0, 2.5, math.inf])).tolist() == [0.0, 0.2, 0.6, 1.0]
    assert state.quantiles([0.5])[0] == 2.0


@pytest.mark.parametrize("rows", [0, 1])
def test_none_or_one(rows: int) -> None:
    state = state_of(KllState, [pa.array([7.0] * rows, pa.float64())])
    again = KllState.from_bytes(state.to_bytes())
    assert again.n == rows
    assert again.points()[0].tolist() == [7.0] * rows
    assert np.isnan(again.quantiles([0.5])[0]) == (rows == 0)
    assert np.isnan(again.cdf(np.array([7.0]))[0]) == (rows == 0)


def test_quantiles_are_the_librarys() -> None:
    state = state_of(KllState, [pa.array(sample("lognormal", 30_000))])
    ranks = np.linspace(0.01, 0.99, 99)
    library = datasketches.kll_doubles_sketch.deserialize(state.to_bytes()[2:])
    assert state.quantiles(ranks).tolist() == library.get_quantiles(ranks.tolist(), True)
    at = state.points()[0]
    np.testing.assert_allclose(state.cdf(at), [library.get_rank(value, True) for value in at])


def test_errors_are_the_published_ones() -> None:
    state = state_of(KllState, [pa.array(sample("normal", 5_000))])
    assert state.rank_error == pytest.approx(2.296 / 400**0.9723, rel=1e-3)
    assert state.pmf_error == pytest.approx(2.446 / 400**0.9433, rel=1e-3)


@pytest.mark.parametrize("rows", [0, 1, 300, 5_000])
def test_bytes_answer_as_the_sketch_they_are_of(rows: int) -> None:
    state = state_of(KllState, [pa.array(sample("normal", rows))])
    read = KllState.from_bytes(state.to_bytes())
    assert (read.rank_error, read.pmf_error) == (state.rank_error, state.pmf_error)
    assert (read.rank_error > 0) == (rows > 400)
    assert [part.tolist() for part in read.points()] == [part.tolist() for part in state.points()]
    assert [part.tolist() for part in read.retained()] == [part.tolist() for part in state.retained()]
    assert read.to_bytes() == state.to_bytes()
    read.update(ColumnBatch(pa.array([7.0] * 10), ColumnKind.FLOAT))
    assert (read.n, int(read.points()[1].sum()), read.quantiles([1.0])[0]) == (rows + 10, rows + 10, 7.0)
    read.merge(state)
    assert read.n == 2 * rows + 10 == KllState.from_bytes(read.to_bytes()).n


def test_of_two_sizes_the_smaller_ones_error_counts() -> None:
    small, large = (
        state_of(KllState, [pa.array(sample("normal", 9_000))], settings=SketchSettings(kll_k=k)) for k in (50, 400)
    )
    assert merged(large, small).rank_error == pytest.approx(small.rank_error)
    assert merged(large, small).n == 18_000


def test_read_only_values() -> None:
    values = np.arange(10.0)
    values.flags.writeable = False
    assert state_of(KllState, [pa.array(values)]).n == 10


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:5], "requires a buffer"),
        (lambda data: data[:2] + b"\x03" + data[3:], "not a KLL sketch"),
        (lambda data: data[:4] + b"\x07" + data[5:], "not a KLL sketch"),
        (lambda data: data[:8] + b"\x09" + data[9:], "not a KLL sketch"),
        (lambda data: data[:20] + b"\xc8" + data[21:], "a KLL sketch of 200 levels"),
        (lambda data: data[:22] + b"\xff\xff" + data[24:], "a KLL sketch of 5000 values with -?[0-9]+ of them"),
        (lambda data: data[:10] + b"\x01" + data[11:], "a KLL sketch of 4865 values with 5000 of them"),
        (lambda data: data[:-8], "a KLL sketch of 5000 values with .* bytes instead of"),
        (lambda data: data + b"\0" * 8, "a KLL sketch of 5000 values with .* bytes instead of"),
    ],
)
def test_damaged_bytes_never_reach_the_library(change: Any, message: str) -> None:
    # The library reads beyond the end of bytes that are cut short.
    data = state_of(KllState, [pa.array(np.arange(5_000.0))]).to_bytes()
    with pytest.raises(StateError) as caught:
        KllState.from_bytes(change(data))
    assert re.search(message, str(caught.value)), str(caught.value)


def test_kinds() -> None:
    assert state_of(KllState, [pa.array([1, 2], pa.date32())]).quantiles([1])[0] == 2.0
    assert state_of(KllState, [pa.array([1, 2], pa.timestamp("ms"))]).quantiles([1])[0] == 2_000.0
    assert ColumnKind.STRING not in KllState.kinds
