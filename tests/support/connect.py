"""A Spark Connect server in a process of its own, with Delta where there is one for its Spark."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pyspark

from stageprint.engines.spark import jars
from stageprint.engines.spark.jars import DRIVER_CLASS_PATH, delta_jars

_ROOT: Final = Path(__file__).resolve().parents[2]
_SECONDS_TO_START: Final = 180
_SERVER_OF_SPARK_3: Final = "org.apache.spark:spark-connect_2.12:3.5.7"
"""The newest of 3.5 that Maven Central lists; it runs in later ones of 3.5 too."""

_DELTA: Final = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.databricks.delta.snapshotPartitions": "1",
}


@contextmanager
def connect_server(folder: Path) -> Iterator[str]:
    """Run a server with two cores while the block runs; yield what ``SPARK_REMOTE`` is set to.

    Args:
        folder: Where the server keeps its tables and its log, ``server.log``.
    """
    port = free_port()
    with delta_jars(has_own_packages=True) as settings:
        of_delta = {DRIVER_CLASS_PATH: settings[DRIVER_CLASS_PATH], **_DELTA} if settings else {}
    conf = {
        "spark.connect.grpc.binding.port": str(port),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC",
        "spark.driver.extraJavaOptions": f"-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -Dderby.system.home={folder}",
        **of_delta,
        **_server_package(),
    }
    command = [
        str(Path(pyspark.__file__).parent / "bin" / "spark-submit"),
        *("--class", "org.apache.spark.sql.connect.service.SparkConnectServer"),
        *("--master", "local[2]", "--driver-memory", "2g"),
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
        with suppress(ProcessLookupError):  # it ended by itself, which is told already
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _server_package() -> dict[str, str]:
    """Return the settings that fetch the server; nothing where pyspark has it among its jars, as since 4.0."""
    folder = Path(pyspark.__file__).parent / "jars"
    if any(folder.glob("spark-connect_*.jar")):
        return {}
    return {
        jars.PACKAGES: _SERVER_OF_SPARK_3,
        "spark.jars.ivy": str(Path.home() / ".cache" / "stageprint" / "connect-spark-3.5"),
        "spark.jars.ivySettings": str(Path(jars.__file__).with_name("ivysettings.xml")),
    }


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
