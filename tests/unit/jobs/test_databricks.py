"""The asset bundle: its tasks are command lines that exist, and its wheel leaves Spark to the cluster."""

from __future__ import annotations

import hashlib
import importlib.util
import zipfile
from base64 import urlsafe_b64encode
from pathlib import Path
from types import ModuleType
from typing import Any

import click
import pytest
import yaml

from stageprint.cli.program import app
from stageprint.config.loader import load_config

BUNDLE = Path(__file__).parents[3] / "conf" / "databricks"


def _job() -> dict[str, Any]:
    content = yaml.safe_load((BUNDLE / "resources" / "observe.job.yml").read_text(encoding="utf-8"))
    job: dict[str, Any] = content["resources"]["jobs"]["observe"]
    return job


@pytest.fixture(scope="module")
def build_wheel() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_wheel", BUNDLE / "build_wheel.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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


def test_the_wheel_leaves_spark_to_the_cluster(build_wheel: ModuleType, tmp_path: Path) -> None:
    source, target = tmp_path / "a.whl", tmp_path / "b.whl"
    info = "stageprint-1.dist-info"
    head = "Name: stageprint\n"
    spark = "Requires-Dist: delta-spark==4.4.0\nRequires-Dist: PySpark==4.2\n"
    rest = "Requires-Dist: numpy<3\n\npyspark: it\n"
    with zipfile.ZipFile(source, "w") as wheel:
        wheel.writestr("profiling/stageprint/__init__.py", "")
        wheel.writestr(f"{info}/METADATA", head + spark + rest)
        wheel.writestr(
            f"{info}/RECORD",
            f"profiling/stageprint/__init__.py,sha256=x,0\n{info}/METADATA,sha256=y,9\n{info}/RECORD,,\n",
        )
    build_wheel.without_spark(source, target)
    with zipfile.ZipFile(target) as wheel:
        kept = wheel.read(f"{info}/METADATA")
        record = wheel.read(f"{info}/RECORD").decode().splitlines()
        assert wheel.namelist() == ["profiling/stageprint/__init__.py", f"{info}/METADATA", f"{info}/RECORD"]
    assert kept.decode() == head + rest
    digest = urlsafe_b64encode(hashlib.sha256(kept).digest()).rstrip(b"=").decode()
    assert record[1] == f"{info}/METADATA,sha256={digest},{len(kept)}"
    assert record[::2] == ["profiling/stageprint/__init__.py,sha256=x,0", f"{info}/RECORD,,"]
