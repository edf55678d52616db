"""Healthy tables that are hard to judge: the same rows for a seed, and every table of every run."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from scripts.yardsticks import worlds
from scripts.yardsticks.worlds import WORLDS, judged, made, special


def test_holidays_and_ends_of_months_are_special() -> None:
    days = {dt.date(2025, 10, 31), dt.date(2025, 11, 1), dt.date(2025, 12, 25)}
    assert all(map(special, days))
    assert not special(dt.date(2025, 11, 12))


@pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)
def test_a_seed_makes_the_same_rows(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "DAYS", 3)
    first, again, other = made(world, 1), made(world, 1), made(world, 2)
    assert first == again
    assert first != other
    assert all(tables.keys() == world.makes.keys() for tables in first.values())


def test_every_table_of_every_run_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "DAYS", 3)
    sparse = WORLDS[1]
    found = list(judged(sparse, 0, 1))
    assert [(one.run, one.table) for one in found[:5]] == [("2025-10-20", table) for table in sparse.makes]
    assert len(found) == 3 * len(sparse.makes)
