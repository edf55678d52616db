"""Other profilers: each runs in an environment of its own, because of its dependencies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from scripts.benchmarks.measure import Result, failed, report_progress
from scripts.benchmarks.table import shape

_PANDAS: Final = """\
import json, sys, time
import pyarrow.parquet as pq
frame = pq.read_table(sys.argv[1]).to_pandas()
{setup}
found = []
for _ in range(int(sys.argv[2])):
    started = time.monotonic()
    {timed}
    found.append(time.monotonic() - started)
    if sum(found) > 120:
        break
print(json.dumps({{"rounds": found}}))
"""

_DEEQU: Final = """\
import json, os, sys, time
os.environ.setdefault("SPARK_VERSION", "3.5")
os.environ["PYSPARK_PYTHON"] = sys.executable
os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
from pyspark.sql import SparkSession
spark = (
    SparkSession.builder.master("local[*]").config("spark.driver.memory", "4g").config("spark.ui.enabled", "false")
    .config("spark.sql.shuffle.partitions", "4")
    .config("spark.jars.packages", sys.argv[3]).config("spark.jars.ivySettings", sys.argv[4])
    .config("spark.jars.excludes", "net.sourceforge.f2j:arpack_combined_all,software.amazon.glue:dqdl").getOrCreate()
)
from pydeequ.profiles import ColumnProfilerRunner

def clock(run, rounds):
    found = []
    for _ in range(rounds):
        started = time.monotonic()
        run()
        found.append(time.monotonic() - started)
        if sum(found) > 120:
            break
    return found

def scan():
    spark.read.parquet(sys.argv[1]).write.format("noop").mode("overwrite").save()

def profile():
    ColumnProfilerRunner(spark).onData(spark.read.parquet(sys.argv[1])).run()

clock(scan, 1)
before = clock(scan, 3)
clock(profile, 1)
rounds = clock(profile, int(sys.argv[2]))
floor = sorted(before + clock(scan, 3))
middle, own = sorted(rounds)[len(rounds) // 2], (floor[2] + floor[3]) / 2
print(json.dumps({"rounds": rounds, "own_scan_seconds": round(own, 3), "ratio_to_own_scan": round(middle / own, 2)}))
spark.stop()
sys.stdout.flush()
os._exit(0)
"""
"""`os._exit`: pydeequ leaves a py4j thread that never ends."""

DEEQU_JAR: Final = "com.amazon.deequ:deequ:2.1.0-spark-3.5"
"""The newest Deequ for Spark 3.5 in Maven Central; the ones that pydeequ asks for are not there."""


@dataclass(frozen=True)
class Peer:
    """A profiler that runs as a separate program.

    Attributes:
        lock: Lock file of its environment.
        program: What the environment's interpreter runs: file, rounds, then `words`.
        words: Further arguments.
        one_core: Whether it uses one core.
        more: Further facts for the result.
    """

    lock: str
    program: str
    words: tuple[str, ...] = ()
    one_core: bool = True
    more: Mapping[str, object] = field(default_factory=dict)


def _in_pandas(setup: str, timed: str) -> str:
    return _PANDAS.format(setup=setup, timed=timed)


_IVY = str(Path("profiling/stageprint/spark/ivysettings.xml").resolve())

PEERS: Final[Mapping[str, Peer]] = {
    "whylogs": Peer("conf/bench-whylogs.lock", _in_pandas("import whylogs", "whylogs.log(frame)")),
    "ydata_profiling_minimal": Peer(
        "conf/bench-ydata.lock",
        _in_pandas(
            "from ydata_profiling import ProfileReport",
            "ProfileReport(frame, minimal=True, progress_bar=False).get_description()",
        ),
    ),
    "deequ_column_profiler": Peer("conf/bench-deequ.lock", _DEEQU, (DEEQU_JAR, _IVY), False, {"jar": DEEQU_JAR}),
}
"""Name → how it is run. Imports and the reading into pandas are not timed."""


def bench_peer(name: str, folder: Path, rounds: int, environments: Path, scan: float | None) -> Result:
    """Return the time that another profiler takes for a folder of Parquet files.

    Args:
        name: One of `PEERS`.
        folder: The folder.
        rounds: Most rounds.
        environments: Folder of the environments, which are made if missing.
        scan: The bare Spark scan of the same files in the same run.
    """
    peer = PEERS[name]
    rows, columns = shape(folder)
    report_progress(f"{name}: {rows:,} rows × {columns} columns …")
    more = {"cores": 1 if peer.one_core else os.cpu_count(), **peer.more}
    try:
        python = _environment(environments / name, peer.lock)
        words = [str(python), "-c", peer.program, str(folder), str(rounds), *peer.words]
        # A program with another Spark must not find the one of this process.
        own = {key: value for key, value in os.environ.items() if not key.startswith(("SPARK_", "PYSPARK_", "PYTHON"))}
        shown = subprocess.run(words, capture_output=True, text=True, check=False, timeout=1800, env=own)  # noqa: S603 -- our own words
        if shown.returncode:
            return failed(name, rows, columns, _reason(shown.stderr), **more)
        found = json.loads(shown.stdout.strip().splitlines()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError) as error:
        return failed(name, rows, columns, error, **more)
    times = tuple(found.pop("rounds"))
    seconds = sorted(times)[len(times) // 2]
    return Result(name, rows, columns, seconds, scan, times, more | found)


def _reason(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    errors = [line for line in lines if "Error" in line or "Exception" in line]
    return (errors or lines or ["no message"])[-1][:300]


def _environment(folder: Path, lock: str) -> Path:
    python = folder / "bin" / "python"
    ready = folder / ".ready"
    if not ready.exists():
        report_progress(f"installing {lock} …")
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)  # noqa: S603 -- our own words
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", lock]
        subprocess.run(install, check=True)  # noqa: S603 -- our own words
        ready.touch()
    return python
