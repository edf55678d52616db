"""The usual thresholds on real rows."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from scripts.simulation.faults import NOTHING
from scripts.simulation.recall import RowStore, Tally
from scripts.simulation.rivals import flags_of_rows, monitored_figures
from scripts.simulation.rows import Column
from scripts.simulation.world import BOOLEAN, FLOAT, STRING

NO_PAST = np.zeros((0, 2))


def numbers(seed: int, size: int = 5000, mean: float = 0.0) -> Column:
    values = np.random.default_rng(seed).normal(mean, 1, size)
    return Column(FLOAT, values, np.zeros(size, dtype=bool), (), 1.0)


def labels(shares: list[float], seed: int, size: int = 5000) -> Column:
    values = np.random.default_rng(seed).choice(len(shares), size, p=shares)
    return Column(STRING, values, np.zeros(size, dtype=bool), ("a", "b", "c")[: len(shares)], 1.0)


def flagged(now: Column, then: Column) -> set[str]:
    return {name for name, flag in flags_of_rows(now, then, NO_PAST).items() if flag}


def test_the_same_numbers_are_flagged_by_none_and_far_ones_by_all_that_look_at_numbers() -> None:
    assert flagged(numbers(1), numbers(1)) == set()
    assert flagged(numbers(1, mean=1.0), numbers(2)) == {"psi", "ks_p", "js", "evidently"}
    # A fifth of the width: too little for PSI and a distance of 0.1, enough for a p value and for Wasserstein.
    assert flagged(numbers(1, mean=0.2), numbers(2)) == {"ks_p", "evidently"}


def test_few_rows_are_tested_by_evidently() -> None:
    assert "evidently" not in flagged(numbers(1, 900, mean=0.05), numbers(1, 900))
    assert "evidently" in flagged(numbers(1, 900, mean=0.3), numbers(2, 900))


def test_labels_are_matched_by_name() -> None:
    then = labels([0.6, 0.3, 0.1], 1)
    swapped = replace(then, labels=("b", "a", "c"))
    assert flagged(then, then) == set()
    assert flagged(swapped, then) == {"psi", "ks_p", "js", "evidently", "tfdv"}
    assert flagged(labels([0.58, 0.32, 0.1], 1, 500_000), labels([0.6, 0.3, 0.1], 2, 500_000)) == {"ks_p", "tfdv"}
    flags = Column(BOOLEAN, np.arange(5000) % 3 == 0, np.zeros(5000, dtype=bool), (), 1.0)
    assert flagged(flags, replace(flags, values=np.arange(5000) % 2 == 0)) >= {"ks_p", "tfdv"}


def test_three_sigma_watches_nulls_and_level() -> None:
    past = np.array([monitored_figures(numbers(seed)) for seed in range(10)])
    healthy = numbers(30)
    assert not flags_of_rows(healthy, healthy, past)["three_sigma"]
    assert flags_of_rows(numbers(31, mean=0.2), healthy, past)["three_sigma"]
    lost = replace(healthy, nulls=np.arange(5000) < 50)
    assert flags_of_rows(lost, healthy, past)["three_sigma"]
    assert not flags_of_rows(lost, healthy, past[:2])["three_sigma"]


def test_a_column_of_nulls_is_no_distribution() -> None:
    gone = replace(numbers(1), nulls=np.ones(5000, dtype=bool))
    assert flagged(gone, numbers(1)) == set()
    assert monitored_figures(gone)[0] == pytest.approx(1.0)


def test_rivals_are_asked_about_the_rows_that_the_rule_sees() -> None:
    store = RowStore(20, 6, 2, "gaussian", (2e3, 3e3))
    for run in range(4):
        store.advance(run)
    tally = Tally()
    store.plant(NOTHING, 4, tally, confirm=False, others=True)
    assert tally.planted == 20
    assert tally.digest <= 1
    assert set(tally.others) == {"psi", "ks_p", "js", "evidently", "tfdv", "three_sigma"}
    assert tally.others["ks_p"] > tally.others["psi"]
