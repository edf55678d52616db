"""The use case behind ``stageprint notify``, and the last step of a comparison: sends findings to alert sinks."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import AlertError, UsageError, described, one_line
from stageprint.model import STAGE_LEVEL, Severity, TableKey
from stageprint.model.alert import Alert
from stageprint.model.finding import FINDING_KEYS
from stageprint.model.judged import Judged
from stageprint.model.outcomes import AlertOutcome, NotifyOutcome
from stageprint.model.run_state import RunState
from stageprint.pipeline.results import Results
from stageprint.pipeline.sensitive import ValueFilter
from stageprint.ports import AlertRoute, ProfileStore

MAX_SECONDS_TO_SEND: Final = 10.0
"""How long a command waits for all of its alerts together. Sinks send at the same time, each in a thread of its own."""

FindingRow = Mapping[str, Any]
"""A finding with the keys of the JSON interface, perhaps among others."""


@dataclass(frozen=True, slots=True)
class PlannedAlerts:
    """The alerts that one rule sends.

    Attributes:
        to: The sink and the rule, as messages show them: ``log (notify[0])``.
        route: The rule and its sink.
        alerts: One a run, in the order of the runs; none where no finding matches.
    """

    to: str
    route: AlertRoute
    alerts: Sequence[Alert]


def notify(
    config: PipelineConfig,
    run: str,
    *,
    store: ProfileStore,
    routes: Sequence[AlertRoute],
    dry_run: bool = False,
    max_seconds: float = MAX_SECONDS_TO_SEND,
) -> NotifyOutcome:
    """Send what the stored findings of a run would send.

    Args:
        config: The pipeline.
        run: The run; it must have been compared since it was profiled.
        store: The pipeline's store.
        routes: The rules of the configuration, each with its sink.
        dry_run: Only say what would be sent.
        max_seconds: How long to wait for all sinks together.

    Returns:
        The alerts and how they fared.

    Raises:
        UsageError: The configuration has no rule, or the run was never profiled, or not compared since.
        StoreError: Findings cannot be read.
    """
    if not routes:
        message = f"pipeline {config.pipeline!r} sends no alerts: its configuration has no `notify`"
        raise UsageError(message)
    results = Results(store, config.run_order)
    rows = results.findings(run)
    state = results.states([run])[run]
    if state is not RunState.CURRENT:
        message = f"run {run!r} {state.sentence}: `stageprint {state.remedy}` first"
        raise UsageError(message)
    judged = {one: Judged.total(tables.values()) for one, tables in results.judged([run]).items()}
    planned = plan_alerts(config, routes, rows, judged)
    if dry_run:
        alerts = [AlertOutcome(plan.to, alert) for plan in planned for alert in plan.alerts]
    else:
        alerts = send_alerts(planned, max_seconds)
    return NotifyOutcome(alerts, len(rows), store.location)


def plan_alerts(
    config: PipelineConfig,
    routes: Sequence[AlertRoute],
    findings: Iterable[FindingRow],
    judged: Mapping[str, Judged] | None = None,
) -> list[PlannedAlerts]:
    """Return what each rule sends: one alert a run, its findings worst first, without values of sensitive columns.

    Args:
        config: The pipeline.
        routes: The rules of the configuration, each with its sink.
        findings: Findings of one or more runs; alerts come in the order of the runs.
        judged: Run → how many of its columns were judged; runs of which it is not known are missing; None: all are.
    """
    now = dt.datetime.now(dt.timezone.utc)
    private = ValueFilter(config)
    stored = list(findings)
    runs = list(dict.fromkeys(row["run_id"] for row in stored))
    stored.sort(key=lambda row: -Severity(row["severity"]).rank)
    # Rules look at the whole finding, people at what holds no value of a sensitive column.
    objects = [(row, private.without_values({key: row[key] for key in FINDING_KEYS})) for row in stored]
    learning = {run: one.explained for run, one in (judged or {}).items() if one.learning}
    planned = []
    for number, route in enumerate(routes):
        chosen = [found for row, found in objects if _matches(route, row)]
        by_run = {run: [found for found in chosen if found["run_id"] == run] for run in runs}
        alerts = [Alert(now, config.pipeline, run, found, learning.get(run)) for run, found in by_run.items() if found]
        planned.append(PlannedAlerts(f"{route.sink.name} (notify[{number}])", route, alerts))
    return planned


def send_alerts(planned: Sequence[PlannedAlerts], max_seconds: float = MAX_SECONDS_TO_SEND) -> list[AlertOutcome]:
    """Send alerts, whatever a sink does: one that fails or hangs keeps no other from sending.

    Args:
        planned: What to send.
        max_seconds: How long to wait for all sinks together.

    Returns:
        How each alert fared.
    """
    senders = [_Sender(plan) for plan in planned if plan.alerts]
    for sender in senders:
        sender.start()
    deadline = time.monotonic() + max_seconds
    for sender in senders:
        sender.join(max(0.0, deadline - time.monotonic()))
    return [outcome for sender in senders for outcome in sender.give_up(max_seconds)]


class _Sender(threading.Thread):
    """Sends the alerts of one rule, one after the other. A daemon: one that hangs does not keep the program alive."""

    def __init__(self, plan: PlannedAlerts) -> None:
        super().__init__(name=f"alerts to {plan.to}", daemon=True)
        self._plan = plan
        self._begun = 0
        self._given_up = False
        self._answers: list[str | None] = []
        self._lock = threading.Lock()

    def run(self) -> None:
        """Send until all is sent or the sender is given up."""
        for alert in self._plan.alerts:
            with self._lock:
                if self._given_up:
                    return
                self._begun += 1
            answer = self._send(alert)
            with self._lock:
                self._answers.append(answer)

    def _send(self, alert: Alert) -> str | None:
        """Send one alert; return why it failed, or None."""
        try:
            self._plan.route.sink.send(alert)
        except AlertError as error:
            return one_line(error)
        except Exception as error:  # noqa: BLE001 -- a sink is a plug-in: whatever is wrong with it fails no comparison
            return described(error)
        return None

    def give_up(self, seconds: float) -> list[AlertOutcome]:
        """Send nothing more, and return how each alert fared in those `seconds`."""
        with self._lock:
            self._given_up = True
            return [
                AlertOutcome(self._plan.to, alert, self._problem(number, alert, seconds))
                for number, alert in enumerate(self._plan.alerts)
            ]

    def _problem(self, number: int, alert: Alert, seconds: float) -> str | None:
        what = f"alert of run {alert.run_id} to {self._plan.to}"
        if number >= self._begun:
            return f"{what} was not sent: those before it took more than {seconds:g} s"
        if number >= len(self._answers):
            return f"{what} may not have arrived: no answer within {seconds:g} s"
        answer = self._answers[number]
        return None if answer is None else f"{what} was not sent: {answer}"


def _matches(route: AlertRoute, finding: FindingRow) -> bool:
    severity = Severity(finding["severity"])
    return any(route.rule.matches(severity, table) for table in _tables_of(finding))


def _tables_of(finding: FindingRow) -> list[TableKey]:
    """Return the table in which a finding began; for a whole stage also the tables that its evidence names."""
    own = TableKey(finding["stage"], finding["table"])
    if own.table != STAGE_LEVEL:
        return [own]
    named = (finding["evidence"] or {}).get("tables", ())
    return [own, *(TableKey(own.stage, str(name).removeprefix(f"{own.stage}.")) for name in named)]
