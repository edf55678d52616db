from __future__ import annotations

import pytest

from stageprint.cli.options import failing_severity
from stageprint.config.loader import parse_config
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
