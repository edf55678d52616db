"""Logs a run to MLflow: its worst severity, its counts and its report, on the tracking server that is configured."""

from __future__ import annotations

import os
from collections import Counter
from importlib import import_module
from typing import Any, Final

from stageprint.errors import StageprintError, UsageError, one_line
from stageprint.model import Severity
from stageprint.pipeline.results import Results
from stageprint.report.rows import worst_of

REPORT: Final = "stageprint/report.html"
"""Path of the report among the artifacts of the MLflow run."""

SERVER_VARIABLE: Final = "MLFLOW_TRACKING_URI"

_RUN_TAG: Final = "stageprint.run_id"
_PIPELINE_TAG: Final = "stageprint.pipeline"


def log_to_mlflow(pipeline: str, results: Results, run: str, experiment: str, report: str) -> str:
    """Log a run, and return in words where. Logging it again changes the same MLflow run.

    Metrics are the numbers of findings and failed checks: ``stageprint.critical``, ``warning`` and ``review``, and
    ``rank`` (0: none to 3: critical) to plot by. Tags are the state of the run, its worst severity (only if the run was
    compared) and the sentence of its first finding.

    Args:
        pipeline: The pipeline.
        results: Its results.
        run: The run.
        experiment: Name of the experiment; it is made if need be.
        report: The HTML report.

    Raises:
        UsageError: MLflow is not installed, or no server is configured.
        StageprintError: The server does not answer, or refuses.
    """
    mlflow = _mlflow()
    try:
        client = mlflow.MlflowClient()
        found = client.get_experiment_by_name(experiment)
        place = client.create_experiment(experiment) if found is None else found.experiment_id
        name = _run_of(client, place, pipeline, run)
        _log(client, name, results, run)
        client.log_text(name, report, REPORT)
        client.set_terminated(name)
    except Exception as error:  # MLflow raises those of its transport too
        message = f"MLflow at {os.environ[SERVER_VARIABLE]} did not take run {run}: {one_line(error)}"
        raise StageprintError(message) from error
    return f"run {run} is run {name} of MLflow's experiment {experiment}"


def _mlflow() -> Any:
    try:
        mlflow = import_module("mlflow")
    except ImportError as error:
        message = 'logging to MLflow needs its client, which is not installed: pip install "stageprint[mlflow]"'
        raise UsageError(message) from error
    if not os.environ.get(SERVER_VARIABLE):
        message = f"no tracking server of MLflow is configured: set {SERVER_VARIABLE}, such as http://mlflow:5000"
        raise UsageError(message)
    return mlflow


def _run_of(client: Any, experiment: str, pipeline: str, run: str) -> str:
    """Return the MLflow run of a run, made if need be."""
    same = f"tags.`{_PIPELINE_TAG}` = '{_quoted(pipeline)}' and tags.`{_RUN_TAG}` = '{_quoted(run)}'"
    known = client.search_runs([experiment], same, max_results=1)
    tags = {_PIPELINE_TAG: pipeline, _RUN_TAG: run}
    mine = known[0] if known else client.create_run(experiment, run_name=f"{pipeline} {run}", tags=tags)
    return str(mine.info.run_id)


def _log(client: Any, name: str, results: Results, run: str) -> None:
    state = results.states([run])[run]
    findings = results.findings(run)
    failed = [check for check in results.check_rows([run]) if check["status"] == "fail"]
    severities = [str(row["severity"]) for row in (*findings, *failed)]
    counted, worst = Counter(severities), worst_of(severities)
    client.set_tag(name, "stageprint.state", state.value)
    for severity in ("critical", "warning", "review"):
        client.log_metric(name, f"stageprint.{severity}", counted[severity])
    client.log_metric(name, "stageprint.rank", Severity(worst).rank)
    # "none" is an all-clear, which only a run that was compared may have.
    client.set_tag(name, "stageprint.worst_severity", worst if not state.remedy or severities else "not known")
    client.set_tag(name, "stageprint.first_finding", str(findings[0]["sentence"]) if findings else "")


def _quoted(text: str) -> str:
    return text.replace("'", "''")
