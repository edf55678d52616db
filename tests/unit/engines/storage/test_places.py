"""How paths are divided, and how the environment and a client's class decide what reads them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import fs

from stageprint.engines.local.files import find_files, system_of
from stageprint.engines.storage.environment import environment_access, environment_places, hdfs_access
from stageprint.engines.storage.model import HERE, Access, UnreachableError, inside, root_of
from stageprint.engines.storage.opening import file_system, open_file
from stageprint.errors import OnlySparkError
from tests.support.object_store import BUCKET, object_store

AZURE = "abfss://raw@lakes.dfs.core.windows.net"


@pytest.mark.parametrize(
    ("path", "root"),
    [
        ("/data/x", HERE),
        ("file:/data/x", HERE),
        ("file:///data/x", HERE),
        ("data/x", HERE),
        ("s3a://bucket/a b%20c/d=1#2?", "s3a://bucket"),
        ("s3a://bucket", "s3a://bucket"),
        (f"{AZURE}/a", AZURE),
        ("hdfs:///a", "hdfs://"),
        ("hdfs://name:8020/a", "hdfs://name:8020"),
    ],
)
def test_the_root_of_a_path(path: str, root: str) -> None:
    assert root_of(path) == root


def test_paths_as_arrow_takes_them() -> None:
    assert inside("s3", "s3a://bucket/a b%20c/d=1#2?") == "bucket/a b%20c/d=1#2?"
    assert inside("s3", "s3a://bucket") == "bucket"
    assert inside("azure", f"{AZURE}/a/b") == "raw/a/b"
    assert inside("hdfs", "hdfs://name:8020/a/b") == "/a/b"
    assert inside("gcs", "gs://bucket/a") == "bucket/a"


def test_what_the_environment_says_of_s3() -> None:
    variables = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9000", "AWS_REGION": "eu-west-1"}
    found = dict(environment_access("s3a://bucket", variables).settings)
    assert found == {"endpoint_override": "127.0.0.1:9000", "scheme": "http", "region": "eu-west-1"}
    assert environment_access("s3://bucket", {"AWS_DEFAULT_REGION": "us-west-2"}) == Access.of(
        "s3", {"region": "us-west-2"}
    )


def test_what_the_environment_says_of_others() -> None:
    assert dict(environment_access(AZURE, {}).settings) == {"account_name": "lakes"}
    assert environment_access("gs://bucket", {}) == Access.of("gcs", {})
    with pytest.raises(UnreachableError, match="Arrow has no client for dbfs:"):
        environment_access("dbfs://x", {})
    with pytest.raises(UnreachableError, match="expected abfss://container@account"):
        environment_access("abfss://raw", {})


def test_hdfs_needs_libhdfs(monkeypatch: pytest.MonkeyPatch) -> None:
    assert dict(hdfs_access("hdfs", "name:8020").settings) == {"host": "name", "port": 8020}
    assert dict(hdfs_access("hdfs", "").settings) == {"host": "default", "port": 0}
    assert dict(hdfs_access("viewfs", "cluster").settings) == {"host": "viewfs://cluster", "port": 0}
    monkeypatch.delenv("CLASSPATH", raising=False)
    with pytest.raises(UnreachableError, match="lacks CLASSPATH"):
        file_system(hdfs_access("hdfs", "name:8021"))


def test_a_file_of_an_unknown_place_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"here")
    assert open_file(f"file:{tmp_path}/x", {}).read() == b"here"
    with pytest.raises(UnreachableError, match="it is not known how s3a://bucket is reached"):
        open_file("s3a://bucket/x", {})


def test_without_spark_the_environment_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    with object_store() as variables:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        places = environment_places([f"s3a://{BUCKET}/x"], variables)
        store = file_system(places[f"s3a://{BUCKET}"])
        assert isinstance(store, fs.S3FileSystem)
        with store.open_output_stream(f"{BUCKET}/a=1/b c%.parquet") as to:
            pq.write_table(pa.table({"x": [1, 2]}), to)
        found = find_files(f"s3a://{BUCKET}/")
        assert found is not None
        assert [(file.path, file.partition) for file in found] == [
            (f"s3a://{BUCKET}/a=1/b c%.parquet", {"a": "1"}),
        ]
        assert pq.read_table(open_file(found[0].path, places)).num_rows == 2


def test_containers_of_azure_are_roots_of_their_own() -> None:
    system, bare, before = system_of(f"{AZURE}/a/b")
    assert isinstance(system, fs.SubTreeFileSystem)
    assert (system.base_path, bare, before) == ("raw/", "a/b", f"{AZURE}/")
    with pytest.raises(OnlySparkError, match="cannot be reached without Spark: Arrow has no client for dbfs:"):
        system_of("dbfs://x/y")
