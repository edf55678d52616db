"""Every golden file is whole: the number of its cases, and none that no test reads."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[1] / "data"


def read(name: str) -> Any:
    return json.loads((DATA / name).read_text("utf-8"))


def test_the_golden_files_are_those_counted_here() -> None:
    found = {path.relative_to(DATA).as_posix() for path in DATA.rglob("*.json")}
    assert found == {
        "deequ_titanic/profile.json",
        "drift_measures.json",
        "golden_statistics.json",
        "nist_strd/certified.json",
        "nycflights13_expected.json",
        "spark_golden_sketches.json",
    }


def test_spark_golden_queries() -> None:
    assert {name: len(cases) for name, cases in read("spark_golden_sketches.json")["files"].items()} == {
        "hll": 37,
        "kllquantiles": 86,
        "thetasketch": 116,
        "percentiles": 53,
        "group-by": 103,
        "linear-regression": 33,
    }


@pytest.mark.parametrize(("name", "cases"), [("golden_statistics.json", 27), ("drift_measures.json", 65)])
def test_statistics(name: str, cases: int) -> None:
    found = read(name)["cases"]
    assert len(found) == cases
    labels = [case.get("name") or case["id"] for case in found]
    assert len(set(labels)) == cases


def test_titanic() -> None:
    profile = read("deequ_titanic/profile.json")
    with (DATA / "deequ_titanic/titanic.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == profile["exact_counts"]["rows"] == 891
    assert len(profile["asserted"]) == 8
    assert {name: len(facts) for name, facts in profile["exact_counts"].items() if name != "rows"} == {
        "nulls": 3,
        "distinct": 6,
        "min_max": 2,
    }
    named = {case["column"] for case in profile["asserted"]}.union(profile["exact_counts"]["distinct"])
    assert named <= set(rows[0])


def test_nist() -> None:
    names = [case["dataset"] for case in read("nist_strd/certified.json")]
    assert len(names) == 9
    assert sorted(names) == sorted(path.stem for path in (DATA / "nist_strd").glob("*.txt"))


def test_nycflights() -> None:
    expected = read("nycflights13_expected.json")
    assert {part: len(expected[part]) for part in ("tables", "months", "joins")} == {
        "tables": 5,
        "months": 12,
        "joins": 3,
    }


def test_sketches() -> None:
    names = [path.stem for path in (DATA / "sketch_vectors").rglob("*.sk")]
    families = Counter(re.sub(r"(_n[0-9]+|_non_empty_no_entries)?_(java|cpp)$", "", name) for name in names)
    assert families == {
        "kll_double": 16,
        "hll4": 16,
        "hll6": 16,
        "hll8": 16,
        "theta": 18,
        "theta_compressed": 12,
        "frequent_string": 16,
        "frequent_string_ascii": 2,
        "frequent_string_utf8": 2,
    }
