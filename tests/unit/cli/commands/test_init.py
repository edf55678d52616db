"""``stageprint init`` on real files: what it prints and writes, and its exit status."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stageprint import cli
from stageprint.config.loader import load_config
from tests.support.cli import Capture


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("STAGEPRINT_CONFIG", raising=False)
    for run in ("2026-03-01", "2026-03-02"):
        (tmp_path / "data" / run / "orders").mkdir(parents=True)
        pq.write_table(pa.table({"order_id": range(30)}), tmp_path / "data" / run / "orders" / "part-0.parquet")
    return tmp_path


def test_the_file_is_written_and_can_be_used_at_once(here: Path, capsys: Capture) -> None:
    assert cli.run(["init", "data"]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first == "stageprint.yml: 1 table in 1 stage; 1 key, 0 foreign keys, 0 event times"
    assert "stageprint profile --config stageprint.yml --all-runs" in second
    config = load_config(here / "stageprint.yml")
    assert (config.pipeline, config.store) == ("data", "./observability")
    assert config.table("raw", "orders").source.path == "data/{run_id}/orders"
    assert cli.run(["profile", "--all-runs", "--engine", "local"]) == 0


def test_the_second_time_nothing_is_written(here: Path, capsys: Capture) -> None:
    assert cli.run(["init", "data"]) == 0
    before = (here / "stageprint.yml").stat().st_mtime_ns
    capsys.readouterr()
    assert cli.run(["init", "data"]) == 0
    assert capsys.readouterr().out == "stageprint.yml: nothing is new in data; the file is as it was\n"
    assert (here / "stageprint.yml").stat().st_mtime_ns == before


def test_a_dry_run_prints_the_file_and_writes_none(here: Path, capsys: Capture) -> None:
    assert cli.run(["init", "data", "--dry-run", "--pipeline", "shop", "--store", "main.obs"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("# A draft by `stageprint init`")
    assert "pipeline: shop\nstore: main.obs " in text
    assert not (here / "stageprint.yml").exists()


def test_a_table_that_cannot_be_read_is_said_and_the_status_is_3(here: Path, capsys: Capture) -> None:
    (here / "data" / "2026-03-02" / "orders" / "part-0.parquet").write_bytes(b"x")
    assert cli.run(["init", "data", "--file", "sub/shop.yml"]) == 3
    assert "raw.orders: " in capsys.readouterr().err
    assert (here / "sub" / "shop.yml").is_file()


@pytest.mark.usefixtures("here")
def test_a_mistaken_path_is_one_line_with_a_hint(capsys: Capture) -> None:
    assert cli.run(["init", "./dat"]) == 2
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line]
    assert "did you mean 'data'" in line


def test_a_broken_configuration_is_left_alone(here: Path, capsys: Capture) -> None:
    (here / "stageprint.yml").write_text("pipeline: [", "utf-8")
    assert cli.run(["init", "data"]) == 2
    assert "stageprint.yml:1: not valid YAML" in capsys.readouterr().err
    assert (here / "stageprint.yml").read_text("utf-8") == "pipeline: ["


def test_it_need_not_be_told_again_where_the_tables_are(here: Path, capsys: Capture) -> None:
    assert cli.run(["init", "data"]) == 0
    for run in ("2026-03-01", "2026-03-02"):
        pq.write_table(pa.table({"customer_id": range(20)}), here / "data" / run / "customers.parquet")
    capsys.readouterr()
    assert cli.run(["init"]) == 0
    assert capsys.readouterr().out.startswith("stageprint.yml: 1 table in 1 stage; 1 key")
    tables = [table.name for _, table in load_config(here / "stageprint.yml").select()]
    assert tables == ["orders", "customers"]


def test_where_is_needed_the_first_time_and_of_a_file_that_was_written_by_hand(here: Path, capsys: Capture) -> None:
    assert cli.run(["init"]) == 2
    assert "expected a folder, a dbt manifest.json or catalog.schema" in capsys.readouterr().err
    text = "pipeline: p\nstore: s\nstages:\n  - name: raw\n    tables:\n      - {name: t, source: {table: a.b}}\n"
    (here / "stageprint.yml").write_text(text, "utf-8")
    assert cli.run(["init"]) == 2
    assert "stageprint.yml does not say what it was drafted from" in capsys.readouterr().err
    assert cli.run(["init", "data"]) == 0
    assert [table.name for _, table in load_config(here / "stageprint.yml").select()] == ["t", "orders"]
