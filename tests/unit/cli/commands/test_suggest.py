from __future__ import annotations

import pytest

from stageprint import cli
from tests.support.cli import Capture, Fakes


def test_tables_are_documents_of_their_own(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["suggest", "-c", config, "--stage", "raw", "--runs", "5"]) == 0
    assert fakes.calls == [("suggest", (("raw",), (), 5))]
    assert capsys.readouterr().out == "checks:\n  - a\n---\nchecks:\n  - b\n"


@pytest.mark.usefixtures("fakes")
def test_a_wrong_name_gets_a_hint(config: str, capsys: Capture) -> None:
    assert cli.run(["suggest", "-c", config, "--table", "order"]) == 2
    assert "did you mean 'orders'" in capsys.readouterr().err
