from __future__ import annotations

import numpy as np
import pytest

from profiling.config import SketchSettings
from profiling.model import Severity
from scripts.simulate.faults import FAULTS, Fault
from scripts.simulate.recall import RowStore, Tally
from scripts.simulate.rows import Column, RowWorld, profile
from scripts.simulate.world import BOOLEAN, FLOAT, SCENARIOS, STRING, make_world

BY_NAME = {fault.name: fault for fault in FAULTS}


def healthy(kind: int) -> Column:
    rng = np.random.default_rng(8)
    values = {FLOAT: rng.normal(5, 1, 2000), STRING: rng.choice(4, 2000, p=[0.5, 0.3, 0.15, 0.05])}.get(
        kind, rng.random(2000) < 0.3
    )
    return Column(kind, values, rng.random(2000) < 0.1, ("Ab", "Cd", "Ef", "Gh") if kind == STRING else (), 1.0)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_faults_damage_what_they_say_and_repeat(fault: Fault) -> None:
    column = healthy(fault.kinds[0])
    found = [fault.damage(column, np.random.default_rng(1)) for _ in range(2)]
    assert found[0] is not None
    assert found[1] is not None
    assert found[0].array.equals(found[1].array)
    assert not found[0].array.equals(column.array)


def test_faults_have_their_size() -> None:
    rng = np.random.default_rng(2)
    more = BY_NAME["nulls_plus_5"].damage(healthy(BOOLEAN), rng)
    assert more is not None
    assert more.nulls.mean() - healthy(BOOLEAN).nulls.mean() == pytest.approx(0.05, abs=0.02)
    filled = BY_NAME["null_to_zero_5pct"].damage(healthy(FLOAT), rng)
    assert filled is not None
    assert not filled.nulls.any()
    assert (filled.values == 0).mean() == pytest.approx(0.1, abs=0.03)
    swapped = BY_NAME["top_two_swapped"].damage(healthy(STRING), rng)
    assert swapped is not None
    assert swapped.labels == ("Cd", "Ab", "Ef", "Gh")


def test_faults_that_cannot_happen_are_not_planted() -> None:
    column = healthy(FLOAT)
    none = Column(FLOAT, column.values, np.zeros(2000, dtype=bool), (), 1.0)
    assert BY_NAME["null_to_zero_5pct"].damage(none, np.random.default_rng(1)) is None


def test_rows_have_the_worlds_levels() -> None:
    world = make_world(SCENARIOS["gaussian"], 20, 2, 6, (2e4, 3e4))
    rows = RowWorld(world, 6)
    for column in range(20):
        found = rows.column(column, 1)
        assert found.nulls.mean() == pytest.approx(world.nulls[1, column], abs=0.02)
        assert profile(found, SketchSettings()).kind.value == ("float", "string", "boolean")[world.kind[column]]


def test_a_gross_fault_is_found_by_the_whole_product() -> None:
    store = RowStore(20, 6, 2, "gaussian", (2e3, 3e3))
    for run in range(5):
        store.advance(run)
    assert sum(store.false) <= 1
    tally = Tally()
    store.plant(BY_NAME["thousandfold_3pct"], 5, tally, confirm=False)
    assert tally.planted > 0
    assert tally.digest >= 0.8 * tally.planted
    assert store.flagged(store.decide(5, store.measure(5, {}, {}), None), Severity.REVIEW) == set()
