"""Times the fast path where files are far or say less than the table: an object store, and Delta with its features.

The S3-compatible server is s3rver (npm), which streams files from the disk. It shares the machine's cores with Spark.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pyarrow import fs
from pyspark.sql import DataFrame, SparkSession

from scripts.benchmarks.cases import Cases
from scripts.benchmarks.measure import Result, failed, median, report_progress, worker_peak_mib
from scripts.benchmarks.session import bench_session
from scripts.benchmarks.table import shape
from tests.support import hadoop_aws

S3RVER: Final = "3.7.1"
_BUCKET: Final = "bench"
_KEY: Final = "S3RVER"
"""Name and secret of the only user that the server knows."""


def bench_reach(folder: Path, data: Path, rounds: int) -> Iterator[Result]:
    """Yield the seconds of bare scans and profiles of the same rows in several places, in turns.

    Args:
        folder: Folder of a table's Parquet files.
        data: Folder where the data is kept.
        rounds: Rounds, in each of which every case is run once, after one that is not counted.
    """
    rows, columns = shape(folder)
    with _object_store(data) as port:
        session = _session(port)
        _upload(folder, port)
        table = _delta(session, folder, data)
        report_progress(f"reach: {rows:,} rows × {columns} columns …")
        far = f"s3a://{_BUCKET}/lineitem"
        places = {
            "local": (Cases(session, folder), session.read.parquet(str(folder))),
            "s3": (Cases(session, Path(far), location=far), session.read.parquet(far)),
            "delta": (
                Cases(session, table, format="delta"),
                session.read.format("delta").load(str(table)),
            ),
        }
        cases: dict[str, Callable[[], object]] = {}
        for name, (ours, frame) in places.items():
            cases[f"scan_{name}"] = _scan(frame)
            cases[f"profile_{name}"] = ours.profile_arrow
        yield from _in_turns(cases, rounds, rows, columns)


def _in_turns(cases: dict[str, Callable[[], object]], rounds: int, rows: int, columns: int) -> Iterator[Result]:
    times: dict[str, list[float]] = {name: [] for name in cases}
    errors: dict[str, Exception] = {}
    for _ in range(rounds + 1):
        for name, run in cases.items():
            started = time.monotonic()
            try:
                run()
            except Exception as error:  # noqa: BLE001 -- the other cases are still measured
                errors[name] = error
            times[name].append(time.monotonic() - started)
    peak = worker_peak_mib()
    for name, found in times.items():
        if name in errors:
            yield failed(name, rows, columns, errors[name])
            continue
        scan = f"scan_{name.partition('_')[2]}"
        floor = None if scan in errors else median(tuple(times[scan][1:]))
        more = {"worker_peak_mib": round(peak)} if name.startswith("profile") and peak is not None else {}
        yield Result(name, rows, columns, median(tuple(found[1:])), floor, tuple(found[1:]), more)


def _scan(frame: DataFrame) -> Callable[[], None]:
    def scan() -> None:
        frame.write.format("noop").mode("overwrite").save()

    return scan


def _delta(spark: SparkSession, folder: Path, data: Path) -> Path:
    """Return the table as a Delta table with column mapping, of whose rows deletion vectors mark one percent."""
    table = data / f"{folder.parent.name}-delta"
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
        access_key=_KEY, secret_key=_KEY, endpoint_override=f"127.0.0.1:{port}", scheme="http", region="us-east-1"
    )
    for file in sorted(folder.glob("*.parquet")):
        target = f"{_BUCKET}/lineitem/{file.name}"
        if store.get_file_info([target])[0].size != file.stat().st_size:
            fs.copy_files(str(file), target, source_filesystem=fs.LocalFileSystem(), destination_filesystem=store)


@contextmanager
def _object_store(data: Path) -> Iterator[int]:
    """Run the server, which keeps its objects in a folder of the data, and yield its port."""
    home, objects = data.parent / "s3rver", data / "s3"
    program = home / "node_modules" / ".bin" / "s3rver"
    if not program.exists():
        home.mkdir(parents=True, exist_ok=True)
        npm = [shutil.which("npm") or "npm", "install", "--prefix", str(home), "--no-fund", "--no-audit"]
        subprocess.run([*npm, f"s3rver@{S3RVER}"], check=True)  # noqa: S603 -- words of our own
    objects.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    words = ["-d", str(objects), "-a", "127.0.0.1", "-p", str(port), "-s", "--configure-bucket", _BUCKET]
    server = subprocess.Popen([str(program), *words], stdout=subprocess.DEVNULL)  # noqa: S603 -- the server
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
