"""`report --mlflow` under the real client, with a store of files as the server."""

from __future__ import annotations

from pathlib import Path

import mlflow
import pytest

from stageprint import cli
from tests.integrations.conftest import BROKEN, GOOD


@pytest.fixture(autouse=True)
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    uri = (tmp_path / "mlruns").as_uri()
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri(uri)
    return uri


def logged(experiment: str) -> list[mlflow.entities.Run]:
    client = mlflow.MlflowClient()
    found = client.get_experiment_by_name(experiment)
    return (
        [] if found is None else list(client.search_runs([found.experiment_id], order_by=["tags.`stageprint.run_id`"]))
    )


def test_worst_severity_counts_and_the_report_are_logged_once_a_run(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for day in (GOOD, BROKEN):
        assert cli.run(["profile", "-c", config, "--run", day]) == 0
        cli.run(["compare", "-c", config, "--run", day])
        for _ in range(2):
            capsys.readouterr()
            assert cli.run(["report", "-c", config, "--run", day, "--mlflow", "data quality"]) == 0
    good, broken = logged("data quality")
    assert f"run {BROKEN} is run {broken.info.run_id} of MLflow's experiment data quality" in capsys.readouterr().out
    assert (good.data.tags["stageprint.worst_severity"], good.data.metrics["stageprint.rank"]) == ("none", 0)
    worst = broken.data.tags["stageprint.worst_severity"]
    assert worst in {"critical", "warning"}
    assert broken.data.metrics[f"stageprint.{worst}"] >= 1
    assert "price" in broken.data.tags["stageprint.first_finding"]
    assert broken.info.status == "FINISHED"
    file = mlflow.MlflowClient().download_artifacts(broken.info.run_id, "stageprint/report.html", str(tmp_path))
    assert "<!DOCTYPE html>" in Path(file).read_text(encoding="utf-8")


def test_a_run_that_was_not_compared_is_not_logged_as_free_of_findings(config: str) -> None:
    assert cli.run(["profile", "-c", config, "--run", GOOD]) == 0
    assert cli.run(["report", "-c", config, "--run", GOOD, "--mlflow", "data quality"]) == 0
    (run,) = logged("data quality")
    assert run.data.tags["stageprint.worst_severity"] == "not known"
    assert run.data.tags["stageprint.state"] == "not compared"


def test_a_server_that_does_not_answer_is_one_line(
    config: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    mlflow.set_tracking_uri("http://127.0.0.1:9")
    assert cli.run(["report", "-c", config, "--run", "2026-03-02", "--mlflow", "x"]) == 2
    err = capsys.readouterr().err
    assert "MLflow at http://127.0.0.1:9 did not take run 2026-03-02: " in err
    assert "Traceback" not in err
