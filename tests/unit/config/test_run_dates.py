"""The date in a run's name, and placeholders."""

from __future__ import annotations

import datetime as dt
import doctest

import pytest

from stageprint.config import run_dates
from stageprint.config.run_dates import as_of, has_placeholder, run_date, run_end, substitute, unknown_placeholder
from stageprint.errors import UsageError


@pytest.mark.parametrize(
    ("run_id", "date"),
    [
        ("2013-05", dt.date(2013, 5, 1)),
        ("2013-05-17", dt.date(2013, 5, 17)),
        ("20130517", dt.date(2013, 5, 17)),
        ("2013-05-17T04:00", dt.date(2013, 5, 17)),
        ("2013-05-17_retry", dt.date(2013, 5, 17)),
        ("201305", dt.date(2013, 5, 1)),
        ("2013-13", None),
        ("2013-02-30", None),
        ("201305171", None),
        ("run-7", None),
        ("", None),
    ],
)
def test_the_date_a_run_begins_with(run_id: str, date: dt.date | None) -> None:
    assert run_date(run_id) == date


def test_worked_examples_give_what_they_show() -> None:
    assert doctest.testmod(run_dates).failed == 0


@pytest.mark.parametrize(
    ("run_id", "end"),
    [
        ("2013-05", "2013-06-01"),
        ("2013-05-31", "2013-06-01"),
        ("2013-12_retry", "2014-01-01"),
        ("r1", None),
        ("9999-12", None),
    ],
)
def test_a_run_ends_with_its_day_or_month(run_id: str, end: str | None) -> None:
    assert run_end(run_id) == (None if end is None else dt.datetime.fromisoformat(f"{end}T00:00:00+00:00"))


def test_the_end_is_counted_in_microseconds() -> None:
    assert as_of("1970-01-01") == 86_400_000_000
    assert as_of("r1") is None


def test_placeholders_are_replaced() -> None:
    assert substitute("{run_id}/{run_date}/{other}", "2013-05", "path") == "2013-05/2013-05-01/{other}"
    with pytest.raises(UsageError, match=r"path '\{run_date\}' uses \{run_date\}, but run 'r1' does not begin with"):
        substitute("{run_date}", "r1", "path")


def test_placeholders_are_known() -> None:
    assert [has_placeholder(text) for text in ("a", "{run_id}", "x/{run_date}", "{run}")] == [False, True, True, False]
    assert unknown_placeholder("{run_id}/{a,b}/*.csv") is None
    assert unknown_placeholder("{run_id}/{runid}") == "unknown placeholder {runid} – did you mean 'run_id'?"
