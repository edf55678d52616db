"""Small stores: silent while healthy, critical where grossly broken."""

from __future__ import annotations

from scripts.simulation.small import small_stores


def test_small_healthy_stores_are_silent_and_gross_faults_are_critical() -> None:
    small = small_stores((3000, 3001))
    assert small.silent.trials == 2
    assert small.silent.hits == 2
    assert small.extreme.trials == 6
    assert small.extreme.hits == 6
