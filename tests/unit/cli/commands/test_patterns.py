"""Tables that join by a pattern, through whole commands on files: profiled, compared, missed and shown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import write_deltalake

from stageprint import cli
from tests.support.cli import Capture

CONFIG = """\
pipeline: shop
store: ./observability
engine: local
stages:
  - name: raw
    match:
      - path: data/{run_id}/*.parquet
        exclude: [tmp_*]
        keys: [id]
    tables:
      - name: orders
        source: {format: parquet, path: "data/{run_id}/orders.parquet"}
        keys: [id]
        event_time: at
"""
DAYS = ("2026-03-01", "2026-03-02", "2026-03-03", "2026-03-04")


def write(run: str, *names: str) -> None:
    folder = Path("data") / run
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        rows = {"id": list(range(50)), "at": pa.array(range(50), pa.timestamp("us"))}
        pq.write_table(pa.table(rows), folder / f"{name}.parquet")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("shop.yml").write_text(CONFIG, "utf-8")
    write(DAYS[0], "orders", "customers", "tmp_x", "_hidden")
    write(DAYS[1], "orders", "customers", "items")
    return tmp_path


def call(capsys: Capture, *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    status = cli.run(list(words))
    out, err = capsys.readouterr()
    return status, out, err


def run(capsys: Capture, *words: str) -> tuple[int, list[dict[str, Any]]]:
    status, out, _ = call(capsys, *words, "--config", "shop.yml", "--format", "json")
    return status, [json.loads(line) for line in out.splitlines()] if out.startswith("{") else json.loads(out or "[]")


def profile(*words: str) -> int:
    return cli.run(["profile", "--config", "shop.yml", *words])


def compare(run: str) -> int:
    return cli.run(["compare", "--config", "shop.yml", "--run", run])


def states(capsys: Capture) -> dict[str, tuple[str | None, str | None]]:
    _, rows = run(capsys, "tables")
    return {row["table"]: (row["run_id"], row["status"]) for row in rows}


@pytest.mark.usefixtures("here")
def test_new_tables_join_by_themselves(capsys: Capture) -> None:
    assert profile("--all-runs") == 0
    assert states(capsys) == {
        "orders": (DAYS[1], "ok"),
        "customers": (DAYS[1], "ok"),
        "items": (DAYS[1], "ok"),
    }
    # The first day does not lack what joined on the second.
    _, rows = run(capsys, "runs", "list")
    assert {row["run_id"]: (row["tables_profiled"], row["tables_failed"]) for row in rows} == {
        DAYS[0]: (2, 0),
        DAYS[1]: (3, 0),
    }
    write(DAYS[2], "orders", "customers", "items", "returns")
    assert profile("--run", DAYS[2]) == 0
    assert states(capsys)["returns"] == (DAYS[2], "ok")


@pytest.mark.usefixtures("here")
def test_a_table_that_vanished_is_missing(capsys: Capture) -> None:
    assert profile("--all-runs") == 0
    write(DAYS[2], "orders", "items")
    assert profile("--run", DAYS[2]) == 3
    assert compare(DAYS[2]) == 1
    _, found = run(capsys, "findings", "--run", DAYS[2])
    assert [(one["cause"], one["stage"], one["table"]) for one in found] == [("table_unreadable", "raw", "customers")]
    assert "does not exist" in json.dumps(found)
    # Also where it was never seen to be gone: the run before knows it.
    write(DAYS[3], "orders", "customers", "items")
    assert profile("--run", DAYS[3], "--table", "orders", "--table", "items") == 0
    assert compare(DAYS[3]) == 1
    _, found = run(capsys, "findings", "--run", DAYS[3])
    assert [(one["cause"], one["table"]) for one in found] == [("table_missing", "customers")]


@pytest.mark.usefixtures("here")
def test_a_run_before_a_table_joined_does_not_lack_it(capsys: Capture) -> None:
    assert profile("--run", DAYS[1]) == 0
    assert profile("--run", DAYS[0]) == 0
    assert compare(DAYS[0]) == 0
    _, found = run(capsys, "findings", "--run", DAYS[0])
    assert [one["cause"] for one in found if one["cause"].startswith("table_")] == []
    _, (said,) = run(capsys, "status", "--run", DAYS[0])
    assert said["tables_missing"] == []


@pytest.mark.usefixtures("here")
def test_an_excluded_table_is_not_missed(capsys: Capture) -> None:
    assert profile("--all-runs") == 0
    write(DAYS[2], "orders", "customers")
    Path("shop.yml").write_text(CONFIG.replace("[tmp_*]", "[tmp_*, items]"), "utf-8")
    assert profile("--run", DAYS[2]) == 0
    assert set(states(capsys)) == {"orders", "customers"}


@pytest.mark.usefixtures("here")
def test_commands_know_a_joined_table_by_its_name(capsys: Capture) -> None:
    assert profile("--all-runs", "--table", "customers") == 0
    assert run(capsys, "show", "customers")[1][0]["column"] == "id"
    assert len(run(capsys, "history", "--stage", "raw", "--table", "customers", "--column", "id")[1]) == 2
    assert call(capsys, "history", "--stage", "raw", "--table", "custmers", "--column", "id", "--config", "shop.yml")[
        2
    ].startswith("no table 'custmers' in stage 'raw' – did you mean 'customers'?")
    assert call(capsys, "profile", "--run", DAYS[0], "--table", "tmp_x", "--config", "shop.yml")[0] == 2


@pytest.mark.usefixtures("here")
def test_a_pattern_that_matches_nothing_is_an_error(capsys: Capture) -> None:
    Path("shop.yml").write_text(
        "pipeline: shop\nstore: ./s\nstages:\n  - name: raw\n    match: data/*.parquet\n", "utf-8"
    )
    status, _, err = call(capsys, "profile", "--run", "r1", "--config", "shop.yml")
    assert status == 2
    assert "stage 'raw': no table matches 'data/*.parquet'" in err
    status, out, _ = call(capsys, "validate", "--config", "shop.yml")
    assert status == 3
    assert "shop.yml:5: stages[0].match[0]: no" in out


@pytest.mark.usefixtures("here")
def test_validate_says_what_a_pattern_matches_and_checks_its_columns(capsys: Capture) -> None:
    status, out, err = call(capsys, "validate", "--config", "shop.yml")
    assert status == 0
    assert "matches 3 tables in run 2026-03-02: customers, items, orders" in err
    assert "6 columns of 3 tables" in out
    Path("shop.yml").write_text(
        CONFIG.replace("        keys: [id]\n    tables", "        keys: [nr]\n    tables"), "utf-8"
    )
    status, out, _ = call(capsys, "validate", "--config", "shop.yml")
    assert status == 2
    assert "shop.yml:6: stages[0].match: customers: the source has no column 'nr'" in out
    assert "orders" not in out


@pytest.mark.usefixtures("here")
def test_what_a_pattern_matches_is_listed_before_it_was_profiled(capsys: Capture) -> None:
    assert profile("--run", DAYS[0]) == 0
    _, rows = run(capsys, "tables")
    assert {row["table"]: (row["pattern"], row["status"]) for row in rows} == {
        "orders": (None, "ok"),
        "customers": ("data/{run_id}/*.parquet", "ok"),
        "items": ("data/{run_id}/*.parquet", None),
    }


@pytest.mark.usefixtures("here")
def test_folders_and_delta_tables(capsys: Capture) -> None:
    for name in ("a", "b"):
        write_deltalake(f"lake/{name}", pa.table({"id": [1, 2]}))
    Path("lake/plain").mkdir()
    pq.write_table(pa.table({"id": [1]}), "lake/plain/part-0.parquet")
    Path("lake/README.md").write_text("not a table", "utf-8")
    Path("shop.yml").write_text(
        "pipeline: shop\nstore: ./s\nengine: local\nstages:\n  - name: lake\n    match:\n"
        "      - {format: delta, path: lake/*}\n      - {format: parquet, path: lake/*}\n",
        "utf-8",
    )
    assert profile("--run", "r1") == 0
    assert {name: status for name, (_, status) in states(capsys).items()} == {"a": "ok", "b": "ok", "plain": "ok"}


@pytest.mark.usefixtures("here")
def test_a_table_that_no_pattern_brings_is_a_mistake(capsys: Capture) -> None:
    status, _, err = call(capsys, "profile", "--config", "shop.yml", "--all-runs", "--table", "itemz")
    assert (status, err.strip()) == (2, "no table 'itemz' in pipeline 'shop' – did you mean 'items'?")
    assert profile("--run", DAYS[1], "--table", "items") == 0
    status, _, err = call(capsys, "check", "--config", "shop.yml", "--run", DAYS[1], "--table", "itemz")
    assert (status, err.strip()) == (2, "no table 'itemz' in pipeline 'shop' – did you mean 'items'?")
