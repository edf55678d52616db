"""Times the fast path where files are far or say less than the table: an object store, and Delta with its features.

The S3-compatible server is moto's, in a process of its own. It shares the machine's cores with Spark, and copies a
whole object for each range that it is asked for: so the table is in many files.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pyarrow import fs
from pyspark.sql import DataFrame, SparkSession

from scripts.benchmarks.cases import Cases
from scripts.benchmarks.data import in_files
from scripts.benchmarks.measure import Result, report_progress
from scripts.benchmarks.session import bench_session
from scripts.benchmarks.table import shape
from scripts.benchmarks.turns import in_turns
from tests.support import hadoop_aws

FILES: Final = 32

_BUCKET: Final = "bench"
_KEY: Final = "key"
"""Name and secret of a user: the server takes any."""


def bench_reach(folder: Path, data: Path, rounds: int) -> Iterator[Result]:
    """Yield the seconds of bare scans and profiles of the same rows in several places, in turns.

    Args:
        folder: Folder of a table's Parquet files.
        data: Folder where the data is kept.
        rounds: Rounds, in each of which every case is run once, after one that is not counted.
    """
    rows, columns = shape(folder)
    folder = in_files(data, folder, FILES)
    with _object_store() as port:
        session = _session(port)
        _upload(folder, port)
        table = _delta(session, folder, data)
        report_progress(f"reach: {rows:,} rows × {columns} columns …")
        far = f"s3a://{_BUCKET}/lineitem"
        places: dict[str, tuple[Cases, Callable[[], DataFrame]]] = {
            "local": (Cases(session, folder), lambda: session.read.parquet(str(folder))),
            "s3": (Cases(session, folder, location=far), lambda: session.read.parquet(far)),
        }
        cases: dict[str, Callable[[], object]] = {}
        for name, (ours, load) in places.items():
            cases[f"scan_{name}"] = _scan(load)
            cases[f"profile_{name}"] = ours.profile_arrow
        cases["scan_delta"] = lambda: _count_rows(session.read.format("delta").load(str(table)))
        cases["profile_delta"] = Cases(session, table, format="delta").profile_arrow
        yield from in_turns(cases, rounds, rows, columns)


def _scan(load: Callable[[], DataFrame]) -> Callable[[], None]:
    def scan() -> None:
        load().write.format("noop").mode("overwrite").save()

    return scan


def _count_rows(frame: DataFrame) -> None:
    """Make every row of a DataFrame with all its columns, and drop it; Delta writes no table with vectors to `noop`."""
    java = getattr(frame, "_jdf")  # noqa: B009 -- not public
    java.queryExecution().toRdd().count()


def _delta(spark: SparkSession, folder: Path, data: Path) -> Path:
    """Return the table as a Delta table with column mapping, of whose rows deletion vectors mark one percent."""
    table = data / f"{folder.name}-delta"
    if not table.exists():
        partial = table.with_name(f"{table.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        options = {"delta.columnMapping.mode": "name", "delta.enableDeletionVectors": "true"}
        spark.read.parquet(str(folder)).write.format("delta").options(**options).save(str(partial))
        spark.sql(f"DELETE FROM delta.`{partial}` WHERE (l_orderkey * 7 + l_linenumber) % 100 = 3")  # noqa: S608 -- our own folder
        partial.rename(table)
    return table


def _session(port: int) -> SparkSession:
    settings = hadoop_aws.settings() | {
        "spark.hadoop.fs.s3a.endpoint": f"http://127.0.0.1:{port}",
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.access.key": _KEY,
        "spark.hadoop.fs.s3a.secret.key": _KEY,
    }
    return bench_session(more=settings)


def _upload(folder: Path, port: int) -> None:
    store = fs.S3FileSystem(
        access_key=_KEY,
        secret_key=_KEY,
        endpoint_override=f"127.0.0.1:{port}",
        scheme="http",
        region="us-east-1",
        allow_bucket_creation=True,
    )
    store.create_dir(_BUCKET)
    for file in sorted(folder.glob("*.parquet")):
        with store.open_output_stream(f"{_BUCKET}/lineitem/{file.name}") as to:
            to.write(file.read_bytes())


@contextmanager
def _object_store() -> Iterator[int]:
    """Run the server in a process of its own, and yield its port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    words = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 -- the server
    try:
        _wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int) -> None:
    for _ in range(100):
        with socket.socket() as connection:
            if not connection.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.1)
    message = f"the object store does not answer on port {port}"
    raise RuntimeError(message)
