from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from stageprint.model.figures import plural
from stageprint.report import text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (0.0, "0 %"),
        (1.0, "100 %"),
        (0.5, "50.0 %"),
        (0.0125, "1.2 %"),
        (0.001, "0.10 %"),
        (0.00001, "<0.01 %"),
        (0.99999, ">99.99 %"),
        (0.995, "99.50 %"),
        (1.5, "150.00 %"),
    ],
)
def test_a_small_share_is_never_none_and_a_large_one_never_all(value: float | None, shown: str) -> None:
    assert text.share(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (True, "true"),
        (2013, "2013"),
        (28796, "28,796"),
        (2013.0, "2013"),
        (-28796.0, "-28,796"),
        (12.639, "12.639"),
        (1234.5678, "1234.6"),
        (123456.7, "123,457"),
        (0.00012345, "0.00012345"),
        (0.000012345, "1.234e-05"),
        (1e20, "1e+20"),
        (0.0, "0"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (Decimal("1.50"), "1.50"),
        (dt.date(2013, 5, 1), "2013-05-01"),
        (dt.datetime(2013, 5, 1, 4, 5, tzinfo=dt.timezone.utc), "2013-05-01 04:05:00+00:00"),
        ("UA", "UA"),
        ("a\nb\tc", "a b c"),
        ("  two  blanks ", "  two  blanks "),
        ("x" * 50, "x" * 39 + "…"),
    ],
)
def test_values(value: object, shown: str) -> None:
    assert text.number(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(None, "–"), (28796, "28,796"), (99.7, "100"), (float("nan"), "–")])
def test_counts(value: float | None, shown: str) -> None:
    assert text.count(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (0.04, "0.0 s"), (59.94, "59.9 s"), (60, "1 min 0 s"), (192.4, "3 min 12 s"), (7500, "2 h 5 min")],
)
def test_durations(value: float | None, shown: str) -> None:
    assert text.seconds(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, "–"), (812, "812 B"), (1536, "1.5 KiB"), (3 << 30, "3.0 GiB"), (1 << 70, "1048576.0 PiB")],
)
def test_sizes(value: int | None, shown: str) -> None:
    assert text.size(value) == shown


def test_lists_and_nouns() -> None:
    assert plural(1, "run") == "1 run"
    assert plural(1200, "run") == "1,200 runs"
    assert text.some(["a", "b", "c"]) == "a, b, c"
    assert text.some(["a", "b", "c", "d"]) == "a, b, c and 1 more"
    assert text.words("join_lost_rows") == "join lost rows"


@pytest.mark.parametrize(
    ("value", "data_type", "shown"),
    [
        (None, "timestamp", "–"),
        (12.5, "double", "12.5"),
        (15_826.5, "date", "2013-05-01"),
        (1_367_373_600_000_000.0, "timestamp", "2013-05-01 02:00"),
        (-1e6, "timestamp_ntz", "1969-12-31 23:59"),
        (9e18, "timestamp", "9e+18"),
        (float("nan"), "timestamp", "nan"),
        ("x", "date", "x"),
    ],
)
def test_a_level_is_in_the_column_s_own_terms(value: object, data_type: str, shown: str) -> None:
    assert text.level(value, data_type) == shown


@pytest.mark.parametrize(
    ("value", "data_type", "shown"),
    [(None, "date", "–"), (1.5, "double", "1.5"), (1.5, "date", "1.5 d"), (129_600e6, "timestamp", "1.5 d")],
)
def test_a_spread_of_times_is_in_days(value: object, data_type: str, shown: str) -> None:
    assert text.spread(value, data_type) == shown


@pytest.mark.parametrize(
    ("value", "data_type", "shown"),
    [
        (None, "double", "–"),
        ("-7.744024854989686", "double", "-7.744"),
        ("NaN", "double", "nan"),
        ("odd", "double", "odd"),
        ("28796", "int", "28,796"),
        ("9223372036854775807", "bigint", "9,223,372,036,854,775,807"),
        ("12.50", "decimal(10,2)", "12.50"),
        ("2013-05-01", "date", "2013-05-01"),
        ("2013-05-01T04:00:00", "timestamp_ntz", "2013-05-01 04:00"),
        ("2013-05-01T04:00:00Z", "timestamp", "2013-05-01 04:00Z"),
        ("2013-05-01T04:00:07.5", "timestamp", "2013-05-01 04:00:07.5"),
        ("2013", "string", "2013"),
    ],
)
def test_a_stored_extreme_is_as_short_as_other_values(value: str | None, data_type: str, shown: str) -> None:
    assert text.stored(value, data_type) == shown
