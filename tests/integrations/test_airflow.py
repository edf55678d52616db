"""The operators and the sensor in a DAG that Airflow runs; the provider as Airflow finds it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import pytest

from tests.integrations.conftest import BROKEN, GOOD

DAG_FILE = """\
import datetime as dt
import json
import os
from pathlib import Path

from airflow.sdk import DAG, task

from stageprint.integrations.airflow import StageprintCompareOperator, StageprintProfileOperator, StageprintRunSensor

CONFIG = os.environ["SHOP_CONFIG"]

with DAG("shop", schedule=None, start_date=dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)):
    profile = StageprintProfileOperator(task_id="profile", config=CONFIG)
    compare = StageprintCompareOperator(task_id="compare", config=CONFIG, fail_on=os.environ["SHOP_FAIL_ON"])
    judged = StageprintRunSensor(task_id="judged", config=CONFIG, timeout=30, trigger_rule="all_done")

    @task(trigger_rule="all_done")
    def tell(ti=None):
        seen = {name: ti.xcom_pull(task_ids=name) for name in ("profile", "compare", "judged")}
        Path(os.environ["SHOP_SEEN"]).write_text(json.dumps(seen))

    profile >> compare >> judged >> tell()
"""


@pytest.fixture
def airflow(tmp_path: Path) -> Mapping[str, str]:
    """Return the environment of an Airflow of the test's own, with the DAG: two tests run it for the same day."""
    home = tmp_path / "airflow"
    (home / "dags").mkdir(parents=True)
    (home / "dags" / "shop.py").write_text(DAG_FILE, encoding="utf-8")
    own = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "SHOP_CONFIG": "",
        "SHOP_FAIL_ON": "never",
    }
    environment = {**os.environ, **own}
    for words in (["db", "migrate"], ["dags", "reserialize"]):
        call(environment, *words)
    return environment


def call(environment: Mapping[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "airflow", *words]
    done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True)  # noqa: S603 -- Airflow
    assert done.returncode == 0 or words[:2] == ("dags", "test"), done.stdout + done.stderr
    return done


def run_dag(airflow: Mapping[str, str], config: str, day: str, fail_on: str) -> tuple[str, dict[str, Any]]:
    """Run the DAG for a day; return what Airflow printed, and what the tasks left for others."""
    seen = Path(config).with_name("seen.json")
    own = {"SHOP_CONFIG": config, "SHOP_FAIL_ON": fail_on, "SHOP_SEEN": str(seen)}
    done = call({**airflow, **own}, "dags", "test", "shop", day)
    printed = done.stdout + done.stderr
    assert seen.exists(), printed
    found: dict[str, Any] = json.loads(seen.read_text(encoding="utf-8"))
    assert found["compare"] is not None, printed
    return printed, found


def test_a_good_day_passes_and_tells_what_was_looked_at(airflow: Mapping[str, str], config: str) -> None:
    _, seen = run_dag(airflow, config, GOOD, "warning")
    assert seen["profile"] == {"run_id": GOOD, "tables": 2, "failed": {}}
    assert (seen["compare"]["run_id"], seen["compare"]["failed"], seen["judged"]) == (GOOD, False, "none")


def test_a_broken_day_fails_the_task_and_its_findings_are_there_all_the_same(
    airflow: Mapping[str, str], config: str
) -> None:
    printed, seen = run_dag(airflow, config, BROKEN, "warning")
    first = seen["compare"]["findings"][0]
    assert (first["stage"], first["table"], first["column"], first["cause"]) == (
        "raw",
        "orders",
        "price",
        "unit_change",
    )
    assert (seen["compare"]["failed"], seen["judged"]) == (True, seen["compare"]["worst_severity"])
    assert f"run {BROKEN}: 1 finding; first: raw.orders.price: unit change" in printed
    assert "Immediate failure requested. Marking task as FAILED." in printed or "AirflowFailException" in printed


def test_never_fails_where_nothing_is_to_fail(airflow: Mapping[str, str], config: str) -> None:
    printed, seen = run_dag(airflow, config, BROKEN, "never")
    assert "AirflowFailException" not in printed
    assert (seen["compare"]["failed"], len(seen["compare"]["findings"])) == (False, 1)


def test_airflow_knows_the_provider(airflow: Mapping[str, str]) -> None:
    (point,) = [one for one in entry_points(group="apache_airflow_provider") if one.value.startswith("stageprint.")]
    assert point.load()()["package-name"] == "stageprint"
    # Airflow holds what the entry point returns to its own schema of providers.
    listed = json.loads(call(airflow, "providers", "list", "--output", "json").stdout)
    assert "stageprint" in {one["package_name"] for one in listed}
