"""Changes of volume: what is planted, and how it is counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from scripts.yardsticks import profiles, volume
from scripts.yardsticks.sets import RealSet
from scripts.yardsticks.volume import VolumeTrial, changed, figures, volume_trials


def test_rows_are_repeated_or_chosen_at_random() -> None:
    table = pa.table({"x": range(200)})
    assert changed(table, 10.0, "a").num_rows == 2000
    half = changed(table, 0.5, "a")["x"].to_pylist()
    assert len(set(half)) == 100
    assert half == changed(table, 0.5, "a")["x"].to_pylist()
    assert half != changed(table, 0.5, "b")["x"].to_pylist()


def test_each_change_is_judged_against_the_runs_before(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "BUILD", tmp_path)
    monkeypatch.setattr(volume, "AFTER", (3,))
    rng = np.random.default_rng(4)
    runs = {f"2026-01-0{day}": {"orders": pa.table({"x": rng.normal(size=1000 + day)})} for day in range(1, 7)}
    found = list(volume_trials(RealSet("shop", "practice", "made here", lambda: runs)))
    assert [(trial.run, trial.change, len(trial.severities)) for trial in found] == [
        ("2026-01-04", "rows × 10", 1),
        ("2026-01-04", "rows ÷ 10", 1),
        ("2026-01-04", "rows ÷ 2", 2),
    ]
    assert not any(trial.seen_before for trial in found)


def test_volumes_that_were_there_before_are_not_counted() -> None:
    def trial(change: str, *severities: str, seen: bool = False) -> VolumeTrial:
        return VolumeTrial("shop", "orders", "d", 28, change, seen, severities)

    found = figures(
        [
            trial("rows ÷ 2", "", "warning"),
            trial("rows ÷ 2", "", "review"),
            trial("rows ÷ 2", "critical", "", seen=True),
            trial("rows × 10", "critical"),
        ]
    )
    assert found == {
        "shop": {
            "rows ÷ 2": {"planted": 2, "critical": 0, "told": 1},
            "rows × 10": {"planted": 1, "critical": 1, "told": 1},
        }
    }
