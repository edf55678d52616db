"""The jobs on a standalone cluster: two workers whose Python has nothing of ours until a job brings it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from scripts.cluster.packing import build_wheel, pack, unpack
from scripts.cluster.standalone import StandaloneCluster, daemon_environment, standalone_cluster
from stageprint.model.result_tables import FINDINGS, TABLE_PROFILES, ResultTable
from stageprint.pipeline.committed import CommittedStore
from stageprint.pipeline.tables import column_profiles
from stageprint.stores.delta.store import DeltaStore
from tests.support import shop
from tests.support.cluster import LOCAL, ROOT, Submitter, killer

pytestmark = pytest.mark.slow

RUNS = shop.days(4)
BAD = RUNS[-1]
EXACT = ("row_count", "null_count", "min_text", "max_text", "data_type", "column_kind", "distinct_count")
"""Figures that do not depend on how rows were dealt out to tasks."""

NEAR = ("mean", "standard_deviation")
"""Figures that depend on it in their last digits, since sums of floats do."""

_PROBE = '''\
"""Says which Python executors run, and where it found the package."""

import json
import os
import sys
import time

import pyarrow as pa
from pyspark.sql import SparkSession


def where(batches):
    import stageprint
    import pyspark

    for batch in batches:
        time.sleep(1)  # so that no executor does all the work
        told = {
            "prefix": sys.prefix,
            "folder": os.getcwd(),
            "package": stageprint.__file__,
            "arrow": pa.__file__,
            "pyspark": pyspark.__file__,
            "path": sys.path,
        }
        yield pa.RecordBatch.from_pylist([{"told": json.dumps(told)}])


spark = SparkSession.builder.getOrCreate()
rows = spark.range(8, numPartitions=8).mapInArrow(where, "told string").collect()
with open(sys.argv[1], "w") as file:
    json.dump([json.loads(row["told"]) for row in rows], file)
'''


@pytest.fixture(scope="session", autouse=True)
def spark() -> None:
    """No session in this process: jobs have their own."""


@pytest.fixture(autouse=True)
def _shared_session_is_active() -> None:
    """As above."""


@pytest.fixture(scope="module")
def submitter(tmp_path_factory: pytest.TempPathFactory) -> Submitter:
    folder = tmp_path_factory.mktemp("packed")
    given = os.environ.get("STAGEPRINT_ENVIRONMENT_ARCHIVE")
    archive = Path(given) if given else pack(build_wheel(folder), folder / "environment.tar.gz")
    return Submitter(archive, unpack(archive, folder / "driver"))


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandaloneCluster]:
    with standalone_cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shop")
    shop.write(root, RUNS, {(BAD, "features"): shop.lose_a_fifth})
    return root


def _config(data: Path, folder: Path, more: str = "") -> Path:
    """Write the configuration with a store of its own."""
    folder.mkdir(exist_ok=True)
    path = folder / "shop.yml"
    path.write_text(shop.yaml(data).replace(f"store: {data}/store", f"store: {folder}/store\n{more}"), "utf-8")
    return path


def _stored(folder: Path, table: ResultTable) -> list[dict[str, Any]]:
    rows: pa.Table = CommittedStore(DeltaStore(str(folder / "store"), "shop")).read(table)
    found: list[dict[str, Any]] = rows.to_pylist()
    return found


def _figures(folder: Path) -> dict[tuple[str, ...], dict[str, Any]]:
    rows = _stored(folder, column_profiles())
    found: dict[tuple[str, ...], dict[str, Any]] = {
        (row["run_id"], row["stage"], row["column_name"]): row for row in rows
    }
    assert len(found) == len(rows)
    return found


def _told(done: subprocess.CompletedProcess[str]) -> str:
    assert "Traceback" not in done.stdout + done.stderr, (done.stdout + done.stderr)[-5000:]
    return (done.stdout + done.stderr)[-5000:]


def _same_figures(one: Path, other: Path, runs: Sequence[str]) -> None:
    ours, theirs = _figures(one), {key: row for key, row in _figures(other).items() if key[0] in runs}
    assert ours.keys() == theirs.keys()
    assert len(ours) == 11 * len(runs)
    for key, row in ours.items():
        assert {name: row[name] for name in EXACT} == {name: theirs[key][name] for name in EXACT}
        for name in NEAR:
            assert row[name] == (None if theirs[key][name] is None else pytest.approx(theirs[key][name], rel=1e-12))


@pytest.fixture(scope="module")
def local(submitter: Submitter, data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The results of the same jobs in local mode."""
    folder = tmp_path_factory.mktemp("local")
    config = str(_config(data, folder))
    profiled = submitter.submit(LOCAL, submitter.job("profile_tables.py"), "--config", config, "--all-runs")
    assert profiled.returncode == 0, _told(profiled)
    compared = submitter.submit(LOCAL, submitter.job("compare_runs.py"), "--config", config, "--run", BAD)
    assert compared.returncode == 1, _told(compared)
    return folder


def test_workers_have_nothing_of_ours_and_executors_run_the_archive(
    cluster: StandaloneCluster, submitter: Submitter, tmp_path: Path
) -> None:
    for worker in cluster.workers:
        variables = dict(
            entry.partition("=")[::2] for entry in Path(f"/proc/{worker}/environ").read_text().split("\0") if entry
        )
        assert "PYTHONPATH" not in variables
        assert variables.keys() >= {"PATH", "SPARK_HOME"}
        assert str(Path(sys.prefix)) not in variables["PATH"]
    bare = Path(sys.base_prefix) / "bin" / "python3"
    for name in ("stageprint", "pyarrow", "datasketches"):
        missing = subprocess.run(  # noqa: S603 -- the interpreter that executors could find by themselves
            [str(bare), "-c", f"import {name}"], env=daemon_environment(tmp_path), capture_output=True, check=False
        )
        assert b"ModuleNotFoundError" in missing.stderr

    (tmp_path / "probe.py").write_text(_PROBE, "utf-8")
    done = submitter.submit(cluster.master, tmp_path / "probe.py", str(tmp_path / "told.json"))
    assert done.returncode == 0, _told(done)
    told = json.loads((tmp_path / "told.json").read_text())
    assert {Path(one["folder"]).parents[1].name for one in told} == {"worker-1", "worker-2"}
    for one in told:
        own = Path(one["folder"])
        assert own.is_relative_to(cluster.folder)
        prefix = Path(one["prefix"])
        assert prefix == own / "environment"
        for name in ("package", "arrow"):
            assert Path(one[name]).is_relative_to(prefix), one[name]
        assert not [path for path in one["path"] if Path(path).is_relative_to(ROOT / "profiling")]


def test_results_are_those_of_local_mode(
    cluster: StandaloneCluster, submitter: Submitter, data: Path, local: Path, tmp_path: Path
) -> None:
    config = str(_config(data, tmp_path))
    profiled = submitter.submit(cluster.master, submitter.job("profile_tables.py"), "--config", config, "--all-runs")
    assert profiled.returncode == 0, _told(profiled)
    assert {row["engine_path"] for row in _stored(tmp_path, TABLE_PROFILES)} == {"arrow"}
    _same_figures(tmp_path, local, RUNS)
    compared = submitter.submit(cluster.master, submitter.job("compare_runs.py"), "--config", config, "--run", BAD)
    assert compared.returncode == 1, _told(compared)
    keys = ("run_id", "severity", "stage", "table_name", "column_name", "cause", "first_run", "sentence")
    found, expected = (
        sorted(tuple(str(row[key]) for key in keys) for row in _stored(folder, FINDINGS))
        for folder in (tmp_path, local)
    )
    assert found == expected
    assert [(*row[:3], row[5]) for row in found] == [(BAD, "critical", "features", "join_lost_rows")]


def test_executors_without_the_archive_end_the_job_with_one_line(
    cluster: StandaloneCluster, submitter: Submitter, data: Path, tmp_path: Path
) -> None:
    config = str(_config(data, tmp_path))
    bare = str(Path(sys.base_prefix) / "bin" / "python3")
    done = submitter.submit(
        cluster.master, submitter.job("profile_tables.py"), "--config", config, "--run", BAD, bare=bare
    )
    told = _told(done)
    assert done.returncode == 3, told
    lacking = "Spark's Python has no module 'stageprint'; bring it along with the job"
    assert lacking in done.stdout + done.stderr, told


@pytest.mark.parametrize("engine", ["auto", "dataframe"])
@pytest.mark.parametrize(
    ("module", "what"),
    [("stageprint.fingerprint.sliced", "SlicedFingerprint.update"), ("stageprint.pipeline.profile_rows", "merged_row")],
    ids=["scan", "merge"],
)
def test_an_executor_that_is_killed_is_replaced(
    cluster: StandaloneCluster,
    submitter: Submitter,
    data: Path,
    local: Path,
    tmp_path: Path,
    engine: str,
    module: str,
    what: str,
) -> None:
    config = str(_config(data, tmp_path, f"engine: {engine}\n"))
    conf, marker = killer(tmp_path, module, what)
    done = submitter.submit(
        cluster.master, submitter.job("profile_tables.py"), "--config", config, "--run", BAD, conf=conf
    )
    assert done.returncode == 0, _told(done)
    assert marker.exists()
    path = "arrow" if engine == "auto" else "dataframe"
    assert {row["engine_path"] for row in _stored(tmp_path, TABLE_PROFILES)} == {path}
    _same_figures(tmp_path, local, [BAD])
