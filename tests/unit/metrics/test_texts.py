from __future__ import annotations

import pyarrow as pa
import pytest

from stageprint.batch.column import ColumnBatch
from stageprint.config.sketches import SketchSettings
from stageprint.metrics.base import all_metrics, evaluate_all
from stageprint.model import ColumnKind, ColumnProfile
from stageprint.states.base import State
from tests.support.columns import SMALL, profile_of

SHARES = ("number", "date", "timestamp", "boolean", "json", "uuid")


def test_spaces_around_something() -> None:
    found, _ = evaluate_all(profile_of(pa.array([" a", "a ", " a ", "", "  ", None, "a b"])))
    assert (found["leading_space_count"], found["trailing_space_count"]) == (2, 2)
    assert (found["empty_count"], found["blank_count"]) == (1, 1)


def test_shares_are_exact_while_every_text_is_sampled() -> None:
    texts = ["12", "12", "2026-03-02", "2026-03-02T10:11Z", "true", "{}", "550e8400-e29b-41d4-a716-446655440000", "x"]
    found, _ = evaluate_all(profile_of(pa.array([*texts, "", "", None])))
    assert [found[f"{form}_share"] for form in SHARES] == [0.2, 0.1, 0.1, 0.1, 0.1, 0.1]
    assert (found["shape_sample_values"], found["shape_sample_rows"]) == (8, 10)


@pytest.mark.parametrize("name", [*(f"{form}_share" for form in SHARES), "top_patterns", "shape_sample_rows"])
def test_without_texts(name: str) -> None:
    assert evaluate_all(profile_of(pa.array([None], pa.string())))[1][name] == "no non-null values"
    assert evaluate_all(profile_of(pa.array([1])))[1][name] == "type integer"


@pytest.mark.parametrize("often", ["N/A", "0"])
def test_a_frequent_text_counts_for_itself_whether_it_is_sampled_or_not(often: str) -> None:
    rows = [often] * 30_000 + [f"{number}" if number % 4 else f"k{number}" for number in range(10_000)]
    found, _ = evaluate_all(profile_of(pa.array(rows)))
    share = found["number_share"]
    assert share == pytest.approx((30_000 * (often == "0") + 7_500) / 40_000, abs=0.02)
    assert isinstance(found["top_patterns"], list)
    first = found["top_patterns"][0]
    assert isinstance(first, dict)
    assert first["item"] == {"N/A": "A/A", "0": "9"}[often]
    assert first["lower"] <= 30_000 <= first["upper"]
    assert first["count"] == pytest.approx(30_000, rel=0.01)


def test_more_texts_than_are_sampled_but_all_of_them_counted() -> None:
    rows = [f"{number}" for number in range(600)] + ["x"] * 50
    found, _ = evaluate_all(profile_of(pa.array([*rows, *rows, "y" * 300])))
    assert found["shape_sample_values"] == 512
    assert found["number_share"] == pytest.approx(1_200 / 1_301, abs=0.001)
    exact, _ = evaluate_all(profile_of(pa.array(rows)))
    assert exact["number_share"] == 600 / 650
    patterns = exact["top_patterns"]
    assert isinstance(patterns, list)
    assert {"item": "a", "count": 50, "lower": 50, "upper": 50} in patterns


def test_rows_that_came_since_count() -> None:
    profile = profile_of(pa.array(["1", "x"]))
    metric = all_metrics()["number_share"]
    assert metric.evaluate(profile) == 0.5
    for state in profile.states.values():
        assert isinstance(state, State)
        state.update(ColumnBatch(pa.array(["2", "3"]), ColumnKind.STRING))
    assert metric.evaluate(profile) == 0.75


def test_without_the_frequent_items_the_sample_alone() -> None:
    profile = profile_of(pa.array(["N/A"] * 30_000 + [f"{number}" for number in range(10_000)]))
    assert all_metrics()["number_share"].evaluate(profile) == pytest.approx(0.25, abs=0.01)
    states = {name: state for name, state in profile.states.items() if name != "frequent_items"}
    bare = ColumnProfile("column", 0, "string", profile.kind, states)
    assert all_metrics()["number_share"].evaluate(bare) == 1.0


class TestPatterns:
    def test_exact(self) -> None:
        found, _ = evaluate_all(profile_of(pa.array(["AB-12", "CD-34", "x", None, "AB-12"])))
        assert found["top_patterns"] == [
            {"item": "AA-99", "count": 3, "lower": 3, "upper": 3},
            {"item": "a", "count": 1, "lower": 1, "upper": 1},
        ]

    def test_sampled(self) -> None:
        rows = [f"{number:04}" for number in range(3_000)] + [f"k{number:03}" for number in range(1_000)]
        found, _ = evaluate_all(profile_of(pa.array(rows), settings=SMALL), SMALL)
        patterns = found["top_patterns"]
        assert isinstance(patterns, list)
        true = {"9999": 3_000, "a999": 1_000}
        for item in patterns:
            assert isinstance(item, dict)
            assert item["lower"] <= item["count"] <= item["upper"]
            assert item["lower"] <= true[item["item"]] <= item["upper"]
        assert abs(sum(item["count"] for item in patterns if isinstance(item, dict)) - 4_000) <= 1

    def test_as_many_as_configured(self) -> None:
        settings = SketchSettings(top_items=3)
        rows = [f"{'a' * length}-" for length in range(1, 9)]
        found, _ = evaluate_all(profile_of(pa.array(rows), settings=settings), settings)
        patterns = found["top_patterns"]
        assert isinstance(patterns, list)
        assert len(patterns) == 3
