from __future__ import annotations

from pathlib import Path

import pytest

from stageprint import cli
from tests.support.cli import CONFIG, Capture, Fakes

SERVING = """\
  - name: serving
    tables:
      - {name: requests, source: {format: stageprint, path: "profiles/{run_id}"}}
      - {name: log, source: {format: parquet, path: "log/{run_id}"}}
"""


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "serving.yml"
    path.write_text(CONFIG + SERVING, encoding="utf-8")
    return str(path)


def test_the_tables_of_the_format_are_profiled(fakes: Fakes, config: str) -> None:
    assert cli.run(["ingest", "--config", config, "--run", "a", "--run", "b", "--run", "a"]) == 0
    assert fakes.calls == [("profile", (["a", "b"], ("serving",), ("requests",)))]


def test_a_folder_takes_the_place_of_the_sources(fakes: Fakes, config: str) -> None:
    words = ["ingest", "--config", config, "--run", "a", "--dir", "elsewhere", "--table", "log"]
    assert cli.run(words) == 0
    assert fakes.calls == [("profile", (["a"], ("serving",), ("log",)))]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--stage", "raw"], "raw.orders has a csv source; expected one of format stageprint (what a"),
        (["--table", "log"], "serving.log has a parquet source"),
        (["--stage", "srving"], "no stage 'srving'"),
        (["--dir", "s3://bucket/x"], "directory: expected a local or mounted folder, got 's3://bucket/x'"),
        (["--dir", "x/{run}"], "directory: unknown placeholder {run} – did you mean 'run_id'?"),
    ],
)
def test_mistakes(words: list[str], message: str, fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["ingest", "--config", config, "--run", "a", *words]) == 2
    assert message in capsys.readouterr().err
    assert fakes.calls == []


def test_a_run_must_be_named(config: str, capsys: Capture) -> None:
    assert cli.run(["ingest", "--config", config]) == 2
    assert "Missing option '--run'" in capsys.readouterr().err
