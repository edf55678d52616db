"""A column beside the one that it is taken from: seasons move both, faults in between one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pytest

from stageprint.model import ColumnKey, ColumnKind, ColumnProfile
from stageprint.shifts import ColumnHistory, measure
from tests.unit.shifts.columns import BOOLEAN, FLOAT, INTEGER, KEY, STRING, column

ABOVE = ColumnKey("source", "trips", "fare")
Both = tuple[ColumnProfile, ColumnProfile]


def beside(now: Both, past: Sequence[Both], name: str = "long") -> dict[str, dict[str, Any]]:
    """Return the relations of a column (first of each pair) and its upstream column."""
    history = ColumnHistory(
        KEY, now[0], {name: [own for own, _ in past]}, ABOVE, now[1], {name: [up for _, up in past]}
    )
    rows = measure([history]).to_pylist()
    return {row["statistic"]: row for row in rows if row["statistic"].startswith("upstream_")}


def both(child: Iterable[Any], parent: Iterable[Any], kind: ColumnKind = FLOAT) -> Both:
    return column(child, kind), column(parent, kind)


def month(number: int, rows: int = 2000, *, step: float = 0.5) -> np.ndarray:
    """Return a month's temperatures, each by 12 degrees from the month before, in the order they were measured."""
    rng = np.random.default_rng(number)
    return np.round((12 * number + rng.normal(0, 5, rows)) / step) * step


def halves(*numbers: int) -> list[Both]:
    """Return months of which the first half of the rows is kept."""
    return [both(month(number)[:1000], month(number)) for number in numbers]


def test_a_season_breaks_nothing() -> None:
    rows = beside(halves(7)[0], halves(1, 2, 3, 4))
    assert rows["upstream_surplus"]["value"] == 0
    assert rows["upstream_foreign"]["value"] == 0
    assert rows["upstream_null"]["value"] == 0
    assert rows["upstream_ks"]["value"] < 0.05
    assert rows["upstream_atom"]["value"] < 0.02
    assert rows["upstream_clip"]["value"] == 0


@pytest.mark.parametrize(
    ("fault", "broken"),
    [
        (lambda x: np.minimum(x, np.quantile(x, 0.8)), {"upstream_surplus", "upstream_clip"}),
        (lambda x: np.where(np.arange(len(x)) % 4 == 0, np.median(x), x), {"upstream_surplus"}),
        (lambda x: x * 1.609344, {"upstream_surplus", "upstream_foreign"}),
        (lambda x: x + 5.17, {"upstream_surplus", "upstream_foreign"}),
        (lambda x: [None if i % 5 == 0 else value for i, value in enumerate(x)], {"upstream_surplus", "upstream_null"}),
    ],
)
def test_what_a_fault_in_between_breaks(fault: Any, broken: set[str]) -> None:
    x = month(7)
    rows = beside(both(fault(x[:1000]), x), halves(1, 2, 3))
    for name in broken:
        assert rows[name]["value"] > 0.02, name
        assert "source.trips.fare" in rows[name]["detail"]
    for name in {"upstream_surplus", "upstream_foreign"} - broken:
        assert rows[name]["value"] == 0, name


def test_sketches_leave_room() -> None:
    # More values than are counted one by one: a part of the rows is no surplus, a part that was moved is.
    past = [both(x[:12_000], x) for x in (month(n, 20_000, step=1e-6) for n in (1, 2, 3))]
    x = month(4, 20_000, step=1e-6)
    healthy = beside(both(x[:12_000], x), past)
    assert (healthy["upstream_surplus"]["value"], healthy["upstream_foreign"]["value"]) == (0, 0)
    moved = beside(both(x[:12_000] + 5, x), past)
    assert 0.1 < moved["upstream_surplus"]["value"] < 0.4
    stuck = beside(both(np.where(np.arange(12_000) % 5 == 0, 0.0, x[:12_000]), x), past)
    assert stuck["upstream_foreign"]["value"] == pytest.approx(0.2, abs=0.03)


def test_rules_need_a_past_in_which_they_held() -> None:
    x = month(7)
    assert "has 2" in beside(both(x, x), halves(1, 2))["upstream_surplus"]["reason"]
    looked_up = [both(np.repeat(month(n)[:10], 100), month(n)) for n in (1, 2, 3)]
    rows = beside(both(x, x), looked_up)
    assert rows["upstream_surplus"]["reason"] == "did not hold in every earlier run"
    assert rows["upstream_foreign"]["value"] == 0  # what is looked up has no values of its own
    assert beside(both(x, []), halves(1, 2, 3))["upstream_ks"]["reason"].startswith("no rows to compare")
    assert beside(both(x, x), [])["upstream_ks"]["reason"] == "no earlier run with the upstream column"


def test_rows_that_came_twice_are_the_tables_affair() -> None:
    x = month(7)
    copies = [both(month(n), month(n)) for n in (1, 2, 3)]
    assert beside(both(np.repeat(x, 2), x), copies)["upstream_surplus"]["value"] == 0


def orders(rows: int, seed: int) -> Both:
    """Return an attribute of 3,600 customers, looked up for each of their orders."""
    customers = np.array(["private"] * 2700 + ["business"] * 900)
    return both(customers[np.random.default_rng(seed).integers(0, 3600, rows)], customers, STRING)


def test_orders_are_no_selection_of_customers_on_the_day_with_the_fewest_of_them() -> None:
    weekdays = [orders(rows, rows) for rows in (4800, 5000, 5200, 6000, 7000)]
    rows = beside(orders(3590, 23), weekdays)
    assert rows["upstream_surplus"]["reason"] == "5 of 5 earlier runs have more rows than upstream"
    assert rows["upstream_foreign"]["value"] == 0


def test_a_run_whose_rows_came_twice_does_not_end_the_rule() -> None:
    twice = both(np.repeat(month(10), 2), month(10))
    past = [twice, *halves(*range(1, 10))]
    x = month(11)
    rows = beside(both(np.where(np.arange(1000) % 4 == 0, np.median(x), x[:1000]), x), past)
    assert rows["upstream_surplus"]["value"] > 0.1


def test_labels() -> None:
    def labels(*counts: int) -> list[str]:
        return [label for label, count in zip("abcdef", counts, strict=False) for _ in range(count)]

    past = [both(labels(200, 100, 60, 40), labels(400, 200, 120, 80), STRING)] * 3
    held = beside(both(labels(100, 200, 60, 0), labels(200, 400, 120, 2), STRING), past)
    # A label that is out of season is so upstream too.
    assert [held[name]["value"] for name in ("upstream_surplus", "upstream_foreign", "upstream_lost")] == [0, 0, 0]
    merged = beside(both(labels(260, 100, 0, 40), labels(400, 200, 120, 80), STRING), past)
    assert merged["upstream_lost"]["value"] == pytest.approx(0.15)
    assert merged["upstream_lost"]["detail"].startswith("'c' lost")
    new = beside(both(labels(150, 100, 60, 40, 50), labels(400, 200, 120, 80), STRING), past)
    assert new["upstream_foreign"]["value"] == pytest.approx(0.125)
    assert new["upstream_share"]["value"] == pytest.approx(0.7227, abs=1e-3)
    assert "'e' not upstream" in new["upstream_foreign"]["detail"]
    few = [both(labels(200, 100, 60, 10), labels(400, 200, 120, 80), STRING)] * 3
    gone = beside(both(labels(200, 100, 60), labels(400, 200, 120, 80), STRING), few)
    assert gone["upstream_lost"]["value"] == 0
    assert "has 1" in beside(both(["a"], ["a"], STRING), past[:1])["upstream_lost"]["reason"]


def test_booleans() -> None:
    past = [both([True, False] * 50, [True, False] * 100, BOOLEAN)] * 3
    all_true = beside(both([True] * 100, [True] * 60 + [False] * 140, BOOLEAN), past)
    assert all_true["upstream_surplus"]["value"] == pytest.approx(0.4)
    assert all_true["upstream_surplus"]["detail"] == "true, beside source.trips.fare of the same run"
    all_false = beside(both([False] * 100, [True] * 160 + [False] * 40, BOOLEAN), past)
    assert all_false["upstream_surplus"]["value"] == pytest.approx(0.6)
    assert all_true["upstream_share"]["value"] > 1


def test_a_look_up_is_compared_with_how_it_weighs() -> None:
    def weighed(number: int) -> Both:
        x = np.sort(month(number))
        return both(np.concatenate([x, x[1000:], x[1000:]]), x)  # the warmer half three times as often

    rows = beside(weighed(6), [weighed(number) for number in (1, 2, 3, 4)])
    assert rows["upstream_ks"]["value"] < 0.03
    x = np.sort(month(6))
    lost = beside(both(x, x), [weighed(number) for number in (1, 2, 3, 4)])
    assert lost["upstream_ks"]["value"] == pytest.approx(0.25, abs=0.02)


def test_columns_that_cannot_be_compared() -> None:
    rows = beside((column(["a"] * 9, STRING), column([1] * 9, INTEGER)), halves(1, 2, 3))
    assert rows["upstream_lost"]["reason"].startswith("no rows to compare")
    empty = beside(both([None] * 40, [None] * 40), [both([None] * 40, [None] * 40)] * 3)
    for name in ("upstream_ks", "upstream_atom", "upstream_clip"):
        assert empty[name]["reason"].startswith("no values in this run"), name
    assert (empty["upstream_surplus"]["value"], empty["upstream_foreign"]["value"]) == (0, 0)
