"""Spark's two ways of reading keep the contract of engines."""

from __future__ import annotations

from typing import ClassVar

import pytest
from pyspark.sql import SparkSession

from stageprint.config.sources import ReadPath
from stageprint.engines.spark.engine import SparkEngine
from tests.support.engines import EngineContract


class _SparkContract(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls, spark: SparkSession) -> SparkEngine:
        return SparkEngine(spark)


class TestFastPath(_SparkContract):
    path: ClassVar[ReadPath] = "arrow"


class TestGeneralPath(_SparkContract):
    path: ClassVar[ReadPath] = "dataframe"
