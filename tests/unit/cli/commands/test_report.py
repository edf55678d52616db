from __future__ import annotations

from pathlib import Path

import pytest

from stageprint import cli
from tests.support.cli import Capture

pytestmark = pytest.mark.usefixtures("fakes")


def test_one_file_is_written_and_named(config: str, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "x.html"
    out.write_text("old", encoding="utf-8")
    assert cli.run(["report", "-c", config, "--run", "2013-03", "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert "a hundred times what it was" in out.read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shop.yml", "x.html"]
