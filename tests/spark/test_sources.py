"""Nothing in a source is silent: files that differ, malformed rows, files of 0 bytes, another number of rows."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import orc
from pyspark.sql import SparkSession

from stageprint.api import profile_runs
from stageprint.config.loader import parse_config
from stageprint.config.sources import ReadPath
from stageprint.engines.spark.compat import to_arrow
from stageprint.model.outcomes import TableOutcome
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.pipeline.tables import column_profiles
from stageprint.stores.spark.store import open_store
from tests.support.versions import IS_SPARK_3, READS_ORC_ZONES

Row = dict[str, Any]


class Profiled:
    """What is stored of the tables of one command: outcomes, rows and columns by table."""

    def __init__(
        self, spark: SparkSession, root: Path, tables: Mapping[str, Row], path: ReadPath | None = None
    ) -> None:
        described = [{"name": name, **table} for name, table in tables.items()]
        config = parse_config(
            json.dumps({"pipeline": "p", "store": f"{root}/store", "stages": [{"name": "raw", "tables": described}]})
        )
        outcome = profile_runs(config, ["1"], session=spark, engine=path)
        store = open_store(config, spark)
        self.outcomes: dict[str, TableOutcome] = {one.key.table: one for one in outcome.tables}
        self.rows: dict[str, Row] = {
            row["table_name"]: row
            for row in to_arrow(store.frame(TABLE_PROFILES)).to_pylist()
            if row["slice_key"] is None
        }
        self.columns: dict[str, dict[str, Row]] = {}
        for row in to_arrow(store.frame(column_profiles())).to_pylist():
            if row["slice_key"] is None:
                self.columns.setdefault(row["table_name"], {})[row["column_name"]] = row
        for name, one in self.outcomes.items():
            assert list(one.notes) == (self.rows[name]["source_notes"] or []), name

    def notes(self, table: str) -> list[str]:
        return list(self.outcomes[table].notes)

    def counts(self, table: str) -> dict[str, tuple[int, int]]:
        """Return rows and nulls of each column."""
        return {name: (row["row_count"], row["null_count"]) for name, row in self.columns[table].items()}


def parquet(file: Path, **columns: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), file)


def text(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content)


def source(kind: str, path: Path, **options: Any) -> Row:
    return {"source": {"format": kind, "path": str(path), "options": options}}


NARROW = pa.int64() if IS_SPARK_3 else pa.int32()
"""Type of integers in one of two files, the other of which has 64 bits: Spark 3.5 does not read int beside bigint."""

WIDENED = 0 if IS_SPARK_3 else 1
"""Columns of such files that are read in a wider type than one of them has."""

PATHS: tuple[tuple[ReadPath, str], ...] = (("auto", "arrow"), ("dataframe", "dataframe"))


@pytest.mark.parametrize(("path", "engine"), PATHS)
def test_parquet_files_that_differ(spark: SparkSession, tmp_path: Path, path: ReadPath, engine: str) -> None:
    for name in ("union", "first", "merged"):
        parquet(tmp_path / name / "a.parquet", id=pa.array([1, 2], NARROW), x=[0.5, 1.5])
        parquet(tmp_path / name / "b.parquet", id=pa.array([3], pa.int64()), x=[2.5], late=["v"])
    shutil.copytree(tmp_path / "union", tmp_path / "partitioned" / "day=1")
    parquet(tmp_path / "clash" / "a.parquet", id=[1], x=[0.5])
    parquet(tmp_path / "clash" / "b.parquet", id=[1], x=["text"])
    parquet(tmp_path / "same" / "a.parquet", id=[1])
    parquet(tmp_path / "same" / "b.parquet", id=[2])
    found = Profiled(
        spark,
        tmp_path,
        {
            "union": source("parquet", tmp_path / "union"),
            "partitioned": source("parquet", tmp_path / "partitioned"),
            "pattern": source("parquet", tmp_path / "union" / "*.parquet"),
            "merged": source("parquet", tmp_path / "merged", mergeSchema=True),
            "first": source("parquet", tmp_path / "first", mergeSchema=False) | {"columns": {"include": ["x"]}},
            "clash": source("parquet", tmp_path / "clash"),
            "same": source("parquet", tmp_path / "same"),
        },
        path,
    )
    for name in ("union", "partitioned", "pattern", "merged"):
        assert found.rows[name]["status"] == "ok", found.rows[name]["error"]
        assert found.rows[name]["engine_path"] == engine
        counts = found.counts(name)
        assert (counts["id"], counts["x"], counts["late"]) == ((3, 0), (3, 0), (3, 2)), name
        assert found.columns[name]["id"]["data_type"] == "bigint"
        columns, *types = found.notes(name)
        assert "'late' is only in" in columns
        assert "b.parquet; all columns are profiled" in columns
        assert [("'id' is int in" in note, "read as bigint" in note) for note in types] == [(True, True)] * WIDENED
    assert "is only in day=1/b.parquet;" in found.notes("partitioned")[0]
    (left_out,) = found.notes("first")
    assert "'late' is not profiled, since the option mergeSchema is false" in left_out
    assert found.counts("first") == {"x": (3, 0)}
    error = found.rows["clash"]["error"]
    assert found.rows["clash"]["status"] == "failed"
    for part in ("'x' is double in a.parquet and string in b.parquet", "two tables"):
        assert part in error
    assert found.notes("same") == []
    assert found.rows["same"]["source_notes"] is None
    assert found.rows["same"]["malformed_rows"] is None


@pytest.mark.skipif(not IS_SPARK_3, reason="Spark 4 reads them")
@pytest.mark.parametrize("path", [path for path, _ in PATHS])
def test_parquet_files_that_spark_3_does_not_widen(spark: SparkSession, tmp_path: Path, path: ReadPath) -> None:
    parquet(tmp_path / "t" / "a.parquet", id=pa.array([1, 2], pa.int32()))
    parquet(tmp_path / "t" / "b.parquet", id=pa.array([3], pa.int64()))
    (row,) = Profiled(spark, tmp_path, {"t": source("parquet", tmp_path / "t")}, path).rows.values()
    assert row["status"] == "failed"
    assert "'id' is int in a.parquet and bigint in b.parquet" in row["error"]


@pytest.mark.parametrize(("path", "engine"), PATHS)
@pytest.mark.parametrize("place", ["0", pytest.param("b", marks=pytest.mark.slow), "z"])
def test_parquet_files_of_0_bytes(spark: SparkSession, tmp_path: Path, path: ReadPath, engine: str, place: str) -> None:
    parquet(tmp_path / "t" / "a.parquet", id=[1, 2])
    parquet(tmp_path / "t" / "c.parquet", id=[3])
    text(tmp_path / "t" / f"{place}.parquet", "")
    text(tmp_path / "nothing" / "a.parquet", "")
    found = Profiled(
        spark,
        tmp_path,
        {"t": source("parquet", tmp_path / "t"), "nothing": source("parquet", tmp_path / "nothing")},
        path,
    )
    assert (found.rows["t"]["status"], found.rows["t"]["row_count"]) == ("ok", 3)
    assert found.rows["t"]["engine_path"] == engine
    (note,) = found.notes("t")
    assert note.startswith(f"1 of 3 files has 0 bytes and no rows: {place}.parquet;")
    assert "its file has 0 bytes: a.parquet" in found.rows["nothing"]["error"]


def test_text_files_of_0_bytes(spark: SparkSession, tmp_path: Path) -> None:
    tables = {}
    for place in ("0", "b", "z"):
        text(tmp_path / f"csv{place}" / "a.csv", "id,x\n1,2\n")
        text(tmp_path / f"csv{place}" / f"{place}.csv", "")
        text(tmp_path / f"json{place}" / "a.json", '{"id": 1, "x": 2}\n')
        text(tmp_path / f"json{place}" / f"{place}.json", "")
        spark.sql("SELECT 1 AS id, 2 AS x").coalesce(1).write.orc(f"{tmp_path}/orc{place}")
        text(tmp_path / f"orc{place}" / f"{place}.orc", "")
        tables[f"csv{place}"] = source("csv", tmp_path / f"csv{place}", header=True)
        tables[f"json{place}"] = source("json", tmp_path / f"json{place}")
        tables[f"orc{place}"] = source("orc", tmp_path / f"orc{place}")
    found = Profiled(spark, tmp_path, tables)
    for name in tables:
        assert (found.rows[name]["status"], found.rows[name]["row_count"]) == ("ok", 1), found.rows[name]["error"]
        (note,) = found.notes(name)
        assert note.startswith("1 of 2 files has 0 bytes"), name


def test_csv_files_with_other_headers(spark: SparkSession, tmp_path: Path) -> None:
    text(tmp_path / "h" / "a.csv", "id,x\n1,10\n2,20\n")
    text(tmp_path / "h" / "b.csv", 'id,y,x\n3,"text, with comma",30\n')
    (tmp_path / "h" / "c.csv.gz").write_bytes(gzip.compress(b"x,id\n40,4\n"))
    text(tmp_path / "n" / "a.csv", "1,10\n2,20\n")
    text(tmp_path / "n" / "b.csv", "3,30,300\n")
    text(tmp_path / "order" / "day=1" / "a.csv", "id,x\n1,10\n")
    text(tmp_path / "order" / "day=2" / "a.csv", "x,id\n20,2\n")
    text(tmp_path / "none" / "a.csv", "id,x\n1,10\n")
    text(tmp_path / "none" / "b.csv", "078-05-1120,20\n")
    text(tmp_path / "types" / "a.csv", "id,x\n1,10\n")
    text(tmp_path / "types" / "b.csv", "id,x,y\n2,many,1\n")
    found = Profiled(
        spark,
        tmp_path,
        {
            "h": source("csv", tmp_path / "h", header=True, inferSchema=True),
            "n": source("csv", tmp_path / "n", inferSchema=True),
            "order": source("csv", tmp_path / "order", header=True, inferSchema=True),
            "none": source("csv", tmp_path / "none", header=True),
            "types": source("csv", tmp_path / "types", header=True, inferSchema=True),
        },
    )
    assert {name: row["error"] for name, row in found.rows.items() if name != "none"} == dict.fromkeys(
        ("h", "n", "order", "types")
    )
    assert found.counts("h") == {"id": (4, 0), "x": (4, 0), "y": (4, 3)}
    assert (found.columns["h"]["x"]["min"], found.columns["h"]["x"]["max"]) == (10, 40)
    (note,) = found.notes("h")
    assert "'y' is only in b.csv; all columns are profiled" in note
    assert found.counts("n") == {"_c0": (3, 0), "_c1": (3, 0), "_c2": (3, 2)}
    assert "'_c2' is only in b.csv" in found.notes("n")[0]
    assert found.rows["n"]["malformed_rows"] == 0
    assert (found.columns["order"]["id"]["max"], found.columns["order"]["x"]["max"]) == (2, 20)
    assert set(found.columns["order"]) == {"id", "x", "day"}
    assert "columns in another order than most: day=" in found.notes("order")[0]
    assert found.rows["none"]["status"] == "failed"
    assert "the first row of b.csv names none of the columns of a.csv" in found.rows["none"]["error"]
    assert "078" not in found.rows["none"]["error"]
    assert found.columns["types"]["x"]["data_type"] == "string"
    assert "'x' is int in a.csv and string in b.csv, read as string" in found.notes("types")[1]


RAGGED = "id,x\n1,10\n2\n3,30,300\n4,40\n"


def test_malformed_rows_are_counted(spark: SparkSession, tmp_path: Path) -> None:
    text(tmp_path / "ragged" / "a.csv", RAGGED)
    text(tmp_path / "clean" / "a.csv", "id,x\n1,10\n2,20\n")
    sampled = "".join(f"{number},{number}\n" for number in range(2000))
    text(tmp_path / "typed" / "a.csv", f"id,x\n{sampled}9999,secret\n")
    text(tmp_path / "json" / "a.json", '{"id": 1}\n{"id": 2,\nplanted text\n{"id": 4}\n')
    text(tmp_path / "hopeless" / "a.json", "planted text\n")
    csv = {"header": True}
    found = Profiled(
        spark,
        tmp_path,
        {
            "ragged": source("csv", tmp_path / "ragged", **csv) | {"slices": [{"by": "id", "values": ["1"]}]},
            "dropped": source("csv", tmp_path / "ragged", **csv, mode="DROPMALFORMED") | {"keys": ["id"]},
            "failing": source("csv", tmp_path / "ragged", **csv, mode="FAILFAST"),
            "some": source("csv", tmp_path / "ragged", **csv) | {"columns": {"include": ["id"]}},
            "none": source("csv", tmp_path / "ragged", **csv) | {"columns": {"include": []}},
            "clean": source("csv", tmp_path / "clean", **csv),
            "typed": source("csv", tmp_path / "typed", **csv, inferSchema=True, samplingRatio=0.001),
            "json": source("json", tmp_path / "json"),
            "json_dropped": source("json", tmp_path / "json", mode="DROPMALFORMED"),
            "hopeless": source("json", tmp_path / "hopeless"),
        },
    )
    status = {name: (row["status"], row["row_count"], row["malformed_rows"]) for name, row in found.rows.items()}
    assert status == {
        "ragged": ("ok", 4, 2),
        "dropped": ("ok", 2, 2),
        "failing": ("failed", None, None),
        "some": ("ok", 4, 2),
        "none": ("ok", 4, None),
        "clean": ("ok", 2, 0),
        "typed": ("ok", 2001, 1),
        "json": ("ok", 4, 2),
        "json_dropped": ("ok", 2, 2),
        "hopeless": ("failed", None, None),
    }
    assert found.counts("ragged") == {"id": (4, 0), "x": (4, 1)}
    (note,) = found.notes("ragged")
    assert note.startswith("2 of 4 rows are malformed: they have too few or too many fields")
    assert "fields beyond the last column are not profiled" in note
    (note,) = found.notes("dropped")
    assert note.startswith("2 of 4 rows are malformed")
    assert "not profiled, since mode is DROPMALFORMED" in note
    assert found.counts("dropped") == {"id": (2, 0), "x": (2, 0)}
    assert found.counts("json") == {"id": (4, 2)}
    assert found.notes("clean") == []
    assert "multiLine" in found.rows["hopeless"]["error"]
    told = json.dumps(list(found.rows.values()), default=str)
    assert "secret" not in told
    assert "planted" not in told


def test_json_files_that_differ(spark: SparkSession, tmp_path: Path) -> None:
    text(tmp_path / "t" / "a.json", '{"id": 1, "x": 1, "rare": 1}\n{"id": 2, "x": 2}\n')
    text(tmp_path / "t" / "b.json", '{"id": 3, "late": true}\n{"id": "4", "late": false}\n')
    text(tmp_path / "t" / "c.json", '{"id": "5", "late": true}\n')
    found = Profiled(spark, tmp_path, {"t": source("json", tmp_path / "t")})
    columns, types = found.notes("t")
    assert "'x' is only in a.json" in columns
    assert "'late' is missing from a.json" in columns
    assert "rare" not in columns
    assert "'id' is number in a.json and text in c.json, read as string" in types
    assert found.counts("t") == {"id": (5, 0), "late": (5, 2), "rare": (5, 4), "x": (5, 3)}


def test_orc_files_that_differ(spark: SparkSession, tmp_path: Path) -> None:
    for number, query in enumerate(("SELECT 1 AS id", "SELECT 2 AS id, 'v' AS late")):
        spark.sql(query).coalesce(1).write.orc(f"{tmp_path}/part{number}")
        (part,) = (tmp_path / f"part{number}").glob("*.orc")
        (tmp_path / "t").mkdir(exist_ok=True)
        part.rename(tmp_path / "t" / f"{number}.orc")
    found = Profiled(
        spark,
        tmp_path,
        {"t": source("orc", tmp_path / "t"), "first": source("orc", tmp_path / "t", mergeSchema=False)},
    )
    assert found.counts("t") == {"id": (2, 0), "late": (2, 1)}
    assert "'late' is only in 1.orc" in found.notes("t")[0]


@pytest.mark.parametrize("merges", [True, False])
def test_orc_files_with_times_in_a_time_zone(spark: SparkSession, tmp_path: Path, merges: bool) -> None:
    (tmp_path / "t").mkdir()
    orc.write_table(pa.table({"at": pa.array([0, 1], pa.timestamp("us", "UTC"))}), tmp_path / "t" / "a.orc")
    found = Profiled(spark, tmp_path, {"t": source("orc", tmp_path / "t", mergeSchema=merges)})
    if READS_ORC_ZONES:
        assert found.counts("t") == {"at": (2, 0)}
        return
    error = found.rows["t"]["error"]
    for part in (f"Spark {spark.version} does not read ORC files with times", "engine local, or with Spark 4.2"):
        assert part in error


def test_orc_files_that_are_not_one_table(spark: SparkSession, tmp_path: Path) -> None:
    (tmp_path / "t").mkdir()
    for name, values in {"a": [1], "b": ["text"]}.items():
        orc.write_table(pa.table({"x": values}), tmp_path / "t" / f"{name}.orc")
    found = Profiled(spark, tmp_path, {"t": source("orc", tmp_path / "t")})
    error = found.rows["t"]["error"]
    assert "its files cannot be read as one table: " in error
    assert error.endswith("; write the files with one schema")


@pytest.fixture
def skips_damaged(spark: SparkSession) -> Iterator[None]:
    spark.conf.set("spark.sql.files.ignoreCorruptFiles", "true")
    yield
    spark.conf.unset("spark.sql.files.ignoreCorruptFiles")


@pytest.mark.usefixtures("skips_damaged")
def test_rows_that_are_not_as_many_as_the_source_says(spark: SparkSession, tmp_path: Path) -> None:
    parquet(tmp_path / "t" / "a.parquet", id=[1, 2])
    parquet(tmp_path / "t" / "b.parquet", id=list(range(5000)))
    whole = (tmp_path / "t" / "b.parquet").read_bytes()
    # The footer is whole, the pages before it are not: Spark skips the file as it reads it.
    (tmp_path / "t" / "b.parquet").write_bytes(whole[:4] + bytes(len(whole) // 2) + whole[4 + len(whole) // 2 :])
    text(tmp_path / "t" / "c.parquet", "not Parquet")
    for rows in (10, 5):
        spark.range(rows).write.format("delta").mode("append").save(f"{tmp_path}/d")
    spark.sql(f"ALTER TABLE delta.`{tmp_path}/d` SET TBLPROPERTIES (delta.enableDeletionVectors = true)")
    spark.sql(f"DELETE FROM delta.`{tmp_path}/d` WHERE id = 3")
    shutil.copytree(tmp_path / "d", tmp_path / "wrong")
    first = tmp_path / "wrong" / "_delta_log" / "00000000000000000000.json"
    first.write_text(first.read_text().replace('\\"numRecords\\":', '\\"numRecords\\":1'))
    for checksum in (tmp_path / "wrong" / "_delta_log").glob("*.crc"):
        checksum.unlink()
    found = Profiled(
        spark,
        tmp_path,
        {
            "t": source("parquet", tmp_path / "t"),
            "d": source("delta", tmp_path / "d"),
            "wrong": source("delta", tmp_path / "wrong", versionAsOf=1),
        },
        "dataframe",
    )
    assert found.rows["t"]["row_count"] == 2
    skipped, counted = found.notes("t")
    assert skipped.startswith("1 damaged file is skipped")
    assert counted.startswith("2 rows were read, 5,000 fewer than the footers of its files say (5,002)")
    assert (found.rows["d"]["row_count"], found.notes("d")) == (13, [])
    (note,) = found.notes("wrong")
    assert note.startswith("15 rows were read, ")
    assert "fewer than the entries of the Delta log up to version 1 say" in note


def test_iceberg_needs_its_jar(spark: SparkSession, tmp_path: Path) -> None:
    pipeline = parse_config(
        f"pipeline: p\nstore: {tmp_path}/store\nstages:\n  - name: raw\n    tables:\n"
        f"      - {{name: t, source: {{format: iceberg, path: '{tmp_path}/t'}}}}\n"
    )
    (failed,) = profile_runs(pipeline, ["2026-03-01"], session=spark).failed
    assert failed.error is not None
    assert failed.error.startswith(
        f"iceberg source '{tmp_path}/t' cannot be opened: Spark has no Iceberg; add org.apache"
    )
