from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.cli import CONFIG, Fakes


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> Fakes:
    fakes = Fakes()
    fakes.replace_wiring(monkeypatch)
    return fakes


@pytest.fixture
def config(tmp_path: Path) -> str:
    file = tmp_path / "shop.yml"
    file.write_text(CONFIG, encoding="utf-8")
    return str(file)


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STAGEPRINT_DEBUG", "COLUMNS", "FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
