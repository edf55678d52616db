"""Stored findings go to the sinks whose rules they match; a sink that fails or hangs harms nobody."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator

import pytest

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import AlertError, UsageError
from stageprint.model.finding import FINDING_KEYS
from stageprint.model.manifest import Manifest, ManifestKind
from stageprint.model.result_tables import FINDINGS, MANIFESTS, RUNS, SHIFTS
from stageprint.model.where import EVERY_ROW
from stageprint.pipeline.notify import notify, plan_alerts, send_alerts
from stageprint.ports import AlertRoute
from stageprint.stores.memory import MemoryStore
from tests.support import stores
from tests.support.alerts import RememberingSink, sent
from tests.support.findings import finding

NOW = dt.datetime(2026, 3, 2, tzinfo=dt.timezone.utc)
CONFIG = """\
pipeline: shop
store: memory
stages:
  - {name: raw, tables: [{name: orders, source: {table: a}}, {name: customers, source: {table: b}}]}
  - name: joined
    upstream: [raw]
    tables: [{name: orders, source: {table: c}, columns: {sensitive: [price]}}]
"""


@pytest.fixture
def config() -> PipelineConfig:
    return parse_config(CONFIG)


@pytest.fixture
def store() -> MemoryStore:
    """Return a store with two runs of findings, one without, one never compared, and one profiled again since."""
    found = MemoryStore("shop")
    found.replace(RUNS, RUNS.rows([stores.run_row(run) for run in ("a", "b", "quiet", "new", "again")]), EVERY_ROW)
    rows = [
        stores.finding("a", "r", severity="review"),
        stores.finding("a", "w", severity="warning", table_name="customers"),
        stores.finding("a", "c"),
        stores.finding("a", "j", stage="joined", sentence="joined.orders.price is 9.99.", evidence='{"value": 9.99}'),
        stores.finding("b", "c2"),
    ]
    found.replace(FINDINGS, FINDINGS.rows(rows), EVERY_ROW)
    found.replace(SHIFTS, SHIFTS.rows([stores.shift(run, "price", 0.5) for run in ("a", "b", "quiet")]), EVERY_ROW)
    compared = [
        Manifest(run, ManifestKind.COMPARISON, run, "auto", made_from, NOW, NOW, names_rows=False)
        for run, made_from in {"a": None, "b": None, "quiet": None, "again": "an earlier profile"}.items()
    ]
    found.replace(MANIFESTS, MANIFESTS.rows(one.to_row("shop") for one in compared), EVERY_ROW)
    return found


@pytest.fixture
def hanging() -> Iterator[RememberingSink]:
    """Yield a sink that answers only when the test is over."""
    over = threading.Event()
    yield RememberingSink(wait_for=over)
    over.set()


def test_a_rule_sends_what_it_matches_in_one_call_worst_first(config: PipelineConfig, store: MemoryStore) -> None:
    every, some, few, none = (RememberingSink() for _ in range(4))
    routes = [
        every.route(severity="review"),
        some.route(),
        few.route(stages=["raw"], tables=["raw.customers", "joined.orders"]),
        none.route(tables=["customers"], severity="critical"),
    ]
    outcome = notify(config, "a", store=store, routes=routes)
    assert [sorted(sent(alert)[:2]) for alert in every.alerts] == [[("c", "critical"), ("j", "critical")]]
    assert sent(every.alerts[0])[2:] == [("w", "warning"), ("r", "review")]
    assert [one for one, _ in sent(some.alerts[0])][2:] == ["w"]
    assert [sent(alert) for alert in few.alerts] == [[("w", "warning")]]
    assert none.alerts == []
    (alert,) = few.alerts
    assert (alert.pipeline, alert.run_id) == ("shop", "a")
    assert alert.at.tzinfo is not None
    assert list(alert.findings[0]) == list(FINDING_KEYS)
    assert [one.to for one in outcome.alerts] == [f"remember (notify[{number}])" for number in range(3)]
    assert (outcome.findings, outcome.exit_status, outcome.store) == (4, 0, "memory")


def test_values_of_sensitive_columns_stay_at_home(config: PipelineConfig, store: MemoryStore) -> None:
    sink = RememberingSink()
    notify(config, "a", store=store, routes=[sink.route(stages=["joined"])])
    (alert,) = sink.alerts
    assert sent(alert) == [("j", "critical")]
    assert "9.99" not in alert.to_json()
    assert alert.findings[0]["evidence"] == {}


def test_a_dry_run_sends_nothing_and_returns_the_same(config: PipelineConfig, store: MemoryStore) -> None:
    sink = RememberingSink()
    planned = notify(config, "a", store=store, routes=[sink.route()], dry_run=True)
    assert sink.alerts == []
    done = notify(config, "a", store=store, routes=[sink.route()])
    assert [one.alert.findings for one in planned.alerts] == [one.alert.findings for one in done.alerts]
    assert [alert.findings for alert in sink.alerts] == [one.alert.findings for one in planned.alerts]


def test_a_run_without_findings_sends_nothing(config: PipelineConfig, store: MemoryStore) -> None:
    sink = RememberingSink()
    outcome = notify(config, "quiet", store=store, routes=[sink.route()])
    assert (outcome.alerts, outcome.findings, outcome.exit_status, sink.alerts) == ([], 0, 0, [])


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ("c", "run 'c' is not in the store memory"),
        ("new", "run 'new' has not been compared yet: `stageprint compare` first"),
        ("again", "run 'again' was profiled again after it was compared: `stageprint compare` first"),
    ],
)
def test_a_run_of_which_nothing_is_known_is_an_error(
    config: PipelineConfig, store: MemoryStore, run: str, said: str
) -> None:
    with pytest.raises(UsageError) as told:
        notify(config, run, store=store, routes=[RememberingSink().route()])
    assert str(told.value).startswith(said)


def test_without_rules_there_is_nobody_to_tell(config: PipelineConfig, store: MemoryStore) -> None:
    with pytest.raises(UsageError, match="pipeline 'shop' sends no alerts: its configuration has no `notify`"):
        notify(config, "a", store=store, routes=[])


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (AlertError("alerts.jsonl: cannot be written"), "alerts.jsonl: cannot be written"),
        (RuntimeError("no route to host\nmore"), "RuntimeError: no route to host"),
        (ValueError(), "ValueError"),
    ],
)
def test_a_sink_that_fails_is_told_and_keeps_no_other_from_sending(
    config: PipelineConfig, store: MemoryStore, error: Exception, said: str
) -> None:
    bad, good = RememberingSink(error), RememberingSink()
    outcome = notify(config, "a", store=store, routes=[bad.route(), good.route()])
    assert [one.problem for one in outcome.alerts] == [
        f"alert of run a to remember (notify[0]) was not sent: {said}",
        None,
    ]
    assert outcome.exit_status == 2
    assert len(good.alerts) == 1


def alerts_of(config: PipelineConfig, routes: list[AlertRoute], *runs: str) -> list[str | None]:
    rows = [finding(run_id=run, stage="raw", table="orders", column="price") for run in runs]
    return [one.problem for one in send_alerts(plan_alerts(config, routes, rows), max_seconds=0.2)]


def test_a_sink_that_hangs_is_given_up(config: PipelineConfig, hanging: RememberingSink) -> None:
    good = RememberingSink()
    began = time.monotonic()
    problems = alerts_of(config, [hanging.route(), good.route()], "2", "1")
    assert time.monotonic() - began < 5
    assert problems == [
        "alert of run 2 to remember (notify[0]) may not have arrived: no answer within 0.2 s",
        "alert of run 1 to remember (notify[0]) was not sent: those before it took more than 0.2 s",
        None,
        None,
    ]
    assert [alert.run_id for alert in good.alerts] == ["2", "1"]


def test_what_was_given_up_is_not_sent_later(config: PipelineConfig) -> None:
    late = threading.Event()
    slow = RememberingSink(wait_for=late)
    alerts_of(config, [slow.route()], "1", "2")
    late.set()
    for thread in threading.enumerate():
        if thread.name == "alerts to remember (notify[0])":
            thread.join(5)
    assert [alert.run_id for alert in slow.alerts] == ["1"]
