"""The views know which run is the latest: by the stored key, and without one as earlier releases did."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import SparkSession

from stageprint.config.run_order import order_key
from stageprint.model.result_tables import CHECK_RESULTS, FINDINGS, INCIDENTS, RUNS
from stageprint.model.where import where
from stageprint.stores.spark.store import SparkStore

MORNING = dt.datetime(2026, 3, 9, 6, tzinfo=dt.timezone.utc)


def run(name: str, date: dt.date | None = None, key: str | None = None, hour: int = 0) -> dict[str, Any]:
    started = MORNING + dt.timedelta(hours=hour)
    return {"pipeline": "shop", "run_id": name, "logical_date": date, "order_key": key, "started_at": started}


VERSIONS = [run(name, key=order_key(name), hour=-place) for place, name in enumerate(["v9", "v10", "v11"])]
DATED = dt.date(2026, 3, 8)
OLD = [run("2026-03-07", DATED - dt.timedelta(days=1), hour=9), run("2026-03-08", DATED), run("2026-03-08-2", DATED)]
MIXED = [run("v11", key=order_key("v11")), *OLD, run("2026-03-08-10", DATED, order_key("2026-03-08-10"))]


@pytest.mark.parametrize(
    ("runs", "keyed", "latest"),
    [
        (VERSIONS, True, "v11"),
        (OLD, False, "2026-03-08-2"),
        (OLD, True, "2026-03-08-2"),
        (MIXED, True, "2026-03-08-10"),
    ],
    ids=["keys", "no column", "no keys", "some keys"],
)
def test_open_findings_and_failed_checks_are_those_of_the_latest_run(
    spark: SparkSession, tmp_path: Path, runs: list[dict[str, Any]], keyed: bool, latest: str
) -> None:
    store = SparkStore(spark, str(tmp_path), "shop")
    names = [one["run_id"] for one in runs]
    found = [{"pipeline": "shop", "run_id": name, "finding_id": name, "severity": "warning"} for name in names]
    failed = [{"pipeline": "shop", "run_id": name, "check_name": "c", "status": "fail"} for name in names]
    store.replace(FINDINGS, FINDINGS.rows(found), where(run_id=names))
    store.replace(CHECK_RESULTS, CHECK_RESULTS.rows(failed), where(run_id=names))
    if keyed:
        store.replace(RUNS, RUNS.rows(runs), where(run_id=names))
    else:
        old = store.frame(RUNS).drop("order_key", "first_profiled_at")
        rows = spark.createDataFrame([[one.get(name) for name in old.columns] for one in runs], old.schema)
        rows.write.format("delta").save(f"{tmp_path}/runs")
    session = spark.newSession()
    SparkStore(session, str(tmp_path), "shop").create_views()
    assert [row["run_id"] for row in session.table("open_findings").collect()] == [latest]
    assert [row["run_id"] for row in session.table("failed_checks").collect()] == [latest]
    for statement in store.view_statements().split(";\n"):
        if statement.strip():
            session.sql(statement)
    assert [row["run_id"] for row in session.table("open_findings").collect()] == [latest]


def test_open_incidents_span_runs_and_each_stands_as_its_latest_run_says(spark: SparkSession, tmp_path: Path) -> None:
    store = SparkStore(spark, str(tmp_path), "shop")
    names = [one["run_id"] for one in VERSIONS]
    store.replace(RUNS, RUNS.rows(VERSIONS), where(run_id=names))
    rows = [
        {"run_id": "v9", "incident_id": "lasts", "status": "new"},
        {"run_id": "v10", "incident_id": "lasts", "status": "ongoing"},
        {"run_id": "v9", "incident_id": "over", "status": "new"},
        {"run_id": "v11", "incident_id": "over", "status": "resolved"},
        {"run_id": "v9", "incident_id": "unseen since", "status": "new"},
    ]
    known = {"pipeline": "shop", "baseline": "auto", "severity": "warning"}
    store.replace(INCIDENTS, INCIDENTS.rows({**known, **row} for row in rows), where(run_id=names))
    session = spark.newSession()
    SparkStore(session, str(tmp_path), "shop").create_views()
    opened = {(row["incident_id"], row["run_id"]) for row in session.table("open_incidents").collect()}
    assert opened == {("lasts", "v10"), ("unseen since", "v9")}
    every = {(row["incident_id"], row["status"]) for row in session.table("all_incidents").collect()}
    assert every == {("lasts", "ongoing"), ("over", "resolved"), ("unseen since", "new")}
