"""The local engine does what every engine must, in this process and with workers."""

from __future__ import annotations

import pytest

from stageprint.engines.local.engine import LocalEngine
from tests.support.engines import EngineContract


class TestInOneProcess(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls) -> LocalEngine:
        return LocalEngine(processes=1)


class TestWithWorkers(EngineContract):
    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls) -> LocalEngine:
        return LocalEngine(processes=2)
