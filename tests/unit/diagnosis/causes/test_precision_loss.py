from __future__ import annotations

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from stageprint.diagnosis.causes.precision_loss import PrecisionLoss
from stageprint.diagnosis.example import two_runs
from stageprint.diagnosis.pair import Pair, pair
from stageprint.model import ColumnKind
from tests.unit.diagnosis.scenarios import times, timestamps

RNG = np.random.default_rng(17)
THEN, NOW = RNG.normal(50, 12, 4000), RNG.normal(50, 12, 4000)


@pytest.mark.parametrize("step", [0.01, 0.5, 1.0, 15.0])
def test_the_step_is_named(step: float) -> None:
    found = PrecisionLoss().explain(*two_runs(THEN, np.round(NOW / step) * step))
    assert found is not None
    assert found.evidence["step"] == pytest.approx(step)


@pytest.mark.parametrize(("way", "name"), [(np.round, "rounded"), (np.floor, "truncated")])
def test_the_way_is_named(way: object, name: str) -> None:
    found = PrecisionLoss().explain(*two_runs(THEN, way(NOW / 10) * 10))  # type: ignore[operator]
    assert found is not None
    assert found.evidence["change"] == name


@pytest.mark.parametrize("way", [np.round, np.floor])
def test_where_the_rows_are_others_than_before_it_is_not_said_which_way(way: object) -> None:
    found = PrecisionLoss().explain(*two_runs(THEN, way(NOW + 2.5)))  # type: ignore[operator]
    assert found is not None
    assert found.evidence["change"] == "rounded or truncated"
    assert "values are rounded or truncated to whole numbers" in found.sentence


def test_below_zero_truncation_and_rounding_down_differ() -> None:
    found = PrecisionLoss().explain(*two_runs(THEN - 50, np.floor((NOW - 50) / 10) * 10))
    assert found is not None
    assert found.evidence["change"] == "rounded down"


def test_a_multiplication_that_happens_to_give_multiples() -> None:
    whole = np.round(THEN)
    assert PrecisionLoss().explain(*two_runs(whole, np.round(NOW) * 60)) is None


def test_values_that_were_whole_before() -> None:
    assert PrecisionLoss().explain(*two_runs(np.round(THEN), np.round(NOW))) is None


@pytest.mark.parametrize(("step", "unit"), [(60_000_000, "minutes"), (86_400_000_000, "days")])
def test_times(step: int, unit: str) -> None:
    then, now = times(RNG, 3000), times(RNG, 3000, start_day=15_028)
    found = PrecisionLoss().explain(*two_runs(timestamps(then), timestamps(now // step * step)))
    assert found is not None
    assert f"full {unit}" in found.sentence


def test_dates_have_no_finer_step() -> None:
    days = [dt.date(2013, 5, 1) + dt.timedelta(days=i % 28) for i in range(500)]
    assert PrecisionLoss().explain(*two_runs(days, days)) is None


def test_texts_cut() -> None:
    names = [f"name-{i % 40:03d}" for i in range(2000)]
    found = PrecisionLoss().explain(*two_runs(names, [name[:7] for name in names]))
    assert found is not None
    assert found.evidence["max_length"] == 7


@pytest.mark.parametrize(
    "now",
    [["name-0"] * 300 + ["other"] * 1700, ["a longer name than ever"] * 2000, ["", None] * 1000],
    ids=["other shares", "no shorter", "empty"],
)
def test_texts_that_were_not_cut(now: list[str | None]) -> None:
    names = [f"name-{i % 40:03d}" for i in range(2000)]
    assert PrecisionLoss().explain(*two_runs(names, now)) is None


def test_a_rare_long_label_that_is_missing_was_not_cut() -> None:
    sky = ["Clear"] * 110 + ["Mist"] * 50
    assert PrecisionLoss().explain(*two_runs([*sky, *["Light Rain"] * 3], sky)) is None
    cut = PrecisionLoss().explain(*two_runs([*sky, *["Light Rain"] * 3], [*sky, *["Light"] * 3]))
    assert cut is not None
    assert cut.evidence["max_length"] == 5


@pytest.mark.parametrize(("length", "cut"), [(12, True), (60, False)])
def test_texts_too_many_to_know_them_all(length: int, cut: bool) -> None:
    then = [f"{i:06d}" + "x" * int(size) for i, size in enumerate(RNG.integers(0, 30, 5000))]
    now = [f"{i + 9000:06d}" + "y" * int(size) for i, size in enumerate(RNG.integers(0, 30, 5000))]
    found = PrecisionLoss().explain(*two_runs(then, [text[:length] for text in now]))
    assert (found is not None) is cut
    shorter = [text for text in now if len(text) <= length]
    assert PrecisionLoss().explain(*two_runs(then, shorter)) is None


def test_marks_beyond_arithmetic_are_left_alone() -> None:
    assert PrecisionLoss().explain(*two_runs(THEN, np.append(np.round(NOW), np.inf))) is None


def test_values_that_were_multiplied_are_multiples_of_a_coarser_step_too() -> None:
    then, now = (np.round(RNG.normal(mean, 4, 30), 1) for mean in (14, 20))
    assert PrecisionLoss().explain(*two_runs(then, 100 * now)) is None
    rounded = PrecisionLoss().explain(*two_runs(then, np.round(now)))
    assert rounded is not None
    assert rounded.evidence["step"] == 1


def test_one_character_is_not_characters() -> None:
    found = PrecisionLoss().explain(*two_runs(["ios", "android"] * 500, ["i", "a"] * 500))
    assert found is not None
    assert "no text longer than 1 character since" in found.sentence
    assert found.sentence.endswith("texts are cut at 1 character")


@pytest.mark.parametrize("kind", [ColumnKind.MAP, ColumnKind.ARRAY])
def test_a_map_or_an_array_has_entries_that_cannot_be_cut(kind: ColumnKind) -> None:
    evidence, column = two_runs(["ab", "ab"] * 500, ["a", "b"] * 500)
    both = pair(evidence, column)
    assert both is not None
    then, now = (replace(side, kind=kind, labels={}) for side in (both.then, both.now))
    evidence.memo["pair", column] = Pair(then, now, {})
    assert PrecisionLoss().explain(evidence, column) is None


def test_texts_whose_labels_are_not_kept_are_not_known_to_be_cut() -> None:
    evidence, column = two_runs(["ab", "ab"] * 500, ["a", "b"] * 500)
    both = pair(evidence, column)
    assert both is not None
    evidence.memo["pair", column] = Pair(replace(both.then, labels={}), replace(both.now, labels={}), {})
    assert PrecisionLoss().explain(evidence, column) is None
