"""Rows of files that Spark named as they are, which delta-rs would leave beside those that take their place."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from stageprint.config.loader import parse_config
from stageprint.errors import StoreError
from stageprint.model.result_tables import FINDINGS
from stageprint.model.where import EVERY_ROW, where
from stageprint.stores.delta.names import has_irreplaceable, irreplaceable
from stageprint.stores.delta.store import DeltaStore
from stageprint.stores.delta.upkeep import DeltaUpkeep
from stageprint.stores.opening import why_spark
from tests.support.stores import finding, ids
from tests.unit.config.shop import changed

BY_RUN = dataclasses.replace(FINDINGS, partitions=("pipeline", "run_id"))
"""As earlier releases partitioned it."""


@pytest.fixture(autouse=True)
def no_spark_anywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABRICKS_RUNTIME_VERSION", "PYSPARK_GATEWAY_PORT", "SPARK_REMOTE", "HADOOP_CONF_DIR"):
        monkeypatch.delenv(name, raising=False)


def as_spark_names_it(table: Path, folder: str, name: str) -> None:
    """Rename a folder of a table as Spark names it, on the disk and in the log: as it is, not percent-encoded."""
    (found,) = table.glob(f"**/{folder}")
    found.rename(found.with_name(name))
    for log in (table / "_delta_log").glob("*.json"):
        actions = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
        for action in actions:
            for kind in ("add", "remove"):
                if kind in action:
                    path = action[kind]["path"]
                    action[kind]["path"] = path.replace(folder.replace("%", "%25"), name)
        log.write_text("".join(f"{json.dumps(action, ensure_ascii=False)}\n" for action in actions), "utf-8")


def test_a_pipeline_of_another_script(tmp_path: Path) -> None:
    store = DeltaStore(str(tmp_path / "store"), "größe")
    config = parse_config(
        changed("pipeline: shop\nstore: ./observability", f"pipeline: größe\nstore: {store.location}")
    )
    rows = FINDINGS.rows([finding("a", "1", pipeline="größe")])
    for _ in range(2):
        store.replace(FINDINGS, rows, where(run_id="a"))
    assert why_spark(config) is None
    assert ids(store) == [("a", "1")]
    DeltaUpkeep(store).vacuum(FINDINGS, 0)
    as_spark_names_it(tmp_path / "store" / "findings", "pipeline=gr%C3%B6%C3%9Fe", "pipeline=größe")
    assert why_spark(config) == "delta-rs cannot replace rows that Spark wrote for a pipeline whose name is not ASCII"
    assert ids(store) == [("a", "1")]
    with pytest.raises(
        StoreError, match=r"findings cannot be written: Spark wrote pipeline=größe/.*a Spark session runs"
    ):
        store.replace(FINDINGS, rows, where(run_id="a"))
    DeltaUpkeep(store).compact(FINDINGS)
    assert ids(store) == [("a", "1")]
    other = DeltaStore(store.location, "shop")
    for _ in range(2):
        other.replace(FINDINGS, FINDINGS.rows([finding("a", "1")]), where(run_id="a"))
    assert ids(other) == [("a", "1")]


def test_a_run_of_another_script_in_a_table_of_an_earlier_release(tmp_path: Path) -> None:
    store = DeltaStore(str(tmp_path / "store"), "shop")
    store.replace(BY_RUN, FINDINGS.rows([finding("märz", "1"), finding("b", "1")]), where(run_id=["märz", "b"]))
    as_spark_names_it(tmp_path / "store" / "findings", "run_id=m%C3%A4rz", "run_id=märz")
    store.replace(FINDINGS, FINDINGS.rows([finding("b", "2")]), where(run_id="b"))
    store.append(FINDINGS, FINDINGS.rows([finding("märz", "2")]), where(run_id="märz", finding_id="2"))
    assert ids(store) == [("b", "2"), ("märz", "1"), ("märz", "2")]
    for which in (where(run_id="märz"), where(stage="raw"), EVERY_ROW):
        with pytest.raises(StoreError, match="whose name is not ASCII"):
            store.replace(FINDINGS, FINDINGS.empty(), which)
    stored = store.delta_table(FINDINGS)
    assert stored is not None
    assert len(irreplaceable(stored, where(run_id=["märz", "b"]))) == 1
    assert irreplaceable(stored, where(run_id="b") | where(pipeline="other")) == []
    assert not has_irreplaceable(str(tmp_path / "none"), EVERY_ROW)
