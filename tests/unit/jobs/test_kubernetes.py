"""The recipe for Kubernetes, as texts: what it copies is there, what it passes on is understood. No image is built."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import yaml

from stageprint.cli.program import app
from stageprint.engines.spark.versions import DELTA_OF_SPARK

ROOT = Path(__file__).parents[3]
RECIPE = ROOT / "conf" / "kubernetes"


def _instructions() -> list[tuple[str, str]]:
    text = re.sub(r"^#.*\n", "", (RECIPE / "Dockerfile").read_text("utf-8"), flags=re.MULTILINE)
    joined = re.sub(r"\\\n\s*", " ", text)
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines()) if word]


def _arguments() -> dict[str, str]:
    return dict(rest.split("=", 1) for word, rest in _instructions() if word == "ARG")


def test_what_the_image_copies_is_there() -> None:
    copied = [shlex.split(rest)[:-1] for word, rest in _instructions() if word == "COPY"]
    assert copied == [["dist/*.whl", "conf/requirements.lock"], ["jobs"]]
    assert (ROOT / "conf/requirements.lock").is_file()
    assert (ROOT / "jobs").is_dir()
    known = {"ARG", "FROM", "USER", "COPY", "RUN", "ADD", "ENV"}
    assert {word for word, _ in _instructions()} == known


def test_arguments_that_are_used_are_declared_before() -> None:
    declared: set[str] = set()
    for word, rest in _instructions():
        if word in {"ADD", "FROM"}:
            assert set(re.findall(r"\$\{(\w+)\}", rest)) <= declared
        if word == "ARG":
            declared.add(rest.partition("=")[0])
    assert declared == {"SPARK_IMAGE", "MAVEN", "DELTA", "DELTA_VERSION"}


def test_delta_fits_the_image_of_spark() -> None:
    arguments = _arguments()
    found = re.fullmatch(r"apache/spark:(\d+\.\d+)\.\d+-python3", arguments["SPARK_IMAGE"])
    assert found is not None
    assert arguments["DELTA"] == f"delta-spark_{found[1]}_2.13"
    assert arguments["DELTA_VERSION"].startswith(DELTA_OF_SPARK[found[1]])


def test_the_driver_gets_the_configuration_where_the_job_looks_for_it() -> None:
    pod = yaml.safe_load((RECIPE / "driver.yml").read_text("utf-8"))
    (container,) = pod["spec"]["containers"]
    (mounted,) = container["volumeMounts"]
    (volume,) = pod["spec"]["volumes"]
    assert (pod["kind"], mounted["name"]) == ("Pod", volume["name"])
    script = re.sub(r"\\\n\s*", " ", (RECIPE / "profile.sh").read_text("utf-8"))
    (line,) = (line for line in script.splitlines() if line.startswith("exec spark-submit"))
    words = shlex.split(line)
    job = words.index("local:///opt/stageprint/jobs/profile_tables.py")
    assert (ROOT / words[job].removeprefix("local:///opt/stageprint/")).is_file()
    own = words[job + 1 :]
    assert own[own.index("--config") + 1].startswith(mounted["mountPath"])
    command = app.get_command(click.Context(app), "profile")
    assert command is not None
    assert command.make_context("profile", own).params["config_file"] == "/etc/stageprint/pipeline.yml"
    settings = dict(words[at + 1].split("=", 1) for at, word in enumerate(words) if word == "--conf")
    assert (ROOT / settings["spark.kubernetes.driver.podTemplateFile"]).is_file()
