"""Whether a table is there is known before it is read, also where a session looks for it only when it must."""

from __future__ import annotations

from typing import Any, cast

import pytest
from pyspark.errors.exceptions.connect import AnalysisException
from pyspark.sql import SparkSession

from stageprint.errors import StoreError
from stageprint.model.result_tables import FINDINGS
from stageprint.stores.spark.store import SparkStore


class LazySession:
    """What Spark Connect's session does: a frame of a table that is not there fails when its schema is asked for.

    Args:
        error: The server's answer.
        columns: What the schema holds if there is no error.
    """

    def __init__(self, error: str | None = None, columns: tuple[str, ...] = ("pipeline",)) -> None:
        self._error = error
        self._columns = columns
        self.looked: list[str] = []

    @property
    def read(self) -> LazySession:
        return self

    def format(self, name: str) -> LazySession:
        assert name == "delta"
        return self

    def load(self, path: str) -> LazySession:
        self.looked.append(path)
        return self

    @property
    def schema(self) -> tuple[str, ...]:
        if self._error is not None:
            raise AnalysisException(self._error)
        return self._columns


def store(session: LazySession) -> SparkStore:
    return SparkStore(cast("SparkSession", cast("Any", session)), "/data/store", "shop")


@pytest.mark.parametrize(
    "error",
    [
        "[PATH_NOT_FOUND] Path does not exist: file:/data/store/findings. SQLSTATE: 42K03",
        "[DELTA_TABLE_NOT_FOUND] Delta table `/data/store/findings` doesn't exist. SQLSTATE: 42P01",
        "[DELTA_MISSING_DELTA_TABLE] `/data/store/findings` is not a Delta table. SQLSTATE: 42P01",
        "[DELTA_PATH_DOES_NOT_EXIST] /data/store/findings doesn't exist SQLSTATE: 42K03",
    ],
)
def test_a_table_that_is_not_there_is_not_there(error: str) -> None:
    session = LazySession(error)
    assert store(session).exists(FINDINGS) is False
    assert session.looked == ["/data/store/findings"]


def test_a_table_that_is_there() -> None:
    assert store(LazySession()).exists(FINDINGS) is True


def test_a_table_that_cannot_be_looked_at_is_an_error() -> None:
    with pytest.raises(StoreError, match=r"/data/store/findings cannot be read: permission denied"):
        store(LazySession("org.apache.hadoop.security.AccessControlException: Permission denied")).exists(FINDINGS)
