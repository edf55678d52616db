"""Which settings decide how Arrow reaches files follows from the class of Hadoop's client."""

from __future__ import annotations

import pytest

from stageprint.engines.spark.reach import access_like
from stageprint.engines.storage.model import Access, UnreachableError
from tests.support.hadoop_settings import Given

SETTINGS = Given(
    {
        "fs.s3a.endpoint": "http://127.0.0.1:9000",
        "fs.s3a.access.key": "key",
        "fs.s3a.secret.key": "secret",
        "fs.azure.account.key": "c2VjcmV0",
        "fs.gs.auth.type": "UNAUTHENTICATED",
    }
)


@pytest.mark.parametrize(
    ("client", "root", "expected"),
    [
        (
            "org.apache.hadoop.fs.s3a.S3AFileSystem",
            "s3://bucket",  # many let Hadoop's client for s3a take these too
            Access.of(
                "s3",
                {"endpoint_override": "127.0.0.1:9000", "region": "eu-west-1", "scheme": "http"},
                {"access_key": "key", "secret_key": "secret"},
            ),
        ),
        (
            "org.apache.hadoop.fs.azurebfs.SecureAzureBlobFileSystem",
            "abfss://raw@lakes.dfs.core.windows.net",
            Access.of("azure", {"account_name": "lakes"}, {"account_key": "c2VjcmV0"}),
        ),
        ("com.google.cloud.hadoop.fs.gcs.GoogleHadoopFileSystem", "gs://b", Access.of("gcs", {"anonymous": True})),
        ("org.apache.hadoop.hdfs.DistributedFileSystem", "hdfs://n:1", Access.of("hdfs", {"host": "n", "port": 1})),
        # Settings of another maker's client are not known.
        ("com.amazon.ws.emr.hadoop.fs.EmrFileSystem", "s3://bucket", Access.of("s3", {"region": "eu-west-1"})),
    ],
)
def test_the_client_decides(client: str, root: str, expected: Access) -> None:
    assert access_like(client, root, SETTINGS, {"AWS_REGION": "eu-west-1"}) == expected


def test_places_that_arrow_does_not_reach() -> None:
    with pytest.raises(UnreachableError, match="Arrow has no client for webhdfs:"):
        access_like("org.apache.hadoop.hdfs.web.WebHdfsFileSystem", "webhdfs://n:1", SETTINGS, {})
