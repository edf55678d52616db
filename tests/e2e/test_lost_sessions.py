"""Commands whose Spark is killed under them, or may not do what it needs to: in processes of their own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml
from pyspark.sql import SparkSession

from stageprint.cli import run as stageprint
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.pipeline.committed import CommittedStore
from stageprint.stores.spark.store import SparkStore
from tests.support import damage
from tests.support.planted_faults import PLAIN, Search, declared
from tests.support.reliability import Seen, keep, keep_searched, normalised

pytestmark = pytest.mark.faults

ROOT = Path(__file__).resolve().parents[2]
RUN = "2026-03-02"
ROWS = damage.FILES * damage.ROWS_PER_FILE

_KILLING = """\
import os, signal, sys, threading, time
from stageprint.cli import run
from stageprint.engines.spark import arrow_scan, profiling
from tests.support.processes import command_of, descendants

def kill():
    for one in descendants(os.getpid()):
        if {what!r} in command_of(one) and "/bin/bash" not in command_of(one):
            os.kill(one, signal.SIGKILL)

def killing(session, tables):
    session.range(8).rdd.count() if {warm!r} else None
    kill()
    return arrow_scan.scan_files(session, tables)

profiling.scan_files = killing
sys.exit(run(sys.argv[1:]))
"""


def _command(
    code: str, arguments: Sequence[str], environment: Mapping[str, str] | None = None, before: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 -- the tests' own code
        [*before, sys.executable, "-c", code, *arguments],
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'profiling'}:{ROOT}", **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )


def _pipeline(root: Path, names: Sequence[str], *, people: bool = True) -> list[str]:
    """Write a pipeline, and return the words that profile it; `people`: its sensitive columns are declared."""
    tables = []
    for name in names:
        folder = root / name
        folder.mkdir()
        damage.parquet(folder)
        tables.append({"name": name, "source": {"format": "parquet", "path": f"{folder}/data"}})
    stages = [{"name": "raw", "tables": tables}]
    config = root / "shop.yml"
    text = yaml.safe_dump({"pipeline": "shop", "store": f"{root}/{PLAIN}", "stages": stages})
    config.write_text(declared(text, root / "store") if people else text)
    return ["profile", "--config", str(config), "--run", RUN, "--engine", "spark"]


def _rows(root: Path, spark: SparkSession) -> list[dict[str, Any]]:
    place = root / "store" if (root / "store").exists() else root / PLAIN
    store = CommittedStore(SparkStore(spark, str(place), "shop"))
    found: list[dict[str, Any]] = store.read(TABLE_PROFILES).to_pylist()
    return found


def _searched(root: Path, fault: str, done: subprocess.CompletedProcess[str]) -> None:
    """Look for planted values in the store, and in all that a command and its Spark wrote."""
    search = Search()
    search.text("console", done.stdout + done.stderr)
    search.store(root / "store")
    keep_searched(fault, 1, search)


@pytest.mark.slow
def test_the_jvm_is_killed_while_it_reads(tmp_path: Path, spark: SparkSession) -> None:
    arguments = _pipeline(tmp_path, ["orders"])
    done = _command(_KILLING.format(what="org.apache.spark.deploy.SparkSubmit", warm=False), arguments)
    assert done.returncode in {2, 3}, done.stderr
    assert "Traceback" not in done.stderr
    message = done.stderr.strip().splitlines()[-1]
    assert "the Spark session ended while it was needed" in message
    assert _rows(tmp_path, spark) == []
    assert stageprint(arguments) == 0
    rows = _rows(tmp_path, spark)
    lost, twice = max(0, 1 - len(rows)), max(0, len(rows) - 1)
    fault = "`kill -9` of Spark's JVM while tables are read"
    seen = f"`profile` exits with {done.returncode}; the run does not count as profiled"
    keep("sessions", [Seen(fault, 1, lost, twice, seen, normalised(message, tmp_path))])
    assert (lost, twice) == (0, 0)
    _searched(tmp_path, fault, done)


@pytest.mark.slow
def test_an_executor_is_killed_while_it_reads(tmp_path: Path, spark: SparkSession) -> None:
    arguments = _pipeline(tmp_path, ["orders", "customers"])
    code = _KILLING.format(what="CoarseGrainedExecutorBackend", warm=True)
    done = _command(code, arguments, {"STAGEPRINT_MASTER": "local-cluster[1,2,1024]"})
    assert done.returncode == 0, done.stderr[-3000:]
    rows = _rows(tmp_path, spark)
    assert [row["row_count"] for row in rows] == [ROWS, ROWS]
    fault = "`kill -9` of the executor of a cluster while tables are read"
    keep("sessions", [Seen(fault, 1, 0, 0, "Spark starts another executor", "none: the tables are profiled whole")])
    _searched(tmp_path, fault, done)


@pytest.mark.slow
@pytest.mark.parametrize("people", [False, True], ids=["plain", "sensitive"])
def test_files_and_folders_that_may_not_be_read(people: bool, tmp_path: Path, spark: SparkSession) -> None:
    arguments = _pipeline(tmp_path, ["healthy", "file", "folder"], people=people)
    denied = (tmp_path / "file" / "data" / "part-1.parquet", tmp_path / "folder" / "data")
    for path in denied:
        path.chmod(0)
    caps = "-dac_override,-dac_read_search"
    # Root may read everything, unless it gives these two capabilities away.
    before = ["setpriv", f"--bounding-set={caps}", f"--inh-caps={caps}"] if os.geteuid() == 0 else []
    if before and shutil.which("setpriv") is None:
        pytest.skip("root without setpriv may read everything")
    code = "import sys; from stageprint.cli import run; sys.exit(run(sys.argv[1:]))"
    done = _command(code, arguments, before=before)
    for path in denied:
        path.chmod(0o755)
    assert done.returncode == 3, done.stderr[-3000:]
    assert "Traceback" not in done.stderr
    errors = {row["table_name"]: row["error"] for row in _rows(tmp_path, spark)}
    assert errors["healthy"] is None
    if people:
        assert None not in {errors["file"], errors["folder"]}
        _searched(tmp_path, "a file, or a folder, may not be read", done)
        return
    for name, path in (("file", denied[0]), ("folder", denied[1])):
        assert f"{path}: permission denied" in errors[name]
    assert stageprint(arguments) == 0
    after = _rows(tmp_path, spark)
    lost, twice = max(0, 3 - len(after)), max(0, len(after) - 3)
    meanwhile = "`profile` exits with 3; the other tables are done"
    keep(
        "sessions",
        [
            Seen(f"a {name} may not be read", 1, lost, twice, meanwhile, normalised(errors[name], tmp_path))
            for name in ("file", "folder")
        ],
    )


def test_no_java(tmp_path: Path) -> None:
    arguments = _pipeline(tmp_path, ["orders"])
    code = "import sys; from stageprint.cli import run; sys.exit(run(sys.argv[1:]))"
    without = {"PATH": str(tmp_path), "JAVA_HOME": ""}
    asked = _command(code, arguments, without)
    assert asked.returncode == 2
    (message,) = asked.stderr.strip().splitlines()
    assert message.startswith("No Java was found")
    done = _command(code, [*arguments[:-1], "auto"], without)
    assert done.returncode == 0, done.stderr
    assert "[1/1] written" in done.stderr
    meanwhile = "the local engine profiles; with `--engine spark`, `profile` exits with 2"
    keep("sessions", [Seen("Java is not installed", 1, None, None, meanwhile, message)])
