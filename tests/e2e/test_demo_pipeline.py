"""The demo pipeline on Spark: one month as it should be, the same month with faults, and mended again."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql import SparkSession

from scripts.demo.build import main
from scripts.demo.frames import Tables, from_arrow, read_parquet
from scripts.demo.incidents import parse
from scripts.demo.layout import DELTA_STAGES, KEYS, STAGES, TABLES, table_path
from scripts.demo.months import MONTHS
from scripts.demo.pandas_stages import PandasStages
from scripts.demo.pipeline import Pipeline, StageReport
from scripts.demo.sources import load_source
from scripts.demo.spark_stages import SETTINGS, SparkStages, settings
from stageprint.engines.spark.compat import to_arrow

RUN = "2013-02"
FAULTS = (
    "join_duplicate@2013-02:joined",
    "join_drop@2013-02:joined",
    "unit_change@2013-02:joined",
    "rounding@2013-02:features",
)

Stages = dict[str, Tables]
Made = tuple[Stages, Stages, Stages, list[StageReport]]


def _read(spark: SparkSession, out: Path) -> Stages:
    return {stage: {table: _table(spark, out, stage, table) for table in TABLES[stage]} for stage in STAGES}


def _table(spark: SparkSession, out: Path, stage: str, table: str) -> pd.DataFrame:
    path = table_path(out, RUN, stage, table)
    if stage not in DELTA_STAGES:
        return read_parquet(path)
    return from_arrow(to_arrow(spark.read.format("delta").load(str(path))))


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def made(spark: SparkSession, out: Path) -> Made:
    """The month clean (by the command), with faults, and clean again in the same folder."""
    assert main(["--out", str(out), "--runs", RUN, "--incident", "none"]) == 0
    clean = _read(spark, out)
    source = load_source()
    reports = Pipeline(SparkStages(spark), source, out, [parse(fault) for fault in FAULTS]).make([RUN])
    faulty = _read(spark, out)
    Pipeline(SparkStages(spark), source, out).make([RUN])
    return clean, faulty, _read(spark, out), reports


@pytest.fixture
def clean(made: Made) -> Stages:
    return made[0]


@pytest.fixture
def faulty(made: Made) -> Stages:
    return made[1]


@pytest.mark.parametrize("faults", [(), FAULTS], ids=["clean", "faulty"])
def test_pandas_makes_the_rows_that_spark_makes(made: Made, faults: tuple[str, ...], tmp_path: Path) -> None:
    """Every table of every stage, value by value and type by type; duplicated flights in any order."""
    delta = PandasStages()
    Pipeline(delta, load_source(), tmp_path, [parse(fault) for fault in faults]).make([RUN])
    by_spark = made[1] if faults else made[0]
    for stage in STAGES:
        for table in TABLES[stage]:
            path = table_path(tmp_path, RUN, stage, table)
            found = delta.read(path) if stage in DELTA_STAGES else read_parquet(path)
            pd.testing.assert_frame_equal(found, by_spark[stage][table], check_exact=True)


def test_serving_agrees_with_spark_to_the_bit(clean: Stages) -> None:
    served = clean["serving"]["serving_log"].drop(columns="served_at")
    features = clean["features"]["flight_features"]
    expected = features[features["day"] >= MONTHS[RUN].serve_from].drop(columns="arrived_late")
    pd.testing.assert_frame_equal(
        served.sort_values(KEYS, ignore_index=True), expected.sort_values(KEYS, ignore_index=True), check_exact=True
    )


def test_no_join_loses_or_doubles_a_flight(clean: Stages) -> None:
    flights = clean["raw"]["flights"]
    assert len(flights) == 24_951
    for stage in ("joined", "features"):
        (table,) = clean[stage].values()
        assert len(table) == len(flights)
        assert not table.duplicated(KEYS).any()


def test_time_hour_is_the_same_instant_in_every_stage(clean: Stages) -> None:
    instants = clean["raw"]["flights"].set_index(KEYS)["time_hour"]
    for stage in STAGES[1:]:
        (table,) = clean[stage].values()
        found = table.set_index(KEYS)["time_hour"]
        assert (found == instants.reindex(found.index)).all()


def test_labels_are_arrivals_more_than_a_quarter_of_an_hour_late(clean: Stages) -> None:
    delays = clean["raw"]["flights"].set_index(KEYS)["arr_delay"]
    for stage in ("features", "predictions"):
        (table,) = clean[stage].values()
        labels = table.set_index(KEYS)["arrived_late"]
        pd.testing.assert_series_equal(labels, (delays > 15).reindex(labels.index), check_names=False)


def test_the_days_are_split_between_training_evaluation_and_serving(clean: Stages) -> None:
    days = {stage: set(next(iter(clean[stage].values()))["day"]) for stage in ("training", "evaluation", "serving")}
    assert days == {"training": set(range(1, 17)), "evaluation": set(range(17, 22)), "serving": set(range(22, 29))}


def test_faults_leave_the_stage_before_alone(clean: Stages, faulty: Stages) -> None:
    for table in TABLES["raw"]:
        pd.testing.assert_frame_equal(faulty["raw"][table], clean["raw"][table])
    # Serving is computed from raw, so a fault in joined cannot reach it.
    pd.testing.assert_frame_equal(faulty["serving"]["serving_log"], clean["serving"]["serving_log"])


def test_faults_of_a_join_drop_and_double_rows(clean: Stages, faulty: Stages) -> None:
    before, after = clean["joined"]["flights_joined"], faulty["joined"]["flights_joined"]
    known = before.dropna(subset=["engines"])
    assert set(after.set_index(KEYS).index) == set(known.set_index(KEYS).index)
    assert 1.2 < len(after) / len(known) < 1.5
    assert after.duplicated(KEYS).sum() == len(after) - len(known)


def test_a_fault_in_the_output_of_a_spark_stage_changes_that_column_and_no_type(clean: Stages, faulty: Stages) -> None:
    before, after = clean["joined"]["flights_joined"], faulty["joined"]["flights_joined"]
    assert before.dtypes.equals(after.dtypes)
    ratio = after["distance"].mean() / before.dropna(subset=["engines"])["distance"].mean()
    assert 1.5 < ratio < 1.7


def test_faults_flow_downstream_from_the_stage_they_strike(clean: Stages, faulty: Stages) -> None:
    assert not (faulty["joined"]["flights_joined"]["temp"].dropna() % 1 == 0).all()
    for stage in ("features", "training", "evaluation"):
        (table,) = faulty[stage].values()
        assert (table["temp"].dropna() % 1 == 0).all()
        assert table["distance"].max() > 1.5 * next(iter(clean[stage].values()))["distance"].max()
    assert not faulty["predictions"]["predictions"]["score"].equals(clean["predictions"]["predictions"]["score"])


def test_a_second_run_gives_the_same_tables(made: Made) -> None:
    first, _, again, _ = made
    for stage in STAGES:
        for table in TABLES[stage]:
            pd.testing.assert_frame_equal(again[stage][table], first[stage][table])


def test_progress_tells_rows_and_faults(made: Made) -> None:
    _, faulty, _, reports = made
    assert [(report.run_id, report.stage) for report in reports] == [(RUN, stage) for stage in STAGES]
    for report in reports:
        assert report.rows == {table: len(frame) for table, frame in faulty[report.stage].items()}
    assert str(reports[1]).endswith("<- join_duplicate, join_drop, unit_change")


def test_the_session_is_left_as_it_was(spark: SparkSession) -> None:
    before = {key: spark.conf.get(key) for key in SETTINGS}
    spark.conf.set("spark.sql.session.timeZone", "Asia/Tokyo")
    try:
        with settings(spark):
            assert {key: spark.conf.get(key) for key in SETTINGS} == SETTINGS
        assert spark.conf.get("spark.sql.session.timeZone") == "Asia/Tokyo"
    finally:
        for key, value in before.items():
            spark.conf.set(key, str(value))


def test_the_layout_is_run_stage_table(out: Path, made: object) -> None:
    assert made is not None
    assert sorted(os.listdir(out)) == [RUN]
    assert sorted(os.listdir(out / RUN)) == sorted(STAGES)
