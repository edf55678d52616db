"""The commands on Spark Connect: a server in a process of its own, asked through ``SPARK_REMOTE``."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from deltalake import write_deltalake

from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.model.where import where
from stageprint.pipeline.tables import column_profiles
from stageprint.stores.delta.store import DeltaStore
from tests.support import shop
from tests.support.connect import connect_server, free_port
from tests.support.versions import IS_SPARK_3, with_delta

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

    def python(self, code: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 -- the tests' own code
            [sys.executable, "-c", code],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    def findings(self, run: str) -> tuple[int, list[tuple[str, str, str]]]:
        done = self.run("findings", "--run", run, "--format", "json")
        rows = json.loads(done.stdout) if done.stdout else []
        return done.returncode, [(row["severity"], row["stage"], row["cause"]) for row in rows]


@pytest.mark.parametrize("place", ["a path", pytest.param("a schema of the catalog", marks=with_delta)])
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


@with_delta
def test_a_delta_table_that_the_driver_sees_takes_the_fast_path(remote: str, tmp_path: Path) -> None:
    shop.write(tmp_path, RUNS[:1])
    for name, partition in (("orders", ["country"]), ("plain", None)):
        write_deltalake(tmp_path / "delta" / RUNS[0] / name, shop.orders(RUNS[0]), partition_by=partition)
    config = tmp_path / "shop.yml"
    tables = "".join(
        f"      - name: {name}\n"
        f'        source: {{format: delta, path: "{tmp_path}/delta/{{run_id}}/{name}"}}\n        keys: [order_id]\n'
        for name in ("orders", "plain")
    )
    config.write_text(
        f"pipeline: shop\nstore: {tmp_path}/store\nstages:\n  - name: raw\n    tables:\n{tables}", "utf-8"
    )
    done = Client(remote, config).run("profile", "--run", RUNS[0])
    assert done.returncode == 0, done.stderr[-3000:]
    store = DeltaStore(f"{tmp_path}/store", "shop")
    rows = store.read(TABLE_PROFILES).to_pylist()
    assert {(row["table_name"], row["engine_path"], row["row_count"]) for row in rows} == {
        ("orders", "arrow", shop.ROWS),
        ("plain", "arrow", shop.ROWS),
    }, [row["engine_reason"] for row in rows]
    of_columns = {
        name: {
            row["column_name"]: [row[figure] for figure in ("null_count", "min_text", "max_text", "sum")]
            for row in store.read(column_profiles(), where(table_name=name)).to_pylist()
        }
        for name in ("orders", "plain")
    }
    assert of_columns["orders"].keys() == of_columns["plain"].keys()
    assert of_columns["orders"]["country"] == of_columns["plain"]["country"]


def test_two_frames_of_a_server_are_compared(remote: str, tmp_path: Path) -> None:
    done = Client(remote, tmp_path / "none.yml").python(
        "import stageprint\nfrom pyspark.sql import SparkSession\n"
        "spark = SparkSession.builder.getOrCreate()\n"
        "rows = spark.range(3000).selectExpr('id', 'id % 7 AS day', 'cast(id % 5 = 0 AS string) AS text')\n"
        "print(stageprint.compare(rows, rows))\n"
        "print(stageprint.compare(rows, rows.selectExpr('id', 'day * 100 AS day', 'text')))\n"
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "day" in done.stdout


def test_a_server_that_restarts_is_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shop.write(tmp_path, RUNS[:2])
    config = tmp_path / "shop.yml"
    config.write_text(shop.yaml(tmp_path), "utf-8")
    code = (
        "import pathlib, sys, time\nfrom stageprint.cli import run\n"
        f"folder, own = pathlib.Path({str(tmp_path)!r}), ['--config', {str(config)!r}, '--run']\n"
        f"assert run(['profile', *own, {RUNS[0]!r}]) == 0\n"
        "(folder / 'ready').touch()\n"
        "while not (folder / 'go').exists(): time.sleep(0.1)\n"
        f"sys.exit(run(['profile', *own, {RUNS[1]!r}]))\n"
    )
    port = free_port()
    monkeypatch.setattr("tests.support.connect.free_port", lambda: port)
    folders = [tmp_path / name for name in ("first", "second")]
    for folder in folders:
        folder.mkdir()
    with connect_server(folders[0]) as remote:
        environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'profiling'}:{ROOT}", "SPARK_REMOTE": remote}
        client = subprocess.Popen([sys.executable, "-c", code], env=environment, stderr=subprocess.PIPE, text=True)  # noqa: S603 -- the tests' own code
        while not (tmp_path / "ready").exists():
            assert client.poll() is None, client.communicate()[1]
            time.sleep(0.1)
    with connect_server(folders[1]):
        (tmp_path / "go").touch()
        _, said = client.communicate(timeout=300)
        assert "Traceback" not in said
        again = Client(remote, config)
        if IS_SPARK_3:  # its client does not see that the server is another one, and goes on in a new session
            assert client.returncode == 0, said
            assert again.findings(RUNS[1]) == (4, [])  # profiled, not compared
            return
        assert client.returncode in {2, 3}
        last = said.strip().rsplit("\n", 1)[-1]
        assert re.search(
            r"the server cannot be reached; check that it is up|the Spark Connect server was restarted", last
        ), said
        # Nothing half-written: the run is not there, and the next command writes it.
        assert again.run("findings", "--run", RUNS[1]).returncode == 2
        assert again.run("profile", "--run", RUNS[1]).returncode == 0
