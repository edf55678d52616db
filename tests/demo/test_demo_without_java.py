"""The demo on a machine without Java: two months of it here, all twelve where minutes do not count."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d"


def _python(*words: str, folder: Path, status: int = 0) -> str:
    """Run a module where no Java is found, in a folder of its own, and return what it prints."""
    (folder / "empty").mkdir(exist_ok=True)
    hidden = {name: value for name, value in os.environ.items() if name != "JAVA_HOME"}
    done = subprocess.run(  # noqa: S603 -- the tests' own interpreter
        [sys.executable, "-m", *words],
        env={**hidden, "PATH": str(folder / "empty"), "PYTHONPATH": f"{ROOT / 'profiling'}:{ROOT}"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == status, f"{done.stdout[-2000:]}{done.stderr[-3000:]}"
    return done.stdout


@pytest.fixture
def place(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "conf", tmp_path / "conf")
    return tmp_path


def test_two_months_are_built_profiled_and_compared(place: Path) -> None:
    built = _python("scripts.demo.build", "--out", "build/demo/data", "--runs", "2013-05,2013-06", folder=place)
    said = [line for line in built.splitlines() if "without Spark" in line]
    assert said == [
        "The runs are built without Spark (no Java is found, neither on the path nor under JAVA_HOME): the same rows, "
        "and the same findings."
    ]
    assert re.search(r"2013-06 +joined .* flights_joined 23,792 +<- join_drop", built)
    config = ["--config", "conf/nycflights.yml"]
    profiled = _python("stageprint", "profile", *config, "--all-runs", folder=place)
    assert "read by the local engine" in profiled
    compared = _python("stageprint", "compare", *config, "--all-runs", "--fail-on", "never", folder=place)
    assert "CRITICAL  joined.flights_joined  check retention failed  run 2013-06" in compared
    # The width of the terminal decides where the lines break.
    assert "84.24 %: 23,792 of 28,243 rows of raw.flights" in " ".join(compared.split())


@pytest.mark.slow
def test_the_whole_demo_prints_what_the_readme_prints(place: Path) -> None:
    shown = _python("scripts.demo", folder=place)
    assert shown.count("without Spark") == 1
    printed = (ROOT / "README.md").read_text(encoding="utf-8").split("It ends with\n\n```text\n")[1].split("```")[0]
    assert printed in shown
    assert printed.count("CRITICAL") == 4
    # So does the page about an incident's life, but for the times at which it was made.
    (place / "docs").mkdir()
    _python("scripts.demo.life", folder=place)
    lived, page = ((root / "docs" / "incident-life.md").read_text(encoding="utf-8") for root in (place, ROOT))
    assert re.sub(TIME, "…", lived) == re.sub(TIME, "…", page)


@pytest.mark.slow
def test_without_planted_faults_only_the_weather_that_ends_early_is_told(place: Path) -> None:
    shown = _python("scripts.demo", "--incident", "none", folder=place)
    told = shown.rpartition("$ stageprint findings")[2]
    assert "1 finding (1 critical); 180 checks (180 passed)" in told
    assert "CRITICAL  serving.serving_log  join lost rows (pipeline)  run 2013-12, new in this run" in told
    assert "raw.weather, whose events end at 2013-12-30 23:00" in " ".join(told.split())
