"""Faults in a column that is alone in its store, judged by the product and by its rivals."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from scripts.yardsticks import profiles
from scripts.yardsticks.columns import HISTORY, RealColumn, kind_of, plain
from scripts.yardsticks.planted import HEALTHY, trials
from scripts.yardsticks.rivals import RULES


def test_every_set_up_that_changes_something_is_a_trial(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "BUILD", tmp_path)
    random = np.random.default_rng(8)
    days = [(dt.date(2026, 1, 1) + dt.timedelta(days=day)).isoformat() for day in range(HISTORY + 3)]
    runs = {day: pa.array(random.choice(["new", "sent", "paid"], 90, p=[0.5, 0.3, 0.2])) for day in days}
    column = RealColumn("shop", "orders", "status", "categorical", runs, None, frozenset({days[-1]}))
    assert (column.key, column.faulty_run) == ("shop/orders.status", days[HISTORY])
    found = list(trials(column, (4,)))
    faults = [trial for trial in found if trial.fault != HEALTHY]
    # There is no neighbour, and the texts are in lower case.
    assert len(faults) == 33 - 3 - 3
    assert {trial.history for trial in faults} == {4}
    # A run with a known event is not judged as healthy.
    assert [trial.history for trial in found if trial.fault == HEALTHY] == [4, 5]
    assert all(set(trial.rivals) == set(RULES) for trial in found)
    upper = next(trial for trial in faults if trial.name == "upper case 100 %")
    assert (upper.alert, upper.causes, upper.naming) == (True, ("category_reencoded",), "right")
    assert upper.rivals["tfdv_schema"]
    assert not next(trial for trial in faults if trial.name == "rows × 2").rivals["tfdv_schema"]


def test_columns_are_numbers_or_texts_without_nan() -> None:
    kinds = [pa.int32(), pa.float64(), pa.string(), pa.bool_(), pa.timestamp("us"), pa.date32()]
    assert [kind_of(kind) for kind in kinds] == ["numeric", "numeric", "categorical", None, None, None]
    chunks = pa.chunked_array([[1.0, float("nan")], [None]])
    assert plain(chunks).equals(pa.array([1.0, None, None]))
    assert plain(pa.chunked_array([[1]], pa.int32())).type == pa.int64()
    assert plain(pa.chunked_array([], pa.string())).to_pylist() == []
