"""What Delta's log and Iceberg's snapshots say of a table's partitions, without Spark."""

from __future__ import annotations

import datetime as dt
import re
from types import SimpleNamespace
from typing import Any

import pytest
from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.engines.delta.mapping import column_mapping
from stageprint.engines.delta.vectors import DeletionVector
from stageprint.engines.parquet.model import DataFile, NotReadableError
from stageprint.engines.spark.changes import files_by_partition, version_text
from stageprint.engines.spark.delta_log import DeltaFile, DeltaSnapshot

DAY = T.StructField("day", T.DateType())


def opened(*files: DeltaFile, version: int = 1, **more: Any) -> Any:
    return SimpleNamespace(snapshot=DeltaSnapshot(version, files, {}, **more), iceberg=None)


def of_day(day: str | None, path: str, rows: int | None = 5, deleted: int = 0) -> DeltaFile:
    return DeltaFile(path, 100, {"day": day}, DeletionVector(deleted, b"v") if deleted else None, rows)


def test_files_are_those_of_the_partition() -> None:
    source = opened(of_day("2026-01-01", "a"), of_day("2026-01-02", "b"), of_day("2026-01-01", "c"), of_day("", "d"))
    parts = files_by_partition(source, {}, DAY)
    assert parts is not None
    assert {value: len(files) for value, files in parts.items()} == {"2026-01-01": 2, "2026-01-02": 1, "__null__": 1}


def test_a_deleted_row_or_another_file_is_a_change() -> None:
    before = files_by_partition(opened(of_day("2026-01-01", "a"), of_day("2026-01-02", "b")), {}, DAY)
    after = files_by_partition(opened(of_day("2026-01-01", "a", 4, 1), of_day("2026-01-02", "b2")), {}, DAY)
    assert before is not None
    assert after is not None
    assert all(before[day] != after[day] for day in ("2026-01-01", "2026-01-02"))


def test_a_partition_without_rows_is_none() -> None:
    assert files_by_partition(opened(of_day("2026-01-01", "a", 0, 5)), {}, DAY) == {}


@pytest.mark.parametrize(
    ("file", "options", "column"),
    [
        (of_day("2026-01-01", "a", None), {}, DAY),
        (of_day("2026-01-01", "a"), {}, T.StructField("other", T.StringType())),
        (of_day("2026-01-01", "a"), {"readChangeFeed": "true"}, DAY),
        (of_day("2026-01-01 00:00:00", "a"), {}, T.StructField("day", T.TimestampType())),
        (of_day("1 January", "a"), {}, DAY),
        (of_day("a ", "a"), {}, T.StructField("day", T.StringType(), True, {"__CHAR_VARCHAR_TYPE_STRING": "char(2)"})),
    ],
    ids=["rows-not-known", "no-partition-column", "change-feed", "timestamp", "no-date", "padded"],
)
def test_what_the_log_does_not_tell(file: DeltaFile, options: dict[str, str], column: T.StructField) -> None:
    assert files_by_partition(opened(file), options, column) is None


@pytest.mark.parametrize(
    ("data_type", "value", "text"),
    [(T.IntegerType(), "007", "7"), (T.BooleanType(), "True", "true"), (T.StringType(), " A", " A")],
)
def test_values_are_written_as_spark_casts_them(data_type: T.DataType, value: str, text: str) -> None:
    parts = files_by_partition(opened(of_day(value, "a")), {}, T.StructField("day", data_type))
    assert parts is not None
    assert list(parts) == [text]


def test_mapped_columns_have_other_names_in_the_log() -> None:
    schema = '{"fields": [{"name": "day", "type": "date", "metadata": {"delta.columnMapping.physicalName": "col-1"}}]}'
    mapping = column_mapping({"delta.columnMapping.mode": "name"}, schema)
    file = DeltaFile("a", 1, {"col-1": "2026-01-01"}, None, 5)
    assert list(files_by_partition(opened(file, mapping=mapping), {}, DAY) or ()) == ["2026-01-01"]


def test_a_version_is_known_by_its_files_and_not_by_its_number() -> None:
    same = version_text(opened(of_day("1", "a"), of_day("2", "b"), version=1), {})
    assert same == version_text(opened(of_day("2", "b"), of_day("1", "a"), version=7), {"versionAsOf": "7"})
    assert same != version_text(opened(of_day("1", "a"), version=1), {})
    assert same != version_text(opened(of_day("1", "a"), of_day("2", "b", 4, 1)), {})
    assert version_text(opened(of_day("1", "a")), {"readChangeFeed": "true"}) is None
    assert version_text(SimpleNamespace(snapshot=None, iceberg=None), {}) is None  # type: ignore[arg-type]


def test_keys_that_open_files_are_no_part_of_it() -> None:
    one, other = (version_text(opened(of_day("1", f"s3a://ID:{key}@bucket/a")), {}) for key in ("K1", "K2"))
    assert one == other
    assert not re.search("K1", str(one))


def test_an_iceberg_snapshot_has_an_id() -> None:
    source: Any = SimpleNamespace(iceberg=SimpleNamespace(id=42), snapshot=None)
    assert version_text(source, {}) == "iceberg snapshot 42"
    assert version_text(source, {"start-snapshot-id": "1"}) is None


def test_files_of_an_iceberg_snapshot_are_in_its_partitions(monkeypatch: pytest.MonkeyPatch) -> None:
    files = [DataFile("a", 1, ("x", dt.date(2026, 1, 1))), DataFile("b", 2, ("x", None)), DataFile("c", 3, ("", None))]
    monkeypatch.setattr("stageprint.engines.spark.changes.data_files", lambda _: files)
    source: Any = SimpleNamespace(iceberg=SimpleNamespace(id=42, partition={"kind": "k", "day": "day"}), snapshot=None)
    by_day = files_by_partition(source, {}, DAY) or {}
    assert {value: len(found) for value, found in by_day.items()} == {"2026-01-01": 1, "__null__": 2}
    by_kind = files_by_partition(source, {}, T.StructField("kind", T.StringType())) or {}
    assert {value: len(found) for value, found in by_kind.items()} == {"x": 2, "": 1}
    assert files_by_partition(source, {}, T.StructField("other", T.StringType())) is None


def test_only_spark_knows_the_rows_of_an_iceberg_table_with_deletes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        message = "it has delete files"
        raise NotReadableError(message)

    monkeypatch.setattr("stageprint.engines.spark.changes.data_files", refuse)
    source: Any = SimpleNamespace(iceberg=SimpleNamespace(id=42, partition={"day": "day"}), snapshot=None)
    assert files_by_partition(source, {}, DAY) is None
