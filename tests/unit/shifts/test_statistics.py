"""What each column statistic is for, and what must not move it."""

from __future__ import annotations

import datetime as dt
from math import log, pi

import numpy as np
import pyarrow as pa
import pytest

from stageprint.config.sketches import SketchSettings
from stageprint.model import ColumnKind, ColumnProfile
from stageprint.shifts.distributions._atom import show
from tests.support.columns import profile_of
from tests.unit.shifts.columns import BOOLEAN, DATE, FLOAT, INTEGER, STRING, TIMESTAMP, column, row_of, rows_of

HOUR = 3_600_000_000


def normal(rows: int, seed: int, shift: float = 0.0, scale: float = 1.0) -> np.ndarray:
    return np.asarray(np.random.default_rng(seed).normal(shift, scale, rows))


def floats(values: np.ndarray) -> ColumnProfile:
    return profile_of(pa.array(values), FLOAT)


def texts(values: list[str], max_items: int = 768) -> ColumnProfile:
    return profile_of(pa.array(values), STRING, SketchSettings(max_items=max_items))


def test_ks_of_sketches_stays_within_its_dead_zone() -> None:
    row = row_of("ks", floats(normal(40_000, 1)), floats(normal(40_000, 2)))
    assert 0.004 < row["error"] < 0.02
    assert row["residual"] < 0.02
    assert row["variance_floor"] == pytest.approx((row["error"] / 2) ** 2 + 1 / 40_000)


def test_ks_of_few_values_is_exact() -> None:
    assert row_of("ks", column([1, 2] * 5000, INTEGER), column([1, 1, 2, 2, 3] * 2000, INTEGER))["error"] == 0


def test_a_shift_of_half_a_width_is_half() -> None:
    now, then = floats(normal(40_000, 1, shift=0.5)), floats(normal(40_000, 2))
    for statistic in ("mean", "median", "wasserstein"):
        assert row_of(statistic, now, then)["value"] == pytest.approx(0.5, abs=0.04)
    assert row_of("spread", now, then)["value"] == pytest.approx(0, abs=0.02)


def test_a_thousandfold_error_on_few_rows_moves_the_mean_alone() -> None:
    values = normal(40_000, 1, shift=50)
    broken = np.where(np.arange(40_000) % 100 == 0, values * 1000, values)
    now, then = floats(broken), floats(values)
    assert row_of("mean", now, then)["value"] > 100
    assert row_of("median", now, then)["residual"] < 0.03


def test_a_spike_does_not_make_the_width() -> None:
    # 80 % zeros: the middle half has no width, the rest of the column has.
    values = [0.0] * 80 + [float(number) for number in range(20)]
    moved = [0.0] * 80 + [float(number + 1) for number in range(20)]
    assert row_of("mean", column(moved, FLOAT), column(values, FLOAT))["value"] < 0.1


def test_a_constant_column_is_measured_in_units() -> None:
    row = row_of("mean", column([5, 5], INTEGER), column([3, 3], INTEGER), name="stage:raw")
    assert row["value"] == 2


@pytest.mark.parametrize(
    ("now", "then", "reason"),
    [
        ([1, 1], [1, 2], "all values are equal in this run"),
        ([1, 2], [1, 1], "all values are equal in the reference"),
    ],
)
def test_a_spread_of_nothing_has_no_logarithm(now: list[int], then: list[int], reason: str) -> None:
    assert row_of("spread", column(now, INTEGER), column(then, INTEGER))["reason"] == reason


def test_spread_is_uncertain_where_tails_are_heavy() -> None:
    tails = floats(np.random.default_rng(1).standard_t(2.2, 20_000))
    light = floats(normal(20_000, 1))
    floor = "variance_floor"
    assert row_of("spread", tails, tails)[floor] > 10 * row_of("spread", light, light)[floor]


def test_atoms_are_named_as_people_read_them() -> None:
    usual = [dt.date(2026, 1, 1) + dt.timedelta(days=day) for day in range(40)]
    broken = usual[:30] + [dt.date(1970, 1, 1)] * 10
    for statistic in ("atom", "new_atom"):
        row = row_of(statistic, column(broken, DATE), column(usual, DATE))
        assert row["detail"] == "at 1970-01-01"
    assert row["value"] == pytest.approx(0.25 - 1 / 40)


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        (TIMESTAMP, 0.0, "1970-01-01 00:00:00"),
        (ColumnKind.TIMESTAMP_NTZ, -1e20, "-1e+20"),
        (DATE, -1e6, "-1e+06"),
        (DATE, 2.9e6, "9909-12-07"),
        (INTEGER, -999.0, "-999"),
        (FLOAT, 1e20, "1e+20"),
        (FLOAT, 0.1, "0.1"),
    ],
)
def test_values_as_text(kind: ColumnKind, value: float, text: str) -> None:
    assert show(kind, value) == text


def test_an_atom_in_a_sketched_column() -> None:
    values = normal(40_000, 1)
    stuck = np.where(np.arange(40_000) % 10 == 0, 0.25, values)
    for statistic in ("atom", "new_atom"):
        row = row_of(statistic, floats(stuck), floats(normal(40_000, 2)))
        assert row["value"] == pytest.approx(0.1, abs=0.02)
        assert row["detail"] == "at 0.25"
    assert row_of("new_atom", floats(values), floats(normal(40_000, 2)))["residual"] == 0


def test_two_labels_exchanged_among_restless_ones() -> None:
    labels = {"a": 40, "b": 30, "c": 12, "d": 10, "e": 8}
    swapped = {"a": 30, "b": 40, "c": 4, "d": 10, "e": 16}

    def text(shares: dict[str, int]) -> ColumnProfile:
        return column([label for label, count in shares.items() for _ in range(count)], ColumnKind.STRING)

    row = row_of("label_swap", text(swapped), text(labels))
    # c and e change places nearly, a and b exactly: what is left over from c and e is no business of a and b.
    assert (row["value"], row["error"]) == (pytest.approx(0.1), pytest.approx(0.0))
    mixed = row_of("label_swap", text({"a": 30, "b": 34, "c": 16, "d": 12, "e": 8}), text(labels))
    assert mixed["residual"] == 0


def test_rows_mapped_to_another_label_are_a_flow_and_a_label_that_grows_is_none() -> None:
    def text(shares: dict[str, int]) -> ColumnProfile:
        return column([label for label, count in shares.items() for _ in range(count)], ColumnKind.STRING)

    labels = text({"a": 50, "b": 20, "c": 20, "d": 10})
    # Half of b's rows became c's; a and d are as they were.
    expected = 2 * (np.arcsin(np.sqrt(0.2)) - np.arcsin(np.sqrt(0.1)))
    assert row_of("label_flow", text({"a": 50, "b": 10, "c": 30, "d": 10}), labels)["value"] == pytest.approx(
        min(expected, 2 * (np.arcsin(np.sqrt(0.3)) - np.arcsin(np.sqrt(0.2))))
    )
    # Twice as many rows of a: all other shares shrink, none in favour of another.
    grown = row_of("label_flow", text({"a": 100, "b": 20, "c": 20, "d": 10}), labels)
    assert grown["value"] == pytest.approx(0, abs=1e-12)
    assert row_of("l_infinity", text({"a": 100, "b": 20, "c": 20, "d": 10}), labels)["value"] > 0.3
    assert row_of("label_flow", text({"a": 1, "b": 9}), text({"a": 9, "b": 1}))["reason"] == (
        "no two labels with others beside them"
    )


def test_a_flow_within_the_bounds_of_a_full_sketch_is_none() -> None:
    rng = np.random.default_rng(3)
    rare = [f"r{number}" for number in rng.integers(0, 20_000, 40_000)]
    then, now = (texts(rare + ["a"] * a + ["b"] * b + ["c"] * 2000, 64) for a, b in ((2000, 2000), (2003, 1997)))
    row = row_of("label_flow", now, then)
    assert row["value"] > 0
    assert row["residual"] == 0


def test_a_column_of_one_value_has_no_new_atoms() -> None:
    march, april = column([3] * 50, INTEGER), column([4] * 50, INTEGER)
    assert row_of("atom", april, march, name="stage:raw")["value"] == 1
    assert row_of("new_atom", april, march, name="stage:raw")["value"] == 0
    assert row_of("clip", april, march, name="stage:raw")["value"] == 0


def test_capped_values_pile_up_at_the_cap() -> None:
    values = list(range(1, 101))
    capped = [min(value, 90) for value in values]
    row = row_of("clip", column(capped, INTEGER), column(values, INTEGER))
    assert row["value"] == pytest.approx(0.1, abs=0.002)
    assert row["detail"] == "at 90"
    floored = [max(value, 11) for value in values]
    assert row_of("clip", column(floored, INTEGER), column(values, INTEGER))["detail"] == "at 11"


def test_rows_that_are_dropped_are_not_capped() -> None:
    values = list(range(1, 11)) * 10
    assert row_of("clip", column([v for v in values if v <= 8], INTEGER), column(values, INTEGER))["value"] < 1e-12


def test_nulls_that_turn_into_a_value() -> None:
    values = [1, 2, 3, 4, None, None] * 10
    filled = [value or -1 for value in values]
    row = row_of("null_to_value", column(filled, INTEGER), column(values, INTEGER))
    assert (row["value"], row["detail"]) == (pytest.approx(1 / 3), "into -1")
    words = ["a", "b", "c", None] * 10
    row = row_of("null_to_value", column([word or "NA" for word in words], STRING), column(words, STRING))
    assert (row["value"], row["detail"]) == (0.25, "into 'NA'")


def test_rows_with_nulls_that_are_dropped_turned_into_nothing() -> None:
    values = [7] * 90 + [8] * 10 + [None] * 20
    row = row_of("null_to_value", column(values[:100], INTEGER), column(values, INTEGER))
    assert (row["value"], row["detail"]) == (0, None)


@pytest.mark.parametrize(("kind", "value"), [(INTEGER, 0), (STRING, "NA")])
def test_a_column_without_values_gets_one(kind: ColumnKind, value: object) -> None:
    row = row_of("null_to_value", column([value] * 4, kind), column([None] * 4, kind))
    assert row["value"] == 1
    assert row_of("null_to_value", column([None] * 4, kind), column([None, value] * 2, kind))["value"] == 0


def test_more_nulls_than_before_turned_into_nothing() -> None:
    assert row_of("null_to_value", column([1, None], INTEGER), column([1, 1], INTEGER))["value"] == 0


def test_shares_do_not_move_with_the_nulls() -> None:
    now, then = column([0, 1, None, None], INTEGER), column([0, 1], INTEGER)
    assert row_of("zero_share", now, then)["value"] == 0
    assert row_of("null_share", now, then)["value"] == pytest.approx(pi / 2)
    assert row_of("true_share", column([True, False, None], BOOLEAN), column([True, False], BOOLEAN))["value"] == 0


def test_many_labels_are_compared_within_their_bounds() -> None:
    names = np.array([f"n{number}" for number in range(3000)])
    now, then = (texts(list(np.random.default_rng(seed).choice(names, 30_000)), max_items=96) for seed in (1, 2))
    found = rows_of(now, {"prev": [then]})
    for statistic in ("js_distance", "l_infinity", "unseen_share", "lost_share", "top_share", "entropy"):
        assert found[statistic, "prev"]["residual"] == pytest.approx(0, abs=0.03), statistic


def test_a_new_label_among_many_is_seen() -> None:
    names = [f"n{number % 2000}" for number in range(20_000)]
    row = row_of("unseen_share", texts(names[:18_000] + ["new"] * 2000, 96), texts(names, 96))
    assert row["residual"] > 0.3
    assert row["detail"].startswith("'new'")


def test_the_label_that_moved_is_named() -> None:
    row = row_of("l_infinity", column(["a"] * 5 + ["b"] * 5, STRING), column(["a"] * 8 + ["b"] * 2, STRING))
    assert row["detail"] in {"a", "b"}
    rare = [f"x{number}" for number in range(150)]
    row = row_of("l_infinity", column(["a"] * 50 + rare, STRING), column(["a"] * 150 + rare[:50], STRING))
    assert row["detail"] in {"a", "rare labels together"}


def test_top_share_is_that_of_whichever_label_is_first() -> None:
    assert row_of("top_share", column(["b"] * 3 + ["a"], STRING), column(["a"] * 3 + ["b"], STRING))["value"] == 0


def test_distinct_of_large_columns_has_the_sketches_error() -> None:
    large = profile_of(pa.array(np.arange(20_000)), INTEGER)
    half = profile_of(pa.array(np.arange(10_000)), INTEGER)
    row = row_of("distinct", half, large)
    assert row["value"] == pytest.approx(log(2), abs=0.06)
    # Half of the rows explain half of the values.
    assert row["error"] == pytest.approx(0.0591 + log(2), abs=1e-3)
    assert row["residual"] == 0
    repeated = profile_of(pa.array(np.arange(20_000) // 2), INTEGER)
    row = row_of("distinct", repeated, large)
    assert row["error"] == pytest.approx(0.0591, abs=1e-3)
    assert row["residual"] > 0.5


def test_hours_that_rotate_and_hours_that_change() -> None:
    day = [hour for hour in range(24) for _ in range(1 + (hour - 12) ** 2 // 12)]
    reference = column([hour * HOUR for hour in day], TIMESTAMP)
    rotated = column([(hour + 20) % 24 * HOUR for hour in day], TIMESTAMP)
    assert row_of("hour", rotated, reference)["value"] > 0.2
    row = row_of("hour_rotation", rotated, reference)
    assert row["value"] == -4
    assert row["detail"].endswith("0.000 after")
    quiet = column([12 * HOUR] * 50, TIMESTAMP)
    row = row_of("hour_rotation", quiet, reference)
    assert (row["value"], row["detail"]) == (0, None)


def test_hours_of_nothing() -> None:
    empty = column([None], TIMESTAMP)
    assert row_of("hour", empty, empty)["reason"] == "no values in this run"
    assert row_of("hour_rotation", column([1], TIMESTAMP), empty)["reason"] == "no values in the reference"


def test_psi_pools_bins_that_expect_too_little() -> None:
    row = row_of("psi", column([1] * 50 + [2] * 50, INTEGER), column([1] * 50 + [2] * 48 + [3, 4], INTEGER))
    assert row["value"] is not None
    assert row["error"] == pytest.approx(2 / 100 * 2)


def test_psi_of_a_numeric_column_uses_deciles() -> None:
    row = row_of("psi", floats(normal(40_000, 1)), floats(normal(40_000, 2)))
    assert row["error"] == pytest.approx(9 / 20_000)
    assert row["value"] < 0.01


def test_precision_is_lost_by_rounding() -> None:
    values = [round(float(value), 2) for value in normal(900, 1, scale=10)]
    now, then = column([round(value) * 1.0 for value in values], FLOAT), column(values, FLOAT)
    assert row_of("precision", now, then)["value"] == pytest.approx(-1.9, abs=0.05)
    sketched = row_of("precision", floats(np.round(normal(40_000, 1), 3)), floats(normal(40_000, 2)))
    assert sketched["residual"] > 2
    assert sketched["error"] < 0.2


def test_infinities_are_extremes() -> None:
    now, then = column([1.0, 2.0, float("inf")], FLOAT), column([1.0, 2.0, 3.0], FLOAT)
    assert row_of("ks", now, then)["value"] == pytest.approx(1 / 3)
    assert row_of("mean", now, then)["value"] is not None


def test_nulls_turned_into_nobody_knows_what() -> None:
    now, then = column([1, 2, 3, 4], INTEGER), column([1, None, None, 4], INTEGER)
    blind = ColumnProfile(now.column, 0, now.data_type, INTEGER, {"counts": now.states["counts"]})
    assert row_of("null_to_value", blind, then)["reason"] == "not defined for these values"


def test_labels_none_of_which_stands_out() -> None:
    # As many labels as rows: taking the excess off all counts leaves none.
    ids = texts([f"id{number}" for number in range(5000)], max_items=96)
    some = profile_of(
        pa.array([None] * 10 + [f"x{number}" for number in range(4990)]), STRING, SketchSettings(max_items=96)
    )
    rows = rows_of(ids, {"prev": [some]})
    for statistic in ("js_distance", "l_infinity", "top_share", "null_to_value"):
        assert rows[statistic, "prev"]["residual"] == pytest.approx(0, abs=0.01), statistic
    for statistic in ("unseen_share", "lost_share"):
        assert "nearly every value is there once" in rows[statistic, "prev"]["reason"]


def test_identifiers_are_no_set_of_labels() -> None:
    rng = np.random.default_rng(3)
    days = [texts([f"{token:016x}" for token in rng.integers(0, 2**62, 400)]) for _ in range(4)]
    reason = "nearly every value is there once: its labels are no set"
    assert row_of("unseen_share", days[3], *days[:3], name="long")["reason"] == reason
    assert row_of("lost_share", days[3], *days[:3], name="long")["reason"] == reason
    # A column of labels that becomes one of identifiers is news.
    labels = texts(["a", "b"] * 200)
    assert row_of("unseen_share", days[3], labels)["value"] == pytest.approx(pi)


def test_a_new_value_beside_old_atoms() -> None:
    values = np.where(np.arange(40_000) % 3 == 0, 0.0, normal(40_000, 1))
    stuck = np.where(np.arange(40_000) % 10 == 1, 0.25, values)
    row = row_of("new_value", floats(stuck), floats(values))
    assert row["value"] == pytest.approx(0.1, abs=0.02)
    assert row["detail"] == "at 0.25"
    # A third of the values are zeros: a tenth elsewhere is no atom heavier than the column ever had.
    assert row_of("new_atom", floats(stuck), floats(values))["value"] == 0
    more = np.where(np.arange(40_000) % 3 <= 1, 0.0, normal(40_000, 2))
    assert row_of("new_value", floats(more), floats(values))["residual"] == 0


def test_one_new_label_among_many() -> None:
    def text(new: int, other: int) -> ColumnProfile:
        return texts(["a"] * 700 + ["b"] * 200 + [f"rare {new} {n}" for n in range(100 - other)] + ["Other"] * other)

    usual = row_of("new_label", text(2, 0), text(1, 0))
    assert usual["value"] == pytest.approx(2 * np.arcsin(np.sqrt(0.001)))
    broken = row_of("new_label", text(2, 30), text(1, 0))
    assert broken["value"] == pytest.approx(2 * np.arcsin(np.sqrt(0.03)))
    assert broken["detail"] == "'Other'"
    share = [row_of("unseen_share", text(2, other), text(1, 0))["value"] for other in (0, 30)]
    assert share[0] == pytest.approx(share[1])
    assert row_of("new_label", text(1, 0), text(1, 0))["value"] == 0


def test_a_new_label_counts_beyond_what_new_labels_usually_take() -> None:
    def text(run: int, rows: int) -> ColumnProfile:
        return texts(["a"] * (1000 - rows) + [f"of run {run}"] * rows)

    h = [2 * np.arcsin(np.sqrt(share)) for share in (0.02, 0.05)]
    past = [text(0, 30), text(1, 10), text(2, 20)]
    # What the newest run brought is usual: 2 %.
    assert row_of("new_label", text(3, 50), *past)["value"] == pytest.approx(h[1] - h[0])
    assert row_of("new_label", text(3, 20), *past)["value"] == 0
    assert row_of("new_label", text(3, 5), *past)["value"] == 0
    # A single run says nothing of what is usual, and in a closed set of labels nothing is.
    assert row_of("new_label", text(3, 50), text(2, 20))["value"] == pytest.approx(h[1])
    assert row_of("new_label", text(3, 50), text(2, 20), text(2, 20))["value"] == pytest.approx(h[1])
    assert row_of("unseen_share", text(3, 50), *past)["value"] == pytest.approx(h[1])


def test_a_label_that_comes_in_numbers_stays_away_now_and_then() -> None:
    def text(rain: int) -> ColumnProfile:
        return texts(["clear"] * (168 - rain) + ["rain"] * rain)

    weather, steady = [2, 30, 5, 1, 24, 9, 3, 16], [11, 12, 10, 11, 12, 11, 10, 13]
    floors = [
        row_of("lost_share", text(0), *map(text, rain), name="long")["variance_floor"]
        for rain in (weather, steady, steady[:2])
    ]
    # By the counts of the weeks it stays away in one of twenty, or in one of 80,000; two weeks do not say.
    assert floors[0] > 8 * floors[1]
    assert floors[1] == pytest.approx((1 + 1 / 8) / 168)
    assert floors[2] == pytest.approx((1 + 1 / 2) / 168)


def test_references_of_one_column_share_the_unit() -> None:
    clear, hazy = [10.0] * 60 + [9.0, 9.5] * 6, [2.0, 4.0, 6.0, 8.0, 9.0, 10.0] * 12
    rows = rows_of(floats(np.array(hazy)), {"prev": [floats(np.array(clear))], "long": [floats(np.array(hazy[:60]))]})
    alone = row_of("mean", floats(np.array(hazy)), floats(np.array(clear)))
    # Beside a clear day the width is nearly nothing; the long reference knows better.
    assert alone["value"] > 5
    assert rows["mean", "prev"]["value"] < 1.5


def test_a_tail_whose_length_varies_is_no_rule() -> None:
    rng = np.random.default_rng(5)
    days = [floats(rng.exponential(size, 400)) for size in (1, 3, 1, 1, 4, 1, 2, 1)]
    assert row_of("tail", floats(rng.exponential(30, 400)), *days, name="long")["reason"] is not None
    steady = [floats(rng.exponential(1, 400)) for _ in range(8)]
    assert row_of("tail", floats(rng.exponential(30, 400)), *steady, name="long")["value"] > 1
