"""Which Spark has what: the SQL functions over sketches, the Delta that fits, and the one place that asks."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Final

import pytest

import stageprint
from stageprint.engines.spark.versions import (
    DELTA_OF_SPARK,
    TESTED,
    delta_artifact,
    lacking_functions,
    said_lacking,
    why_no_delta,
)
from stageprint.stores.spark.views import view_comment, view_definitions

PACKAGE: Final = Path(stageprint.__file__).parent
ROOT: Final = PACKAGE.parents[1]
DIFFERENT: Final = frozenset(
    {"applyInArrow", "toArrow", "try_cast", "from_arrow_schema", "to_arrow_type", "fromDDL", "prefer_timestamp_ntz"}
    | {"inheritable_thread_target", "_collect_as_arrow", "_parse_datatype_string"}
)
"""What Spark 3.5 lacks, or what is called or means otherwise in one of the versions."""

ONLY_IN: Final = Path("engines/spark/compat.py")

OF_THE_JVM: Final = frozenset({"_jvm", "_jdf", "_jsc", "_jsparkSession", "_sc", "_gateway", "sparkContext", "rdd"})
"""What Spark Connect lacks."""

ONLY_THERE: Final = Path("engines/spark/jvm.py")


@pytest.mark.parametrize(("version", "lacks"), [("3.5.9", 3), ("4.0.5", 3), ("4.1.0", 0), ("4.3.0", 0), ("odd", 0)])
def test_older_versions_lack_functions_over_sketches(version: str, lacks: int) -> None:
    assert len(lacking_functions(version)) == lacks


def test_it_is_said_which_and_from_when_on() -> None:
    said = said_lacking(lacking_functions("3.5.9"))
    assert said == (
        "this Spark has no kll_*, theta_*, approx_top_k_*: they need Spark 4.1; the sketches are stored all the same"
    )
    assert not said_lacking(lacking_functions("4.2.0"))
    assert str(lacking_functions("4.0.0")[0]) == "kll_* (quantiles of `kll_sketch`) need Spark 4.1"


def test_a_view_with_sketches_says_what_is_lacking_to_read_them() -> None:
    definitions = view_definitions()
    for version in TESTED:
        for name, query in definitions.items():
            comment = view_comment(query, version)
            assert comment.startswith(query.split("\n", 1)[0].removeprefix("-- "))
            of_sketches = name in {"latest_column_profiles", "column_history"}
            assert ("has no kll_*" in comment) == (of_sketches and version in {"3.5", "4.0"}), (version, name)


@pytest.mark.parametrize(
    ("spark", "delta", "artifact"),
    [
        ("3.5.9", "3.3.3", "delta-spark_2.13"),
        ("4.0.1", "4.4.0", "delta-spark_4.0_2.13"),
        ("4.2.0", "4.4.0", "delta-spark_4.2_2.13"),
        ("4.2.0", "3.3.3", None),
        ("3.5.9", "4.4.0", None),
        ("4.3.0", "4.4.0", None),
    ],
)
def test_each_spark_has_the_delta_that_is_built_for_it(spark: str, delta: str, artifact: str | None) -> None:
    assert delta_artifact(spark, delta) == artifact


def test_pyspark_3_5_from_pypi_is_of_scala_2_12() -> None:
    assert delta_artifact("3.5.9", "3.3.3", "2.12") == "delta-spark_2.12"


def test_what_to_do_without_delta() -> None:
    assert "there is no Delta for Spark 4.3.0 yet: keep the store at a path" in why_no_delta("4.3.0", "unknown")
    assert why_no_delta("3.5.9", "unknown") == "delta-spark is not installed: pip install 'delta-spark==3.3.*'"
    assert why_no_delta("3.5.9", "4.4.0").startswith("delta-spark 4.4.0 is not for Spark 3.5.9: pip install")


def test_the_page_has_every_version() -> None:
    page = (ROOT / "docs" / "spark-versions.md").read_text("utf-8")
    for version in TESTED:
        assert f"| {version} |" in page
    for spark, delta in DELTA_OF_SPARK.items():
        assert any(line.startswith(f"| {spark} | {delta}") for line in page.splitlines()), spark


@pytest.mark.parametrize(
    ("module", "names"), [(ONLY_IN, DIFFERENT), (ONLY_THERE, OF_THE_JVM)], ids=["versions", "the JVM"]
)
def test_one_module_knows_of_the_difference(module: Path, names: frozenset[str]) -> None:
    found = {
        (str(file.relative_to(PACKAGE)), name)
        for file in PACKAGE.rglob("*.py")
        if file.relative_to(PACKAGE) != module
        for name in names_in(ast.parse(file.read_text("utf-8")))
        if name in names
    }
    assert not found, f"{module} alone may use it: there it is said for every Spark"
    assert len(names & set(names_in(ast.parse((PACKAGE / module).read_text("utf-8"))))) > 3


def names_in(tree: ast.AST) -> list[str]:
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute):
            found.append(node.attr)
        elif isinstance(node, ast.ImportFrom):
            found += [one.name for one in node.names]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.append(node.value)
    return found
