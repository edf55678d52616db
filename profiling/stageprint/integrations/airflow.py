"""Operators and a sensor for Apache Airflow 3: ``pip install "stageprint[airflow]"``.

``config``, ``run`` and ``baseline`` are templates; by default the run is the logical date, as YYYY-MM-DD.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from airflow.sdk import BaseOperator, BaseSensorOperator
from airflow.sdk.bases.sensor import PokeReturnValue
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from stageprint.api import open_results, profile_runs
from stageprint.config.loader import load_config
from stageprint.integrations.judged_run import compare_run
from stageprint.model.figures import plural
from stageprint.model.run_state import RunState
from stageprint.report.rows import worst_of

DATE = "{{ ds }}"
"""The logical date of a DAG run."""


class StageprintProfileOperator(BaseOperator):
    """Profiles the tables of a run.

    Its XCom is a mapping: `run_id`, `tables` (how many were profiled) and `failed` (table → error).

    Args:
        config: The configuration file.
        run: The run.
        stages: Only these stages; none: all.
        tables: Only these tables; none: all.
        engine: How tables are read: auto, local, spark, arrow or dataframe; None: as configured.
        fail_on_failed_tables: Whether the task fails, to be tried again, where a table could not be profiled.
        **kwargs: Those of Airflow's operators.
    """

    template_fields: ClassVar[Sequence[str]] = ("config", "run")

    def __init__(
        self,
        *,
        config: str,
        run: str = DATE,
        stages: Sequence[str] = (),
        tables: Sequence[str] = (),
        engine: Any = None,
        fail_on_failed_tables: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.config = config
        self.run = run
        self.stages = tuple(stages)
        self.tables = tuple(tables)
        self.engine = engine
        self.fail_on_failed_tables = fail_on_failed_tables

    def execute(self, context: Any) -> dict[str, Any]:
        """Profile the run."""
        del context
        outcome = profile_runs(
            load_config(self.config), [self.run], stages=self.stages, tables=self.tables, engine=self.engine
        )
        failed = {str(one.key): str(one.error) for one in (*outcome.failed, *outcome.incomplete)}
        for table, error in failed.items():
            self.log.error("%s could not be profiled, or only in part: %s", table, error)
        if failed and self.fail_on_failed_tables:
            message = f"run {self.run}: {plural(len(failed), 'table')} could not be profiled: {', '.join(failed)}"
            raise AirflowException(message)
        return {"run_id": self.run, "tables": len(outcome.tables) - len(failed), "failed": failed}


class StageprintCompareOperator(BaseOperator):
    """Compares a profiled run with its past; the task fails, and is not tried again, where something is found.

    Its XCom is the mapping of `JudgedRun.to_object`: `worst_severity`, `findings` and others. It is pushed before the
    task fails, so that a task with another trigger rule can read it.

    Args:
        config: The configuration file.
        run: The run.
        baseline: What it is compared with: auto, previous, run:ID, window:N or stage:NAME.
        fail_on: Lowest severity that fails the task: critical, warning, review or never; None: as configured.
        **kwargs: Those of Airflow's operators.
    """

    template_fields: ClassVar[Sequence[str]] = ("config", "run", "baseline")

    def __init__(
        self, *, config: str, run: str = DATE, baseline: str = "auto", fail_on: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.config = config
        self.run = run
        self.baseline = baseline
        self.fail_on = fail_on

    def execute(self, context: Any) -> dict[str, Any]:
        """Compare the run."""
        judged = compare_run(self.config, self.run, self.baseline, self.fail_on)
        for finding in judged.findings:
            self.log.warning("%s: %s", finding["severity"], finding["sentence"])
        self.log.info("%s", judged.sentence)
        found = judged.to_object()
        if judged.fails:
            context["ti"].xcom_push(key="return_value", value=found)
            raise AirflowFailException(judged.sentence)
        return found


class StageprintRunSensor(BaseSensorOperator):
    """Waits until a run was profiled and compared to the end, by whichever job, and not profiled again since.

    Its XCom is the run's worst severity: critical, warning, review or none.

    Args:
        config: The configuration file.
        run: The run.
        **kwargs: Those of Airflow's sensors, such as `poke_interval`, `timeout` and `mode`.
    """

    template_fields: ClassVar[Sequence[str]] = ("config", "run")

    def __init__(self, *, config: str, run: str = DATE, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.config = config
        self.run = run

    def poke(self, context: Any) -> PokeReturnValue:
        """Look whether the run was compared."""
        del context
        results = open_results(load_config(self.config))
        if self.run not in results.run_ids():
            self.log.info("run %s has not been profiled yet", self.run)
            return PokeReturnValue(is_done=False)
        state = results.states([self.run])[self.run]
        self.log.info("run %s %s", self.run, state.sentence)
        if state is not RunState.CURRENT:
            return PokeReturnValue(is_done=False)
        failed = [row for row in results.check_rows([self.run]) if row["status"] == "fail"]
        worst = worst_of(row["severity"] for row in (*results.findings(self.run), *failed))
        return PokeReturnValue(is_done=True, xcom_value=worst)
