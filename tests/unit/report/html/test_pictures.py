"""What the pictures of the report show, from rows whose pictures can be told by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from stageprint.config.pipeline import PipelineConfig
from stageprint.diagnosis.base import all_causes
from stageprint.report.html.data import load_report
from stageprint.report.html.pictures.base import ColumnSeen, Picture
from stageprint.report.html.pictures.choose import MAX_OF_FINDING, PICTURES, Album
from stageprint.report.html.pictures.distribution import distribution
from stageprint.report.html.pictures.history import level_through_runs, nulls_through_runs, rows_through_runs
from stageprint.report.html.pictures.hours import hours_of_day
from stageprint.report.html.pictures.labels import labels
from stageprint.report.html.pictures.spans import time_of_runs, time_of_two
from stageprint.report.html.pictures.tables import nulls_of_columns, rows_kept
from stageprint.report.html.pictures.told import told
from tests.support.report import Store

RUNS = ("r1", "r2", "r3", "r4")


def seen(
    now: dict[str, Any], before: dict[str, Any] | None = None, since: str | None = None, **rows: Any
) -> ColumnSeen:
    """Return a column; `rows` has a figure of each run."""
    each = tuple({name: values[at] for name, values in rows.items()} for at in range(len(RUNS)))
    figures = {"data_type": "double", "row_count": 100, "null_count": 0} | now
    then = None if before is None else {"row_count": 100, "null_count": 0} | before
    return ColumnSeen("raw.a.x", RUNS, each, figures, then, "r3", since)


def needed(picture: Picture | None) -> Picture:
    assert picture is not None
    return picture


def test_every_cause_has_its_pictures() -> None:
    assert set(PICTURES) == set(all_causes())


def test_a_figure_through_runs_has_the_range_before_it_changed() -> None:
    column = seen({}, since="r3", null_share=[0.0, 0.01, 0.2, 0.25])
    picture = needed(nulls_through_runs(column))
    assert picture.data["usual"] == (0.0, 0.01)
    assert picture.data["since"] == "r3"
    says = "Share of nulls of raw.a.x: 0 % to 1.0 % in the 2 runs before, 25.0 % in r4, changed in r3 (20.0 %)."
    assert picture.says == says


def test_what_is_not_known_is_neither_zero_nor_drawn() -> None:
    picture = needed(level_through_runs(seen({"median": None, "mean": 4.0}, mean=[1.0, None, 2.0, None])))
    assert picture.data["values"] == [1.0, None, 2.0, None]
    assert picture.says == "Mean of raw.a.x: 1 to 2 in the 2 runs before, not known in r4."
    assert nulls_through_runs(seen({}, null_share=[None, None, None, 0.5])) is None
    assert level_through_runs(seen({"median": None})) is None
    infinite = needed(level_through_runs(seen({"median": 1.0}, median=[float("inf"), 1.0, 1.0, 1.0])))
    assert infinite.data["values"][0] is None


def test_rows_of_a_table_need_two_runs() -> None:
    picture = needed(rows_through_runs("raw.a", RUNS, [10, 20, 30, 3], "r4"))
    assert picture.says == "Rows of raw.a: 10 to 30 in the 3 runs before, 3 in r4."
    assert rows_through_runs("raw.a", RUNS, [None, None, None, 3], "r4") is None


def test_bins_hold_the_shares_of_both_runs_and_the_error_of_their_sketches() -> None:
    uniform = [float(rank) for rank in range(101)]
    now = {"quantile_grid_101": [value + 50 for value in uniform], "rank_error": 0.01}
    picture = needed(distribution(seen(now, {"quantile_grid_101": uniform, "rank_error": 0.0})))
    edges, shares, before = picture.data["edges"], picture.data["now"], picture.data["before"]
    assert (edges[0], edges[-1]) == (1.0, 149.0)
    assert sum(shares) == pytest.approx(1, abs=1e-3)
    assert sum(before) == pytest.approx(1, abs=1e-3)
    width = (149 - 1) / 36
    assert [share for edge, share in zip(edges, shares, strict=False) if edge + width < 50] == [0.0] * 11
    assert shares[20] == pytest.approx(width / 100, abs=1e-4)
    assert picture.data["error"] == 0.02
    assert picture.says.endswith("median 100 in r4, 50 in r3; each share is within ± 2.0 % (the sketches' error).")


def test_many_equal_values_are_in_one_bin() -> None:
    grid = [0.0] * 60 + [float(rank) for rank in range(41)]
    shares = needed(distribution(seen({"quantile_grid_101": grid}))).data["now"]
    assert shares[0] > 0.6
    assert sum(shares) == pytest.approx(1, abs=1e-3)
    assert distribution(seen({"quantile_grid_101": [5.0] * 101})) is None
    assert distribution(seen({"quantile_grid_101": None})) is None
    assert distribution(seen({"quantile_grid_101": [float("-inf"), *map(float, range(100))]})) is None


def test_hours_are_turned_back_by_what_the_clock_moved() -> None:
    before = [0] * 24
    before[8], before[9] = 30, 70
    now = before[-5:] + before[:-5]  # five hours later
    picture = needed(hours_of_day(seen({"hour_of_day": now}, {"hour_of_day": before}), 5.0))
    assert picture.data["turned"] == picture.data["before"]
    assert (picture.data["now"][13], picture.data["now"][14]) == (0.3, 0.7)
    assert "dashed: r4 with the clock turned back by 5 h" in picture.says
    assert needed(hours_of_day(seen({"hour_of_day": now}, {"hour_of_day": before}))).data["turned"] is None
    assert hours_of_day(seen({"hour_of_day": [0] * 24})) is None


def items(**counts: int) -> list[dict[str, Any]]:
    return [{"item": name, "count": count} for name, count in counts.items()]


def test_labels_that_are_new_or_lost_are_marked() -> None:
    now = {"data_type": "string", "top_items": items(a=60, c=40)}
    picture = needed(labels(seen(now, {"top_items": items(a=70, b=30)})))
    assert dict(zip(picture.data["names"], picture.data["notes"], strict=True)) == {"a": "", "b": "lost", "c": "new"}
    assert picture.says == "Labels of raw.a.x in r4: new: c (40.0 %); lost: b (30.0 %)."
    one = {"data_type": "string", "top_items": items(a=100)}
    assert needed(labels(seen(one, one))).says == "Labels of raw.a.x in r4: a alone."


def test_a_label_beyond_those_that_are_stored_is_not_called_lost() -> None:
    now = {"data_type": "string", "top_items": items(a=60, c=10)}
    picture = needed(labels(seen(now, {"top_items": items(a=70, b=30)})))
    assert set(picture.data["notes"]) == {""}
    assert picture.data["now"][picture.data["names"].index("b")] is None


def test_labels_of_equal_shares_stand_in_the_order_of_their_names() -> None:
    words = {"data_type": "string", "distinct_count": 6, "top_items": items(f=10, c=10, a=10, e=10, b=50, d=10)}
    assert needed(labels(seen(words))).data["names"] == ["b", "a", "c", "d", "e", "f"]


def test_times_and_numbers_of_many_values_have_no_labels() -> None:
    for now in ({"data_type": "timestamp"}, {"data_type": "double", "distinct_count": 900}, {"data_type": "double"}):
        assert labels(seen(now | {"top_items": items(a=1)})) is None
    assert labels(seen({"data_type": "int", "distinct_count": 3, "top_items": items(a=1)})) is not None
    assert labels(seen({"data_type": "string", "top_items": None})) is None


def test_rows_kept_of_the_table_upstream() -> None:
    picture = needed(rows_kept("joined.b", "raw.a", RUNS, [10, 20, 30, 15], [10, 20, 30, 30], "r4"))
    assert picture.data["values"] == [1.0, 1.0, 1.0, 0.5]
    counts = "100 % in the 3 runs before, 50.0 % in r4 (15 rows, 30 upstream)"
    assert picture.says == f"Rows of joined.b as a share of the rows of raw.a: {counts}."
    unknown = needed(rows_kept("joined.b", "raw.a", RUNS, [10, 20, 30, None], [10, 20, 30, 30], "r4"))
    assert unknown.says.endswith("not known.")


def test_nulls_of_the_columns_that_a_finding_names_come_first() -> None:
    before = {name: {"null_share": 0.1} for name in ("same", "more", "named")}
    now = {"same": {"null_share": 0.1}, "more": {"null_share": 0.5}, "named": {"null_share": 0.2}, "new": {}}
    picture = needed(nulls_of_columns("raw.a", now, before, ["named"], "r4", "r3"))
    assert picture.data["names"] == ["named", "more"]
    assert picture.says == "Share of nulls of 2 columns of raw.a changed; more: 10.0 % in r3, 50.0 % in r4."
    assert nulls_of_columns("raw.a", before, before, [], "r4", "r3") is None


def test_a_finding_has_pictures_of_its_column_and_a_slice_has_none(store: Store, config: PipelineConfig) -> None:
    data = load_report(config, store, "2013-05", version="1.0")
    album, finding = Album(data), dict(data.findings[0])
    pictures = album.of_finding(finding)
    assert [one.drawing for one in pictures] == ["bins", "runs"]
    assert len(pictures) <= MAX_OF_FINDING
    assert pictures[0].data["before_run"] == "2013-04"
    assert album.of_finding(finding | {"slice_key": "carrier"}) == ()
    assert album.of_finding(finding | {"column": "gone"}) == ()
    assert [one.drawing for one in album.of_finding(finding | {"cause": "of_a_plug_in"})] == ["bins", "runs"]
    assert [one.drawing for one in album.of_column("raw", "orders", "shop")][-1] == "bars"


def test_what_is_judged_beside_another_column_is_drawn_beside_it(store: Store, config: PipelineConfig) -> None:
    data = load_report(config, store, "2013-05", version="1.0")
    album, finding = Album(data), dict(data.findings[0])
    place = f"{finding['stage']}.{finding['table']}.{finding['column']}"
    beside = finding | {"evidence": finding["evidence"] | {"compared_with": place}}
    (picture,) = album.of_finding(beside)
    assert picture.drawing == "bins"
    assert picture.data["before_run"] == place
    assert picture.data["before"] == picture.data["now"]
    gone = finding | {"evidence": finding["evidence"] | {"compared_with": "raw.orders.gone"}}
    assert next(one.data.get("before_run") for one in album.of_finding(gone)) == "2013-04"


def test_a_renamed_column_is_drawn_beside_its_old_name(store: Store, config: PipelineConfig) -> None:
    data = load_report(config, store, "2013-05", version="1.0")
    finding = dict(data.findings[0])
    evidence = {"renamed": {finding["column"]: finding["column"]}, "reference_run": "2013-04"}
    (picture,) = Album(data).of_finding(finding | {"cause": "column_renamed", "evidence": evidence})
    assert picture.data["before_run"] == f"{finding['column']}, 2013-04"


def test_a_shift_of_the_population_shows_the_first_column_that_moved(store: Store, config: PipelineConfig) -> None:
    data = load_report(config, store, "2013-05", version="1.0")
    finding = dict(data.findings[0])
    place = f"{finding['stage']}.{finding['table']}"
    told_of = {
        "cause": "population_shift",
        "column": None,
        "explains": [f"{place}.gone", f"{place}.{finding['column']}"],
    }
    pictures = Album(data).of_finding(finding | told_of)
    assert pictures[0].title == f"Values of {place}.{finding['column']}"


def test_a_clock_that_went_back_is_turned_forward() -> None:
    shares = [100 if hour == 12 else 0 for hour in range(24)]
    column = seen({"hour_of_day": shares, "data_type": "timestamp"}, {"hour_of_day": [*shares[4:], *shares[:4]]})
    picture = needed(hours_of_day(column, -4.0))
    assert picture.says.endswith("dashed: r4 with the clock turned forward by 4 h.")
    assert picture.data["turned_by"] == "forward by 4 h"
    assert picture.data["turned"][16] == 1.0


def test_a_history_tells_nothing_while_it_stays_in_its_range() -> None:
    assert not needed(rows_through_runs("raw.a", RUNS, [10, 30, 20, 15], "r4")).tells
    assert needed(rows_through_runs("raw.a", RUNS, [10, 30, 20, 31], "r4")).tells
    assert needed(rows_through_runs("raw.a", RUNS, [10, 30, 20, 31], None)).tells


def test_labels_beside_another_column_are_neither_new_nor_lost() -> None:
    here = {"data_type": "string", "top_items": [{"item": "a", "count": 60}, {"item": "b", "count": 40}]}
    there = {"top_items": [{"item": "a", "count": 50}, {"item": "c", "count": 50}]}
    picture = needed(labels(replace(seen(here, there), beside=True, before_run="serving.log.x")))
    assert picture.data["notes"] == ["", "absent", "only here"]
    assert picture.data["texts"] == ["", "absent (serving.log.x: 50.0 %)", "only here 40.0 %"]
    assert needed(labels(seen(here, there))).data["texts"] == ["", "lost (before 50.0 %)", "new 40.0 %"]


def at(first: str, last: str) -> dict[str, Any]:
    return {"event_time_min": dt.datetime.fromisoformat(first), "event_time_max": dt.datetime.fromisoformat(last)}


def test_the_time_that_a_table_spans_by_run() -> None:
    rows = {("raw.a", "r3"): at("2026-03-01", "2026-03-31"), ("raw.a", "r4"): at("2026-03-01", "2026-03-31")}
    picture = needed(time_of_runs("raw.a", RUNS, rows))
    assert picture.data["names"] == ["r3", "r4"]
    assert picture.data["kinds"] == ["before", "now"]
    assert picture.data["from"] == [1772323200000000] * 2
    assert "r4: 2026-03-01 00:00 to 2026-03-31 00:00" in picture.says
    assert time_of_runs("raw.a", RUNS, {("raw.a", "r3"): at("2026-03-01", "2026-03-31")}) is None
    assert time_of_runs("raw.a", RUNS, {("raw.a", run): {} for run in RUNS}) is None


def test_the_time_that_two_tables_span_now_and_before() -> None:
    rows = {
        ("t.train", "r3"): at("2026-02-01", "2026-02-20"),
        ("t.train", "r4"): at("2026-03-01T00:00+00:00", "2026-03-31T00:00+00:00"),
        ("e.test", "r4"): at("2026-03-20", "2026-03-31"),
    }
    picture = needed(time_of_two("t.train", "e.test", "r4", "r3", rows))
    assert picture.data["names"] == ["r3 train", "r4 train", "r4 test"]
    assert picture.data["kinds"] == ["before", "now", "beside"]
    assert time_of_two("t.train", "e.test", "r3", None, rows) is None


def test_a_pair_of_figures_that_only_the_finding_has() -> None:
    figures = {"rows_per_key": 1.107, "rows_per_key_before": 1.009}
    picture = needed(told("duplicated_keys", "raw.a", figures, "r4", "r3"))
    assert (picture.data["now"], picture.data["before"]) == ([1.107, None], [None, 1.009])
    assert picture.says == "Rows for each key of raw.a: 1.009 in r3, 1.107 in r4."
    rounded = {"step": 0.5, "whole_share": 1.0, "whole_share_before": 0.1}
    says = "Multiples of 0.5 in raw.a.x: 10.0 % in r3, 100 % in r4."
    assert needed(told("precision_loss", "raw.a.x", rounded, "r4", "r3")).says == says
    assert told("duplicated_keys", "raw.a", {"rows_per_key": 1.1, "rows_per_key_before": None}, "r4", "r3") is None
    assert told("duplicated_keys", "raw.a", figures, "r4", None) is None
    assert told("offset", "raw.a.x", figures, "r4", "r3") is None
