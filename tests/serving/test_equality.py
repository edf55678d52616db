"""The serving profiler says of the same rows what the general path says, whatever the number of replicas."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest

from stageprint.fingerprint import column_profile
from stageprint.metrics.base import all_metrics, evaluate_all
from stageprint.states.counts import CountsState
from stageprint.states.kll import KllState
from stageprint.states.theta import ThetaState
from tests.support import serving

KEY = ("request_id", "country")

SKETCHED = {name for name, metric in all_metrics().items() if not metric.exact} | {"rank_error"}
"""Metrics that are estimates on the columns of many values; everything else must be equal."""


def _replicated(root: Path, table: pa.Table, replicas: int, how: str) -> None:
    for number in range(replicas):
        part = table.take(pa.array(np.arange(number, table.num_rows, replicas)))
        with serving.profiler(root, replica=f"r{number}", buffer_rows=97) as profiler:
            for start in range(0, part.num_rows, 150):
                piece = part.slice(start, 150)
                if how == "rows":
                    profiler.update(piece.to_pylist())
                else:
                    profiler.update(piece.combine_chunks().to_batches()[0])
                if start % 450 == 0:
                    profiler.flush()


def _same(ours: Any, theirs: Any, where: str) -> None:
    if isinstance(theirs, float):
        assert ours == pytest.approx(theirs, rel=1e-9, abs=1e-9), where
    else:
        assert ours == theirs, where


@pytest.mark.parametrize("how", ["rows", "arrow"])
@pytest.mark.parametrize("replicas", [1, 4, 16])
def test_replicas_together_are_the_whole(tmp_path: Path, replicas: int, how: str) -> None:
    table = serving.requests()
    _replicated(tmp_path, table, replicas, how)
    whole = serving.one_shot(table, (KEY,), ("session",))
    window = serving.merged(tmp_path)
    assert len(serving.windows(tmp_path)) >= replicas
    assert window.rows == table.num_rows
    assert [(c.path, c.kind, c.data_type) for c in window.plan.columns if c.path != "tags"] == [
        (c.path, c.kind, c.data_type) for c in whole.plan.columns if c.path != "tags"
    ]
    assert window.plan.keys == (KEY,)
    compared = 0
    for index, column in enumerate(whole.plan.columns):
        if column.path == "tags":  # nested columns are counted only
            continue
        ours, our_reasons = evaluate_all(column_profile(window.plan, index, window.states[index]))
        theirs, their_reasons = evaluate_all(column_profile(whole.plan, index, whole.states(index)))
        assert set(ours) == set(theirs), column.path
        assert set(our_reasons) == set(their_reasons), column.path
        estimated = ("kll" in column.states and cast("KllState", whole.states(index)["kll"]).is_estimation) or (
            column.path in {"session", "request_id"}
        )
        for name, value in theirs.items():
            if not (estimated and name in SKETCHED):
                _same(ours[name], value, f"{column.path}.{name}")
                compared += 1
    assert compared > 100


@pytest.mark.parametrize("replicas", [1, 16])
def test_sketches_are_within_their_bounds(tmp_path: Path, replicas: int) -> None:
    table = serving.requests()
    _replicated(tmp_path, table, replicas, "rows")
    window = serving.merged(tmp_path)
    place = table.column_names.index("amount")
    kll = cast("KllState", window.states[place]["kll"])
    exact = np.sort(table.column("amount").drop_null().to_numpy())
    assert kll.n == len(exact)
    for rank in (0.05, 0.25, 0.5, 0.75, 0.95):
        below = np.searchsorted(exact, kll.quantiles([rank])[0]) / len(exact)
        upto = np.searchsorted(exact, kll.quantiles([rank])[0], "right") / len(exact)
        assert below - 2 * kll.rank_error <= rank <= upto + 2 * kll.rank_error
    session = table.column_names.index("session")
    theta = cast("ThetaState", window.states[session]["theta"]).estimate(4)
    assert theta.lower <= len(table.column("session").unique()) <= theta.upper
    key = cast("ThetaState", window.states[-1]["theta"]).estimate(4)
    present = table.num_rows - table.column("country").null_count
    assert key.lower <= present <= key.upper
    assert cast("CountsState", window.states[-1]["counts"]).nulls == table.column("country").null_count
