"""Spark's two ways of reading keep the contract of engines."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest
from pyspark.sql import SparkSession

from stageprint.config.sources import ReadPath
from stageprint.engines.local.engine import LocalEngine
from stageprint.engines.spark.engine import SparkEngine
from stageprint.pipeline.profile import profile
from stageprint.pipeline.tables import column_profiles
from stageprint.ports import Engine
from stageprint.stores.memory import MemoryStore
from tests.support.engines import RUN, EngineContract, config, write


class _SparkContract(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls, spark: SparkSession) -> SparkEngine:
        return SparkEngine(spark)


class TestFastPath(_SparkContract):
    path: ClassVar[ReadPath] = "arrow"


class TestGeneralPath(_SparkContract):
    path: ClassVar[ReadPath] = "dataframe"


_OF_THE_ENGINE = frozenset({"manifest_id", "seconds", "states", "compact_features"})


def test_the_local_engine_has_the_figures_of_spark(spark: SparkSession, tmp_path: Path) -> None:
    """Exact figures exactly; those of sketches that are in estimation mode within 5 %."""
    write(tmp_path)
    found = {}
    engines: dict[str, Engine] = {"spark": SparkEngine(spark), "local": LocalEngine()}
    for name, engine in engines.items():
        store = MemoryStore("contract")
        profile(config(tmp_path), [RUN], engine=engine, store=store)
        rows = store.read(column_profiles()).to_pylist()
        found[name] = {(row["table_name"], row["slice_value"], row["column_name"]): row for row in rows}
    assert found["spark"].keys() == found["local"].keys()
    for place, row in found["spark"].items():
        other = found["local"][place]
        for column, value in row.items():
            if column in _OF_THE_ENGINE:
                continue
            if isinstance(value, float):
                near = 0.05 if place[0] in {"many", "loose"} else 1e-12
                assert other[column] == pytest.approx(value, rel=near, abs=1e-9, nan_ok=True), (place, column)
            elif place[0] == "ugly":
                assert other[column] == value, (place, column)
