"""Holidays, the days beside them, and month ends that were learned."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator, Mapping
from types import ModuleType, SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from stageprint.config.calendar import CalendarSettings
from stageprint.config.loader import build_config
from stageprint.decision.references import Run
from stageprint.errors import ConfigError
from stageprint.model import ColumnKey, Severity, TableKey
from stageprint.pipeline.compare import compare, special_days
from stageprint.pipeline.compare.special_days import SpecialDays
from stageprint.stores.memory import MemoryStore
from tests.support.memory_engine import profiled_store

TABLES = [TableKey("raw", name) for name in ("orders", "visits", "carts")]
NO_ALERTS: Mapping[str, set[ColumnKey]] = {}


@pytest.fixture(autouse=True)
def library(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand in for the library `holidays`, with two days of 2026: Epiphany is a Tuesday, Ascension a Thursday."""
    days = {dt.date(2026, 1, 6): "Epiphany", dt.date(2026, 5, 14): "Ascension"}

    def country_holidays(country: str, *, subdiv: str | None, years: int) -> dict[dt.date, str]:
        if (country, subdiv) != ("DE", "BY"):
            raise NotImplementedError
        return {day: name for day, name in days.items() if day.year == years}

    monkeypatch.setitem(sys.modules, "holidays", SimpleNamespace(country_holidays=country_holidays))
    special_days.holidays_of.cache_clear()
    yield
    special_days.holidays_of.cache_clear()


def special(
    first: dt.date,
    count: int,
    *,
    step: int = 1,
    country: str | None = "DE",
    alerting: Mapping[str, set[ColumnKey]] = NO_ALERTS,
) -> SpecialDays:
    days = [first + dt.timedelta(days=step * number) for number in range(count)]
    settings = CalendarSettings(country=country, subdivision=None if country is None else "BY")
    return SpecialDays(settings, MemoryStore("shop"), [Run(str(day), day) for day in days], alerting)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-01-06", "a public holiday (Epiphany)"),
        ("2026-01-05", "a day between a public holiday (Epiphany) and a week-end"),
        ("2026-01-07", "the day after a public holiday (Epiphany)"),
        ("2026-05-15", "a day between a public holiday (Ascension) and a week-end"),
        ("2026-05-13", "the day before a public holiday (Ascension)"),
        ("2026-01-08", None),
        ("2026-01-31", None),  # no earlier month end is known
    ],
)
def test_days(day: str, name: str | None) -> None:
    found = special(dt.date(2026, 1, 1), 200).of(day, TABLES)
    assert (None if found is None else found.name) == name


def test_weeks_are_no_days() -> None:
    assert special(dt.date(2026, 1, 6), 10, step=7).of("2026-01-06", TABLES) is None
    assert special(dt.date(2026, 1, 6), 1).of("2026-01-06", TABLES) is None
    assert special(dt.date(2026, 1, 6), 9).of("nightly", TABLES) is None


def test_without_a_country_there_are_no_holidays() -> None:
    assert special(dt.date(2026, 1, 1), 60, country=None).of("2026-01-06", TABLES) is None


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2025-12-23", None),
        ("2025-12-25", "Christmas Day, on which business rests in much of the world"),
        ("2026-01-01", "New Year's Day, on which business rests in much of the world"),
    ],
)
def test_without_a_country_the_turn_of_the_year_takes_two_tables(day: str, name: str | None) -> None:
    days = special(dt.date(2025, 12, 1), 60, country=None)
    found = days.of(day, TABLES)
    assert (None if found is None else (found.name, found.enough)) == (None if name is None else (name, 2))


def test_a_day_shortly_before_on_which_several_tables_rested_speaks_for_one_of_them() -> None:
    rested = {table.column("amount") for table in TABLES}
    days = special(dt.date(2025, 12, 1), 60, country=None, alerting={"2025-12-24": rested, "2025-12-20": rested})
    needed = {day: days.of(day, TABLES[:1]) for day in ("2025-12-24", "2025-12-26", "2026-01-01")}
    assert {day: found and found.enough for day, found in needed.items()} == {
        "2025-12-24": 2,
        "2025-12-26": 1,
        "2026-01-01": 1,
    }
    other = days.of("2025-12-26", [TableKey("raw", "pages")])
    assert other is not None
    assert other.enough == 2


def test_the_calendar_of_a_country_says_which_days_of_the_turn_of_the_year_are_holidays() -> None:
    assert special(dt.date(2025, 12, 1), 60).of("2025-12-25", TABLES) is None


def test_a_month_end_is_learned_from_an_earlier_one() -> None:
    alerting = {"2026-01-31": {table.column("amount") for table in TABLES[:2]}, "2026-02-01": set()}
    days = special(dt.date(2026, 1, 1), 70, country=None, alerting=alerting)
    found = days.of("2026-02-28", TABLES)
    assert found is not None
    assert found.name == "the last day of a month, as in an earlier month"
    assert days.of("2026-03-01", TABLES) is None  # the first day of February moved nothing
    assert days.of("2026-02-28", TABLES[:2]) is None
    assert days.of("2026-02-27", TABLES) is None


def test_the_library_is_asked_before_any_work() -> None:
    with pytest.raises(ConfigError, match="knows no country 'XX' with subdivision 'BY'"):
        special(dt.date(2026, 1, 1), 3, country="XX")


def test_without_the_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holidays", ModuleType("holidays"))
    with pytest.raises(ConfigError, match=r"pip install 'stageprint\[calendar\]'"):
        special(dt.date(2026, 1, 1), 3)


@pytest.mark.parametrize("country", [None, "DE"])
def test_a_holiday_is_one_finding_for_review(country: str | None) -> None:
    random = np.random.default_rng(6)
    days = [str(dt.date(2025, 12, 20) + dt.timedelta(days=number)) for number in range(18)]
    assert days[-1] == "2026-01-06"

    def amounts(day: str) -> pa.Table:
        values = 60 + random.exponential(40, 600) if day == days[-1] else random.normal(100, 10, 600)
        return pa.table({"amount": values})

    tables = [{"name": table.table, "source": {"table": f"shop.{table.table}"}} for table in TABLES]
    calendar = {} if country is None else {"calendar": {"country": country, "subdivision": "BY"}}
    stages = [{"name": "raw", "tables": tables}]
    config = build_config({"pipeline": "shop", "store": "unused", "stages": stages, **calendar})
    store = profiled_store(config, {day: {str(table): amounts(day) for table in TABLES} for day in days})
    found = compare(config, days, store=store).findings
    alerts = [finding for finding in found if finding.severity is not Severity.REVIEW]
    reviews = [finding.sentence for finding in found if finding.severity is Severity.REVIEW]
    assert {finding.run_id for finding in found} == {"2026-01-06"}
    if country is None:
        assert {finding.origin.table_key for finding in alerts} == set(TABLES)
    else:
        assert alerts == []
        (sentence,) = reviews
        assert sentence.startswith("3 tables moved on 2026-01-06, a public holiday (Epiphany): raw.")
