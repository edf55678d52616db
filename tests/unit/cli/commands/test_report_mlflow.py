"""What `report --mlflow` asks of a client of MLflow; tests/integrations runs it under the real one."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from stageprint import cli
from stageprint.model.run_state import RunState
from stageprint.report.rows import check_row
from tests.support.cli import Capture, Fakes, checked, finding


class Client:
    """Remembers what was logged."""

    def __init__(self) -> None:
        self.runs: dict[str, dict[str, Any]] = {}
        self.searched: list[str] = []
        self.problem: Exception | None = None

    def get_experiment_by_name(self, name: str) -> Any:
        if self.problem is not None:
            raise self.problem
        return SimpleNamespace(experiment_id="7") if name == "known" else None

    def create_experiment(self, name: str) -> str:
        return f"new {name}"

    def search_runs(self, places: list[str], filter_string: str, max_results: int) -> list[Any]:
        assert len(places) == 1
        self.searched.append(filter_string)
        return [SimpleNamespace(info=SimpleNamespace(run_id=name)) for name in self.runs][:max_results]

    def create_run(self, experiment: str, run_name: str, tags: dict[str, str]) -> Any:
        name = f"m{len(self.runs)}"
        self.runs[name] = {"experiment": experiment, "name": run_name, "tags": dict(tags), "metrics": {}, "texts": {}}
        return SimpleNamespace(info=SimpleNamespace(run_id=name))

    def log_metric(self, run: str, key: str, value: float) -> None:
        self.runs[run]["metrics"][key] = value

    def set_tag(self, run: str, key: str, value: str) -> None:
        self.runs[run]["tags"][key] = value

    def log_text(self, run: str, text: str, file: str) -> None:
        self.runs[run]["texts"][file] = text

    def set_terminated(self, run: str) -> None:
        self.runs[run]["ended"] = True


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, fakes: Fakes) -> Client:
    found = Client()
    monkeypatch.setitem(sys.modules, "mlflow", SimpleNamespace(MlflowClient=lambda: found))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow:5000")
    monkeypatch.setattr("stageprint.cli.wiring.render_report", lambda *_: "<html>")
    fakes.store.finding_rows = [finding("critical"), finding("review")]
    fakes.store.check_results = [check_row(checked("fail")), check_row(checked("pass"))]
    return found


WORDS = ["report", "--run", "2013-03", "--mlflow"]


def test_severity_counts_and_report_are_logged_and_again_into_the_same_run(
    client: Client, config: str, capsys: Capture
) -> None:
    for _ in range(2):
        assert cli.run([*WORDS, "shop quality", "-c", config]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "run 2013-03 is run m0 of MLflow's experiment shop quality"
    (run,) = client.runs.values()
    assert (run["experiment"], run["name"], run["ended"]) == ("new shop quality", "shop 2013-03", True)
    assert run["metrics"] == {
        "stageprint.critical": 2,
        "stageprint.warning": 0,
        "stageprint.review": 1,
        "stageprint.rank": 3,
    }
    assert run["tags"]["stageprint.worst_severity"] == "critical"
    assert run["tags"]["stageprint.first_finding"] == "raw.orders.price is a hundred times what it was."
    assert run["texts"] == {"stageprint/report.html": "<html>"}
    assert "tags.`stageprint.run_id` = '2013-03'" in client.searched[0]


def test_a_run_that_was_not_compared_has_no_all_clear(client: Client, fakes: Fakes, config: str) -> None:
    fakes.store.finding_rows, fakes.store.check_results = [], []
    fakes.store.run_states = {"2013-03": RunState.NOT_COMPARED}
    assert cli.run([*WORDS, "known", "-c", config]) == 0
    (run,) = client.runs.values()
    assert (run["experiment"], run["tags"]["stageprint.worst_severity"]) == ("7", "not known")


@pytest.mark.usefixtures("fakes")
def test_without_client_without_server_and_with_a_server_that_fails_it_is_one_line(
    client: Client, config: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.problem = OSError("no route to host")
    assert cli.run([*WORDS, "known", "-c", config]) == 2
    assert "MLflow at http://mlflow:5000 did not take run 2013-03: no route to host" in capsys.readouterr().err
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert cli.run([*WORDS, "known", "-c", config]) == 2
    assert "set MLFLOW_TRACKING_URI" in capsys.readouterr().err
    monkeypatch.setitem(sys.modules, "mlflow", None)
    assert cli.run([*WORDS, "known", "-c", config]) == 2
    assert 'pip install "stageprint[mlflow]"' in capsys.readouterr().err
