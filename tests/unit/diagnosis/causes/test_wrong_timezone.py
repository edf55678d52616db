from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stageprint.diagnosis.causes.wrong_timezone import WrongTimezone
from stageprint.diagnosis.example import evidence_of, flag, table_profile, two_runs
from stageprint.model import ColumnKey, TableKey
from tests.unit.diagnosis.scenarios import DAY, times, timestamps

RNG = np.random.default_rng(20)
HOUR = DAY // 24
THEN, NOW = times(RNG, 4000), times(RNG, 4000, start_day=15_028)


def micros(values: Any) -> Any:
    return timestamps(values)


@pytest.mark.parametrize("hours", [1, -5, 8, 5.5])
def test_the_daily_cycle_turns(hours: float) -> None:
    found = WrongTimezone().explain(*two_runs(micros(THEN), micros(NOW + round(hours * HOUR))))
    assert found is not None
    assert found.evidence["hours_moved"] == pytest.approx(hours)
    assert found.score > 0.85


def test_a_part_of_the_rows() -> None:
    moved = NOW + (RNG.random(NOW.size) < 0.6) * 8 * HOUR
    found = WrongTimezone().explain(*two_runs(micros(THEN), micros(moved)))
    assert found is not None
    assert found.evidence["share"] == pytest.approx(0.6, abs=0.05)
    assert "a part of the timestamps" in found.sentence


def test_both_sides_of_a_change_of_the_clocks() -> None:
    then, now = times(RNG, 40_000), times(RNG, 40_000, start_day=15_028)
    moved = now + np.where(now - now.min() > 10 * DAY, 4, 5) * HOUR
    found = WrongTimezone().explain(*two_runs(micros(then), micros(moved)))
    assert found is not None
    assert {found.evidence["hours_moved"], found.evidence["second_hours_moved"]} == {4.0, 5.0}
    assert "on both sides of a change of the clocks" in found.sentence


def test_a_column_of_hours() -> None:
    then, now = THEN // HOUR % 24, NOW // HOUR % 24
    found = WrongTimezone().explain(*two_runs(then, (now + 20) % 24))
    assert found is not None
    assert found.evidence["hours_moved"] == -4.0
    assert WrongTimezone().explain(*two_runs(then, now + 20)) is None
    assert WrongTimezone().explain(*two_runs(then / 2.0, now / 2.0)) is None
    assert WrongTimezone().explain(*two_runs(["a", "b"], ["a", "c"])) is None


@pytest.mark.parametrize("now", [NOW, NOW // DAY * DAY + 12 * HOUR], ids=["same cycle", "no cycle left"])
def test_no_rotation(now: Any) -> None:
    assert WrongTimezone().explain(*two_runs(micros(THEN), micros(now))) is None


RAW, JOINED = TableKey("raw", "t"), TableKey("joined", "t")


def behind(then: tuple[Any, Any], now: tuple[Any, Any]) -> Any:
    """Return what is said of a column behind a source, given both columns in both runs."""
    runs = {
        f"run-{number}": {RAW: table_profile(RAW, {"at": source}), JOINED: table_profile(JOINED, {"at": behind})}
        for number, (source, behind) in enumerate((then, now), 1)
    }
    key = ColumnKey("joined", "t", "at")
    return WrongTimezone().explain(evidence_of(runs, {"raw": (), "joined": ("raw",)}, [flag(key, "median")]), key)


FLAT_THEN, FLAT_NOW = np.arange(0, 28 * DAY, HOUR // 2), np.arange(28 * DAY, 56 * DAY, HOUR // 2)


@pytest.mark.parametrize("hours", [5, -5.5, 0.25])
def test_without_a_daily_cycle_the_column_upstream_tells(hours: float) -> None:
    found = behind((micros(FLAT_THEN),) * 2, (micros(FLAT_NOW), micros(FLAT_NOW + round(hours * HOUR))))
    assert found.evidence["hours_moved"] == pytest.approx(hours)
    assert found.evidence["upstream_column"] == "raw.t.at"


def test_ends_on_both_sides_of_a_change_of_the_clocks() -> None:
    moved = FLAT_NOW + np.where(FLAT_NOW > 40 * DAY, 5, 4) * HOUR
    found = behind((micros(FLAT_THEN),) * 2, (micros(FLAT_NOW), micros(moved)))
    assert found.evidence["ends_moved"] == ["+4 h", "+5 h"]


@pytest.mark.parametrize("step", [7 * 60_000_000, 20 * HOUR, 0], ids=["no zone", "too far", "not at all"])
def test_other_moves_are_no_time_zone(step: int) -> None:
    assert behind((micros(FLAT_THEN),) * 2, (micros(FLAT_NOW), micros(FLAT_NOW + step))) is None


def test_the_column_upstream_must_have_been_equal_before() -> None:
    assert behind((micros(FLAT_THEN), micros(FLAT_THEN[:50])), (micros(FLAT_NOW), micros(FLAT_NOW + 5 * HOUR))) is None


def test_nothing_to_compare_with() -> None:
    empty = pa.array([], pa.timestamp("us", "UTC"))
    assert behind((micros(FLAT_THEN),) * 2, (empty, micros(FLAT_NOW))) is None
    text = pa.array(["x"])
    assert behind((micros(FLAT_THEN),) * 2, (text, micros(FLAT_NOW))) is None
    runs = {"run-1": {JOINED: table_profile(JOINED, {"at": micros(FLAT_THEN)})}}
    runs["run-2"] = {
        RAW: table_profile(RAW, {"at": micros(FLAT_NOW)}),
        JOINED: table_profile(JOINED, {"at": micros(FLAT_NOW + 5 * HOUR)}),
    }
    key = ColumnKey("joined", "t", "at")
    assert WrongTimezone().explain(evidence_of(runs, {"raw": (), "joined": ("raw",)}, [flag(key)]), key) is None


@pytest.mark.parametrize(("ends", "told"), [((-1, -1), ["-24 h"]), ((-1, 0), ["-24 h", "+0 min"])])
def test_dates_cross_midnight(ends: tuple[int, int], told: list[str]) -> None:
    def days(first: int, last: int) -> list[dt.date]:
        return [dt.date(2013, 5, 1) + dt.timedelta(days=day) for day in range(first, last + 1)]

    found = behind((days(0, 27), days(0, 27)), (days(28, 55), days(28 + ends[0], 55 + ends[1])))
    assert found.evidence["ends_moved"] == told
    assert behind((days(0, 27), days(0, 27)), (days(28, 55), days(28, 50))) is None
