"""Whole stores: rows that the product's own comparison judges."""

from __future__ import annotations

import numpy as np
import pytest

from scripts.simulation.faults import FAULTS, NOTHING
from scripts.simulation.figures import Rate
from scripts.simulation.whole import HISTORY, RUNS, Planted, Rows, Store, figures, judged, text
from scripts.simulation.world import FLOAT, STRING, TABLE

BY_NAME = {fault.name: fault for fault in FAULTS}


@pytest.fixture(scope="module")
def store() -> Store:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("scripts.simulation.whole.ROWS", (1000, 2000))
        return judged(9999, "t4", 10, 1, [BY_NAME["thousandfold_3pct"], NOTHING], history=8)


def test_a_gross_fault_is_found_and_no_fault_is_not(store: Store) -> None:
    found = {name: [one for one in store.planted if one.fault == name] for name in ("thousandfold_3pct", NOTHING.name)}
    assert [len(some) for some in found.values()] == [2, 2]
    assert all(one.digest and one.alert and one.two_runs and one.distances for one in found["thousandfold_3pct"])
    assert not any(one.digest or one.two_runs for one in found[NOTHING.name])


def test_every_healthy_run_is_counted(store: Store) -> None:
    assert len(store.alerts) == len(store.criticals) == len(store.digests) == 10
    assert len(store.lines) == sum(store.alerts) <= sum(store.digests)


def test_numbers_are_not_rounded_and_a_fault_changes_one_column_alone() -> None:
    rows = Rows(9999, "t4", 2, 1)
    (number, *_), (text_column, *_) = (np.flatnonzero(rows.kinds == kind).tolist() for kind in (FLOAT, STRING))
    values = rows.column(number, 0).array.drop_null().to_numpy()
    assert np.mean(np.round(values, 6) == values) < 0.5
    healthy = rows.run(1)["t0"]
    broken = rows.broken(BY_NAME["label_gone"], text_column, 1)
    assert broken is not None
    changed = [name for name in healthy.column_names if not healthy[name].equals(broken["t0"][name])]
    assert changed == [f"c{text_column}"]
    assert len(healthy.column_names) == TABLE
    assert broken["t0"].num_rows == healthy.num_rows
    assert rows.broken(BY_NAME["label_gone"], text_column, 1) == broken


def test_figures_are_of_whole_stores() -> None:
    one_alert = tuple(int(run == HISTORY) for run in range(RUNS))
    nothing = (0,) * RUNS
    faults = (Planted("scale_1.5", True, True, True, False), Planted("scale_1.5", False, False, True, False))
    made = figures(
        [Store(1, one_alert, nothing, one_alert, ("x",), faults), Store(2, nothing, nothing, nothing, (), faults[:1])]
    )
    late = made["false"][f"{HISTORY} and more"]["alerts"]
    assert (late["found"], late["runs"]) == (1, 2 * (RUNS - HISTORY))
    assert late["a_quarter"] == pytest.approx(91.3 / 64, abs=0.01)
    assert (late["low"], late["high"]) == (0.0, pytest.approx(91.3 / 32, abs=0.01))
    none = made["false"]["7-27"]["alerts"]
    assert (none["found"], none["low"]) == (0, 0.0)
    assert none["high"] == pytest.approx(91.3 * Rate(0, 42).interval[1], abs=0.01)
    assert made["found"]["scale_1.5"]["planted"] == 3
    assert [made["found"]["scale_1.5"][what][0] for what in ("digest", "two_runs", "distances")] == [67, 100, 0]
    assert "| scale_1.5 | 3 | 67 (50–100) |" in text(made)
