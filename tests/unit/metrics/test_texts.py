from __future__ import annotations

import pyarrow as pa
import pytest

from profiling.config import SketchSettings
from profiling.metrics.base import evaluate_all
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
