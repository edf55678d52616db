from __future__ import annotations

import numpy as np
import pytest

from scripts.simulation.faults import FAULTS, Fault
from scripts.simulation.recall import RowStore, Tally
from scripts.simulation.roll import Known
from scripts.simulation.rows import Column, RowWorld, profile
from scripts.simulation.world import BOOLEAN, FLOAT, SCENARIOS, STRING, make_world
from stageprint.config.decision import DecisionSettings
from stageprint.config.sketches import SketchSettings
from stageprint.decision import Calibration, RunPart
from stageprint.decision.prior import Moments
from stageprint.model import Severity

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


def test_columns_of_a_large_store_are_judged_by_what_its_columns_vary_by() -> None:
    store = RowStore(20, 6, 2, "gaussian", (2e3, 3e3))
    for run in range(5):
        store.advance(run)
    healthy = store.measure(5, {column: store.profile_of(column, 5) for column in range(20)}, {})
    own = RunPart(healthy, store.previous, DecisionSettings()).variance_pool()
    # A thousand columns that differ little from each other and move fifty times as far: e⁸ times the variance.
    restless = {name: Moments(1000, moments.mean + 8, 0.0, 1000.0) for name, moments in own.items()}
    beside = RowStore(20, 6, 2, "gaussian", (2e3, 3e3), {5: Known(Calibration(), restless)})
    for run in range(5):
        beside.advance(run)
    found = []
    for each in (store, beside):
        tally = Tally()
        each.plant(BY_NAME["offset_half_width"], 5, tally, confirm=False)
        found.append(tally.digest)
    assert found[0] > 0
    assert found[1] == 0


def test_columns_with_rows_are_spread_over_many_tables() -> None:
    world = make_world(SCENARIOS["t4"], 40, 3, 6, (2e4, 3e4))
    some = world.take(np.array([1, 21]))
    assert (some.columns, some.runs, some.table.tolist()) == (2, 3, [0, 1])
    np.testing.assert_array_equal(some.nulls, world.nulls[:, [1, 21]])
    np.testing.assert_array_equal(some.shares, world.shares[:, [1, 21]])
    tables = [key.table for key in RowStore(20, 2, 2).keys]
    assert {table: tables.count(table) for table in tables} == {f"t{number}": 4 for number in range(5)}
