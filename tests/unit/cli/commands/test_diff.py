"""``stageprint diff`` of files, and of runs of a store."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stageprint import cli
from stageprint.model.result_tables import FINDINGS, MANIFESTS, SHIFTS
from stageprint.model.where import EVERY_ROW
from stageprint.stores.delta.store import DeltaStore
from tests.support.cli import Capture

RUNS = ("2026-03-01", "2026-03-02")
CONFIG = """\
pipeline: shop
store: ./observability
engine: local
stages:
  - name: raw
    tables:
      - name: orders
        source: {format: parquet, path: "data/{run_id}/orders.parquet"}
        keys: [order_id]
        checks: [row_count: {min: 10_000}]
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two runs, of which the second has amounts in cents, and a store with both."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STAGEPRINT_CONFIG", raising=False)
    for at, run in enumerate(RUNS):
        (tmp_path / "data" / run).mkdir(parents=True)
        amount = np.random.default_rng(at).lognormal(3, 1, 2_000).round(2) * 100**at
        pq.write_table(
            pa.table({"order_id": np.arange(2_000) + 2_000 * at, "amount": amount}),
            tmp_path / "data" / run / "orders.parquet",
        )
    (tmp_path / "stageprint.yml").write_text(CONFIG, "utf-8")
    assert cli.run(["profile", "--all-runs"]) == 0
    return tmp_path


def test_runs_are_compared_as_files_are(here: Path, capsys: Capture) -> None:
    capsys.readouterr()
    assert cli.run(["diff", *RUNS, "--fail-on", "never"]) == 0
    capsys.readouterr()
    assert cli.run(["diff", *RUNS]) == 1
    of_runs = capsys.readouterr().out
    assert cli.run(["diff", *(f"data/{run}/orders.parquet" for run in RUNS)]) == 1
    of_files = capsys.readouterr().out
    assert "raw.orders.amount" in of_runs
    assert "unit change" in of_runs
    assert "unit change" in of_files
    assert of_runs.splitlines()[-1] == of_files.splitlines()[-1]
    assert not (here / "observability" / "findings").exists()


@pytest.mark.usefixtures("here")
def test_nothing_is_written(capsys: Capture) -> None:
    store = DeltaStore("./observability", "shop")
    before = {table.name: store.read(table, EVERY_ROW).num_rows for table in (MANIFESTS, SHIFTS, FINDINGS)}
    assert cli.run(["diff", *RUNS, "--fail-on", "never"]) == 0
    assert {table.name: store.read(table, EVERY_ROW).num_rows for table in (MANIFESTS, SHIFTS, FINDINGS)} == before
    assert "row_count" not in capsys.readouterr().out  # declared checks are those of `compare` and `check`


@pytest.mark.usefixtures("here")
def test_json_is_that_of_findings(capsys: Capture) -> None:
    capsys.readouterr()
    assert cli.run(["diff", *RUNS, "--config", "stageprint.yml", "--format", "json"]) == 1
    assert {(row["cause"], row["column"]) for row in json.loads(capsys.readouterr().out)} >= {("unit_change", "amount")}


@pytest.mark.usefixtures("here")
def test_a_run_that_is_not_there_has_a_hint(capsys: Capture) -> None:
    assert cli.run(["diff", "2026-03-01", "2026-03-0"]) == 2
    assert "run '2026-03-0' is not in the store" in capsys.readouterr().err


@pytest.mark.usefixtures("here")
def test_a_file_that_is_missing_is_a_file(capsys: Capture) -> None:
    assert cli.run(["diff", "data/2026-03-01/orders.parquet", "data/2026-03-09/orders.parquet"]) == 3
    assert "does not exist" in capsys.readouterr().err
