"""The tests' engine in memory keeps the contract of engines, so that what is tested with it holds for Spark too."""

from __future__ import annotations

import pytest

from tests.support.engines import EngineContract, rows
from tests.support.memory_engine import MemoryEngine


class TestInFewParts(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls) -> MemoryEngine:
        return MemoryEngine(rows())


class TestInManyParts(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls) -> MemoryEngine:
        return MemoryEngine(rows(), batch_rows=200)
