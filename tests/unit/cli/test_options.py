from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from stageprint.cli import run, wiring
from stageprint.cli.options import failing_severity
from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import UsageError
from stageprint.model import Severity
from tests.support.cli import CONFIG


@pytest.mark.parametrize(
    ("given", "configured", "lowest"),
    [
        (None, "", Severity.CRITICAL),
        (None, "decision: {fail_on: warning}\n", Severity.WARNING),
        (None, "decision: {fail_on: never}\n", None),
        ("review", "decision: {fail_on: never}\n", Severity.REVIEW),
        ("never", "", None),
    ],
)
def test_the_command_line_wins_over_the_configuration(
    given: str | None, configured: str, lowest: Severity | None
) -> None:
    assert failing_severity(given, parse_config(CONFIG + configured)) is lowest


def test_a_store_that_is_named_counts_in_place_of_the_configurations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "shop.yml"
    file.write_text("pipeline: shop\nstore: a\nstages: [{name: raw, tables: [{name: t, source: {table: t}}]}]\n")
    seen: list[str] = []

    def opened(config: PipelineConfig) -> NoReturn:
        seen.append(config.store)
        message = "seen"
        raise UsageError(message)

    monkeypatch.setattr(wiring, "open_results", opened)
    for words in (["tables", "--config", str(file)], ["tables", "-c", str(file), "--store", "main.results"]):
        assert run(words) == 2
    monkeypatch.setenv("STAGEPRINT_STORE", "b")
    assert run(["runs", "list", "--config", str(file)]) == 2
    assert run(["tables", "--config", str(file), "--store", ""]) == 2
    assert seen == ["a", "main.results", "b"]
    assert "store" in capsys.readouterr().err
