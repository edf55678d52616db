from __future__ import annotations

from pathlib import Path

import pytest

from stageprint import cli
from stageprint.model.run_state import RunState
from tests.support.cli import Capture, Fakes

pytestmark = pytest.mark.usefixtures("fakes")


def test_one_file_is_written_and_named(config: str, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "x.html"
    out.write_text("old", encoding="utf-8")
    assert cli.run(["report", "-c", config, "--run", "2013-03", "--out", str(out)]) == 0
    assert capsys.readouterr().out == f"{out}\n"
    assert "a hundred times what it was" in out.read_text(encoding="utf-8")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["shop.yml", "x.html"]


def test_a_folder_has_a_page_a_run_and_one_over_all(config: str, tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "reports"
    assert cli.run(["report", "-c", config, "--run", "2013-03", "--folder", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder / 'index.html'}\n"
    assert sorted(path.name for path in folder.iterdir()) == ["2013-03.html", "index.html"]
    index = (folder / "index.html").read_text(encoding="utf-8")
    assert '<a class="run" href="2013-03.html">2013-03</a>' in index
    assert '<span class="run">2013-02</span> <span class="soft">no page</span>' in index
    assert cli.run(["report", "-c", config, "--all-runs", "--folder", str(folder)]) == 0
    page = (folder / "2013-03.html").read_text(encoding="utf-8")
    assert '<a href="index.html">all runs</a><a href="2013-02.html">← 2013-02</a>' in page
    assert "no page" not in (folder / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--run", "2013-03"], "expected either --out FILE.html for one run, or --folder DIR"),
        (["--run", "2013-03", "--out", "x.html", "--folder", "x"], "expected either --out FILE.html for one run"),
        (["--all-runs", "--out", "x.html"], "--out x.html is one file for one run; for several runs give --folder DIR"),
        (["--run", "2013-02", "--run", "2013-03", "--out", "x.html"], "is one file for one run"),
        (["--run", "2013-03", "--all-runs", "--folder", "x"], "expected either --run or --all-runs, got both"),
    ],
)
def test_one_file_is_for_one_run(config: str, words: list[str], said: str, capsys: Capture) -> None:
    assert cli.run(["report", "-c", config, *words]) == 2
    assert said in capsys.readouterr().err


def test_without_a_run_it_is_about_the_latest_compared_one(
    config: str, tmp_path: Path, fakes: Fakes, capsys: Capture
) -> None:
    out, words = tmp_path / "x.html", ["report", "-c", config, "--out", str(tmp_path / "x.html")]
    assert cli.run(words) == 0
    assert capsys.readouterr() == (f"{out}\n", "")
    assert "2013-03</title>" in out.read_text(encoding="utf-8")
    fakes.store.run_states["2013-03"] = RunState.NOT_COMPARED
    assert cli.run(words) == 0
    said = "run 2013-03 has not been compared yet: this is about 2013-02, the latest run that is compared\n"
    assert capsys.readouterr().err == said
    assert "2013-02</title>" in out.read_text(encoding="utf-8")
    fakes.store.run_states |= dict.fromkeys(("2013-01", "2013-02", "2013-03"), RunState.NOT_COMPARED)
    assert cli.run(words) == 2
    assert "has been compared: `stageprint compare` first, or name one with --run" in capsys.readouterr().err
