"""The wheel in an environment of its own, without extras and without Java: `make wheel-check`."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support import shop

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[2]
RUNS = shop.days(4)
BAD = RUNS[-1]
LARGE_ROWS, LARGE_COLUMNS, LARGE_FILES = 500_000, 13, 4


@pytest.fixture(scope="session", autouse=True)
def spark() -> None:
    """No session: nothing here may need one."""


class Environment:
    """An environment in which nothing but the wheel and what it asks for is installed."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.bin = folder / "bin"
        python = os.environ.get("STAGEPRINT_WHEEL_PYTHON", sys.executable)
        _run([python, "-m", "venv", str(folder)])
        self.pip("install", "--quiet", str(wheel))

    def pip(self, *words: str) -> str:
        return _run([str(self.bin / "pip"), "--disable-pip-version-check", *words]).stdout

    def run(self, program: str, *words: str, folder: Path, status: int = 0) -> str:
        """Run a program of the environment where no Java is found, and return what it prints."""
        hidden = {name: value for name, value in os.environ.items() if name not in {"JAVA_HOME", "PYTHONPATH"}}
        return _run([str(self.bin / program), *words], hidden | {"PATH": str(self.bin)}, folder, status).stdout


def _run(
    command: list[str], environment: Mapping[str, str] | None = None, folder: Path | None = None, status: int = 0
) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(  # noqa: S603 -- programs of environments that the tests made
        command, env=environment, cwd=folder, capture_output=True, text=True, check=False, timeout=900
    )
    assert done.returncode == status, f"{command}: {done.stdout[-2000:]}{done.stderr[-3000:]}"
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    given = os.environ.get("STAGEPRINT_WHEEL")
    if given:
        return Path(given)
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    _run(command, folder=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    return Environment(tmp_path_factory.mktemp("environment"), wheel)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shop")
    shop.write(root, RUNS, {(BAD, "features"): shop.lose_a_fifth})
    (root / "shop.yml").write_text(shop.yaml(root))
    return root


def test_no_file_of_spark_is_installed(environment: Environment) -> None:
    assert "No broken requirements" in environment.pip("check")
    (packages,) = environment.bin.parent.glob("lib/python*/site-packages")
    assert (packages / "stageprint" / "cli").is_dir()
    found = {path.name.lower() for path in packages.iterdir()}
    assert not {name for name in found if name.startswith(("pyspark", "py4j", "delta_spark"))}
    assert not any(name in {"delta", "pyspark"} for name in found)


def test_every_public_name_is_importable_without_a_warning(environment: Environment, tmp_path: Path) -> None:
    code = (
        "import stageprint, sys\n"
        "for name in set(stageprint.__all__) - {'get_session', 'open_store'}: getattr(stageprint, name)\n"
        "print('pyspark' in sys.modules)"
    )
    assert environment.run("python", "-W", "error", "-c", code, folder=tmp_path) == "False\n"


def test_a_pipeline_is_profiled_compared_and_reported_on(environment: Environment, place: Path) -> None:
    def stageprint(*words: str, status: int = 0) -> str:
        return environment.run("stageprint", *words, "--config", "shop.yml", folder=place, status=status)

    assert "read by the local engine" in stageprint("profile", "--all-runs")
    assert "join lost rows" in stageprint("compare", "--all-runs", status=1)
    (found,) = json.loads(stageprint("findings", "--run", BAD, "--format", "json"))
    assert (found["severity"], found["stage"], found["cause"]) == ("critical", "features", "join_lost_rows")
    stageprint("report", "--run", BAD, "--out", "report.html")
    assert "order_features" in (place / "report.html").read_text(encoding="utf-8")
    history = json.loads(
        stageprint("history", "--stage", "raw", "--table", "orders", "--column", "price", "--format", "json")
    )
    assert [row["run_id"] for row in history] == RUNS
    assert [row["run_id"] for row in json.loads(stageprint("runs", "list", "--format", "json"))] == RUNS


def test_a_configuration_writes_itself_and_is_checked(environment: Environment, place: Path) -> None:
    def stageprint(*words: str) -> str:
        return environment.run("stageprint", *words, folder=place)

    assert "2 tables in 2 stages" in stageprint("init", ".", "--file", "drafted.yml", "--store", "./drafted")
    assert "every name was found" in stageprint("validate", "--config", "drafted.yml")
    shown = json.loads(stageprint("doctor", "--config", "drafted.yml", "--format", "json"))
    examined = {one["name"]: one for one in shown}
    assert (examined["pyspark"]["health"], examined["pyspark"]["needed"]) == ("missing", False)
    assert examined["store"]["health"] == "ok"
    assert "profiled" in stageprint("profile", "--config", "drafted.yml", "--all-runs")


def test_what_needs_spark_says_how_to_get_it(environment: Environment, place: Path) -> None:
    done = _run(
        [str(environment.bin / "stageprint"), "profile", "--config", "shop.yml", "--run", BAD, "--engine", "spark"],
        folder=place,
        status=2,
    )
    (message,) = done.stderr.strip().splitlines()
    assert 'pyspark is not installed; install it: pip install "stageprint[spark]"' in message


def test_a_folder_of_200_mb_is_scanned(environment: Environment, tmp_path: Path) -> None:
    random = np.random.default_rng(7)
    (tmp_path / "large").mkdir()
    for number in range(LARGE_FILES):
        columns = {f"x{column}": random.standard_normal(LARGE_ROWS) for column in range(LARGE_COLUMNS)}
        pq.write_table(pa.table(columns), tmp_path / "large" / f"part-{number}.parquet")
    assert sum(file.stat().st_size for file in (tmp_path / "large").iterdir()) > 200e6
    shown = environment.run("stageprint", "scan", "large", folder=tmp_path)
    assert f"{LARGE_ROWS * LARGE_FILES:,}" in shown
    assert f"x{LARGE_COLUMNS - 1}" in shown
