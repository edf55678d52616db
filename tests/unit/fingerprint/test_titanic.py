from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Any, cast

import pyarrow as pa
import pyarrow.csv
import pytest

from stageprint.metrics.base import evaluate_all
from stageprint.model import ColumnKind
from tests.unit.fingerprint.tables import fingerprint, plan_of, profiles

TITANIC = Path(__file__).parents[2] / "data" / "deequ_titanic"


class TestTitanic:
    """The profile deequ asserts of the Titanic's passengers."""

    @pytest.fixture
    def found(self) -> dict[str, dict[str, Any]]:
        options = pa.csv.ConvertOptions(strings_can_be_null=True, quoted_strings_can_be_null=True)
        table = pa.csv.read_csv(TITANIC / "titanic.csv", convert_options=options)
        result = fingerprint(table, plan_of(table))
        assert result.rows == 891
        return {name: {**evaluate_all(profile)[0], "kind": profile.kind} for name, profile in profiles(result).items()}

    @pytest.fixture
    def expected(self) -> dict[str, Any]:
        return cast("dict[str, Any]", json.loads((TITANIC / "profile.json").read_text()))

    def test_asserted_profile(self, found: dict[str, dict[str, Any]], expected: dict[str, Any]) -> None:
        kinds = {"Integral": ColumnKind.INTEGER, "Fractional": ColumnKind.FLOAT, "String": ColumnKind.STRING}
        for asserted in expected["asserted"]:
            column = found[asserted["column"]]
            assert 1 - column["null_share"] >= asserted["completeness_min"]
            assert column["kind"] is kinds[asserted["type"]]
            if "approx_distinct" in asserted:
                assert column["distinct_count"] == pytest.approx(asserted["approx_distinct"], rel=0.1)

    def test_exact_counts(self, found: dict[str, dict[str, Any]], expected: dict[str, Any]) -> None:
        exact = expected["exact_counts"]
        for column, nulls in exact["nulls"].items():
            assert found[column]["null_count"] == nulls
        for column, distinct in exact["distinct"].items():
            bounds = (found[column]["distinct_count_lower"], found[column]["distinct_count_upper"])
            assert bounds[0] <= distinct <= bounds[1]
            if distinct <= 768:
                assert found[column]["distinct_count"] == distinct
        for column, (low, high) in exact["min_max"].items():
            assert (found[column]["min"], found[column]["max"]) == (low, high)
        assert {found[column]["row_count"] for column in found} == {exact["rows"]}

    def test_figures_of_the_same_file(self, found: dict[str, dict[str, Any]]) -> None:
        # Counted by other means: the ids are 1 to 891, the ages whole but for babies and estimates (x.5).
        with (TITANIC / "titanic.csv").open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        ages = [float(row["Age"]) for row in rows if row["Age"]]
        assert found["PassengerId"]["sum_exact"] == str(891 * 892 // 2)
        assert found["Age"]["sum"] == pytest.approx(math.fsum(ages), rel=1e-12)
        assert found["Age"]["integer_share"] == sum(age.is_integer() for age in ages) / len(ages)
        assert found["Age"]["decimal_places"] == pytest.approx(
            sum(len(row["Age"].partition(".")[2].rstrip("0")) for row in rows if row["Age"]) / len(ages)
        )
        # With 681 distinct tickets 512 are sampled.
        numbers = sum(row["Ticket"].isdigit() for row in rows) / 891
        assert found["Ticket"]["shape_sample_values"] == 512
        assert found["Ticket"]["number_share"] == pytest.approx(numbers, abs=0.05)
        assert found["Sex"]["top_patterns"] == [
            {"item": "aaaa", "count": 577, "lower": 577, "upper": 577},
            {"item": "aaaaaa", "count": 314, "lower": 314, "upper": 314},
        ]
