from __future__ import annotations

import pytest

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from tests.support.report import CONFIG, Page, Store, render


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture(scope="session")
def config() -> PipelineConfig:
    return parse_config(CONFIG)


@pytest.fixture
def page(store: Store, config: PipelineConfig) -> Page:
    return Page(render(store, config))
