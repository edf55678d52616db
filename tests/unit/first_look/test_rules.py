"""Each rule of the first look on profiles of real rows: what it says, and where it stays quiet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stageprint.config.loader import build_config
from stageprint.engines.local.frames import open_frame
from stageprint.engines.local.profiling import profile_tables
from stageprint.first_look import Remark, all_rules
from stageprint.pipeline.first_look import look_at_profile
from stageprint.ports import TableTask

RANDOM = np.random.default_rng(4)
N = 400


def looks(rows: Mapping[str, Any], *, run: str = "2026-03-01", **table: Any) -> list[tuple[str, Remark]]:
    """Return what the first look says of rows."""
    described = {"name": "t", "source": {"table": "t"}, **table}
    config = build_config({"pipeline": "p", "store": "s", "stages": [{"name": "raw", "tables": [described]}]})
    opened = open_frame(pa.table(dict(rows)))
    task = TableTask(run, "raw", config.table("raw", "t"))
    (profiled,) = profile_tables(config, [task], processes=1, open_table=lambda _: opened)
    assert profiled.outcome.error is None
    assert profiled.columns is not None
    return look_at_profile(run, profiled.table_rows[0], profiled.columns.to_pylist())


def said(rows: Mapping[str, Any], **more: Any) -> list[tuple[str, str | None]]:
    return [(rule, remark.column) for rule, remark in looks(rows, **more)]


def texts_of(values: Sequence[object], rows: int = N) -> list[object]:
    return [values[at % len(values)] for at in range(rows)]


def mostly(usual: object, other: object, every: int = 10, rows: int = N) -> list[object]:
    return [other if at % every == 0 else usual for at in range(rows)]


DAY = dt.date(2026, 3, 1)
NORMAL = RANDOM.normal(20, 5, N)
AMOUNTS = RANDOM.lognormal(1, 0.2, N)

LOUD: list[tuple[str, str, dict[str, Any]]] = [
    ("only_nulls", "is null in all 400 rows", {"x": pa.nulls(N, pa.float64())}),
    ("one_value", "is 'web' in all 400 rows", {"x": ["web"] * N}),
    ("one_value", "is 7 in all 400 rows", {"x": [7] * N}),
    (
        "sentinel_value",
        "is -999.0 in 40 of 400 rows",
        {"x": [*NORMAL[:360].round(1), *[-999.0] * 40]},
    ),
    ("sentinel_value", "is 9999 in 4 of 400 rows", {"x": [*(np.arange(396) % 90), 9999, 9999, 9999, 9999]}),
    ("sentinel_value", "is -1 in 40 of 400 rows", {"x": [*(np.arange(360) % 30 + 1), *[-1] * 40]}),
    (
        "sentinel_value",
        "is 1970-01-01 in 40 of 400 rows",
        {"x": [dt.date(1970, 1, 1) if at % 10 == 0 else DAY + dt.timedelta(days=at % 30) for at in range(N)]},
    ),
    ("sentinel_value", "is 'N/A' in 40 of 400 rows", {"x": [*texts_of(["red", "green", "blue"], 360), *["N/A"] * 40]}),
    (
        "mixed_formats",
        "holds dates in 2 formats",
        {"x": [f"2026-03-{at % 28 + 1:02}" if at % 3 else f"{at % 28 + 1:02}/03/2026" for at in range(N)]},
    ),
    ("mixed_formats", "holds numbers in 98 %", {"x": ["about ten" if at % 50 == 0 else f"{at}.5" for at in range(N)]}),
    ("broken_encoding", "such as 'MÃ¼nchen'", {"x": texts_of(["MÃ¼nchen", "Bonn", "Ulm"])}),
    ("number_as_text", "holds numbers that are stored as text", {"price": [f"{value:.2f}" for value in NORMAL]}),
    (
        "date_as_text",
        "holds dates that are stored as text",
        {"x": [str(DAY + dt.timedelta(at)) for at in range(N)]},
    ),
    (
        "date_as_text",
        "holds timestamps that are stored as text",
        {"x": [f"2026-03-01T{at % 24:02}:{at % 60:02}:00Z" for at in range(N)]},
    ),
    ("near_duplicate_labels", "'Oslo', 'oslo '", {"x": [*["Oslo"] * 200, *["oslo "] * 50, *["Bergen"] * 150]}),
    (
        "near_duplicate_labels",
        "'California', 'Califronia'",
        {"x": [*["California"] * 250, *["Califronia"] * 5, *["Nevada"] * 145]},
    ),
    ("glued_values", "glued together by ';' in", {"x": texts_of(["red;blue", "blue;green", "red", "green;red;blue"])}),
    ("glued_values", "glued together by '|' in", {"x": texts_of(["a b|c d", "c d|e", "e|a b", "c d"])}),
    (
        "mixed_units",
        "25 % of its values are about 1,000 times larger",
        {"x": [value * (1_000 if at % 4 == 0 else 1) for at, value in enumerate(AMOUNTS)]},
    ),
]


@pytest.mark.parametrize(("rule", "text", "columns"), LOUD, ids=[f"{one[0]}-{one[1][:20]}" for one in LOUD])
def test_it_is_said(rule: str, text: str, columns: dict[str, Any]) -> None:
    found = [(name, remark) for name, remark in looks(columns) if name == rule]
    assert len(found) == 1, looks(columns)
    (_, remark) = found[0]
    assert text in remark.text
    assert remark.column == next(iter(columns))


QUIET: list[tuple[str, dict[str, Any]]] = [
    ("a column of few nulls", {"x": mostly(None, 1.0, 2)}),
    ("the run's date and parts of it", {"year": [2026] * N, "x": [DAY] * N, "month": [3] * N}),
    ("a constant flag", {"is_open": [True] * N}),
    ("few rows", {"x": ["web"] * 10}),
    ("negative numbers", {"x": np.arange(N) - 1}),
    ("-999 among numbers like it", {"x": [*range(-1000, -600)]}),
    ("9999 at the end of a scale", {"x": [*np.linspace(0, 9000, 399).astype(int), 9999]}),
    ("days that begin in 1970", {"x": [dt.date(1970, 1, 1) + dt.timedelta(days=at * 30) for at in range(N)]}),
    ("NA among codes of countries", {"x": texts_of(["NA", "ZA", "BW", "AO"])}),
    ("yes, no, n/a", {"x": texts_of(["N/A", "yes"])}),
    ("codes with letters", {"x": [f"{at}A" if at % 50 == 0 else str(at) for at in range(N)]}),
    ("zip codes", {"zip": [f"{at:05}" for at in range(N)]}),
    ("phone numbers", {"phone": [str(1_000_000 + at) for at in range(N)]}),
    ("codes of equal length", {"branch": [str(10_000 + at) for at in range(N)]}),
    ("labels that differ in digits", {"x": [*texts_of(["MD-88", "MD-82", "A320", "A321"])]}),
    ("labels that differ in several letters", {"x": texts_of(["Austria", "Australia", "Slovakia", "Slovenia"])}),
    ("singular and plural", {"x": [*["Vehicle"] * 395, *["Vehicles"] * 5]}),
    ("codes of one letter", {"x": texts_of(["a", "A", "b", "B"])}),
    ("sentences", {"x": [f"first, second; and {at}" for at in range(N)]}),
    ("decimal commas", {"x": [f"{at},5" for at in range(N)]}),
    ("cities with their states", {"x": texts_of(["Portland, OR", "Portland, ME", "Salem, OR", "Salem, MA"])}),
    ("umlauts that are right", {"x": texts_of(["München", "Córdoba", "São Paulo", "Ãsia"])}),
    ("amounts of one unit", {"x": RANDOM.lognormal(3, 1.5, N)}),
    ("two groups that are no factor apart", {"x": [*RANDOM.normal(10, 1, 200), *RANDOM.normal(200, 20, 200)]}),
    ("numbers", {"x": NORMAL, "y": np.arange(N)}),
]


@pytest.mark.parametrize(("what", "columns"), QUIET, ids=[one[0] for one in QUIET])
def test_it_is_quiet(what: str, columns: dict[str, Any]) -> None:
    del what
    assert said(columns) == []


def test_a_declared_key_that_repeats_or_is_null_is_said() -> None:
    columns = {"id": [1, 1, 2, None, 3] * 10}
    (only,) = [remark for rule, remark in looks(columns, keys=["id"]) if rule == "repeated_key"]
    assert (only.column, only.text) == (None, "has a key, id, that repeats in 37 rows and is null in 10 rows")
    assert "repeated_key" not in {rule for rule, _ in looks({"id": range(50)}, keys=["id"])}


def test_event_times_in_the_future_are_said_with_some_room() -> None:
    def times(last: dt.datetime) -> dict[str, Any]:
        return {"at": [*[dt.datetime(2026, 3, 1, at % 24, tzinfo=dt.timezone.utc) for at in range(N - 4)], *[last] * 4]}

    early = dt.datetime(2026, 3, 2, 20, tzinfo=dt.timezone.utc)
    late = dt.datetime(2027, 3, 1, tzinfo=dt.timezone.utc)
    assert said(times(early), event_time="at") == []
    (only,) = [remark for rule, remark in looks(times(late), event_time="at") if rule == "future_event_time"]
    assert "1 % of them lie after the end of run 2026-03-01, by up to 364 days" in only.text
    # A run whose name is no date: the time of the profile counts.
    far = dt.datetime(2626, 1, 1, tzinfo=dt.timezone.utc)
    assert ("future_event_time", "at") in said(times(far), event_time="at", run="nightly")
    assert ("future_event_time", "at") not in said(times(early), event_time="at", run="nightly")


def test_the_same_of_many_columns_is_said_once() -> None:
    (one,) = looks({f"x{at}": pa.nulls(N, pa.int32()) for at in range(12)})
    assert one[0] == "only_nulls"
    assert one[1].column is None
    assert one[1].text == ("has 12 columns that are null in all rows: x0, x1, x2, x3, x4, x5, x6, x7 and 4 more")
    assert len(looks({f"x{at}": pa.nulls(N, pa.int32()) for at in range(3)})) == 3


def test_an_empty_table_is_not_looked_at() -> None:
    assert looks({"x": pa.array([], pa.string())}) == []


@pytest.mark.parametrize("how", ["off", 50])
def test_values_of_sensitive_columns_are_in_no_sentence(how: str | int) -> None:
    columns = {
        "secret": [*["Oslo"] * 200, *["oslo"] * 150, *["N/A"] * 50],
        "empty": pa.nulls(N, pa.string()),
        "fixed": ["confidential"] * N,
        "public": ["web"] * N,
    }
    hidden = dict.fromkeys(("secret", "empty", "fixed"), how)
    assert said(columns, columns={"sensitive": hidden}) == [("one_value", "public"), ("only_nulls", "empty")]


def test_every_rule_says_what_it_finds() -> None:
    rules = all_rules()
    assert {rule for rule, _, _ in LOUD} | {"repeated_key", "future_event_time"} == set(rules)
    for rule in rules.values():
        assert (rule.__doc__ or "").strip()
