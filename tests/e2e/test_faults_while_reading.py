"""Files that go and workers that are killed while a profile reads: nothing is half read, the other tables are done."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml
from deltalake import DeltaTable, write_deltalake
from pyspark import cloudpickle
from pyspark.sql import SparkSession

from stageprint.cli import run as stageprint
from stageprint.engines.spark import arrow_scan, profiling
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.pipeline.committed import CommittedStore
from stageprint.stores.spark.store import SparkStore
from tests.support import damage
from tests.support.planted_faults import PEOPLE_SQL, PLAIN, Search, declared
from tests.support.processes import python_workers_killed
from tests.support.reliability import Seen, keep, keep_searched, normalised

pytestmark = pytest.mark.faults

RUN = "2026-03-02"
ROWS = damage.FILES * damage.ROWS_PER_FILE
TABLES = ("healthy", "vanishing", "vacuumed", "killed_once", "killed_always")

# Workers cannot import this module.
cloudpickle.register_pickle_by_value(sys.modules[__name__])  # type: ignore[no-untyped-call]


def _view(spark: SparkSession, name: str, marker: Path, *, always: bool) -> None:
    """Make a view whose rows come from a Python worker that kills itself: always, or if it is the first."""
    file = str(marker)

    def rows(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield batch
            if always or not os.path.exists(file):
                with open(file, "w"):
                    os.kill(os.getpid(), signal.SIGKILL)

    frame = spark.range(0, ROWS, 1, 1).mapInArrow(rows, "id long")
    frame.selectExpr("id", *PEOPLE_SQL).createOrReplaceTempView(name)


def _write(root: Path, spark: SparkSession, *, people: bool) -> Path:
    sources: dict[str, dict[str, Any]] = {}
    for name in ("healthy", "vanishing", "vacuumed"):
        folder = root / name
        folder.mkdir()
        if name == "vacuumed":
            damage.delta(folder, versions=damage.FILES)
        else:
            damage.parquet(folder)
        sources[name] = {"format": "delta" if name == "vacuumed" else "parquet", "path": str(folder / "data")}
    for name in ("killed_once", "killed_always"):
        _view(spark, name, root / f"{name}.marker", always=name == "killed_always")
        sources[name] = {"sql": f"SELECT * FROM {name}"}
    tables = [{"name": name, "source": sources[name]} for name in TABLES]
    return _config(root, tables, people=people)


def _config(root: Path, tables: list[dict[str, Any]], *, people: bool) -> Path:
    """Write a pipeline; with `people`, the sensitive columns are declared, and the store is searched."""
    config = root / "shop.yml"
    stages = [{"name": "raw", "tables": tables}]
    text = yaml.safe_dump({"pipeline": "shop", "store": f"{root}/{PLAIN}", "stages": stages})
    config.write_text(declared(text, root / "store") if people else text)
    return config


def _rows(root: Path, spark: SparkSession) -> dict[str, list[dict[str, Any]]]:
    place = root / "store" if (root / "store").exists() else root / PLAIN
    store = CommittedStore(SparkStore(spark, str(place), "shop"))
    found: dict[str, list[dict[str, Any]]] = {}
    for row in store.read(TABLE_PROFILES).to_pylist():
        found.setdefault(row["table_name"], []).append(row)
    return found


@pytest.mark.parametrize("people", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["plain", "sensitive"])
def test_files_that_go_and_workers_that_die(
    people: bool, tmp_path: Path, spark: SparkSession, capfd: pytest.CaptureFixture[str]
) -> None:
    config = _write(tmp_path, spark, people=people)
    scan_files = arrow_scan.scan_files

    def changed_first(session: SparkSession, tables: Sequence[Any]) -> Any:
        # The files are listed, and not read yet.
        (tmp_path / "vanishing" / "data" / "part-1.parquet").unlink(missing_ok=True)
        table = tmp_path / "vacuumed" / "data"
        write_deltalake(table, damage.rows(7), mode="overwrite")
        DeltaTable(table).vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
        return scan_files(session, tables)

    arguments = ["profile", "--config", str(config), "--run", RUN, "--engine", "spark"]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(profiling, "scan_files", changed_first)
        assert stageprint(arguments) == 3
    rows = {name: one for name, (one,) in _rows(tmp_path, spark).items()}
    errors = {name: row["error"] for name, row in rows.items() if row["status"] == "failed"}
    assert set(errors) == {"vanishing", "vacuumed", "killed_always"}
    assert rows["healthy"]["row_count"] == rows["killed_once"]["row_count"] == ROWS
    if people:
        search = Search()
        search.text("console", "".join(capfd.readouterr()))
        search.store(tmp_path / "store")
        keep_searched("files that go and workers that are killed while a profile reads", 4, search)
        return
    for name in ("vanishing", "vacuumed"):
        assert "the file is gone, although the table lists it" in errors[name]
        assert str(tmp_path / name / "data") in errors[name]
    assert "a Python worker of Spark was killed, or crashed" in errors["killed_always"]
    # The faults are over, and the run is profiled again.
    (tmp_path / "vanishing" / "data").joinpath("part-1.parquet").write_bytes(
        (tmp_path / "healthy" / "data" / "part-1.parquet").read_bytes()
    )
    _view(spark, "killed_always", tmp_path / "killed_once.marker", always=False)
    assert stageprint(arguments) == 0
    after = _rows(tmp_path, spark)
    counts = {name: [row["row_count"] for row in found] for name, found in after.items()}
    expected = dict.fromkeys(TABLES, ROWS) | {"vacuumed": damage.ROWS_PER_FILE}
    lost = {name: int(expected[name] not in counts[name]) for name in TABLES}
    twice = {name: len(counts[name]) - 1 for name in TABLES}
    faults = {
        "vanishing": "a file goes between listing and reading",
        "vacuumed": "a Delta table is overwritten and vacuumed between listing and reading",
        "killed_once": "`kill -9` of the Python worker that reads a table, once",
        "killed_always": "`kill -9` of every Python worker that reads a table",
    }
    keep(
        "reading",
        [
            Seen(
                fault,
                1,
                lost[name],
                twice[name],
                "`profile` exits with 3; the other tables are done"
                if name in errors
                else "`profile` reads the table once more",
                normalised(errors[name], tmp_path) if name in errors else "none: the table is profiled whole",
            )
            for name, fault in faults.items()
        ],
    )
    assert not any(lost.values())
    assert not any(twice.values())


@pytest.mark.parametrize("people", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["plain", "sensitive"])
def test_a_worker_of_the_fast_path_is_killed(
    people: bool, tmp_path: Path, spark: SparkSession, capfd: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "orders"
    folder.mkdir()
    damage.parquet(folder)
    tables = [{"name": "orders", "source": {"format": "parquet", "path": f"{folder}/data"}}]
    config = _config(tmp_path, tables, people=people)
    scan_files = arrow_scan.scan_files
    killed: list[int] = []

    def killing(session: SparkSession, tables: Sequence[Any]) -> Any:
        with python_workers_killed() as found:
            try:
                return scan_files(session, tables)
            finally:
                killed.extend(found)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(profiling, "scan_files", killing)
        assert stageprint(["profile", "--config", str(config), "--run", RUN, "--engine", "spark"]) == 0
    (row,) = _rows(tmp_path, spark)["orders"]
    assert killed
    assert (row["status"], row["row_count"]) == ("ok", ROWS)
    if people:
        search = Search()
        search.text("console", "".join(capfd.readouterr()))
        search.store(tmp_path / "store")
        keep_searched("`kill -9` of all Python workers in the shared job of the fast path", 1, search)
        return
    assert "a Python worker of Spark was killed, or crashed" in row["engine_reason"]
    seen = "`profile` reads the table by the general path and says why in `engine_reason`"
    fault = "`kill -9` of all Python workers in the shared job of the fast path"
    keep("reading", [Seen(fault, 1, 0, 0, seen, "none: the table is profiled whole")])
