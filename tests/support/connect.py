"""A Spark Connect server in a process of its own, with Delta."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pyspark

from stageprint.engines.spark.jars import delta_jars

_ROOT: Final = Path(__file__).resolve().parents[2]
_SECONDS_TO_START: Final = 120


@contextmanager
def connect_server(folder: Path) -> Iterator[str]:
    """Run a server with two cores while the block runs; yield what ``SPARK_REMOTE`` is set to.

    Args:
        folder: Where the server keeps its tables and its log, ``server.log``.
    """
    port = free_port()
    with delta_jars() as settings:
        jars = settings["spark.driver.extraClassPath"]
    conf = {
        "spark.connect.grpc.binding.port": str(port),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC",
        "spark.databricks.delta.snapshotPartitions": "1",
        "spark.driver.extraJavaOptions": f"-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dderby.system.home={folder}",
    }
    command = [
        str(Path(pyspark.__file__).parent / "bin" / "spark-submit"),
        *("--class", "org.apache.spark.sql.connect.service.SparkConnectServer"),
        *("--master", "local[2]", "--driver-memory", "2g", "--driver-class-path", jars),
        *(word for name, value in conf.items() for word in ("--conf", f"{name}={value}")),
        "spark-internal",
    ]
    own = {name: value for name, value in os.environ.items() if name not in {"SPARK_REMOTE", "PYSPARK_GATEWAY_PORT"}}
    environment = {
        **own,
        "PYSPARK_PYTHON": sys.executable,
        # The server's workers run functions of the package.
        "PYTHONPATH": f"{_ROOT / 'profiling'}:{_ROOT}",
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    log = folder / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(  # noqa: S603 -- the tests' own server
            command, env=environment, cwd=folder, stdout=output, stderr=output, start_new_session=True
        )
    try:
        _wait(process, port, log)
        yield f"sc://127.0.0.1:{port}"
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def free_port() -> int:
    """Return a port that nothing listens to."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _SECONDS_TO_START
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.2)
    message = f"the Spark Connect server did not start: {log.read_text()[-3000:]}"
    raise RuntimeError(message)
