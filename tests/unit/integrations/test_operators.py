"""The operators, the sensor and the asset checks without their tools: stand-ins hold what Airflow and Dagster would.

tests/integrations runs them under the real ones.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from stageprint import load_config, profile_runs
from stageprint.integrations.airflow_provider import provider_info
from tests.support import shop

DAYS = shop.days(4)
GOOD, BROKEN = DAYS[2:]


class Operator:
    """Stands for Airflow's operators and sensors."""

    def __init__(self, *, task_id: str) -> None:
        self.task_id = task_id
        self.log = logging.getLogger("airflow.task")


class TaskError(Exception):
    """Stands for what fails a task that may be tried again."""


class FinalError(TaskError):
    """Stands for what fails a task for good."""


class Pushed:
    """Stands for the task instance: what was pushed for other tasks."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}

    def xcom_push(self, key: str, value: Any) -> None:
        self.values[key] = value


def module(name: str, **content: Any) -> ModuleType:
    made = ModuleType(name)
    vars(made).update(content)
    return made


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Return a function that imports a module of ours with stand-ins for its tool."""
    poke = lambda is_done, xcom_value=None: SimpleNamespace(is_done=is_done, xcom_value=xcom_value)  # noqa: E731
    severities = SimpleNamespace(WARN="WARN", ERROR="ERROR")
    stand_ins = {
        "airflow": module("airflow"),
        "airflow.sdk": module("airflow.sdk", BaseOperator=Operator, BaseSensorOperator=Operator),
        "airflow.sdk.bases": module("airflow.sdk.bases"),
        "airflow.sdk.bases.sensor": module("airflow.sdk.bases.sensor", PokeReturnValue=poke),
        "airflow.sdk.exceptions": module(
            "airflow.sdk.exceptions", AirflowException=TaskError, AirflowFailException=FinalError
        ),
        "dagster": module(
            "dagster",
            AssetCheckSpec=lambda name, asset, **more: SimpleNamespace(name=name, asset_key=asset, **more),
            AssetCheckResult=SimpleNamespace,
            AssetCheckSeverity=severities,
            AssetChecksDefinition=object,
            MetadataValue=SimpleNamespace(json=lambda value: value),
            multi_asset_check=lambda name, specs: lambda step: SimpleNamespace(name=name, specs=specs, step=step),
        ),
    }
    for name, made in stand_ins.items():
        monkeypatch.setitem(sys.modules, name, made)
    ours = ("stageprint.integrations.airflow", "stageprint.integrations.dagster")

    def imported(name: str) -> Any:
        monkeypatch.delitem(sys.modules, f"stageprint.integrations.{name}", raising=False)
        return import_module(f"stageprint.integrations.{name}")

    yield imported
    for name in ours:
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("shop")
    shop.write(root, DAYS, {(BROKEN, "raw"): shop.in_cents})
    return root


@pytest.fixture
def config(rows: Path, tmp_path: Path) -> str:
    file = tmp_path / "shop.yml"
    file.write_text(shop.yaml(rows).replace(f"store: {rows}/store", f"store: {tmp_path}/store"), encoding="utf-8")
    profile_runs(load_config(file), DAYS[:3])
    return str(file)


def test_airflow_profiles_compares_waits_and_fails_for_good(without: Callable[[str], Any], config: str) -> None:
    airflow = without("airflow")
    assert airflow.StageprintProfileOperator(task_id="p", config=config).run == "{{ ds }}"
    assert set(airflow.StageprintCompareOperator.template_fields) == {"config", "run", "baseline"}
    sensor = airflow.StageprintRunSensor(task_id="s", config=config, run=BROKEN)
    assert sensor.poke({}).is_done is False, "it has not been profiled"
    done = airflow.StageprintProfileOperator(task_id="p", config=config, run=BROKEN).execute({})
    assert done == {"run_id": BROKEN, "tables": 2, "failed": {}}
    assert sensor.poke({}).is_done is False, "it has not been compared"
    pushed = Pushed()
    compare = airflow.StageprintCompareOperator(task_id="c", config=config, run=BROKEN, fail_on="review")
    with pytest.raises(FinalError, match=rf"run {BROKEN}: .*raw\.orders\.price: unit change"):
        compare.execute({"ti": pushed})
    assert pushed.values["return_value"]["findings"][0]["column"] == "price"
    waited = sensor.poke({})
    assert (waited.is_done, waited.xcom_value) == (True, pushed.values["return_value"]["worst_severity"])


def test_airflow_tries_again_what_could_not_be_read(without: Callable[[str], Any], config: str) -> None:
    airflow, file = without("airflow"), Path(config)
    file.write_text(
        file.read_text(encoding="utf-8").replace("order_features.parquet", "gone.parquet"), encoding="utf-8"
    )
    words = {"task_id": "p", "config": config, "run": GOOD}
    with pytest.raises(TaskError, match=r"1 table could not be profiled: features\.order_features") as raised:
        airflow.StageprintProfileOperator(**words).execute({})
    assert not isinstance(raised.value, FinalError)
    done = airflow.StageprintProfileOperator(**words, fail_on_failed_tables=False).execute({})
    assert (done["tables"], list(done["failed"])) == (1, ["features.order_features"])


def test_dagster_fails_the_asset_in_which_it_began(without: Callable[[str], Any], config: str) -> None:
    dagster = without("dagster")
    tables = {"raw.orders": "orders", "features.order_features": "order_features"}
    checks = dagster.stageprint_asset_checks(config, tables, run=lambda _: BROKEN, fail_on="review")
    found = {one.asset_key: one for one in checks.step(SimpleNamespace())}
    assert {name: one.passed for name, one in found.items()} == {"orders": False, "order_features": True}
    assert (found["orders"].severity, found["orders"].metadata["run"]) == ("ERROR", BROKEN)
    assert found["order_features"].metadata["passed_on_from_upstream"] == [
        found["orders"].metadata["findings"][0]["sentence"]
    ]


def test_dagster_takes_the_partition_and_else_the_date(without: Callable[[str], Any]) -> None:
    dagster = without("dagster")
    assert dagster.today(SimpleNamespace(has_partition_key=True, partition_key="2026-03-02")) == "2026-03-02"
    assert len(dagster.today(SimpleNamespace(has_partition_key=False))) == len("2026-03-02")


def test_airflow_is_told_where_the_operators_are() -> None:
    info = provider_info()
    (modules,) = {tuple(one["python-modules"]) for one in (*info["operators"], *info["sensors"])}
    assert modules == ("stageprint.integrations.airflow",)
    assert (Path(__file__).parents[3] / "profiling" / f"{modules[0].replace('.', '/')}.py").is_file()
