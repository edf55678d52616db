"""The simulated statistics are those that the product measures on real rows of the same levels."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest

from scripts.simulation.measures import measure_run, names_of
from scripts.simulation.observe import observe
from scripts.simulation.others import RULES, flags_of
from scripts.simulation.roll import roll
from scripts.simulation.rows import RowWorld, profile
from scripts.simulation.world import SCENARIOS, make_world
from stageprint.config.sketches import SketchSettings
from stageprint.model import ColumnKey, Severity
from stageprint.shifts import MEASUREMENTS, ColumnHistory, measure

COLUMNS, RUNS = 40, 4


def by_key(table: object) -> dict[tuple[str, str], dict[str, dict[str, float]]]:
    found: dict[tuple[str, str], dict[str, dict[str, float]]] = defaultdict(dict)
    for row in table.to_pylist():  # type: ignore[attr-defined]
        if row["value"] is not None:
            found[row["column_name"], row["reference"]][row["statistic"]] = row
    return found


def test_simulated_statistics_are_the_products() -> None:
    world = make_world(SCENARIOS["t4"], COLUMNS, RUNS, 4, (2e4, 3e4))
    observed, rows = observe(world, 4), RowWorld(world, 4)
    past = (0, 1, 2)
    plan: tuple[tuple[str, tuple[int, ...]], ...] = (("window", past),)
    plans = {plan: np.arange(COLUMNS)}
    simulated = measure_run(observed, 3, plans).table(names_of(observed))
    assert simulated.schema.equals(MEASUREMENTS)
    settings = SketchSettings()
    histories = [
        ColumnHistory(
            ColumnKey("simulated", "t", f"c{column:06}"),
            profile(rows.column(column, 3), settings),
            {"window": [profile(rows.column(column, run), settings) for run in past]},
        )
        for column in range(COLUMNS)
    ]
    real, made = by_key(measure(histories)), by_key(simulated)
    apart = defaultdict(list)
    for key, statistics in made.items():
        for name, row in statistics.items():
            if name in {"rows", "never_null", "null_to_value", "distinct"} or name not in real.get(key, {}):
                continue
            other = real[key][name]
            # Two samples of the same levels: they differ by what sampling and sketches allow.
            noise = np.sqrt(other["variance_floor"]) + max(other["error"], row["error"])
            apart[name].append(abs(row["value"] - other["value"]) / noise)
    assert {"ks", "mean", "spread", "null_share", "js_distance", "l_infinity", "entropy", "true_share"} <= apart.keys()
    for name, distances in apart.items():
        assert np.median(distances) < 2, name


def test_worlds_repeat_exactly_and_differ_by_seed() -> None:
    one, same, other = (make_world(SCENARIOS["t4"], 40, 5, seed) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.location, same.location)
    assert not np.array_equal(one.location, other.location)


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_shares_are_shares(name: str) -> None:
    world = make_world(SCENARIOS[name], 100, 10, 1)
    np.testing.assert_allclose(world.shares.sum(axis=2), 1, rtol=1e-5)
    assert world.nulls.min() >= 0
    assert world.nulls.max() < 1
    assert world.rows.min() >= 50


def test_the_usual_thresholds_speak_up_on_healthy_columns_and_ours_does_not() -> None:
    observed = observe(make_world(SCENARIOS["t4"], 600, 10, 5), 5)
    flags = flags_of(observed, 9)
    assert list(flags) == list(RULES)
    assert flags["ks_p"].mean() > 0.4
    assert sum(int((decided.rank >= Severity.WARNING.rank).sum()) for decided in roll(observed)) <= 2
