"""Which of two runs is the earlier one: natural, total, stable, and the same for text that SQL sorts."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stageprint.config.loader import parse_config
from stageprint.config.run_order import BY_START, in_order, natural, order_key
from stageprint.errors import ConfigError
from tests.support import shop

RANDOM = st.randoms(use_true_random=False)
NAMES = st.one_of(
    st.text(max_size=12),
    st.from_regex(r"(v|run-|W)?\d{1,3}([._-]\d{1,3})?", fullmatch=True),
    st.dates().map(dt.date.isoformat),
    st.builds("{:%Y%m%d}-{}".format, st.dates(dt.date(1990, 1, 1)), st.integers(0, 30)),
    st.uuids().map(str),
)
TIMES = st.none() | st.datetimes(timezones=st.just(dt.timezone.utc))
ORDERS = st.sampled_from(["name", "started", r"(\d+)", "-(.*)"])
MORNING, EVENING = (dt.datetime(2026, 3, 8, hour, tzinfo=dt.timezone.utc) for hour in (6, 18))


@pytest.mark.parametrize(
    "runs",
    [
        ["v9", "v10"],
        ["run-2", "run-10"],
        ["2026-W9", "2026-W10", "2026-W53", "2027-W1"],
        ["9", "10", "1000"],
        ["v1.2", "v1.2.1", "v1.9", "v1.10"],
        ["Build 7", "build 8", "BUILD 9"],
        ["v9", "v09b", "v9c"],
        ["run-٣", "run-4", "run-५", "run-１０"],
        ["v1" + "0" * 6_000, "v2" + "0" * 6_000, "v1" + "0" * 6_001],
        ["2025-12-31", "2026-03-08", "2026-03-08-2", "2026-03-08-10", "20260309", "2026-03-10T5", "2026-03-10T11"],
        ["2013-05", "2013-05-01", "2013-05-02", "2013-06"],
        ["2026-W10", "v9", "2026-03-08"],
        ["2026-02-30", "2026-03-01"],
    ],
    ids=lambda runs: runs[0][:12],
)
def test_names_are_in_the_order_that_people_expect(runs: list[str]) -> None:
    assert in_order(reversed(runs)) == runs
    assert in_order(reversed(runs), BY_START) == runs


@pytest.mark.parametrize(
    "name",
    [
        "nightly",
        "3f2a9c1",
        "0b5d1c4e-3c55-4f0e-9d3b-2f1f3a7c9e10",
        "0B5D1C4E3C554F0E9D3B2F1F3A7C9E10",
        "01HX9Z3NDEKTSV4RRFFQ69G5FA",
    ],
)
def test_a_name_that_tells_nothing_is_placed_by_its_first_profile(name: str) -> None:
    assert order_key("2026-03-07") < order_key(name, MORNING) < order_key("2026-03-09")
    assert order_key(name, MORNING) < order_key("another", EVENING)
    assert order_key(name) > order_key("9999-12-31")


def test_by_start_the_name_does_not_count() -> None:
    assert order_key("2026-03-09", MORNING, BY_START) < order_key("2026-03-08", EVENING, BY_START)
    assert order_key("v9", MORNING, BY_START) < order_key("v10", MORNING, BY_START)
    # The same moment in another time zone.
    elsewhere = MORNING.astimezone(dt.timezone(dt.timedelta(hours=9)))
    assert order_key("a", elsewhere, BY_START) == order_key("a", MORNING, BY_START)


def test_a_pattern_takes_the_part_that_counts() -> None:
    runs = ["scheduled__2026-03-08T00:00", "manual__2026-03-08T09:30", "scheduled__2026-03-09T00:00"]
    assert in_order(reversed(runs), "__(.+)") == runs
    assert in_order(["b-10-x2", "a-10-x1", "z-9"], r"-(\d+)") == ["z-9", "a-10-x1", "b-10-x2"]
    # Where it finds nothing, the time decides.
    assert order_key("backfill", MORNING, "__(.+)") == order_key("backfill", MORNING)
    assert order_key("v10", MORNING, "(x)?v") > order_key("x__2026-03-07", EVENING, "__(.+)")


@given(
    st.lists(st.tuples(NAMES, TIMES), unique_by=lambda run: run[0], max_size=8),
    ORDERS,
    st.randoms(use_true_random=False),
)
def test_the_order_is_total_and_does_not_depend_on_where_it_began(
    runs: list[tuple[str, dt.datetime | None]], order: str, random: Random
) -> None:
    def key(run: tuple[str, dt.datetime | None]) -> str:
        return order_key(run[0], run[1], order)

    def ordered(found: list[tuple[str, dt.datetime | None]]) -> list[tuple[str, dt.datetime | None]]:
        return sorted(found, key=lambda run: (key(run), run[0]))

    expected = ordered(runs)
    shuffled = list(runs)
    random.shuffle(shuffled)
    assert ordered(shuffled) == expected
    # SQL sorts by the bytes of UTF-8.
    keys = [key(run).encode("utf-8", "surrogatepass") for run in expected]
    assert all(earlier <= later for earlier, later in pairwise(keys))


@given(st.text("abv-._ ", max_size=5), st.integers(0, 10**30), st.integers(0, 10**30), st.integers(0, 3))
@example("v", 9, 10, 0)
def test_numbers_are_ordered_by_their_size(text: str, one: int, other: int, zeros: int) -> None:
    first, second = (natural(f"{text}{number}") for number in (one, other))
    assert (first < second) == (one < other)
    assert natural(f"{text}{'0' * zeros}{one}") == first


@given(st.dates(), st.dates(), st.text(max_size=5))
def test_dated_runs_are_in_the_order_of_their_dates(one: dt.date, other: dt.date, rest: str) -> None:
    if one != other:
        before, after = sorted([one, other])
        assert order_key(f"{before.isoformat()}_{rest}") < order_key(after.isoformat())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("nmae", "run_order: expected name, started, or a regular expression with a group, .* got 'nmae', which has"),
        ("'v(\\d+'", "run_order: expected name, started, .* got 'v.*: missing \\), unterminated subpattern"),
        ("[v1, v2]", "run_order: expected text, got a list"),
    ],
)
def test_a_wrong_order_is_said(value: str, message: str) -> None:
    text = shop.yaml(Path("nowhere"))
    with pytest.raises(ConfigError, match=message):
        parse_config(f"{text}run_order: {value}\n")


def test_the_order_is_no_part_of_the_hash() -> None:
    config = shop.config(Path("nowhere"))
    assert config.model_copy(update={"run_order": "started"}).hash == config.hash
