"""What the values of an advancing column that are not where its past leads were made of, and which causes ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from stageprint.diagnosis.base import all_causes, candidates
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.example import evidence_of, flag, many_runs, table_profile
from stageprint.diagnosis.pair import pair
from stageprint.diagnosis.strays import scaled_labels, strays
from stageprint.model import ColumnKey, TableKey

RAW = TableKey("raw", "t")
X = RAW.column("x")


def keys(last: Sequence[float], statistic: str = "advance_jumped") -> tuple[Evidence, ColumnKey]:
    """Return six runs of keys, a hundred a run from 1,000 on; the last run's are given."""
    runs = [{"x": list(range(1_000 + 100 * run, 1_100 + 100 * run))} for run in range(5)]
    return many_runs([*runs, {"x": list(last)}], at="x", statistic=statistic)


def months(last: Sequence[float]) -> tuple[Evidence, ColumnKey]:
    """Return seven weekly runs of a month, 3 at last; the last run is given."""
    return many_runs(
        [{"x": [month] * 100} for month in (1, 2, 2, 2, 2, 3)] + [{"x": list(last)}], at="x", statistic="off_calendar"
    )


NEXT = list(range(1_500, 1_600))


@pytest.mark.parametrize("factor", [10, 60, 1000])
@pytest.mark.parametrize("every", [1, 7])
def test_a_conversion_of_keys_is_read_from_where_they_should_be(factor: int, every: int) -> None:
    last = [key * factor if place % every == 0 else key for place, key in enumerate(NEXT)]
    evidence, column = keys(last)
    best = candidates(evidence, column)[0]
    assert best.cause.name == "unit_change"
    assert best.fit.evidence["factor"] == factor
    assert best.fit.evidence["share"] == pytest.approx(len(range(0, 100, every)) / 100)


@pytest.mark.parametrize("share", [10, 100])
def test_a_conversion_of_a_constant_month_is_read_although_months_change_by_themselves(share: int) -> None:
    evidence, column = months([30] * share + [3] * (100 - share))
    best = candidates(evidence, column)[0]
    assert best.cause.name == "unit_change"
    assert best.fit.evidence["factor"] == 10


def test_other_values_are_no_conversion() -> None:
    found = strays(*months([11, 17, 23, 29, 31] * 20))
    assert found is not None
    assert found.share == 1
    assert found.conversion() is None


def test_values_of_many_places_are_no_conversion_of_a_narrow_run() -> None:
    """Days of a month divided by 2.54 lie near the month, but a run has one month, not seven."""
    found = strays(*months([15, 16, 17, 18, 19, 20, 21] * 14))
    assert found is not None
    assert found.conversion() is None


@pytest.mark.parametrize("value", [0, 7])
def test_one_value_elsewhere_replaced_the_others(value: int) -> None:
    evidence, column = keys([value if place % 10 == 0 else key for place, key in enumerate(NEXT)], "advance_back")
    best = candidates(evidence, column)[0]
    assert best.cause.name == "default_value"
    assert best.fit.evidence["replaced_share"] == pytest.approx(0.1)
    assert "10.0 % of the values were replaced by" in best.fit.sentence
    assert best.fit.evidence["exact_value"] == value
    assert (best.fit.evidence["share"], best.fit.evidence["share_error"]) == (0.1, 0.0)


def test_a_few_keys_of_everywhere_have_no_known_cause() -> None:
    last = [key if place % 10 else place * 37 + 3 for place, key in enumerate(NEXT)]
    profiles = {
        f"run-{run}": {RAW: table_profile(RAW, {"x": list(range(1_000 + 100 * run, 1_100 + 100 * run))})}
        for run in range(5)
    }
    profiles["run-5"] = {RAW: table_profile(RAW, {"x": last})}
    ten_percent = replace(flag(X, "advance_back", deterministic=True), value=0.6435)
    evidence = evidence_of(profiles, {"raw": ()}, [ten_percent])
    assert candidates(evidence, X)[0].cause.name == "distribution_shift"
    most = replace(flag(X, "advance_back", deterministic=True), value=2.5)
    assert candidates(evidence_of(profiles, {"raw": ()}, [most]), X)[0].cause.name == "advance_broken"


def test_columns_with_a_level_have_no_strays() -> None:
    assert strays(*keys([0] * 100, "ks")) is None


def test_causes_that_assume_a_level_are_not_asked_of_columns_that_advance() -> None:
    assume = {name for name, cause in all_causes().items() if cause.assumes_level}
    assert {"unseen_category", "category_reencoded", "category_missing", "clipping", "offset"} <= assume
    evidence, column = months([11, 17, 23, 29, 31] * 20)
    assert not {candidate.cause.name for candidate in candidates(evidence, column)} & assume
    labels = [{"x": ["a", "b"] * 50}, {"x": ["a", "b", "c", "c"] * 25}]
    evidence, column = many_runs(labels, at="x", statistic="unseen_share")
    assert {candidate.cause.name for candidate in candidates(evidence, column)} & assume, "but of others"


def test_a_format_beside_is_the_better_name_for_texts_that_do_not_move_on() -> None:
    numbers = [[f"17-{number:06d}" for number in range(start, start + 60)] for start in range(0, 360, 60)]
    last = [f" {text}" for text in numbers[-1]]
    profiles = {
        f"run-{run}": {RAW: table_profile(RAW, {"x": texts})} for run, texts in enumerate([*numbers[:-1], last])
    }
    broken = replace(flag(X, "advance_back", deterministic=True), value=3.14)
    evidence = evidence_of(profiles, {"raw": ()}, [broken, flag(X, "new_form", deterministic=True)])
    names = [candidate.cause.name for candidate in candidates(evidence, X)]
    assert names.index("type_change") < names.index("advance_broken")
    assert names[0] == "type_change", "every key is another label, so that the forms of the texts tell"


def scaled(factor: int, hit: int) -> tuple[str, float] | None:
    usual = [1, 2, 3, 4, 5] * 40
    evidence, column = many_runs(
        [{"x": usual}, {"x": [value * factor if place % hit == 0 else value for place, value in enumerate(usual)]}],
        at="x",
        statistic="ks",
    )
    both = pair(evidence, column)
    assert both is not None
    found = scaled_labels(both)
    return None if found is None else (found[0].meaning, round(found[1], 2))


def test_new_labels_that_are_all_a_multiple_of_earlier_ones_were_converted() -> None:
    assert scaled(1000, 10) == ("the decimal point moved by 3 places to the right", 0.1)
    assert scaled(13, 11) is None, "is no known conversion"
    assert scaled(2, 11) is None, "leads from one whole number to another"
    assert scaled(1000, 100) is None, "two values are too few"
