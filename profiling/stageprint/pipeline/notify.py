"""The use case behind ``stageprint notify``, and the last step of a comparison: tells people of incidents, once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import StoreError, UsageError, one_line
from stageprint.model import STAGE_LEVEL, Severity, TableKey
from stageprint.model.alert import Alert, AlertEvent, TableFigures
from stageprint.model.finding import FINDING_KEYS
from stageprint.model.incident import INCIDENT_KEYS, StoredIncident
from stageprint.model.judged import Judged
from stageprint.model.outcomes import AlertOutcome, NotifyOutcome
from stageprint.model.run_state import RunState
from stageprint.pipeline.messages import Message, clipped, due, target_of
from stageprint.pipeline.results import Results
from stageprint.pipeline.sending import MAX_SECONDS_TO_SEND, deliver
from stageprint.pipeline.sensitive import ValueFilter
from stageprint.pipeline.sent import Claim, SentMessages
from stageprint.ports import AlertRoute, ProfileStore

MAX_INCIDENTS_IN_ALERT: Final = 50
"""Incidents of one message about many that are in it; the others are counted."""

_TEST_SENTENCE: Final = "This is a test of stageprint's alerts: nothing is wrong."
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PlannedAlert:
    """A message that is due at one destination.

    Attributes:
        to: The sink and the rule, as people see them: ``log (notify[0])``.
        route: The rule and its sink.
        target: Names the destination in the store.
        message: What is due.
        alert: The message as the sink gets it.
    """

    to: str
    route: AlertRoute
    target: str
    message: Message
    alert: Alert


def notify(
    config: PipelineConfig,
    run: str | None = None,
    *,
    store: ProfileStore,
    routes: Sequence[AlertRoute],
    dry_run: bool = False,
    test: bool = False,
    max_seconds: float = MAX_SECONDS_TO_SEND,
) -> NotifyOutcome:
    """Send what nobody was told of yet.

    Args:
        config: The pipeline.
        run: Only of incidents that began, were seen or ended in this run; it must have been compared since it was
            profiled. None: of all.
        store: The pipeline's store.
        routes: The rules of the configuration, each with its sink.
        dry_run: Only say what would be sent.
        test: Send one message to each sink that says that it is a test, and nothing else.
        max_seconds: How long to wait for all sinks together.

    Returns:
        The alerts and how they fared.

    Raises:
        UsageError: The configuration has no rule, or the run was never profiled, or not compared since.
        StoreError: The store cannot be read or written.
    """
    if not routes:
        message = f"pipeline {config.pipeline!r} sends no alerts: its configuration has no `notify`"
        raise UsageError(message)
    if test:
        return _tested(config, store, routes, max_seconds, dry_run=dry_run)
    results = Results(store, config.run_order)
    if run is not None:
        results.require_run(run)
        state = results.states([run])[run]
        if state is not RunState.CURRENT:
            message = f"run {run!r} {state.sentence}: `stageprint {state.remedy}` first"
            raise UsageError(message)
    planned, since = plan_alerts(config, results, routes, run)
    opened = sum(one.status.is_open for one in results.incidents() if run in {None, one.run_id})
    if dry_run:
        return NotifyOutcome([AlertOutcome(one.to, one.alert) for one in planned], opened, store.location)
    return NotifyOutcome(send_alerts(planned, store, since, max_seconds), opened, store.location)


def tell(config: PipelineConfig, store: ProfileStore, routes: Sequence[AlertRoute]) -> list[str]:
    """Send what nobody was told of yet, after a comparison; return what went wrong, in sentences.

    Args:
        config: The pipeline.
        store: The pipeline's store itself.
        routes: The rules of the configuration, each with its sink.
    """
    if not routes:
        return []
    try:
        planned, since = plan_alerts(config, Results(store, config.run_order), routes)
        sent = send_alerts(planned, store, since)
    except StoreError as error:
        return [f"alerts were not sent, or not noted: {one_line(error)}"]
    return [one.problem for one in sent if one.problem is not None]


def plan_alerts(
    config: PipelineConfig, results: Results, routes: Sequence[AlertRoute], run: str | None = None
) -> tuple[list[PlannedAlert], dt.datetime]:
    """Return what is due, and when that was decided.

    Of incidents whose latest run was profiled again since it was compared nothing is due: it may be over.

    Args:
        config: The pipeline.
        results: What the store holds.
        routes: The rules of the configuration, each with its sink.
        run: Only of incidents that began, were seen or ended in this run; None: of all.
    """
    since = dt.datetime.now(dt.timezone.utc)
    if not routes:
        return [], since
    incidents = [one for one in results.incidents() if run in {None, one.run_id}]
    known = set(results.run_ids())
    states = results.states([name for name in dict.fromkeys(one.run_id for one in incidents) if name in known])
    current = [one for one in incidents if states.get(one.run_id, RunState.CURRENT) is RunState.CURRENT]
    sent = SentMessages(results.store).read() if current else []
    writer = _Alerts(config, results, since)
    planned = []
    for number, route in enumerate(routes):
        target = target_of(route.sink.name, route.rule.settings)
        to = f"{route.sink.name} (notify[{number}])"
        messages = due(
            current,
            [one for one in sent if one.target == target],
            lambda incident, route=route: writer.matches(route, incident),  # type: ignore[misc]
            route.rule.max_messages,
        )
        planned += [PlannedAlert(to, route, target, one, writer.alert(one, route)) for one in messages]
    return planned, since


def send_alerts(
    planned: Sequence[PlannedAlert],
    store: ProfileStore,
    since: dt.datetime,
    max_seconds: float = MAX_SECONDS_TO_SEND,
) -> list[AlertOutcome]:
    """Send alerts, and note in the store what arrived; what did not is sent by the next command.

    Args:
        planned: What to send.
        store: The pipeline's store.
        since: When that was decided.
        max_seconds: How long to wait for all sinks together.

    Returns:
        How each alert fared; those that another command sends at the same time are missing.

    Raises:
        StoreError: The store cannot be read or written.
    """
    notes = SentMessages(store)
    claims = notes.claim([(one.target, one.message) for one in planned], since)
    mine = [(one, claim) for one, claim in zip(planned, claims, strict=True) if claim is not None]
    arrived: list[tuple[Claim, str | None]] = [(claim, None) for one, claim in mine if not one.message.shown]
    failed: list[Claim] = []
    outcomes: list[AlertOutcome] = []
    queues = _by_route([(one, claim) for one, claim in mine if one.message.shown])
    sent = deliver([(of[0][0].to, of[0][0].route.sink, [one.alert for one, _ in of]) for of in queues], max_seconds)
    for of_route, answers in zip(queues, sent, strict=True):
        for (one, claim), answer in zip(of_route, answers, strict=True):
            outcomes.append(AlertOutcome(one.to, one.alert, answer.problem))
            if answer.problem is None:
                arrived.append((claim, answer.reference))
            else:
                failed.append(claim)
    notes.arrived(arrived)
    notes.forget(failed)
    return outcomes


def _by_route(due_now: Iterable[tuple[PlannedAlert, Claim]]) -> list[list[tuple[PlannedAlert, Claim]]]:
    found: dict[str, list[tuple[PlannedAlert, Claim]]] = {}
    for one, claim in due_now:
        found.setdefault(one.to, []).append((one, claim))
    return list(found.values())


class _Alerts:
    """Turns messages into what sinks get: without values of sensitive columns, and of bounded size."""

    def __init__(self, config: PipelineConfig, results: Results, now: dt.datetime) -> None:
        self._config = config
        self._results = results
        self._now = now
        self._private = ValueFilter(config)
        self._owners = {TableKey(stage.name, table.name): table.owner for stage, table in config.select()}
        self._findings: dict[str, list[dict[str, Any]]] = {}

    def matches(self, route: AlertRoute, incident: StoredIncident) -> bool:
        """Return whether a rule sends an incident; one about a whole stage is about its tables too."""
        return any(
            route.rule.matches(incident.worst_severity, table, incident.finding_class, self._owners.get(table))
            for table in self._tables(incident)
        )

    def _tables(self, incident: StoredIncident) -> list[TableKey]:
        own = incident.origin.table_key.whole
        if own.table != STAGE_LEVEL:
            return [own]
        return [own, *(key for key in self._owners if key.stage == own.stage)]

    def alert(self, message: Message, route: AlertRoute) -> Alert:
        """Return a message as its sink gets it."""
        shown = message.incidents[:MAX_INCIDENTS_IN_ALERT]
        run = max(message.incidents, key=lambda one: one.closed_at or one.last_seen_at).run_id
        return Alert(
            at=self._now,
            pipeline=self._config.pipeline,
            run_id=run,
            event=message.event,
            key=message.key,
            incidents=[self._incident(one) for one in shown],
            total=len(message.incidents),
            findings=[found for one in shown for found in self._findings_of(one)],
            learning=self._learning(run),
            figures=self._figures(shown) if route.sink.wants_figures else (),
            reference=message.reference,
        )

    def _incident(self, incident: StoredIncident) -> dict[str, Any]:
        found = incident.to_object()
        evidence = [row["evidence"] for row in self._rows_of(incident)]  # names the tables that it is about
        hidden = self._private.without_values({**found, "evidence": evidence, "first_run": incident.opened_run})
        kept = {key: hidden[key] for key in INCIDENT_KEYS if key != "notified"}
        shown: dict[str, Any] = clipped(kept)
        return {**shown, "owner": self._owners.get(incident.origin.table_key.whole)}

    def _findings_of(self, incident: StoredIncident) -> list[dict[str, Any]]:
        rows = self._rows_of(incident)
        return [clipped(self._private.without_values({key: row[key] for key in FINDING_KEYS})) for row in rows]

    def _rows_of(self, incident: StoredIncident) -> list[dict[str, Any]]:
        run = incident.last_run
        if run not in self._findings:
            known = run in self._results.run_ids()
            self._findings[run] = self._results.findings(run) if known else []
        return [row for row in self._findings[run] if row["finding_id"] in incident.finding_ids]

    def _learning(self, run: str) -> str | None:
        judged = self._results.judged([run]).get(run)
        total = None if judged is None else Judged.total(judged.values())
        return total.explained if total is not None and total.learning else None

    def _figures(self, incidents: Sequence[StoredIncident]) -> list[TableFigures]:
        places = dict.fromkeys((one.last_run, one.origin.table_key.whole) for one in incidents)
        return [self._figures_of(run, table) for run, table in places]

    def _figures_of(self, run: str, table: TableKey) -> TableFigures:
        key = (table.stage, table.table)
        row = next((row for row in self._results.table_rows([run]) if (row["stage"], row["table"]) == key), None)
        if row is None:
            return TableFigures(table.stage, table.table, None, None, {}, {})
        columns = self._results.column_rows([run], [table])
        nulls = {one["column"]: _product(one["null_share"], one["row_count"]) for one in columns}
        distinct = {one["column"]: _product(one["distinct_count"], 1) for one in columns}
        return TableFigures(table.stage, table.table, row["row_count"], row["source_bytes"], nulls, distinct)


def _product(value: float | None, factor: int | None) -> int | None:
    return None if value is None or factor is None else round(value * factor)


def _tested(
    config: PipelineConfig, store: ProfileStore, routes: Sequence[AlertRoute], max_seconds: float, *, dry_run: bool
) -> NotifyOutcome:
    """Send a message to each sink that says that it is a test; nothing is noted."""
    now = dt.datetime.now(dt.timezone.utc)
    stage, table = next(iter(config.select()))
    incident: dict[str, Any] = {
        **dict.fromkeys(key for key in INCIDENT_KEYS if key != "notified"),
        "incident_id": "test",
        "status": "new",
        "severity": Severity.REVIEW.value,
        "worst_severity": Severity.REVIEW.value,
        "cause": "test",
        "class": "unknown",
        "stage": stage.name,
        "table": table.name,
        "opened_run": "test",
        "last_run": "test",
        "runs_seen": 1,
        "times_before": 0,
        "sentence": _TEST_SENTENCE,
        "explains": [],
        "finding_ids": [],
        "checks": [],
        "owner": table.owner,
    }
    alert = Alert(now, config.pipeline, "test", AlertEvent.TEST, f"test-{now:%Y%m%dT%H%M%S}", [incident])
    named = [(f"{route.sink.name} (notify[{number}])", route) for number, route in enumerate(routes)]
    if dry_run:
        return NotifyOutcome([AlertOutcome(to, alert) for to, _ in named], 0, store.location)
    answers = deliver([(to, route.sink, [alert]) for to, route in named], max_seconds)
    sent = [AlertOutcome(to, alert, one.problem) for (to, _), (one,) in zip(named, answers, strict=True)]
    return NotifyOutcome(sent, 0, store.location)
