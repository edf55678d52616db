"""Small weekly batches through the product's own comparison: a category that was never there."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa
import pytest

from scripts.yardsticks.judging import alerts, judge
from scripts.yardsticks.profiles import config_of, profiled

WEEKS = 27


@pytest.mark.parametrize(("rows", "new"), [(17, 4), (78, 9)])
def test_a_third_label_after_27_batches_with_the_same_two_is_an_unseen_category(rows: int, new: int) -> None:
    rng = np.random.default_rng(11)
    batches = {}
    for week in range(WEEKS):
        size = int(rng.integers(20, 81))
        labels = np.where(rng.random(size) < 0.85, "FALSE", "TRUE")
        batches[str(dt.date(2024, 1, 1) + dt.timedelta(weeks=week))] = {"stops": pa.table({"citation": labels})}
    last = str(dt.date(2024, 1, 1) + dt.timedelta(weeks=WEEKS))
    labels = np.where(rng.random(rows - new) < 0.85, "FALSE", "TRUE").tolist() + ["not recorded"] * new
    batches[last] = {"stops": pa.table({"citation": labels})}
    config = config_of("small-batches", ["stops"])
    found = dict(judge(config, profiled(config, batches, keep=False), list(batches)))
    assert [alert.line for run, findings in found.items() if run != last for alert in alerts(findings)] == []
    (alert,) = alerts(found[last])
    assert (alert.column, alert.cause) == ("citation", "unseen_category")
