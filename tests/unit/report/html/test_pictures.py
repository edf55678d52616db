"""What the pictures of the report show, from rows whose pictures can be told by hand."""

from __future__ import annotations

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
from stageprint.report.html.pictures.tables import nulls_of_columns, rows_kept
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
    assert "dashed: r4 with the clock turned back by +5 h" in picture.says
    assert needed(hours_of_day(seen({"hour_of_day": now}, {"hour_of_day": before}))).data["turned"] is None
    assert hours_of_day(seen({"hour_of_day": [0] * 24})) is None


def items(**counts: int) -> list[dict[str, Any]]:
    return [{"item": name, "count": count} for name, count in counts.items()]


def test_labels_that_are_new_or_lost_are_marked() -> None:
    now = {"data_type": "string", "top_items": items(a=60, c=40)}
    picture = needed(labels(seen(now, {"top_items": items(a=70, b=30)})))
    assert dict(zip(picture.data["names"], picture.data["notes"], strict=True)) == {"a": "", "b": "lost", "c": "new"}
    assert picture.says == "Labels of raw.a.x in r4: new: c (40.0 %); lost: b (30.0 %)."


def test_a_label_beyond_those_that_are_stored_is_not_called_lost() -> None:
    now = {"data_type": "string", "top_items": items(a=60, c=10)}
    picture = needed(labels(seen(now, {"top_items": items(a=70, b=30)})))
    assert set(picture.data["notes"]) == {""}
    assert picture.data["now"][picture.data["names"].index("b")] is None


def test_times_and_numbers_of_many_values_have_no_labels() -> None:
    for now in ({"data_type": "timestamp"}, {"data_type": "double", "distinct_count": 900}, {"data_type": "double"}):
        assert labels(seen(now | {"top_items": items(a=1)})) is None
    assert labels(seen({"data_type": "int", "distinct_count": 3, "top_items": items(a=1)})) is not None
    assert labels(seen({"data_type": "string", "top_items": None})) is None


def test_rows_kept_of_the_table_upstream() -> None:
    picture = needed(rows_kept("joined.b", "raw.a", RUNS, [10, 20, 30, 15], [10, 20, 30, 30], "r4"))
    assert picture.data["values"] == [1.0, 1.0, 1.0, 0.5]
    says = "Rows of joined.b for each row of raw.a: 1 in the 3 runs before, 0.5 in r4 (15 of 30 rows)."
    assert picture.says == says
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
