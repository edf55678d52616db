"""The asset bundle: its tasks are command lines that exist, and its wheel leaves Spark to the cluster."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import click
import yaml

from stageprint.cli.program import app
from stageprint.config.loader import load_config

BUNDLE = Path(__file__).parents[3] / "conf" / "databricks"


def _job() -> dict[str, Any]:
    content = yaml.safe_load((BUNDLE / "resources" / "observe.job.yml").read_text(encoding="utf-8"))
    job: dict[str, Any] = content["resources"]["jobs"]["observe"]
    return job


def test_every_task_is_a_command_line_that_parses() -> None:
    commands = []
    for task in _job()["tasks"]:
        wheel = task["python_wheel_task"]
        assert (wheel["package_name"], wheel["entry_point"]) == ("stageprint", "stageprint")
        name, *words = wheel["parameters"]
        found = app.get_command(click.Context(app), name)
        assert found is not None, name
        context = found.make_context(name, list(words))
        assert context.params["config_file"] == "${workspace.file_path}/pipeline.yml"
        commands.append(name)
    assert commands == ["profile", "compare"]


def test_the_example_pipeline_is_valid_for_a_dated_run() -> None:
    config = load_config(BUNDLE / "pipeline.yml")
    for _, table in config.select():
        assert "DATE'2026-01-31'" in table.source.for_run("2026-01-31").text


def test_variables_that_are_used_are_declared() -> None:
    text = (BUNDLE / "resources" / "observe.job.yml").read_text(encoding="utf-8")
    declared = yaml.safe_load((BUNDLE / "databricks.yml").read_text(encoding="utf-8"))["variables"]
    used = {part.partition("}")[0] for part in text.split("${var.")[1:]}
    assert used == set(declared)


def test_the_tasks_get_the_wheel_that_the_bundle_builds() -> None:
    artifact = yaml.safe_load((BUNDLE / "databricks.yml").read_text(encoding="utf-8"))["artifacts"]["stageprint"]
    root = (BUNDLE / artifact["path"]).resolve()
    assert root == BUNDLE.parents[1]
    words = artifact["build"].split()
    built = (root / words[words.index("--wheel-dir") + 1] / "*.whl").resolve()
    for task in _job()["tasks"]:
        (library,) = task["libraries"]
        assert (BUNDLE / "resources" / library["whl"]).resolve() == built


def test_the_wheel_leaves_spark_to_the_cluster(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=BUNDLE.parents[1], check=True, capture_output=True)  # noqa: S603 -- this interpreter's
    (built,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(built) as wheel:
        (metadata,) = (name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
        lines = wheel.read(metadata).decode().splitlines()
    asked = [line.removeprefix("Requires-Dist: ") for line in lines if line.startswith("Requires-Dist: ")]
    assert any(one.startswith("pyarrow") for one in asked)
    of_spark = [one for one in asked if "spark" in one.partition(";")[0]]
    assert {one.partition(";")[2].strip() for one in of_spark} == {
        "extra == 'spark'",
        "extra == 'spark-without-delta'",
    }
