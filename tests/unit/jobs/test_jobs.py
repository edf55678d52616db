"""The job files: the command line under another name, and no trap for the standard library."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("job", ["profile", "ingest", "compare"])
def test_a_job_is_its_command(
    job: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "argv", [f"{job}.py", "--config", "missing.yml", "--run", "2013-05"])
    with pytest.raises(SystemExit) as caught:
        runpy.run_path(str(ROOT / "jobs" / f"{job}.py"), run_name="__main__")
    assert caught.value.code == 2
    assert capsys.readouterr().err == "missing.yml: no such configuration file\n"
    monkeypatch.setattr(sys, "argv", [f"{job}.py", "--config"])
    with pytest.raises(SystemExit):
        runpy.run_path(str(ROOT / "jobs" / f"{job}.py"), run_name="__main__")
    assert capsys.readouterr().err.startswith(f"stageprint {job}: Option '--config' requires an argument")


def test_a_job_does_not_hide_the_standard_library_s_profile(tmp_path: Path) -> None:
    # pyspark imports cProfile, which imports `profile`: from jobs/ it would get jobs/profile.py.
    code = (
        f"import runpy, sys; sys.path.insert(0, {str(ROOT / 'jobs')!r}); "
        f"runpy.run_path({str(ROOT / 'jobs' / 'compare.py')!r}); import cProfile, profile; print(profile.Profile)"
    )
    done = subprocess.run(  # noqa: S603 -- our own interpreter and files
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT)},
    )
    assert done.stdout == "<class 'profile.Profile'>\n", done.stderr
