"""Tables in an S3-compatible object store take the fast path unasked, with the figures of the same files at home."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from deltalake import write_deltalake
from pyarrow import fs

from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.pipeline.tables import column_profiles
from stageprint.stores.delta.store import DeltaStore
from tests.support import hadoop_aws
from tests.support.numbers import same
from tests.support.object_store import Refusal, object_store

pytestmark = pytest.mark.slow

RUN: Final = "2026-03-02"
SECRET: Final = "planted-secret-of-the-store"  # noqa: S105 -- what is looked for in everything written
TOKEN: Final = "planted-token-of-the-session"  # noqa: S105 -- as above
ROWS: Final = 300

OPEN, OTHERS, SESSION, PAYERS = "open", "others", "session", "payers"
"""Buckets: one that needs no key, one with a key of its own, one with temporary credentials, one whose readers pay."""

BY_NAME: Final = ("engine_path", "engine_reason", "row_count", "status", "error", "source_files", "source_bytes")


def rows() -> pa.Table:
    return pa.table(
        {
            "id": pa.array(range(ROWS), pa.int64()),
            "price": pa.array([None if n % 7 == 0 else n / 8 for n in range(ROWS)], pa.float64()),
            "city": pa.array([f"Ål {n % 5} =%+" for n in range(ROWS)]),
            "day": pa.array([f"2026-03-{n % 3 + 1:02}" for n in range(ROWS)]),
        }
    )


def write_here(folder: Path) -> None:
    """Write a folder of Parquet files, one with partitions whose names need care, and a Delta table."""
    (folder / "plain").mkdir(parents=True)
    for part in range(3):
        table = rows().slice(part * 100, 100)
        pq.write_table(table, folder / "plain" / f"part {part}+x.parquet", row_group_size=30)
    pq.write_to_dataset(rows(), folder / "hive", partition_cols=["day", "city"])
    write_deltalake(folder / "delta", rows(), partition_by=["day"])


def copy(folder: Path, bucket: str, endpoint: str, key: str) -> None:
    """Copy files into a bucket."""
    store = fs.S3FileSystem(
        access_key=key, secret_key=SECRET, endpoint_override=endpoint, scheme="http", region="us-east-1"
    )
    for file in folder.rglob("*"):
        if file.is_file():
            with store.open_output_stream(f"{bucket}/{file.relative_to(folder)}") as to:
                to.write(file.read_bytes())


def settings(endpoint: str) -> dict[str, str]:
    own = {
        "endpoint": endpoint,
        "path.style.access": "true",
        "connection.ssl.enabled": "false",
        "access.key": "key",
        "secret.key": SECRET,
        f"bucket.{OTHERS}.access.key": "other-key",
        f"bucket.{OPEN}.aws.credentials.provider": "org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider",
        f"bucket.{SESSION}.access.key": "session-key",
        f"bucket.{SESSION}.session.token": TOKEN,
        f"bucket.{SESSION}.aws.credentials.provider": "org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider",
        "bucket.unknown.access.key": "wrong-key",
        f"bucket.{PAYERS}.requester.pays.enabled": "true",
        # So that what is refused fails at once.
        "attempts.maximum": "2",
        "retry.limit": "1",
        "retry.throttle.limit": "1",
        "retry.interval": "10ms",
        "retry.throttle.interval": "10ms",
    }
    return {f"spark.hadoop.fs.s3a.{name}": value for name, value in own.items()}


def source(path: str) -> dict[str, str]:
    return {"format": "delta" if path.endswith("delta") else "parquet", "path": path}


@pytest.fixture(scope="module")
def profiled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Mapping[str, Any], pa.Table, str]:
    """Profile everything by one command; give the rows of table_profiles by table, the columns, and what was said."""
    root = tmp_path_factory.mktemp("s3")
    write_here(root / "data")
    keys = {"bucket": "key", OPEN: None, OTHERS: "other-key", SESSION: "session-key", PAYERS: "key", "unknown": "key"}
    # The driver's trial reads the end of a data file; what the tasks read then is refused.
    refusals = {
        "/bucket/expired/part": Refusal(400, "ExpiredToken", after=1),
        "/bucket/throttled/part": Refusal(503, "SlowDown", after=1),
    }
    with object_store(tuple(keys), keys, refusals) as variables:
        endpoint = variables["AWS_ENDPOINT_URL"].removeprefix("http://")
        for bucket, key in keys.items():
            copy(root / "data", bucket, endpoint, key or "any")
        for name in ("expired", "throttled"):
            folder = root / "failing" / name
            write_deltalake(folder, rows())
        copy(root / "failing", "bucket", endpoint, "key")
        tables = {
            **{f"here_{name}": f"{root}/data/{name}" for name in ("plain", "hive", "delta")},
            **{f"there_{name}": f"s3a://bucket/{name}" for name in ("plain", "hive", "delta")},
            **{f"{bucket}_plain": f"s3a://{bucket}/plain" for bucket in (OPEN, OTHERS, SESSION, PAYERS)},
            "unknown_plain": "s3a://unknown/plain",
            "missing_plain": "s3a://no-such-bucket/plain",
            "missing_delta": "s3a://no-such-bucket/delta",
            **{f"{name}_delta": f"s3a://bucket/{name}" for name in ("expired", "throttled")},
        }
        described = [
            {"name": name, "source": source(path) | ({"format": "delta"} if name.endswith("delta") else {})}
            for name, path in tables.items()
        ]
        config = {
            "pipeline": "shop",
            "store": f"{root}/store",
            "engine": "spark",
            "stages": [{"name": "raw", "tables": described}],
            "spark": hadoop_aws.settings() | settings(endpoint) | {"spark.driver.memory": "2g"},
        }
        (root / "shop.yml").write_text(yaml.safe_dump(config))
        command = [sys.executable, "-m", "stageprint", "profile", "--config", str(root / "shop.yml"), "--run", RUN]
        environment = {**os.environ, "STAGEPRINT_MASTER": "local[2]"}
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False, timeout=500)  # noqa: S603
    said = done.stdout + done.stderr
    assert done.returncode == 3, said
    store = DeltaStore(f"{root}/store", "shop")
    found = {row["table_name"]: {name: row[name] for name in BY_NAME} for row in store.read(TABLE_PROFILES).to_pylist()}
    for file in (root / "store").rglob("*"):
        if file.is_file():
            held = file.read_bytes()
            assert SECRET.encode() not in held
            assert TOKEN.encode() not in held
    return found, store.read(column_profiles()), said


@pytest.mark.parametrize("name", ["plain", "hive", "delta"])
def test_figures_are_those_of_the_same_files_at_home(
    profiled: tuple[Mapping[str, Any], pa.Table, str], name: str
) -> None:
    tables, columns, _ = profiled
    here, there = tables[f"here_{name}"], tables[f"there_{name}"]
    assert there == here
    assert (there["engine_path"], there["engine_reason"], there["row_count"]) == ("arrow", None, ROWS)

    def figures(table: str) -> dict[str, dict[str, Any]]:
        left_out = {"table_name", "profiled_at", "states", "compact_features"}
        found = [row for row in columns.to_pylist() if row["table_name"] == table]
        return {row["column_name"]: {name: row[name] for name in row.keys() - left_out} for row in found}

    assert len(figures(f"there_{name}")) == 4
    for column, found in figures(f"there_{name}").items():
        at_home = figures(f"here_{name}")[column]
        pairs = {figure: (value, at_home[figure]) for figure, value in found.items()}
        assert not {figure: pair for figure, pair in pairs.items() if not same(*pair)}, column


@pytest.mark.parametrize("bucket", [OPEN, OTHERS, SESSION])
def test_buckets_have_keys_of_their_own(profiled: tuple[Mapping[str, Any], pa.Table, str], bucket: str) -> None:
    table = profiled[0][f"{bucket}_plain"]
    assert (table["engine_path"], table["engine_reason"], table["row_count"]) == ("arrow", None, ROWS)


def test_what_arrow_does_not_have_is_read_by_spark(profiled: tuple[Mapping[str, Any], pa.Table, str]) -> None:
    table = profiled[0][f"{PAYERS}_plain"]
    assert (table["engine_path"], table["row_count"]) == ("dataframe", ROWS)
    assert table["engine_reason"] == (
        f"s3a://{PAYERS}: fs.s3a.requester.pays.enabled: Arrow's client for S3 does not have requester pays"
    )


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ("missing_plain", "there is no such bucket; check its name"),
        ("missing_delta", "there is no such bucket; check its name"),
        ("unknown_plain", "the server refuses access; check the credentials"),
        ("expired_delta", "the credentials have expired; renew them"),
        ("throttled_delta", "the server is overloaded and refuses requests (503, slow down); run the command again"),
    ],
)
def test_a_fault_is_one_line_of_its_table(
    profiled: tuple[Mapping[str, Any], pa.Table, str], table: str, reason: str
) -> None:
    tables, _, said = profiled
    error = tables[table]["error"]
    assert tables[table]["status"] == "failed"
    assert reason in error
    assert "\n" not in error
    assert SECRET not in said
    assert TOKEN not in said
    assert "Traceback" not in said
