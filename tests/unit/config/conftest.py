"""The example, read once."""

from __future__ import annotations

import pytest

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from tests.unit.config.shop import GOOD


@pytest.fixture(scope="session")
def config() -> PipelineConfig:
    return parse_config(GOOD)
