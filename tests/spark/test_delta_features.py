"""What new Delta tables have – deletion vectors, column mapping, … – takes the fast path and gives Spark's numbers."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyspark.sql import SparkSession

from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.delta.vectors import z85_decoded
from stageprint.engines.local.engine import LocalEngine
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.pipeline.profile import profile
from stageprint.pipeline.tables import column_profiles
from stageprint.stores.memory import MemoryStore
from tests.spark.test_arrow import assert_same, config, metrics, planned, reason
from tests.support.numbers import same
from tests.support.versions import IS_SPARK_3, since_spark_4

_PLACE = frozenset({"member", "index", "not_computable"})

TO_Z85 = str.maketrans(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~",
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#",
)


def source(folder: Path) -> str:
    return f"{{format: delta, path: {folder}/t}}"


def same_everywhere(spark: SparkSession, pipeline: PipelineConfig) -> int:
    """Hold both paths of Spark and the local engine to the same figures; return the number of rows."""
    found = assert_same(spark, pipeline)
    plan, _ = planned(spark, pipeline)
    store = MemoryStore("p")
    assert not profile(pipeline, ["r"], engine=LocalEngine(), store=store).failed
    local = {row["column_name"]: row for row in store.read(column_profiles()).to_pylist() if row["slice_key"] is None}
    for row in found.to_pylist():
        if row["member"] or row["index"] < 0:
            continue
        column = plan.table.columns[row["index"]].path
        pairs = {name: (value, local[column].get(name)) for name, value in metrics(row).items() if name not in _PLACE}
        assert not {name: pair for name, pair in pairs.items() if not same(*pair)}, column
    (whole,) = [row for row in store.read(TABLE_PROFILES).to_pylist() if row["slice_key"] is None]
    assert whole["engine_path"] == "local"
    return int(whole["row_count"])


def commits(folder: Path) -> list[Path]:
    return sorted((folder / "t" / "_delta_log").glob("0*.json"))


def test_deletion_vectors(spark: SparkSession, tmp_path: Path) -> None:
    spark.conf.set("parquet.block.row.count.limit", "15")
    try:
        spark.sql(
            "SELECT id, id % 3 AS part, IF(id % 4 = 0, null, concat('v', id % 5)) AS s FROM range(0, 180, 1, 2)"
        ).write.format("delta").option("delta.enableDeletionVectors", "true").partitionBy("part").save(f"{tmp_path}/t")
    finally:
        spark.conf.unset("parquet.block.row.count.limit")
    spark.sql(f"DELETE FROM delta.`{tmp_path}/t` WHERE id % 7 = 1 OR id BETWEEN 60 AND 100")
    deleted = len([n for n in range(180) if n % 7 == 1 or 60 <= n <= 100])
    spark.sql("SELECT id, 9L AS part, 'new' AS s FROM range(50)").write.format("delta").mode("append").save(
        f"{tmp_path}/t"
    )
    more = "        keys: [id]\n        slices: [{by: part}]\n"
    pipeline = config(tmp_path, source(tmp_path), more)
    assert any(
        "deletionVector" in text and '"storageType":"u"' in text for text in map(Path.read_text, commits(tmp_path))
    )
    assert same_everywhere(spark, pipeline) == 230 - deleted
    none = config(tmp_path, source(tmp_path), "        columns: {include: [part]}\n")
    assert_same(spark, none)


def _inlined(folder: Path) -> None:
    """Let the log hold the deletion vectors themselves."""
    file = commits(folder)[-1]
    lines = []
    for line in file.read_text().splitlines():
        entry: dict[str, Any] = json.loads(line)
        for action in (entry.get("add"), entry.get("remove")):
            vector = (action or {}).get("deletionVector")
            if action is None or vector is None or "add" not in entry:
                continue
            (stored,) = (folder / "t").glob("deletion_vector_*.bin")
            begin = vector["offset"]
            (size,) = struct.unpack(">i", stored.read_bytes()[begin : begin + 4])
            data = stored.read_bytes()[begin + 4 : begin + 4 + size]
            text = base64.b85encode(data + b"\0" * (-size % 4)).decode().translate(TO_Z85)
            assert z85_decoded(text)[:size] == data
            action["deletionVector"] = {
                **{key: value for key, value in vector.items() if key != "offset"},
                "storageType": "i",
                "pathOrInlineDv": text,
                "sizeInBytes": size,
            }
        lines.append(json.dumps(entry))
    file.write_text("\n".join(lines) + "\n")
    for checksum in (folder / "t" / "_delta_log").glob("*.crc"):
        checksum.unlink()
    for checksum in (folder / "t" / "_delta_log").glob(".*.crc"):
        checksum.unlink()


def test_deletion_vectors_in_the_log(spark: SparkSession, tmp_path: Path) -> None:
    spark.range(0, 100, 1, 1).write.format("delta").option("delta.enableDeletionVectors", "true").save(f"{tmp_path}/t")
    spark.sql(f"DELETE FROM delta.`{tmp_path}/t` WHERE id % 7 = 1")
    _inlined(tmp_path)
    for file in (tmp_path / "t").glob("deletion_vector_*"):
        file.unlink()
    assert same_everywhere(spark, config(tmp_path, source(tmp_path))) == 85


_UNREADABLE = "neither Delta Kernel nor delta-rs in this process reads this table's log"


def test_a_vector_that_is_gone_leaves_the_table_to_spark(spark: SparkSession, tmp_path: Path) -> None:
    spark.range(0, 100, 1, 1).write.format("delta").option("delta.enableDeletionVectors", "true").save(f"{tmp_path}/t")
    spark.sql(f"DELETE FROM delta.`{tmp_path}/t` WHERE id % 7 = 1")
    (vector,) = (tmp_path / "t").glob("deletion_vector_*.bin")
    vector.write_bytes(vector.read_bytes()[:-6])
    said = reason(spark, config(tmp_path, source(tmp_path)))
    # Delta 3.3 brings no Kernel. Then deltalake reads the log, and with it every vector.
    assert (_UNREADABLE if IS_SPARK_3 else "a deletion vector in deletion_vector_") in said


NESTED = """SELECT id, named_struct('a', id, 'b b', CAST(id AS string)) AS s,
  array(named_struct('x', id, 'y', id / 2)) AS l, map(concat('k', id % 3), named_struct('v', id)) AS m,
  id % 4 AS part, id * 2 AS gone FROM range(60)"""


@pytest.mark.parametrize("mode", ["name", pytest.param("id", marks=pytest.mark.slow)])
def test_column_mapping(spark: SparkSession, tmp_path: Path, mode: str) -> None:
    writer = spark.sql(NESTED).write.format("delta").partitionBy("part")
    writer.option("delta.columnMapping.mode", mode).save(f"{tmp_path}/t")
    table = f"delta.`{tmp_path}/t`"
    spark.sql(f"ALTER TABLE {table} RENAME COLUMN id TO `a.b c`")
    spark.sql(f"ALTER TABLE {table} RENAME COLUMN s.a TO renamed")
    spark.sql(f"ALTER TABLE {table} DROP COLUMN gone")
    spark.sql(f"ALTER TABLE {table} ADD COLUMNS (gone string, s.late int)")  # other columns than the ones before
    spark.sql(
        "SELECT id AS `a.b c`, named_struct('renamed', id, 'b b', 'x', 'late', 7) AS s,"
        " array(named_struct('x', id, 'y', 0.5D)) AS l, map('k', named_struct('v', id)) AS m,"
        " 9L AS part, 'back' AS gone FROM range(10)"
    ).write.format("delta").mode("append").save(f"{tmp_path}/t")
    assert same_everywhere(spark, config(tmp_path, source(tmp_path), "        slices: [{by: part}]\n")) == 70


def _with_size(folder: Path, file: Path) -> None:
    """Let the log say the size that a file has now."""
    (log,) = commits(folder)
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    for entry in entries:
        if "add" in entry:
            entry["add"]["size"] = file.stat().st_size
    log.write_text("\n".join(json.dumps(entry) for entry in entries) + "\n")
    for checksum in (folder / "t").rglob("*.crc"):
        checksum.unlink()


@pytest.mark.slow
def test_a_file_that_calls_its_fields_otherwise_is_matched_by_id(spark: SparkSession, tmp_path: Path) -> None:
    spark.range(0, 5, 1, 1).write.format("delta").option("delta.columnMapping.mode", "id").save(f"{tmp_path}/t")
    (file,) = (tmp_path / "t").rglob("*.parquet")
    table = pq.read_table(file)
    renamed = pa.schema([table.schema.field(0).with_name("other")])
    pq.write_table(pa.table([table.column(0)], schema=renamed), file)
    _with_size(tmp_path, file)
    assert same_everywhere(spark, config(tmp_path, source(tmp_path))) == 5
    without = pa.schema([pa.field("id", pa.int64())])
    pq.write_table(pa.table([table.column(0)], schema=without), file)
    _with_size(tmp_path, file)
    assert "the file has no id for field 'id', and the table matches fields by id" in reason(
        spark, config(tmp_path, source(tmp_path))
    )


@since_spark_4  # Spark 3.5 has no SQL for identity columns
@pytest.mark.slow
def test_generated_identity_and_default_columns(spark: SparkSession, tmp_path: Path) -> None:
    spark.sql(
        f"""CREATE TABLE delta.`{tmp_path}/t` (number BIGINT GENERATED ALWAYS AS IDENTITY, at TIMESTAMP,
        day DATE GENERATED ALWAYS AS (CAST(at AS DATE)), state STRING DEFAULT 'new') USING delta
        TBLPROPERTIES ('delta.feature.allowColumnDefaults' = 'supported')"""
    )
    for day in (1, 2):
        spark.sql(f"INSERT INTO delta.`{tmp_path}/t` (at) VALUES (TIMESTAMP'2026-03-0{day} 12:00:00Z'), (null)")
    assert same_everywhere(spark, config(tmp_path, source(tmp_path))) == 4


@pytest.mark.slow
def test_types_that_were_widened(spark: SparkSession, tmp_path: Path) -> None:
    names = {"b": ("tinyint", "int"), "h": ("smallint", "int")}  # all that Delta 3.3 widens
    if not IS_SPARK_3:
        names |= {"i": ("int", "double"), "j": ("int", "decimal(14,2)"), "d": ("date", "timestamp_ntz")}
    values = {"b": "id", "h": "id", "i": "id", "j": "id", "d": "date_add(DATE'2026-03-01', CAST(id AS int))"}

    def query(which: int) -> str:
        columns = [f"CAST({values[name]} AS {types[which]}) AS {name}" for name, types in names.items()]
        return f"SELECT {', '.join(columns)} FROM range(5)"

    spark.sql(query(0)).write.format("delta").option("delta.enableTypeWidening", "true").option(
        "delta.feature.timestampNtz", "supported"
    ).save(f"{tmp_path}/t")
    for name, (_, wider) in names.items():
        spark.sql(f"ALTER TABLE delta.`{tmp_path}/t` ALTER COLUMN {name} TYPE {wider}")
    spark.sql(query(1)).write.format("delta").mode("append").save(f"{tmp_path}/t")
    assert same_everywhere(spark, config(tmp_path, source(tmp_path))) == 10


@pytest.mark.slow
def test_checkpoints_with_sidecars_and_liquid_clustering(spark: SparkSession, tmp_path: Path) -> None:
    spark.sql(
        f"""CREATE TABLE delta.`{tmp_path}/t` (id BIGINT, s STRING) USING delta CLUSTER BY (id)
        TBLPROPERTIES ('delta.checkpointPolicy' = 'v2', 'delta.checkpointInterval' = '2',
        'delta.enableDeletionVectors' = 'true')"""
    )
    for start in (0, 10):
        spark.sql(f"INSERT INTO delta.`{tmp_path}/t` SELECT id, concat('v', id) FROM range({start}, {start + 10})")
    spark.sql(f"DELETE FROM delta.`{tmp_path}/t` WHERE id = 3")
    spark.sql(f"OPTIMIZE delta.`{tmp_path}/t`")
    log = tmp_path / "t" / "_delta_log"
    assert list((log / "_sidecars").glob("*.parquet"))
    for file in commits(tmp_path)[:2]:  # so that the checkpoint is needed
        file.unlink()
    assert same_everywhere(spark, config(tmp_path, source(tmp_path))) == 19
