from __future__ import annotations

import pytest

from stageprint.config.pipeline import PipelineConfig
from tests.support.report import Store, view_of


def test_columns_show_what_is_typical_of_them(store: Store, config: PipelineConfig) -> None:
    orders = view_of(store, config).tables[0]
    shop, price, seen, returned = orders.columns
    assert (shop.name, shop.centre[0], returned.centre[0]) == ("shop", "Bonn (50.0 %)", "true 25.0 %")
    assert shop.centre[1] is not None
    assert price.centre[0] == "median 1250"
    assert price.centre[1] is not None
    assert [point.label for point in price.centre[1].marked] == ["2013-05: 1250"]
    assert price.explanation == "KS 0.99 against prev"
    assert price.nulls[0] == "1.2 %"
    assert (seen.nulls, seen.distinct, seen.low) == (("–", None), ("–", None), ("–", ""))
    assert price.low == ("0.5", "0.5")
    assert seen.centre[0] == "median 2013-05-16 00:00"


def test_a_column_of_which_nothing_is_typical(store: Store, config: PipelineConfig) -> None:
    store.extra_column = {"column": "blob", "column_kind": "other", "top_items": []}
    assert view_of(store, config).tables[0].columns[-1].centre == ("–", None)


@pytest.mark.parametrize(
    ("statistic", "marked"),
    [
        ("null_share", [True, False, False]),
        ("distinct", [False, True, False]),
        ("unseen_share", [False, True, False]),
        ("ks", [False, False, True]),
        (None, [False, False, True]),
    ],
)
def test_the_mark_is_on_the_drawing_that_moved(
    statistic: str | None, marked: list[bool], store: Store, config: PipelineConfig
) -> None:
    rows = store.column_rows(["2013-04", "2013-05"])
    for row in rows:
        row["statistic"] = statistic
    store.column_rows = lambda runs, only=None: [  # type: ignore[method-assign]  # noqa: ARG005
        row for row in rows if row["run_id"] in runs
    ]
    price = view_of(store, config).tables[0].columns[1]
    lines = [line for _, line in (price.nulls, price.distinct, price.centre)]
    assert [line is not None and bool(line.marked) for line in lines] == marked


def test_a_column_that_advances_says_so(store: Store, config: PipelineConfig) -> None:
    rows = store.column_rows(["2013-04", "2013-05"])
    for row in rows:
        row["advances"] = "may advance with time or run (month of the run's date)" if row["column"] == "price" else None
    store.column_rows = lambda runs, only=None: [  # type: ignore[method-assign]  # noqa: ARG005
        row for row in rows if row["run_id"] in runs
    ]
    shop, price, *_ = view_of(store, config).tables[0].columns
    assert (shop.advances, price.advances) == ("", "may advance with time or run (month of the run's date)")
