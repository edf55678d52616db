"""Which Iceberg snapshots the fast path reads, by their metadata; tests/spark/test_iceberg.py has real ones."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any, cast

import pyarrow as pa
import pytest
from pyspark.sql import DataFrame

from stageprint.engines.parquet.model import NotReadableError
from stageprint.engines.spark.iceberg import IcebergSnapshot, data_files

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.timezone.utc)


class Files:
    """The metadata table of files, as a DataFrame that holds its rows."""

    def __init__(self, *rows: dict[str, Any]) -> None:
        self._rows = rows

    def select(self, *names: str) -> Files:
        return Files(*({name: row[name] for name in names} for row in self._rows))

    def toArrow(self) -> pa.Table:  # noqa: N802 -- Spark's own name
        return pa.Table.from_pylist(list(self._rows))


def file(number: int, **changes: Any) -> dict[str, Any]:
    row = {
        "content": 0,
        "file_path": f"s3://lake/t/{number}.parquet",
        "file_format": "PARQUET",
        "file_size_in_bytes": 100 + number,
        "spec_id": 0,
        "partition": {"part": number, "day": dt.date(2026, 3, number)},
    }
    return row | changes


def snapshot(*rows: dict[str, Any]) -> IcebergSnapshot:
    partition = {"part": "part", "on": "day"}
    listed = cast(DataFrame, Files(*rows))
    return IcebergSnapshot(7, 0, len(rows), None, True, False, {}, partition, None, lambda: listed)


def test_values_of_identity_partitions_come_from_the_metadata() -> None:
    found = data_files(snapshot(file(1), file(2, partition={"part": None, "day": None})))
    assert [(one.path, one.bytes, one.values) for one in found] == [
        ("s3://lake/t/1.parquet", 101, (1, dt.date(2026, 3, 1))),
        ("s3://lake/t/2.parquet", 102, (None, None)),
    ]


def test_a_table_without_partitions_has_no_such_column() -> None:
    rows = [{name: value for name, value in file(1).items() if name != "partition"}]
    assert [one.values for one in data_files(replace(snapshot(*rows), partition={}))] == [()]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"content": 1}, "the Iceberg table has delete files"),
        ({"content": 2}, "the Iceberg table has delete files"),
        ({"file_format": "ORC"}, "the Iceberg table has files of format ORC"),
        ({"spec_id": 1}, "the Iceberg table has files of several partition specs"),
        ({"partition": {"part": 1, "day": NOON}}, "values of partition 'day' are read by Spark only"),
    ],
)
def test_what_is_left_to_spark(changes: dict[str, Any], reason: str) -> None:
    rows = [file(1)] if "partition" not in changes else []
    with pytest.raises(NotReadableError, match=f"^{reason}$"):
        data_files(snapshot(*rows, file(2, **changes)))


def test_a_problem_that_is_known_before_no_file_is_listed() -> None:
    def never() -> DataFrame:
        raise AssertionError

    with pytest.raises(NotReadableError, match="Iceberg tables of format 3 are read by Spark only"):
        data_files(replace(snapshot(), problem="Iceberg tables of format 3 are read by Spark only", list_files=never))
