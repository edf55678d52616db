"""Several processes write one store through delta-rs: no row is lost, none doubled."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from stageprint.errors import StoreError
from stageprint.model.result_tables import FINDINGS
from stageprint.model.where import where
from stageprint.ports import ProfileStore
from stageprint.stores.delta.store import DeltaStore
from tests.support.object_store import BUCKET, object_store
from tests.support.stores import StoreContract, finding
from tests.support.writers import Target, require_nothing_lost_or_doubled, write_at_once


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    with object_store() as variables:
        yield variables


def test_processes_write_a_store_at_once(tmp_path: Path, environment: dict[str, str]) -> None:
    """With the lock of local stores, without it as on Windows, and on S3, where the log is written conditionally."""
    targets = [
        Target(str(tmp_path / "locked")),
        Target(str(tmp_path / "not locked"), locked=False),
        Target(f"s3://{BUCKET}/at-once", rounds=1, environment=environment),
    ]
    write_at_once(targets)
    for target in targets:
        require_nothing_lost_or_doubled(DeltaStore(target.location, "shop", target.environment), target.rounds)


class TestDeltaStoreOnS3(StoreContract):
    @pytest.fixture
    def store(self, environment: dict[str, str], request: pytest.FixtureRequest) -> DeltaStore:
        return DeltaStore(f"s3a://{BUCKET}/{request.node.name}", "shop", environment)

    def other_pipeline(self, store: DeltaStore) -> ProfileStore:
        return DeltaStore(store.location, "warehouse", store.storage_options)


def test_a_bucket_that_does_not_exist_is_an_error_not_an_empty_store(environment: dict[str, str]) -> None:
    store = DeltaStore("s3://no-such-bucket/store", "shop", environment)
    with pytest.raises(StoreError, match=r"s3://no-such-bucket/store/findings cannot be read: there is no such bucket"):
        store.exists(FINDINGS)
    with pytest.raises(StoreError, match=r"s3://no-such-bucket/store/findings cannot be read: there is no such bucket"):
        store.replace(FINDINGS, FINDINGS.rows([finding("a", "1")]), where(run_id="a"))
