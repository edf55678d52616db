"""Runs in true order, alerts with verdicts, and events that must be told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from scripts.yardsticks import profiles
from scripts.yardsticks.cutting import by_days, by_months, days_of, last_runs
from scripts.yardsticks.judging import Alert
from scripts.yardsticks.real import judge_set
from scripts.yardsticks.sets import SETS, RealSet, Runs, chosen
from scripts.yardsticks.verdicts import UNKNOWN, parse, verdict_of, verdicts

FIRST = dt.date(2026, 1, 1)
DAYS = 12
ALERT = Alert("2026-01-12", "orders", "price", "critical", "null_spike", "", 0)


def orders(broken: bool = False) -> pa.Table:
    random = np.random.default_rng(5)
    days = [FIRST + dt.timedelta(days=day) for day in range(DAYS) for _ in range(300)]
    price = random.lognormal(3, 0.5, len(days))
    lost = np.array([broken and day == days[-1] for day in days]) & (random.random(len(days)) < 0.9)
    return pa.table(
        {"day": pa.array(days), "price": pa.array(price, mask=lost), "shop": random.choice(["a", "b"], len(days))}
    )


def load(broken: bool = False) -> Runs:
    table = orders(broken).drop_columns(["day"])
    return {run: {"orders": rows} for run, rows in by_days(table, days_of(orders()["day"])).items()}


@pytest.fixture
def build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(profiles, "BUILD", tmp_path)
    return tmp_path


def test_runs_are_cut_in_order_and_lose_no_row() -> None:
    table = orders()
    weeks = by_days(table, days_of(table["day"]), 7)
    assert {run: rows.num_rows for run, rows in weeks.items()} == {"2026-01-07": 2100, "2026-01-12": 1500}
    assert pa.concat_tables(weeks.values()).equals(table)
    longer = by_days(table, days_of(table["day"]), 7, (np.datetime64("2025-12-31"), np.datetime64("2026-01-20")))
    assert {run: rows.num_rows for run, rows in longer.items()} == {"2026-01-06": 1800, "2026-01-13": 1800}


def test_months_are_named_by_their_last() -> None:
    table = pa.table({"day": pa.array([dt.date(2025, month, 9) for month in (1, 2, 3, 4, 5)])})
    assert list(by_months(table, days_of(table["day"]))) == ["2025-01", "2025-02", "2025-03", "2025-04", "2025-05"]
    quarters = by_months(table, days_of(table["day"]), 3)
    assert {run: rows.num_rows for run, rows in quarters.items()} == {"2025-03": 3, "2025-06": 2}
    assert list(last_runs(quarters, 1)) == ["2025-06"]


def test_a_fault_is_found_and_counts_as_false_until_a_verdict_names_its_event(build: Path) -> None:
    broken = RealSet("shop", "practice", "", lambda: load(broken=True))
    found = judge_set(broken, [])
    assert (found.runs, found.tables, found.columns) == (DAYS, 1, 2)
    assert {alert.run for alert, _, _ in found.alerts} == {"2026-01-12"}
    assert found.runs_with(critical=True) == found.runs_with(critical=True, false_only=True) == 1
    known = parse(
        [{"set": "shop", "run": dt.date(2026, 1, 12), "verdict": "true event", "reason": "lost", "must_be_told": True}]
    )
    again = judge_set(broken, known)
    assert again.runs_with() == 1
    assert again.runs_with(false_only=True) == 0
    assert [spoken for _, spoken in again.told] == [True]
    assert [reason for _, _, reason in again.alerts] == ["lost"] * len(again.alerts)
    assert len(list((build / "profiles").iterdir())) == 1


def test_an_event_that_no_alert_speaks_of_is_not_told(build: Path) -> None:
    del build
    known = parse([{"set": "shop", "run": "2026-01-12", "verdict": "true event", "reason": "x", "must_be_told": True}])
    healthy = judge_set(RealSet("shop", "practice", "", load), known)
    assert [(alert.line, real) for alert, real, _ in healthy.alerts] == []
    assert [spoken for _, spoken in healthy.told] == [False]


def test_only_the_first_runs_are_judged_on_request(build: Path) -> None:
    del build
    found = judge_set(RealSet("shop", "practice", "", lambda: load(broken=True)), [], runs=5)
    assert (found.runs, found.alerts) == (5, [])


def test_a_verdict_covers_what_it_names() -> None:
    entry = {"set": "shop", "run": "2026-01-12", "verdict": "true event", "reason": "a\n  b"}
    assert verdict_of("shop", ALERT, parse([entry])) == (True, "a b")
    assert verdict_of("other", ALERT, parse([entry])) == (False, UNKNOWN)
    for other in ({"run": "2026-01-11"}, {"table": "stock"}, {"columns": ["shop"]}, {"column": "table"}):
        assert verdict_of("shop", ALERT, parse([{**entry, **other}])) == (False, UNKNOWN)
    first = {**entry, "column": "price", "verdict": "false", "reason": "season"}
    assert verdict_of("shop", ALERT, parse([first, entry])) == (False, "season")


def test_another_verdict_is_an_error() -> None:
    with pytest.raises(ValueError, match="expected the verdict `true event` or `false`, got 'maybe' of shop"):
        parse([{"set": "shop", "run": "1", "verdict": "maybe", "reason": ""}])


def test_the_file_of_verdicts_names_published_sets_only() -> None:
    published = {one.name for one in SETS if one.purpose == "real"}
    assert {verdict.set for verdict in verdicts()} <= published
    assert all(verdict.reason and verdict.runs for verdict in verdicts())


def test_a_set_has_one_name_and_one_purpose() -> None:
    assert len({one.name for one in SETS}) == len(SETS)
    assert [one.name for one in chosen("stops-by-day")] == ["stops-by-day"]
    assert {one.purpose for one in chosen("practice")} == {"practice"}
    with pytest.raises(KeyError):
        chosen("nothing")
