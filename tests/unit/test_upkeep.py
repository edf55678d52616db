"""Upkeep of a store in a local folder starts no Spark."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from stageprint.errors import UsageError
from stageprint.model.result_tables import RUNS
from stageprint.model.where import where
from stageprint.stores.delta.store import DeltaStore
from stageprint.upkeep import delete_runs, maintain_store, purge_column
from tests.support import shop
from tests.support.stores import run_row


def test_a_local_store_is_maintained_without_spark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "stageprint.stores.spark.store", None)  # importing it is an error
    config = shop.config(tmp_path)
    store = DeltaStore(config.store, config.pipeline)
    for run in ("a", "b", "c"):
        store.replace(RUNS, RUNS.rows([run_row(run)]), where(run_id=run))
    assert {one.table: one.after.files for one in maintain_store(config).result_tables}["runs"] == 1
    assert delete_runs(config, ["b"]).rows == {"runs": 1}
    assert sorted(store.read(RUNS)["run_id"].to_pylist()) == ["a", "c"]
    with pytest.raises(UsageError, match=r"raw\.orders was never profiled"):
        purge_column(config, "raw.orders.price")
