"""The bundle for Databricks: its tasks are command lines that exist, and its wheel leaves Spark to the runtime."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from stageprint.cli.options import named_store
from stageprint.cli.program import app
from stageprint.config.loader import load_config
from stageprint.config.run_ids import require_run_ids
from stageprint.engines.spark.versions import TESTED
from stageprint.model.result_tables import INCIDENTS

BUNDLE = Path(__file__).parents[3] / "conf" / "databricks"


TASKS = ["profile", "compare", "views", "report"]
RUNTIMES = {"15.4.x-scala2.12": "3.5", "16.4.x-scala2.12": "3.5", "17.3.x-scala2.13": "4.0"}
"""Long-term runtimes and their Spark, as Databricks' release notes have them."""


def _resources() -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for file in sorted((BUNDLE / "resources").glob("*.yml")):
        for kind, named in yaml.safe_load(file.read_text(encoding="utf-8"))["resources"].items():
            found.setdefault(kind, {}).update(named)
    return found


def _bundle() -> dict[str, Any]:
    content: dict[str, Any] = yaml.safe_load((BUNDLE / "databricks.yml").read_text(encoding="utf-8"))
    return content


def _job(name: str) -> dict[str, Any]:
    job: dict[str, Any] = _resources()["jobs"][name]
    return job


@pytest.mark.parametrize("job", ["observe", "observe_serverless"])
def test_every_task_is_a_command_line_that_parses(job: str) -> None:
    commands = []
    for task in _job(job)["tasks"]:
        wheel = task["python_wheel_task"]
        assert (wheel["package_name"], wheel["entry_point"]) == ("stageprint", "stageprint")
        name, *words = wheel["parameters"]
        found = app.get_command(click.Context(app), name)
        assert found is not None, name
        context = found.make_context(name, list(words))
        assert context.params["config_file"] == "${workspace.file_path}/pipeline.yml"
        with context:
            assert named_store() == "${var.catalog}.${resources.schemas.results.name}"
        commands.append(name)
    assert commands == TASKS


@pytest.mark.parametrize("job", ["observe", "observe_serverless"])
def test_tasks_follow_each_other_also_after_one_that_failed(job: str) -> None:
    tasks = _job(job)["tasks"]
    assert [task["task_key"] for task in tasks] == TASKS
    for before, task in pairwise(tasks):
        assert task["depends_on"] == [{"task_key": before["task_key"]}]
        assert task["run_if"] == "ALL_DONE"


def test_both_jobs_do_the_same_on_their_own_kind_of_compute() -> None:
    classic, serverless = _job("observe"), _job("observe_serverless")
    for one, other in zip(classic["tasks"], serverless["tasks"], strict=True):
        assert one["python_wheel_task"] == other["python_wheel_task"]
        assert one["job_cluster_key"] == classic["job_clusters"][0]["job_cluster_key"]
        assert other["environment_key"] == serverless["environments"][0]["environment_key"]
        assert not {"job_cluster_key", "libraries"} & other.keys()
    for key in ("parameters", "email_notifications", "health", "queue"):
        assert classic[key] == serverless[key]
    assert classic["schedule"]["pause_status"] != serverless["schedule"]["pause_status"]


def test_the_runtimes_have_a_spark_that_is_tested() -> None:
    variable = _bundle()["variables"]["spark_version"]
    assert variable["default"] in RUNTIMES
    for runtime, spark in RUNTIMES.items():
        assert runtime in variable["description"]
        assert spark in TESTED


def test_a_backfill_gives_each_run_to_the_job() -> None:
    (task,) = _job("backfill")["tasks"]
    loop = task["for_each_task"]
    assert (loop["inputs"], loop["concurrency"]) == ("{{job.parameters.runs}}", 1)
    asked = loop["task"]["run_job_task"]
    assert asked["job_id"] == "${resources.jobs.observe.id}"
    assert asked["job_parameters"].keys() == {one["name"] for one in _job("observe")["parameters"]}
    (runs,) = _job("backfill")["parameters"]
    config = load_config(BUNDLE / "pipeline.yml")
    require_run_ids(config, json.loads(runs["default"]))


def test_the_alert_asks_a_view_that_the_job_makes() -> None:
    alert = _resources()["alerts"]["open_incidents"]
    query = alert["query_text"]
    view = query.split("${resources.schemas.results.name}.")[1].split()[0]
    assert (BUNDLE.parents[1] / "profiling/stageprint/stores/spark/views" / f"{view}.sql").is_file()
    assert "severity" in {column.name for column in INCIDENTS.columns}
    assert f"AS {alert['evaluation']['source']['name']}" in query


def test_who_writes_and_who_reads_is_granted() -> None:
    found = _resources()
    of_schema = {one["principal"]: set(one["privileges"]) for one in found["schemas"]["results"]["grants"]}
    assert of_schema["${var.readers}"] == {"USE_SCHEMA", "SELECT"}
    assert of_schema["${var.writer}"] >= {"CREATE_TABLE", "MODIFY"}
    volume = found["volumes"]["reports"]
    assert {one["principal"] for one in volume["grants"]} == set(of_schema)
    out = _job("observe")["tasks"][-1]["python_wheel_task"]["parameters"][-1]
    assert out.startswith(
        "/Volumes/${var.catalog}/${resources.schemas.results.name}/${resources.volumes.reports.name}/"
    )
    assert _bundle()["targets"]["prod"]["run_as"] == {"service_principal_name": "${var.writer}"}


def test_the_example_pipeline_is_valid_for_a_dated_run() -> None:
    config = load_config(BUNDLE / "pipeline.yml")
    for _, table in config.select():
        assert "DATE'2026-01-31'" in table.source.for_run("2026-01-31").text


def test_variables_that_are_used_are_declared() -> None:
    files = [BUNDLE / "databricks.yml", *(BUNDLE / "resources").iterdir()]
    text = "".join(path.read_text(encoding="utf-8") for path in files)
    used = {part.partition("}")[0] for part in text.split("${var.")[1:]}
    assert used == set(_bundle()["variables"])


def test_names_of_other_resources_are_there() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (BUNDLE / "resources").iterdir())
    found = _resources()
    used = {tuple(part.partition("}")[0].split(".")) for part in text.split("${resources.")[1:]}
    assert used
    for kind, name, what in used:
        assert what == "id" or what in found[kind][name]


def test_the_tasks_get_the_wheel_that_the_bundle_builds() -> None:
    artifact = _bundle()["artifacts"]["stageprint"]
    root = (BUNDLE / artifact["path"]).resolve()
    assert root == BUNDLE.parents[1]
    words = artifact["build"].split()
    built = (root / words[words.index("--wheel-dir") + 1] / "*.whl").resolve()
    wheels = [library["whl"] for task in _job("observe")["tasks"] for library in task["libraries"]]
    (environment,) = _job("observe_serverless")["environments"]
    for wheel in [*wheels, *environment["spec"]["dependencies"]]:
        assert (BUNDLE / "resources" / wheel).resolve() == built


def test_databricks_own_models_take_every_resource() -> None:
    """Its licence allows `databricks-bundles` only for work with Databricks, so the lock does not have it."""
    pytest.importorskip("databricks.bundles", reason="pip install databricks-bundles, if you use Databricks")
    models = {"jobs": "Job", "schemas": "Schema", "volumes": "Volume", "alerts": "Alert"}
    found = _resources()
    assert found.keys() == models.keys()
    for kind, named in found.items():
        model = getattr(import_module(f"databricks.bundles.{kind}"), models[kind])
        with pytest.raises(ValueError, match="Unexpected field"):
            model.from_dict({"no_such_field": 1})
        for one in named.values():
            assert model.from_dict(one).as_dict()


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
