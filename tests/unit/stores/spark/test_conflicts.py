"""A commit that another writer's came before is made again, whatever Delta calls the conflict."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import delta.connect.exceptions as of_connect
import pytest
from delta import exceptions
from pyspark.errors.exceptions.connect import EXCEPTION_CLASS_MAPPING
from pyspark.sql import SparkSession

from stageprint.errors import StoreError
from stageprint.model.result_tables import FINDINGS
from stageprint.stores.spark.conflicts import CONFLICTS
from stageprint.stores.spark.store import SparkStore

NAMES = [one.__name__ for one in CONFLICTS]


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> SparkStore:
    monkeypatch.setattr("stageprint.stores.spark.store.time.sleep", lambda _: None)
    return SparkStore(cast("SparkSession", SimpleNamespace()), "main.quality", "shop")


def test_every_error_that_delta_has_for_conflicts_is_one() -> None:
    assert sorted(NAMES) == sorted(exceptions.__all__)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("module", [exceptions, of_connect], ids=["classic", "Spark Connect"])
def test_a_conflict_is_no_failure(store: SparkStore, module: object, name: str) -> None:
    errors = [getattr(module, name)("conflict") for _ in range(2)]

    def write() -> None:
        if errors:
            raise errors.pop()

    store.commit(FINDINGS, write)
    assert not errors


def test_too_many_are(store: SparkStore) -> None:
    def write() -> None:
        message = "conflict"
        raise exceptions.ConcurrentAppendException(message)

    with pytest.raises(StoreError, match=r"main\.quality\.findings: other writers committed first 12 times: conflict"):
        store.commit(FINDINGS, write)


def test_a_conflict_of_a_server_is_recognised_by_its_class(store: SparkStore) -> None:
    store.commit(FINDINGS, lambda: None)
    for name in NAMES:
        known = EXCEPTION_CLASS_MAPPING[f"io.delta.exceptions.{name}"]
        assert issubclass(known, CONFLICTS), name
