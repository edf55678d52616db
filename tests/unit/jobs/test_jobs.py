"""The job files: the command line under another name, and no trap for the standard library."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("job", "file"), [("profile", "profile_tables"), ("ingest", "ingest_serving"), ("compare", "compare_runs")]
)
def test_a_job_is_its_command(
    job: str, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "argv", [f"{file}.py", "--config", "missing.yml", "--run", "2013-05"])
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(str(ROOT / "jobs" / f"{file}.py"), run_name="__main__")
    assert caught.value.code == 2
    assert capsys.readouterr().err == "missing.yml: no such configuration file\n"
    monkeypatch.setattr(sys, "argv", [f"{file}.py", "--config"])
    with pytest.raises(SystemExit):
        runpy.run_path(str(ROOT / "jobs" / f"{file}.py"), run_name="__main__")
    assert capsys.readouterr().err.startswith(f"stageprint {job}: Option '--config' requires an argument")


def test_no_job_hides_a_module_of_the_standard_library() -> None:
    # Python puts a script's folder first on its path.
    names = {file.stem for file in (ROOT / "jobs").glob("*.py")}
    assert names == {"profile_tables", "ingest_serving", "compare_runs"}
    assert not names & sys.stdlib_module_names
