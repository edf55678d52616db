"""A shop with five days, the last of which is broken, profiled and compared without Spark."""

from __future__ import annotations

from pathlib import Path

import pytest

from stageprint import compare_runs, load_config, profile_runs
from tests.support import shop

DAYS = shop.days(5)
GOOD, BROKEN = DAYS[3], DAYS[4]


@pytest.fixture(scope="session")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shop")
    shop.write(root, DAYS, {(BROKEN, "raw"): shop.in_cents})
    return root


@pytest.fixture
def config(rows: Path, tmp_path: Path) -> str:
    """The configuration, with a store of each test's own that holds all days but the last two."""
    file = tmp_path / "shop.yml"
    file.write_text(shop.yaml(rows).replace(f"store: {rows}/store", f"store: {tmp_path}/store"), encoding="utf-8")
    loaded = load_config(file)
    profile_runs(loaded, DAYS[:3])
    compare_runs(loaded, DAYS[:3])
    return str(file)
