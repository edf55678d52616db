"""Servers that are gone, slow, overloaded or refuse: sources over webhdfs, result tables on S3."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from pyspark.sql import SparkSession

from stageprint.cli import run as stageprint
from stageprint.errors import StoreError
from stageprint.model.result_tables import RUNS as RUNS_TABLE
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.model.where import where
from stageprint.stores.delta.store import DeltaStore
from stageprint.stores.spark.store import SparkStore
from tests.support import damage
from tests.support.planted_faults import SENSITIVE
from tests.support.reliability import Seen, keep, normalised
from tests.support.servers import Trouble, at_most, server

pytestmark = pytest.mark.faults

REASONS: dict[Trouble, str] = {
    "busy": "the server is overloaded and refuses requests (503, slow down)",
    "slow": "the server did not answer in time",
    "forbidden": "the server refuses access",
    "gone": "the server cannot be reached",
}
WORDS: dict[Trouble, str] = {
    "busy": "overloaded (503)",
    "slow": "that does not answer",
    "forbidden": "that refuses access (403)",
    "gone": "that is gone",
}

_S3 = {
    "aws_access_key_id": "key",
    "aws_secret_access_key": "planted-secret",
    "aws_region": "nowhere",
    "aws_allow_http": "true",
    "aws_s3_allow_unsafe_rename": "true",
    "timeout": "1s",
    "connect_timeout": "1s",
    "max_retries": "2",
    "retry_timeout": "4s",
}


@pytest.mark.parametrize("trouble", REASONS)
def test_result_tables_on_a_troubled_server(trouble: Trouble, tmp_path: Path) -> None:
    with server(trouble) as found, at_most(30):
        options = {**_S3, "aws_endpoint": f"http://127.0.0.1:{found.port}"}
        store = DeltaStore("s3://bucket/store", "shop", options)
        with pytest.raises(StoreError) as read:
            store.read(RUNS_TABLE)
        with pytest.raises(StoreError) as written:
            store.replace(RUNS_TABLE, RUNS_TABLE.arrow_schema.empty_table(), where(run_id="a"))
    for caught in (read, written):
        message = str(caught.value)
        assert REASONS[trouble] in message
        assert message.startswith("s3://bucket/store/runs cannot be ")
        assert "planted-secret" not in message
        assert "\n" not in message
    meanwhile = "commands exit with 2"
    fault = f"result tables on S3, on a server {WORDS[trouble]}"
    keep("servers", [Seen(fault, 2, None, None, meanwhile, normalised(str(read.value), tmp_path))])


def test_sources_on_troubled_servers(tmp_path: Path, spark: SparkSession) -> None:
    healthy = tmp_path / "healthy.parquet"
    pq.write_table(damage.rows(), healthy)
    people = {"sensitive": dict(SENSITIVE)}
    source = {"format": "parquet", "path": str(healthy)}
    tables: list[dict[str, Any]] = [{"name": "healthy", "source": source, "columns": people}]
    for name in ("connect", "read"):
        spark.conf.set(f"dfs.webhdfs.socket.{name}-timeout", "1s")
    try:
        with ExitStack() as stack, at_most(120):
            for trouble in REASONS:
                found = stack.enter_context(server(trouble))
                path = f"webhdfs://127.0.0.1:{found.port}/orders"
                tables.append({"name": trouble, "source": {"format": "parquet", "path": path}})
            config = tmp_path / "shop.yml"
            stages = [{"name": "raw", "tables": tables}]
            config.write_text(yaml.safe_dump({"pipeline": "shop", "store": f"{tmp_path}/store", "stages": stages}))
            assert stageprint(["profile", "--config", str(config), "--run", "2026-03-02", "--engine", "spark"]) == 3
    finally:
        for name in ("connect", "read"):
            spark.conf.unset(f"dfs.webhdfs.socket.{name}-timeout")
    rows = {
        row["table_name"]: row
        for row in SparkStore(spark, f"{tmp_path}/store", "shop").read(TABLE_PROFILES).to_pylist()
    }
    assert rows["healthy"]["row_count"] == damage.ROWS_PER_FILE
    seen = []
    for trouble, reason in REASONS.items():
        error = rows[trouble]["error"]
        assert reason in error
        assert error.startswith("parquet source 'webhdfs://127.0.0.1:")
        fault = f"source on a server {WORDS[trouble]}"
        meanwhile = "`profile` exits with 3; the other tables are done"
        seen.append(Seen(fault, 1, 0, 0, meanwhile, normalised(error, tmp_path)))
    keep("servers", seen)
