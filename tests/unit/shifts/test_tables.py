"""Table statistics and rules."""

from __future__ import annotations

import datetime as dt
from math import log
from typing import Any

import numpy as np
import pytest

from stageprint.features.table import share_in
from stageprint.model import TableProfile
from stageprint.shifts import TableHistory, measure_tables, table_rules
from stageprint.states.theta import ThetaState
from tests.unit.shifts.columns import table, table_row_of


def judged(rule: str, now: TableProfile, *past: TableProfile, up: Any = (None, ())) -> dict[str, Any]:
    return table_row_of(rule, now, *past, upstream=up[0], upstreams=up[1], name="long")


def test_volumes_are_compared_with_the_mean_of_the_runs() -> None:
    row = table_row_of("rows", table(100), table(100), table(300))
    assert row["value"] == pytest.approx(log(2))
    assert row["variance_floor"] == pytest.approx(1 / 100 + 1 / 200 / 2)
    assert (row["current_figure"], row["reference_figure"]) == (100, 200)
    assert (row["n_current"], row["n_reference"], row["kind"]) == (100, 400, "table")


@pytest.mark.parametrize(
    ("now", "then", "reason"),
    [
        (table(5), table(5, source_bytes=9), "bytes not known in this run"),
        (table(5, source_bytes=9), table(5), "bytes not known in the reference"),
        (table(5, source_bytes=0), table(5, source_bytes=9), "bytes is 0 in this run"),
        (table(5, source_bytes=9), table(5, source_bytes=0), "bytes is 0 in the reference"),
    ],
)
def test_unknown_volumes(now: TableProfile, then: TableProfile, reason: str) -> None:
    assert table_row_of("bytes", now, then)["reason"] == reason


def test_nothing_and_nothing_is_no_change() -> None:
    assert table_row_of("rows", table(0), table(0))["value"] == 0


def test_no_reference() -> None:
    rows = measure_tables([TableHistory(table(5), {"prev": []})]).to_pylist()
    judged_by_all_runs = {rule.name for rule in table_rules()}
    others = {row["reason"] for row in rows if row["statistic"] not in judged_by_all_runs}
    assert others == {"no run for this reference"}
    rules = {row["statistic"]: row["reason"] for row in rows if row["statistic"] in judged_by_all_runs}
    assert rules.pop("model_version") == "no version is expected"  # needs no earlier run
    assert set(rules.values()) == {"no earlier run"}


def test_a_ratio_is_blind_to_how_much_arrives() -> None:
    row = table_row_of("row_ratio", table(50), table(1000), upstream=table(50), upstreams=[table(1000)])
    assert row["value"] == 0
    assert row["variance_floor"] == pytest.approx(1 / 50**2 + 1 / 1000**2)
    lossy = table_row_of("row_ratio", table(40), table(800), upstream=table(50), upstreams=[table(1000)])
    assert lossy["variance_floor"] == pytest.approx(0.25 * (1 / 50 + 1 / 1000), rel=0.1)


def test_retention_is_that_of_the_same_run() -> None:
    row = table_row_of(
        "retention",
        table(90, keys=range(1000, 1090)),
        table(100, keys=range(100)),
        upstream=table(100, keys=range(1000, 1100)),
        upstreams=[table(100, keys=range(100))],
    )
    assert row["value"] == pytest.approx(-0.6435, abs=1e-4)
    assert row["error"] == 0
    assert (row["current_figure"], row["reference_figure"]) == (0.9, 1.0)


def test_retention_without_keys() -> None:
    row = table_row_of("retention", table(9), table(9), upstream=table(9), upstreams=[table(9)])
    assert row["reason"] == "no keys in common with an upstream table in this run"
    row = table_row_of("retention", table(1, keys=[1]), table(1), upstream=table(1, keys=[1]), upstreams=[None])
    assert row["reason"] == "no keys in common with an upstream table in the reference"
    none = table_row_of(
        "retention", table(1, keys=[1]), table(1, keys=[1]), upstream=table(1, keys=[]), upstreams=[table(0, keys=[])]
    )
    assert none["reason"]


def test_sketched_keys_have_bounds() -> None:
    every, most = (np.arange(end) for end in (60_000, 51_000))
    row = table_row_of(
        "retention",
        table(51_000, keys=most.tolist()),
        table(60_000, keys=every.tolist()),
        upstream=table(60_000, keys=every.tolist()),
        upstreams=[table(60_000, keys=every.tolist())],
    )
    assert row["value"] == pytest.approx(-0.795, abs=0.05)
    assert 0.02 < row["error"] < 0.2
    healthy = table_row_of(
        "new_keys", table(60_000, keys=(every + 30_000).tolist()), table(60_000, keys=every.tolist())
    )
    assert healthy["value"] == pytest.approx(np.pi / 2, abs=0.1)
    assert healthy["error"] > 0


def test_no_keys_share_nothing() -> None:
    empty, some = (table(0, keys=keys).keys["id"] for keys in ([], [1]))
    assert isinstance(empty, ThetaState)
    assert isinstance(some, ThetaState)
    assert share_in(empty, some) is None
    nothing = share_in(some, empty)
    assert nothing is not None
    assert (nothing.value, nothing.lower, nothing.upper) == (0, 0, 0)


@pytest.mark.parametrize("statistic", ["fan_out", "new_keys", "duplicate_rows"])
def test_key_statistics_without_keys(statistic: str) -> None:
    with_keys, without = table(9, keys=range(9)), table(9)
    assert table_row_of(statistic, without, with_keys)["reason"].endswith("kept in this run")
    assert table_row_of(statistic, with_keys, without)["reason"].endswith("kept in the reference")


def test_a_fan_out_multiplies_rows_and_no_keys() -> None:
    row = table_row_of("fan_out", table(150, keys=range(100)), table(100, keys=range(100)))
    assert row["value"] == pytest.approx(log(1.5))
    assert row["error"] == 0


def test_duplicates_within_the_sketches_bounds_are_none() -> None:
    keys = list(range(60_000))
    row = table_row_of("duplicate_rows", table(60_000, keys=keys), table(61_000, keys=[*keys, *range(60_000, 61_000)]))
    assert row["residual"] == 0
    fewer = table_row_of("duplicate_rows", table(60_000, keys=keys), table(120_000, keys=keys))
    assert fewer["residual"] > 0.5


def test_the_key_both_tables_have_is_compared() -> None:
    theta = table(3, keys=range(3)).keys["id"]
    wide = table(3, keys=range(3))
    both = TableProfile(wide.key, 3, wide.schema, {}, {"a+b": theta, "id": theta}, {})
    row = table_row_of("retention", both, both, upstream=wide, upstreams=[wide])
    assert row["value"] == 0


def test_rows_kept() -> None:
    def kept(rows: int, *past: tuple[int, int], up: int | None = 1000) -> dict[str, Any]:
        upstream = table(up) if up is not None else None
        return judged(
            "rows_kept", table(rows), *(table(n) for n, _ in past), up=(upstream, [table(m) for _, m in past])
        )

    same = [(500, 500), (700, 700), (900, 900)]
    row = kept(850, *same)
    assert row["value"] == pytest.approx(0.15)
    assert row["detail"] == "85.00% of the upstream rows, 100.00% in every earlier run"
    assert kept(1000, *same)["value"] == 0
    assert kept(996, *same)["value"] == 0
    assert kept(2000, *same)["value"] == 1
    assert kept(8, *same, up=10)["value"] == 0
    assert "has 2" in kept(850, *same[:2])["reason"]
    assert kept(850, *same, up=None)["reason"] == "no upstream rows in this run"
    moving = kept(850, *same, (480, 500))
    assert moving["reason"] == "the share of upstream rows is not the same from run to run"


def test_unique_key() -> None:
    usual = [table(100, keys=range(100))] * 3
    row = judged("unique_key", table(100, keys=range(75)), *usual)
    assert row["value"] == pytest.approx(1.0471975511965976)
    assert judged("unique_key", table(100, keys=range(100)), *usual)["value"] == 0
    assert judged("unique_key", table(100, keys=range(96)), *usual)["value"] == 0
    assert "has 2" in judged("unique_key", table(100, keys=range(75)), *usual[:2])["reason"]
    assert judged("unique_key", table(100), *usual)["reason"] == "no keys were kept in this run"
    repeated = judged("unique_key", table(100, keys=range(75)), table(100, keys=range(99)), *usual)
    assert repeated["reason"] == "the key was not unique in every earlier run"
    assert judged("unique_key", table(100, keys=range(75)), table(60), *usual)["reason"] == (
        "no keys were kept in an earlier run"
    )
    # Of many keys there is an estimate: one repeat in twenty is within its bounds, one in four is not.
    many = [table(60_000, keys=range(60_000))] * 3
    assert judged("unique_key", table(60_000, keys=range(57_000)), *many)["value"] == 0
    assert judged("unique_key", table(60_000, keys=range(45_000)), *many)["value"] > 0.6


def test_ends_of_the_upstream_range() -> None:
    def days(first: float, last: float, rows: int = 100) -> TableProfile:
        start = dt.datetime(2026, 3, 1, tzinfo=dt.timezone.utc)
        ends = (start + dt.timedelta(days=first), start + dt.timedelta(days=last))
        return table(rows, event_time_min=ends[0], event_time_max=ends[1])

    def ended(now: TableProfile, above: TableProfile, *past: tuple[TableProfile, TableProfile]) -> dict[str, Any]:
        return table_row_of(
            "upstream_ends", now, *(own for own, _ in past), upstream=above, upstreams=[up for _, up in past]
        )

    month, february = days(0, 30), days(0, 28)
    # The last seven days of each month: what is steady is the distance from the end.
    served = [(days(23, 30), month), (days(21, 28), february), (days(24, 31), days(0, 31))] * 2
    assert ended(days(23, 30), month, *served)["value"] == 0
    cut = ended(days(23, 28), month, *served)
    assert cut["value"] == pytest.approx(2 / 30)
    assert cut["detail"] == "last event time"
    late = ended(days(25, 30), month, *served)
    assert (late["value"], late["detail"]) == (pytest.approx(2 / 30), "first event time")
    # A part of the month that varies by days leaves room for days, and less after more runs.
    trained = [(days(0, 18), month), (days(0, 16), february), (days(0, 18), days(0, 31))]
    assert ended(days(0, 11), month, *trained)["value"] == 0
    assert ended(days(0, 11), month, *trained * 4)["value"] == pytest.approx(0.217, abs=0.02)
    assert "has 2" in ended(days(0, 30), month, *served[:2])["reason"]
    assert ended(table(5), month, *served)["reason"].startswith("no range of event times")
    assert ended(days(0, 1), days(3, 3), *served)["reason"].startswith("no range of event times")


def test_no_rows() -> None:
    assert judged("no_rows", table(0), *[table(5)] * 3)["value"] == 1
    assert judged("no_rows", table(1), *[table(5)] * 3)["value"] == 0
    assert judged("no_rows", table(0), table(5))["reason"] == "needs 3 earlier runs, or 100 rows in each of fewer"
    assert judged("no_rows", table(0), table(100))["value"] == 1
    assert judged("no_rows", table(0), table(0), table(5), table(5))["reason"] == "was empty in an earlier run"


def test_stale() -> None:
    days = [table(1000, event_time_max=day) for day in range(4)]
    assert judged("stale", days[2], *days[:3])["value"] == 1
    assert judged("stale", days[2], *days[:3])["detail"] == "latest event time 2"
    assert judged("stale", days[3], *days[:3])["value"] == 0
    assert judged("stale", table(999, event_time_max=2), *days[:3])["value"] == 0
    assert judged("stale", days[1], *days[:2])["reason"] == "needs 3 earlier runs, has 2"
    assert judged("stale", table(1), *days[:3])["reason"] == "no event time is known in every run"
    slow = judged("stale", days[1], days[0], days[0], days[1])
    assert slow["reason"] == "the latest event time does not move in every run"


def test_schema_rules() -> None:
    before = table(1, fields="a:int b:string c:int d:int")
    after = table(1, fields="a:int d:int e:int b:int")
    found = {rule: judged(f"schema_{rule}", after, before) for rule in ("added", "removed", "retyped", "reordered")}
    assert {rule: (row["value"], row["detail"]) for rule, row in found.items()} == {
        "added": (1, "e"),
        "removed": (1, "c"),
        "retyped": (1, "b string → int"),
        "reordered": (2, "d, b"),
    }
    assert judged("schema_added", before, before)["detail"] is None


def test_a_long_list_of_columns_is_counted() -> None:
    row = judged("schema_added", table(1, fields=" ".join("abcdefghij")), table(1, fields="z"))
    assert row["detail"] == "a, b, c, d, e, f, g, h and 2 more"


def test_counted_keys_are_believed_before_the_sketch() -> None:
    keys = list(range(60_000))
    facts: dict[str, Any] = {"key_null_rows": {"id": 0}, "key_duplicate_rows": {"id": 30}}
    some, none = (
        table(60_000, keys=keys, **facts),
        table(60_000, keys=keys, **facts | {"key_duplicate_rows": {"id": 0}}),
    )
    row = table_row_of("duplicate_rows", some, none)
    assert row["error"] == 0
    assert (row["current_figure"], row["reference_figure"]) == (pytest.approx(30 / 60_000), 0.0)


def test_malformed_rows_where_there_were_none() -> None:
    clean = table(1000, malformed_rows=0)
    row = judged("malformed_share", table(1000, malformed_rows=100), clean, clean, clean)
    assert row["value"] == pytest.approx(0.6435, abs=1e-4)
    assert (row["current_figure"], row["reference_figure"]) == (0.1, 0.0)
    assert judged("malformed_share", clean, clean, clean, clean)["value"] == 0
    gone = table(0, malformed_rows=7)
    assert judged("malformed_share", gone, clean, clean, clean)["value"] == pytest.approx(np.pi)


@pytest.mark.parametrize(
    ("now", "past", "reason"),
    [
        (table(9, malformed_rows=1), [table(9, malformed_rows=0)] * 2, "needs 3 earlier runs, has 2"),
        (table(9), [table(9, malformed_rows=0)] * 3, "malformed rows were not counted in this run"),
        (table(9, malformed_rows=1), [table(9)] * 3, "malformed rows were not counted in an earlier run"),
        (table(9, malformed_rows=1), [table(9, malformed_rows=1)] * 3, "an earlier run had malformed rows"),
    ],
)
def test_malformed_rows_without_a_rule(now: TableProfile, past: list[TableProfile], reason: str) -> None:
    assert judged("malformed_share", now, *past)["reason"] == reason


def test_rules_are_judged_by_a_pinned_run_where_there_is_nothing_else_but_never_by_another_stage() -> None:
    gone = table_row_of("no_rows", table(0), table(500), name="run:a")
    assert (gone["value"], gone["reference"]) == (1, "run:a")
    assert table_row_of("no_rows", table(0), table(500), name="stage:training")["reason"] == "no earlier run"
