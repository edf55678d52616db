"""The commands as a user types them, on a small pipeline whose sixth day loses orders in the features stage."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import yaml
from pyspark.sql import SparkSession

from stageprint.cli import run as stageprint
from tests.support import shop

RUNS = shop.days(6)
BAD = RUNS[-1]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Path:
    assert spark.version
    root = tmp_path_factory.mktemp("shop")
    shop.write(root, RUNS, {(BAD, "features"): shop.lose_a_fifth})
    (root / "shop.yml").write_text(shop.yaml(root))
    assert stageprint(["profile", "--config", str(root / "shop.yml"), "--all-runs", "--engine", "spark"]) == 0
    assert stageprint(["compare", "--config", str(root / "shop.yml"), "--all-runs"]) == 1
    return root


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert stageprint([*arguments, "--format", "json"]) == 0
    loaded = json.loads(capsys.readouterr().out)
    assert isinstance(loaded, list)
    return loaded


def test_the_lost_rows_are_one_critical_finding_where_they_were_lost(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = _json(capsys, "findings", "--config", str(place / "shop.yml"), "--run", BAD)
    assert [(row["severity"], row["stage"], row["table"], row["cause"]) for row in found] == [
        ("critical", "features", "order_features", "join_lost_rows")
    ]
    assert found[0]["first_run"] == BAD
    assert found[0]["class"] == "pipeline"


def test_the_healthy_days_are_silent(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for run in RUNS[:-1]:
        assert _json(capsys, "findings", "--config", str(place / "shop.yml"), "--run", run) == []


def test_history_shows_every_run(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["history", "--config", str(place / "shop.yml"), "--stage", "raw", "--table", "orders"]
    rows = _json(capsys, *arguments, "--column", "price")
    assert [row["run_id"] for row in rows] == RUNS
    assert all(row["row_count"] == shop.ROWS for row in rows)
    assert all(0 < float(str(row["null_share"])) < 0.05 for row in rows)


def paste(config: str, suggested: str) -> str:
    """Return the configuration with a block of YAML under its first table, indented as the table's keys are."""
    block = "".join(f"        {line}\n" for line in suggested.splitlines())
    return config.replace("  - name: features", f"{block}  - name: features")


def test_what_is_suggested_is_pasted_and_passes_where_it_came_from(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert stageprint(["suggest", "--config", str(place / "shop.yml"), "--table", "orders"]) == 0
    suggested = capsys.readouterr().out
    assert suggested.startswith(f"# raw.orders: from 6 runs, {RUNS[0]} to {RUNS[-1]}\nchecks:\n  # ")
    pasted = place / "pasted.yml"
    pasted.write_text(paste(shop.yaml(place), suggested))
    arguments = ["check", "--config", str(pasted), "--all-runs", "--fail-on", "review", "--format", "json"]
    assert stageprint(arguments) == 0
    results = json.loads(capsys.readouterr().out)
    assert {row["run_id"] for row in results} == set(RUNS)
    assert [row["message"] for row in results if row["status"] != "pass"] == []
    assert len(results) >= len(RUNS) * len(yaml.safe_load(suggested)["checks"])


def test_merging_marking_and_accepting(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(place / "store", tmp_path / "store")
    config = tmp_path / "shop.yml"
    config.write_text(shop.yaml(place).replace(f"store: {place}", f"store: {tmp_path}"))
    runs = ["--run", RUNS[0], "--run", RUNS[1]]
    assert stageprint(["merge", "--config", str(config), *runs, "--into", "two-days"]) == 0
    assert stageprint(["runs", "mark", RUNS[0], "--config", str(config), "--bad", "test data"]) == 0
    (found,) = _json(capsys, "findings", "--config", str(config), "--run", BAD)
    assert stageprint(["accept", "--config", str(config), str(found["finding_id"])]) == 0
    listed = {row["run_id"]: row for row in _json(capsys, "runs", "list", "--config", str(config))}
    assert set(listed) == {*RUNS, "two-days"}
    assert [run for run, row in listed.items() if row["bad"]] == [RUNS[0]]


def test_the_report_is_one_file_that_names_the_finding(place: Path) -> None:
    out = place / "report.html"
    assert stageprint(["report", "--config", str(place / "shop.yml"), "--run", BAD, "--out", str(out)]) == 0
    text = out.read_text()
    assert "order_features" in text
    assert "http://" not in text.replace("http://www.w3.org", "")


def test_a_missing_table_fails_alone(tmp_path: Path, spark: SparkSession, capsys: pytest.CaptureFixture[str]) -> None:
    shop.write(tmp_path, RUNS[:1])
    shutil.rmtree(tmp_path / "data" / RUNS[0] / "features")
    (tmp_path / "shop.yml").write_text(shop.yaml(tmp_path))
    assert stageprint(["profile", "--config", str(tmp_path / "shop.yml"), "--run", RUNS[0], "--engine", "spark"]) == 3
    captured = capsys.readouterr()
    assert "features.order_features" in captured.err + captured.out
    assert "does not exist" in captured.err + captured.out
    rows = spark.read.format("delta").load(str(tmp_path / "store" / "table_profiles")).collect()
    assert {(row["table_name"], row["status"]) for row in rows} == {("orders", "ok"), ("order_features", "failed")}


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["profile", "--run", "2026-03-20"], 2, "no source holds a run '2026-03-20'"),
        (["profile", "--run", RUNS[0], "--table", "oders"], 2, "did you mean 'orders'"),
        (["profile", "--run", RUNS[0], "--stage", "rw"], 2, "did you mean 'raw'"),
        (["compare", "--run", "2026-03-77"], 2, "is not in the store"),
        (["compare", "--run", BAD, "--baseline", "run:2026-03-99"], 2, "baseline run '2026-03-99'"),
        (["compare", "--run", BAD, "--baseline", "stage:rw"], 2, "did you mean 'raw'"),
        (["history", "--stage", "raw", "--table", "orders", "--column", "prize"], 2, "did you mean 'price'"),
        (["findings", "--run", "never"], 2, "is not in the store"),
    ],
)
def test_a_wrong_name_is_one_line_with_the_nearest_right_one(
    place: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], status: int, text: str
) -> None:
    command, *rest = arguments
    assert stageprint([command, "--config", str(place / "shop.yml"), *rest]) == status
    shown = capsys.readouterr().err.strip()
    assert text in shown
    assert "Traceback" not in shown
    assert len(shown.splitlines()) == 1
