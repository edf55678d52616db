"""Spark's Delta and delta-rs read, replace and add to each other's result tables, also at the same time."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from stageprint.config.loader import parse_config
from stageprint.doctor.configured import examine_config
from stageprint.errors import StoreError
from stageprint.model.result_tables import FINDINGS, RUNS, SHIFTS, ResultTable
from stageprint.model.where import EVERY_ROW, NO_ROW, AtMost, Where, where
from stageprint.pipeline.tables import all_tables
from stageprint.ports import ProfileStore
from stageprint.stores.delta.names import has_irreplaceable
from stageprint.stores.delta.store import DeltaStore
from stageprint.stores.delta.upkeep import DeltaUpkeep
from stageprint.stores.memory import MemoryStore
from stageprint.stores.spark.store import SparkStore
from tests.support.result_rows import filled, sorted_rows
from tests.support.stores import finding, ids, shift
from tests.support.writers import RUN, Target, require_nothing_lost_or_doubled, write_at_once

BY_RUN = dataclasses.replace(FINDINGS, partitions=("pipeline", "run_id"))
"""As earlier releases partitioned it: the name of the run is the name of a folder."""


@pytest.fixture
def both(spark: SparkSession, tmp_path: Path) -> dict[str, ProfileStore]:
    location = str(tmp_path / "store")
    return {"spark": SparkStore(spark, location, "shop"), "delta-rs": DeltaStore(location, "shop")}


@pytest.mark.parametrize(
    "table",
    [
        # The kinds of tables there are: the others differ in their columns alone.
        pytest.param(
            table,
            id=f"{table.name} by {table.partitions[-1]}",
            marks=[] if table.name in {"manifests", "column_profiles", BY_RUN.name} else pytest.mark.slow,
        )
        for table in (*all_tables(), BY_RUN)
    ],
)
@pytest.mark.parametrize("first", ["spark", "delta-rs"])
def test_each_reads_and_replaces_what_the_other_wrote(
    both: dict[str, ProfileStore], first: str, table: ResultTable
) -> None:
    (second,) = both.keys() - {first}
    kept = [filled(table, n, pipeline="shop", run_id=RUN, stage="raw", baseline="auto") for n in range(4)]
    other = [filled(table, n, pipeline="shop", run_id="b", stage="raw", baseline="auto") for n in range(2)]
    newer = [filled(table, n, pipeline="shop", run_id="b", stage="raw", baseline="auto") for n in range(5, 8)]
    added = [filled(table, n, pipeline="shop", run_id=RUN, stage="features", baseline="auto") for n in (8, 9)]

    def agree(*rows: dict[str, object]) -> None:
        expected = sorted_rows(table.rows(rows))
        for name, store in both.items():
            assert sorted_rows(store.read(table)) == expected, name

    both[first].replace(table, table.rows(kept), where(run_id=RUN))
    agree(*kept)
    both[second].replace(table, table.rows(other), where(run_id="b"))
    agree(*kept, *other)
    both[first].replace(table, table.rows(newer), where(run_id="b"))
    agree(*kept, *newer)
    both[second].append(table, table.rows(added), where(run_id=RUN, stage="features"))
    agree(*kept, *newer, *added)
    if table is BY_RUN and second == "delta-rs":
        with pytest.raises(StoreError, match=r"whose name is not ASCII.*run the command where a Spark session runs"):
            both[second].replace(table, table.empty(), where(run_id=RUN))
        agree(*kept, *newer, *added)
    both["spark" if table is BY_RUN else second].replace(table, table.empty(), where(run_id=RUN))
    agree(*newer)


def test_rows_that_spark_wrote_for_a_pipeline_of_another_script_are_there_once(
    spark: SparkSession, tmp_path: Path
) -> None:
    location, pipeline = str(tmp_path / "store"), "größe"
    by_spark, by_delta_rs = SparkStore(spark, location, pipeline), DeltaStore(location, pipeline)
    rows = [finding("a", "1", pipeline=pipeline)]
    by_delta_rs.replace(FINDINGS, FINDINGS.rows(rows), where(run_id="a"))
    assert not has_irreplaceable(location, where(pipeline=pipeline))
    by_spark.replace(FINDINGS, FINDINGS.rows(rows), where(run_id="a"))
    assert has_irreplaceable(location, where(pipeline=pipeline))
    assert not has_irreplaceable(location, where(pipeline="shop"))
    with pytest.raises(StoreError, match="whose name is not ASCII"):
        by_delta_rs.replace(FINDINGS, FINDINGS.rows(rows), where(run_id="a"))
    DeltaUpkeep(by_delta_rs).compact(FINDINGS)
    DeltaUpkeep(by_delta_rs).vacuum(FINDINGS, 0)
    assert ids(by_spark) == ids(by_delta_rs) == [("a", "1")]


def test_spark_and_processes_without_it_write_a_store_at_once(spark: SparkSession, tmp_path: Path) -> None:
    target = Target(str(tmp_path / "store"))
    write_at_once([target], writers=4, here=lambda location: SparkStore(spark, location, "shop"))
    for store in (SparkStore(spark, target.location, "shop"), DeltaStore(target.location, "shop")):
        require_nothing_lost_or_doubled(store, target.rounds, writers=4)


SHIFTED = [
    shift("a", "low", 1e-6, deterministic=True),
    shift("a", "high", 0.5, deterministic=False),
    shift("a", "unknown", None),
    shift("b", "low", 1e-6, slice_key="city", slice_value="Rome", deterministic=True),
    shift("b", "it's", 1e-6),
    shift("b", "back\\slash", float("nan"), slice_key="city", slice_value="it's"),
    *(shift("b", "a column that is longer than bounds " * 3 + last, 0.5) for last in "xyz"),
]


CHOSEN = {
    "a run": where(run_id="a"),
    "runs and no slice": where(run_id=["a", "b"], slice_key=None),
    "a limit": where(slice_key=["city", None], p_value=AtMost(1e-3)),
    "either": where(run_id="a", column_name="high") | where(run_id="b", slice_value=["Rome", "it's"]),
    "quotes and a slash": where(column_name=[])
    | where(severity="none", run_id="b", column_name=["back\\slash", "it's"]),
    "flags": where(run_id="b", deterministic=True) | where(run_id="a", deterministic=None),
    "a long value": where(column_name="a column that is longer than bounds " * 3 + "y"),
    "every row": EVERY_ROW,
    "no row": NO_ROW,
}


@pytest.mark.parametrize("rows", CHOSEN.values(), ids=CHOSEN)
def test_a_condition_selects_the_same_rows_to_read_and_to_replace(
    spark: SparkSession, tmp_path: Path, rows: Where
) -> None:
    left: dict[str, list[str]] = {}
    stores: dict[str, ProfileStore] = {
        "spark": SparkStore(spark, str(tmp_path / "spark"), "shop"),
        "delta-rs": DeltaStore(str(tmp_path / "delta"), "shop"),
        "memory": MemoryStore("shop"),
    }
    for name, store in stores.items():
        store.replace(SHIFTS, SHIFTS.rows(SHIFTED), where(run_id=["a", "b"]))
        chosen = sorted_rows(store.read(SHIFTS, rows))
        if not any("p_value" in alternative for alternative in rows.alternatives):
            store.replace(SHIFTS, SHIFTS.empty(), rows)
        left[name] = [*chosen, "left", *sorted_rows(store.read(SHIFTS))]
    assert left["delta-rs"] == left["spark"] == left["memory"]


def test_tables_with_deletion_vectors_and_column_mapping_are_read_and_replaced(
    spark: SparkSession, tmp_path: Path
) -> None:
    """What some platforms turn on for every new table."""
    store = DeltaStore(str(tmp_path / "store"), "shop")
    by_spark = SparkStore(spark, store.location, "shop")
    by_spark.replace(FINDINGS, FINDINGS.rows(finding("a", str(n)) for n in range(5)), where(run_id="a"))
    name = by_spark.identifier(FINDINGS)
    spark.sql(
        f"ALTER TABLE {name} SET TBLPROPERTIES ('delta.enableDeletionVectors' = 'true', "
        "'delta.columnMapping.mode' = 'name')"
    )
    spark.sql(f"DELETE FROM {name} WHERE finding_id IN ('1', '3')")
    assert "deletionVectors" in str(spark.sql(f"DESCRIBE DETAIL {name}").first()["tableFeatures"])  # type: ignore[index]
    assert ids(store) == [("a", "0"), ("a", "2"), ("a", "4")]
    store.replace(FINDINGS, FINDINGS.rows([finding("a", "2", severity="review")]), where(run_id="a", finding_id=["2"]))
    store.replace(FINDINGS, FINDINGS.rows([finding("b", "1")]), where(run_id="b"))
    for each in (store, by_spark):
        assert ids(each) == [("a", "0"), ("a", "2"), ("a", "4"), ("b", "1")]


def test_spark_reads_the_checkpoint_and_the_comments_that_delta_rs_wrote(spark: SparkSession, tmp_path: Path) -> None:
    store = DeltaStore(str(tmp_path / "store"), "shop")
    for run in range(4):
        store.replace(FINDINGS, FINDINGS.rows([finding(f"r{run}", "1")]), where(run_id=f"r{run}"))
    stored = store.delta_table(FINDINGS)
    assert stored is not None
    stored.create_checkpoint()
    for log in (tmp_path / "store" / "findings" / "_delta_log").glob("*.json"):
        if log.name < f"{stored.version():020}.json":
            log.unlink()
    by_spark = SparkStore(spark, store.location, "shop")
    assert ids(by_spark) == ids(store) == [(f"r{run}", "1") for run in range(4)]
    comments = {own.name: own.metadata.get("comment") for own in spark.table(by_spark.identifier(FINDINGS)).schema}
    assert comments == {column.name: column.comment for column in FINDINGS.columns}


def test_doctor_reads_a_store_that_spark_wrote_and_says_when_it_cannot(
    both: dict[str, ProfileStore], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of a process without a session, as that of the command.
    monkeypatch.setattr("stageprint.stores.opening.why_given", lambda: None)
    both["spark"].replace(RUNS, RUNS.rows([filled(RUNS, 1, pipeline="shop", run_id=RUN)]), where(run_id=RUN))
    config = parse_config(
        f"pipeline: shop\nstore: {tmp_path}/store\nengine: local\nstages:\n  - name: raw\n    tables:\n"
        f"      - {{name: t, source: {{format: parquet, path: '{tmp_path}/t.parquet'}}}}\n"
    )

    def said() -> tuple[str, str]:
        (found,) = (one for one in examine_config(config) if one.name == "store")
        return found.health, found.found

    assert said() == ("ok", f"{tmp_path}/store holds results, and can be written (delta-rs)")
    for file in (tmp_path / "store" / "runs").rglob("*.parquet"):
        if "_delta_log" not in file.parts:
            file.write_bytes(b"x")
    assert said()[0] == "failed"
