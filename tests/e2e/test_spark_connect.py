"""The commands on Spark Connect: a server in a process of its own, asked through ``SPARK_REMOTE``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import shop
from tests.support.connect import connect_server

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
RUNS = shop.days(4)
BAD = RUNS[-1]
_STAGEPRINT = "import sys; from stageprint.cli import run; sys.exit(run(sys.argv[1:]))"


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with connect_server(tmp_path_factory.mktemp("server")) as address:
        yield address


class Client:
    """Commands in processes that are given a Spark Connect server."""

    def __init__(self, remote: str, config: Path) -> None:
        self._environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'profiling'}:{ROOT}", "SPARK_REMOTE": remote}
        self._config = config

    def run(self, command: str, *words: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(  # noqa: S603 -- the tests' own code
            [sys.executable, "-c", _STAGEPRINT, command, "--config", str(self._config), *words],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stderr[-5000:]
        return done

    def findings(self, run: str) -> tuple[int, list[tuple[str, str, str]]]:
        done = self.run("findings", "--run", run, "--format", "json")
        rows = json.loads(done.stdout) if done.stdout else []
        return done.returncode, [(row["severity"], row["stage"], row["cause"]) for row in rows]


@pytest.mark.parametrize("place", ["a path", "a schema of the catalog"])
def test_runs_are_profiled_compared_and_asked_about(remote: str, tmp_path: Path, place: str) -> None:
    shop.write(tmp_path, RUNS, {(BAD, "features"): shop.lose_a_fifth})
    store = str(tmp_path / "store") if place == "a path" else "spark_catalog.default"
    config = tmp_path / "shop.yml"
    config.write_text(shop.checked_yaml(tmp_path).replace(f"store: {tmp_path}/store", f"store: {store}"), "utf-8")
    client = Client(remote, config)

    nothing = client.run("findings", "--run", BAD)
    assert (nothing.returncode, nothing.stdout) == (2, ""), nothing.stderr
    assert "holds no run of pipeline" in nothing.stderr
    before = client.run("compare", "--run", BAD)
    assert before.returncode == 2, before.stderr
    assert "`stageprint profile` first" in before.stderr

    unknown = client.run("profile", "--all-runs")
    assert unknown.returncode == 2
    assert "Spark Connect lists no files" in unknown.stderr
    named = [word for run in RUNS for word in ("--run", run)]
    profiled = client.run("profile", *named, "--engine", "dataframe")
    assert profiled.returncode == 0, profiled.stderr[-3000:]
    assert client.findings(BAD) == (4, [])
    compared = client.run("compare", "--all-runs")
    assert compared.returncode == 1, compared.stderr[-3000:]
    assert client.findings(BAD) == (0, [("critical", "features", "join_lost_rows")])
    assert client.findings(RUNS[0]) == (0, [])

    again = client.run("profile", "--run", BAD)
    assert again.returncode == 0, again.stderr[-3000:]
    assert client.findings(BAD)[0] == 4
    assert client.run("maintain").returncode == 0
