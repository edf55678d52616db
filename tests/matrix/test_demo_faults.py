"""The demo's two planted faults are found by the oldest and the newest Spark."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest

from scripts.demo.build import main as build
from scripts.demo.layout import DELTA_STAGES
from stageprint.config.loader import load_config
from stageprint.model.result_tables import FINDINGS, TABLE_PROFILES
from stageprint.stores.delta.store import DeltaStore
from tests.support.sparks import run_commands

CONFIG: Final = Path(__file__).resolve().parents[2] / "conf" / "nycflights.yml"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The twelve runs with the two faults that `make demo` plants."""
    found = tmp_path_factory.mktemp("flights") / "data"
    assert build(["--out", str(found)]) == 0
    return found


@pytest.mark.parametrize("which", [0, -1], ids=["oldest", "newest"])
def test_the_two_faults_are_found_where_they_were_planted(
    data: Path, versions: list[str], which: int, tmp_path: Path
) -> None:
    file = tmp_path / "nycflights.yml"
    text = CONFIG.read_text("utf-8").replace("build/demo/data", str(data)).replace("build/demo/store", f"{tmp_path}/s")
    file.write_text(text, "utf-8")
    commands = [
        ["profile", "--config", str(file), "--all-runs", "--engine", "spark"],
        ["compare", "--config", str(file), "--all-runs", "--fail-on", "never"],
    ]
    assert run_commands(versions[which], tmp_path, commands) == [0, 0]
    config = load_config(str(file))
    store = DeltaStore(config.store, config.pipeline)
    found: list[dict[str, Any]] = store.read(FINDINGS).to_pylist()
    planted = {
        (row["run_id"], row["stage"], row["table_name"], row["cause"]) for row in found if row["severity"] == "critical"
    }
    assert ("2013-06", "joined", "flights_joined", "join_lost_rows") in planted
    assert ("2013-10", "raw", "flights", "wrong_timezone") in planted
    profiled = store.read(TABLE_PROFILES).to_pylist()
    assert {row["source_format"] for row in profiled if row["stage"] in DELTA_STAGES} == {"delta"}
    assert all(row["status"] == "ok" for row in profiled)
