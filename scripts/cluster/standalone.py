"""A standalone Spark cluster on the loopback: a master and workers, each a process of its own.

The daemons start with an environment of their own, which has nothing of this project in it: no ``PYTHONPATH``, no
virtual environment on the path. What executors run must therefore have come with the application.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyspark

SPARK_HOME: Final = Path(pyspark.__file__).parent

_SECONDS_TO_START: Final = 120
_DIRECT: Final = urllib.request.build_opener(urllib.request.ProxyHandler({}))
"""Asks the loopback without a proxy, whatever the environment says."""


@dataclass(frozen=True, slots=True)
class StandaloneCluster:
    """A running cluster.

    Attributes:
        master: What ``--master`` is set to.
        web: Address of the master's page.
        folder: Where each daemon keeps its log (``master.log``, ``worker-1.log``, …) and workers their applications.
        workers: Process ids of the workers.
    """

    master: str
    web: str
    folder: Path
    workers: tuple[int, ...]


def daemon_environment(folder: Path) -> dict[str, str]:
    """Return the environment of the daemons: the system's own programs, Java and Spark, nothing else."""
    java = os.environ.get("JAVA_HOME") or _java_home()
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(folder),
        "JAVA_HOME": java,
        "SPARK_HOME": str(SPARK_HOME),
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        # Its port is fixed, and nobody asks it.
        "SPARK_MASTER_OPTS": "-Dspark.master.rest.enabled=false",
    }


@contextmanager
def standalone_cluster(
    folder: Path, *, workers: int = 2, cores: int = 1, memory: str = "1g"
) -> Iterator[StandaloneCluster]:
    """Run a cluster while the block runs.

    Args:
        folder: Where logs and applications are kept.
        workers: Number of workers.
        cores: Cores of each.
        memory: Memory that each gives to executors, as Spark writes it.

    Raises:
        RuntimeError: A daemon ended, or not all workers had registered after two minutes; the message has its log.
    """
    folder.mkdir(parents=True, exist_ok=True)
    port, web = _free_port(), _free_port()
    spark_class = str(SPARK_HOME / "bin" / "spark-class")
    master = f"spark://127.0.0.1:{port}"
    started: list[tuple[subprocess.Popen[bytes], Path]] = []

    def start(name: str, *words: str) -> None:
        log = folder / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(  # noqa: S603 -- Spark's own daemons
                [spark_class, *words],
                env=daemon_environment(folder),
                cwd=folder,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        started.append((process, log))

    try:
        listening = ("--host", "127.0.0.1", "--port", str(port), "--webui-port", str(web))
        start("master", "org.apache.spark.deploy.master.Master", *listening)
        _wait(started, web, workers=0)
        for number in range(1, workers + 1):
            place = ("--work-dir", str(folder / f"worker-{number}"))
            size = ("--host", "127.0.0.1", "--webui-port", "0", "--cores", str(cores), "--memory", memory)
            start(f"worker-{number}", "org.apache.spark.deploy.worker.Worker", *size, *place, master)
        _wait(started, web, workers=workers)
        yield StandaloneCluster(
            master, f"http://127.0.0.1:{web}", folder, tuple(process.pid for process, _ in started[1:])
        )
    finally:
        for process, _ in reversed(started):
            _end(process)


def _wait(started: list[tuple[subprocess.Popen[bytes], Path]], web: int, *, workers: int) -> None:
    """Wait until the master says that so many workers are alive."""
    until = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < until:
        for process, log in started:
            if process.poll() is not None:
                message = f"{log.stem} ended with status {process.returncode}: {_end_of(log)}"
                raise RuntimeError(message)
        with suppress(OSError), _DIRECT.open(f"http://127.0.0.1:{web}/json/", timeout=5) as page:
            if json.load(page)["aliveworkers"] >= workers:
                return
        time.sleep(0.2)
    logs = "; ".join(f"{log.stem}: {_end_of(log)}" for _, log in started)
    message = f"expected {workers} workers within {_SECONDS_TO_START} s: {logs}"
    raise RuntimeError(message)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a daemon, and whatever executors it has started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    with suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _end_of(log: Path) -> str:
    return log.read_text("utf-8", errors="replace")[-2000:]


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _java_home() -> str:
    java = shutil.which("java")
    if java is None:
        message = "expected Java 17 or newer, found neither JAVA_HOME nor `java` on the path"
        raise RuntimeError(message)
    return str(Path(java).resolve().parents[1])
