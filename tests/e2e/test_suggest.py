"""`stageprint suggest`: what it prints is pasted beside the tables, and holds in the runs it came from."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from pyspark.sql import SparkSession

from stageprint.cli import run as stageprint
from stageprint.config.loader import parse_config
from tests.support import shop

RUNS = shop.days(4)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory, spark: SparkSession) -> Path:
    assert spark.version
    root = tmp_path_factory.mktemp("suggest")
    shop.write(root, RUNS)
    (root / "shop.yml").write_text(shop.yaml(root))
    assert stageprint(["profile", "--config", str(root / "shop.yml"), "--all-runs"]) == 0
    return root


def paste(config: str, suggested: list[str]) -> str:
    """Return the configuration with a block of YAML under each of its tables, indented as their keys are."""
    before, *tables = config.split("      - name: ")
    blocks = ["".join(f"        {line}\n" for line in block.splitlines()) for block in suggested]
    for index, block in enumerate(blocks):
        own, stage, rest = tables[index].partition("  - name: ")
        tables[index] = own + block + stage + rest
    return "      - name: ".join([before, *tables])


def test_what_is_suggested_passes_where_it_came_from_and_is_not_suggested_again(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert stageprint(["suggest", "--config", str(place / "shop.yml")]) == 0
    suggested = capsys.readouterr().out.split("---\n")
    assert len(suggested) == 2
    assert suggested[0].startswith(f"# raw.orders: from 4 runs, {RUNS[0]} to {RUNS[-1]}\nchecks:\n  # ")
    items = [item for block in suggested for item in yaml.safe_load(block)["checks"]]
    assert {"not_null", "schema", "row_count", "key_unique", "freshness", "accepted_values"} <= {
        item["check"] for item in items
    }

    pasted = place / "pasted.yml"
    pasted.write_text(paste(shop.yaml(place), suggested))
    assert [len(table.checks) for _, table in parse_config(pasted.read_text()).select()] == [
        len(yaml.safe_load(block)["checks"]) for block in suggested
    ]
    arguments = ["check", "--config", str(pasted), "--all-runs", "--fail-on", "review", "--format", "json"]
    assert stageprint(arguments) == 0
    results = json.loads(capsys.readouterr().out)
    assert {row["run_id"] for row in results} == set(RUNS)
    assert [row["message"] for row in results if row["status"] != "pass"] == []
    assert len(results) >= len(RUNS) * len(items)

    assert stageprint(["suggest", "--config", str(pasted), "--table", "orders"]) == 0
    again = capsys.readouterr().out
    assert again.endswith("# nothing to propose beside what is declared\n")


def test_a_broken_day_fails_what_was_suggested(place: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    run = shop.days(5)[-1]
    assert stageprint(["suggest", "--config", str(place / "shop.yml"), "--table", "orders", "--runs", "3"]) == 0
    (suggested,) = capsys.readouterr().out.split("---\n")
    shop.write(place, [run], {(run, "raw"): lambda table: table.slice(0, 200)})
    pasted = tmp_path / "shop.yml"
    pasted.write_text(paste(shop.yaml(place), [suggested]).replace(f"store: {place}/store", f"store: {tmp_path}/store"))
    assert stageprint(["profile", "--config", str(pasted), "--run", run, "--table", "orders"]) == 0
    assert stageprint(["check", "--config", str(pasted), "--run", run, "--fail-on", "warning"]) == 1
    assert "raw.orders  check row_count failed" in capsys.readouterr().out


def test_too_few_runs_are_said(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert stageprint(["suggest", "--config", str(place / "shop.yml"), "--table", "orders", "--runs", "2"]) == 0
    assert capsys.readouterr().out == "# raw.orders: 2 runs looked at; checks are proposed from 3 on\n"
