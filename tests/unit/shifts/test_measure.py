"""How measurements are laid out."""

from __future__ import annotations

import pyarrow as pa

from stageprint.model import ColumnKey
from stageprint.shifts import MEASUREMENTS, NEVER_A_ROW, ColumnHistory, measure, measure_tables
from tests.unit.shifts.columns import FLOAT, INTEGER, KEY, STRING, column, rows_of


def test_nothing_to_measure() -> None:
    assert measure([]).equals(MEASUREMENTS.empty_table())
    assert measure_tables([]).equals(MEASUREMENTS.empty_table())


def test_columns_of_all_kinds_at_once_are_as_each_alone() -> None:
    columns = [
        ColumnHistory(ColumnKey("raw", "t", name), column(now, kind), {"prev": [column(then, kind)], "seasonal": []})
        for name, kind, now, then in (
            ("a", INTEGER, [1, 2, 3], [2, 3, 4]),
            ("b", STRING, ["x", "y"], ["x", "x"]),
            ("c", INTEGER, [5, None], [5, 5]),
            ("d", FLOAT, [0.5], [0.25]),
        )
    ]
    together = measure(columns)
    apart = pa.concat_tables([measure([one]) for one in columns])
    order = [("column_name", "ascending"), ("statistic", "ascending"), ("reference", "ascending")]
    assert together.sort_by(order).equals(apart.sort_by(order))


def test_references_of_the_same_runs_are_the_same() -> None:
    run = column([1, 2, 3], INTEGER)
    rows = rows_of(column([2, 3, 4], INTEGER), {"prev": [run], "window": [run], "long": [run]})
    assert rows["ks", "prev"]["value"] == rows["ks", "window"]["value"] == rows["ks", "long"]["value"]


def test_a_reference_of_several_runs_is_their_equal_weight_mean() -> None:
    small, huge = column([1] * 2, INTEGER), column([2] * 2000, INTEGER)
    rows = rows_of(column([1, 2] * 50, INTEGER), {"window": [small, huge]})
    assert rows["ks", "window"]["value"] == 0
    assert rows["ks", "window"]["n_reference"] == 2002


def test_runs_without_rows_are_no_reference() -> None:
    empty, full = column([], INTEGER), column([1], INTEGER)
    assert rows_of(full, {"prev": [empty]})["ks", "prev"]["reason"] == "no run for this reference"
    assert rows_of(full, {"window": [empty, full]})["ks", "window"]["value"] == 0


def test_an_empty_run_says_so() -> None:
    rows = rows_of(column([], INTEGER), {"prev": [column([1], INTEGER)]})
    assert rows["ks", "prev"]["reason"] == "no rows in this run"


def test_rules_say_that_there_never_was_a_row_only_where_this_run_has_none_either() -> None:
    empty, full = column([], INTEGER), column([1], INTEGER)
    reasons = [
        rows_of(now, {"long": past})["constant", "long"]["reason"]
        for now, past in ((empty, [empty] * 3), (full, [empty] * 3), (empty, [full, empty, empty]), (empty, []))
    ]
    assert reasons == [NEVER_A_ROW, "no earlier run", "no rows in this run", "no earlier run"]


def test_a_run_of_nulls_has_shares_and_no_distribution() -> None:
    rows = rows_of(
        column([None] * 3, INTEGER), {"prev": [column([1, 2, 3], INTEGER)], "window": [column([None], INTEGER)]}
    )
    assert rows["null_share", "prev"]["value"] > 3
    assert rows["ks", "prev"]["reason"] == "no values in this run"
    assert rows["ks", "window"]["reason"] == "no values in this run"


def test_keys_are_written_out() -> None:
    row = rows_of(column([1], INTEGER), {"prev": [column([1], INTEGER)]})["ks", "prev"]
    assert (row["stage"], row["table_name"], row["column_name"], row["kind"]) == (
        KEY.stage,
        KEY.table,
        KEY.column,
        "integer",
    )
