"""`maintain` of a store that only Spark reaches: stdout holds the result, and nothing of what Delta prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stageprint.pipeline.profile import profile
from stageprint.pipeline.tables import all_tables
from stageprint.stores.delta.store import DeltaStore
from tests.support import shop
from tests.support.memory_engine import MemoryEngine

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
RUNS = shop.days(1)

_MAINTAIN = "import sys; from stageprint.cli import run; sys.exit(run(sys.argv[1:]))"


def test_the_result_is_json_and_nothing_else(tmp_path: Path) -> None:
    store = DeltaStore(str(tmp_path / "store"), "shop")
    for _ in range(2):  # the second profile supersedes the first, so that there are files to delete
        profile(shop.config(tmp_path), RUNS, engine=MemoryEngine(shop.tables(RUNS)), store=store)
    config = tmp_path / "shop.yml"
    config.write_text(f"{shop.yaml(tmp_path)}spark:\n  spark.hadoop.fs.example: only Spark asks Hadoop\n")
    done = subprocess.run(  # noqa: S603 -- the tests' own code
        [sys.executable, "-c", _MAINTAIN, "maintain", "--now", "--config", str(config), "--format", "json"],
        env={**os.environ, "PYTHONPATH": f"{ROOT / 'profiling'}:{ROOT}", "STAGEPRINT_MASTER": "local[2]"},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    rows = json.loads(done.stdout)
    assert {row["result_table"] for row in rows if "result_table" in row} >= {
        table.name for table in all_tables() if store.exists(table)
    }
    assert "Deleted" in done.stderr  # of Delta's VACUUM
