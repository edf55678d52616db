"""Open incidents go to the sinks whose rules they match, once; a sink that fails or hangs harms nobody."""

from __future__ import annotations

import datetime as dt
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stageprint.alerts.base import open_routes
from stageprint.config.loader import parse_config
from stageprint.config.notify import NotifyRule
from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import AlertError, UsageError
from stageprint.model import ColumnKey, Severity, Slice
from stageprint.model.alert import AlertEvent
from stageprint.model.finding import FINDING_KEYS
from stageprint.model.incident import INCIDENT_KEYS, IncidentStatus, StoredIncident
from stageprint.model.incident_tables import INCIDENTS, NOTIFICATIONS
from stageprint.model.manifest import Manifest, ManifestKind
from stageprint.model.result_tables import FINDINGS, MANIFESTS, RUNS
from stageprint.model.where import EVERY_ROW, where
from stageprint.pipeline.messages import Message
from stageprint.pipeline.notify import notify
from stageprint.pipeline.results import Results
from stageprint.pipeline.sending import deliver
from stageprint.pipeline.sent import SentMessages
from stageprint.stores.memory import MemoryStore
from tests.support import stores
from tests.support.alerts import RememberingSink, alert, incident
from tests.support.receivers import receiver

NOW = dt.datetime(2026, 3, 2, tzinfo=dt.timezone.utc)
CONFIG = """\
pipeline: shop
store: memory
stages:
  - {name: raw, tables: [{name: orders, owner: sales, source: {table: a}}, {name: customers, source: {table: b}}]}
  - name: joined
    upstream: [raw]
    tables: [{name: orders, source: {table: c}, columns: {sensitive: [price]}}]
"""


def of(name: str, table: str = "raw.orders", column: str = "price", **changes: Any) -> StoredIncident:
    stage, _, table = table.partition(".")
    known = {
        "incident_id": name,
        "run_id": "a",
        "opened_run": "a",
        "last_run": "a",
        "origin": ColumnKey(stage, table, column),
        "finding_ids": (f"f-{name}",),
        "severity": Severity.CRITICAL,
        "worst_severity": Severity.CRITICAL,
        "sentence": f"{stage}.{table}.{column} is 9.99.",
        **changes,
    }
    return incident(**known)


@pytest.fixture
def config() -> PipelineConfig:
    return parse_config(CONFIG)


def stored(incidents: Sequence[StoredIncident], *runs: str) -> MemoryStore:
    """Return a store with incidents and their findings."""
    found = MemoryStore("shop")
    found.replace(RUNS, RUNS.rows([stores.run_row(run) for run in runs]), EVERY_ROW)
    put(found, incidents)
    rows = [
        stores.finding(
            one.run_id,
            one.finding_ids[0],
            stage=one.origin.stage,
            table_name=one.origin.table,
            column_name=one.origin.column,
            sentence=one.sentence,
            evidence='{"value": 9.99}',
            incident_id=one.incident_id,
            status="new",
        )
        for one in incidents
    ]
    found.replace(FINDINGS, FINDINGS.rows(rows), EVERY_ROW)
    compared = [
        Manifest(
            run, ManifestKind.COMPARISON, run, "auto", "other" if run == "again" else None, NOW, NOW, names_rows=False
        )
        for run in runs
        if run != "new"
    ]
    found.replace(MANIFESTS, MANIFESTS.rows(one.to_row("shop") for one in compared), EVERY_ROW)
    return found


def put(store: MemoryStore, incidents: Sequence[StoredIncident]) -> None:
    names = [one.incident_id for one in incidents]
    store.replace(INCIDENTS, INCIDENTS.rows(one.to_row("shop") for one in incidents), where(incident_id=names))


@pytest.fixture
def store() -> MemoryStore:
    """Return a store with runs of which some have incidents."""
    review = of("r", severity=Severity.REVIEW, worst_severity=Severity.REVIEW)
    warning = of("w", "raw.customers", severity=Severity.WARNING, worst_severity=Severity.WARNING)
    return stored([review, warning, of("c"), of("j", "joined.orders")], "a", "quiet", "new", "again")


@pytest.fixture
def hanging() -> Iterator[RememberingSink]:
    """Yield a sink that answers only when the test is over."""
    over = threading.Event()
    yield RememberingSink(wait_for=over)
    over.set()


def test_a_rule_sends_what_it_matches_worst_first(config: PipelineConfig, store: MemoryStore) -> None:
    rules: list[dict[str, Any]] = [
        {"severity": "review"},
        {},
        {"stages": ["raw"], "tables": ["raw.customers", "joined.orders"]},
        {"tables": ["customers"], "severity": "critical"},
        {"owners": ["sales"]},
        {"classes": ["check"]},
    ]
    sinks = [RememberingSink(name=f"s{number}") for number in range(len(rules))]
    outcome = notify(config, store=store, routes=[sink.route(**rule) for sink, rule in zip(sinks, rules, strict=True)])
    assert [[one.key for one in sink.alerts] for sink in sinks] == [
        ["j", "c", "w", "r"],
        ["j", "c", "w"],
        ["w"],
        [],
        ["c"],
        [],
    ]
    (told,) = sinks[2].alerts
    assert (told.pipeline, told.run_id, told.event, told.severity.value) == ("shop", "a", AlertEvent.OPENED, "warning")
    assert told.at.tzinfo is not None
    assert list(told.findings[0]) == list(FINDING_KEYS)
    assert list(told.incidents[0]) == [*(key for key in INCIDENT_KEYS if key != "notified"), "owner"]
    assert [one.alert.incidents[0]["owner"] for one in outcome.alerts if one.to == "s4 (notify[4])"] == ["sales"]
    assert (outcome.opened, outcome.exit_status, outcome.store) == (4, 0, "memory")


def test_what_was_sent_is_in_the_store_and_not_sent_again(config: PipelineConfig, store: MemoryStore) -> None:
    sink = RememberingSink(reference="thread-7")
    for _ in range(12):
        notify(config, store=store, routes=[sink.route()])
    assert sorted(one.key for one in sink.alerts) == ["c", "j", "w"]
    rows = store.read(NOTIFICATIONS).to_pylist()
    assert {(row["incident_id"], row["event"], row["reference"]) for row in rows} == {
        (name, "opened", "thread-7") for name in ("c", "j", "w")
    }
    put(store, [of("c", status=IncidentStatus.RESOLVED, ended_run="a")])
    notify(config, store=store, routes=[sink.route()])
    assert [(one.event.value, one.reference) for one in sink.alerts[3:]] == [("resolved", "thread-7")]
    told = {one.incident_id: one for one in Results(store).incidents()}
    assert [one["event"] for one in told["c"].notified] == ["opened", "resolved"]
    assert notify(config, store=store, routes=[sink.route()]).alerts == []


def test_another_destination_is_told_too(config: PipelineConfig, store: MemoryStore) -> None:
    one, other = RememberingSink(), RememberingSink(name="other")
    notify(config, store=store, routes=[one.route()])
    notify(config, store=store, routes=[one.route(), other.route()])
    assert (len(one.alerts), len(other.alerts)) == (3, 3)


def test_what_was_not_sent_is_sent_by_the_next_command(config: PipelineConfig, store: MemoryStore) -> None:
    sink = RememberingSink(AlertError("the server is down"))
    assert notify(config, store=store, routes=[sink.route()]).exit_status == 2
    assert store.read(NOTIFICATIONS).num_rows == 0
    sink.error = None
    assert notify(config, store=store, routes=[sink.route()]).exit_status == 0
    assert len(sink.alerts) == 3


def test_two_commands_at_once_tell_it_once(config: PipelineConfig, store: MemoryStore) -> None:
    ready, over = threading.Event(), threading.Event()
    first, second = RememberingSink(), RememberingSink()

    class Slow(RememberingSink):
        def send(self, alert: Any) -> str | None:
            ready.set()
            over.wait(20)
            return first.send(alert)

    route = Slow().route()
    began = threading.Thread(target=lambda: notify(config, store=store, routes=[route]))
    began.start()
    assert ready.wait(20)
    told = notify(config, store=store, routes=[second.route()])
    over.set()
    began.join(20)
    assert (told.alerts, second.alerts, len(first.alerts)) == ([], [], 3)
    assert notify(config, store=store, routes=[second.route()]).alerts == []


def test_what_a_stopped_command_began_to_send_is_sent_again(config: PipelineConfig, store: MemoryStore) -> None:
    message = Message(AlertEvent.OPENED, "c", (of("c"),))
    sink = RememberingSink()
    target = "remember:" + notify_target(config, store)
    SentMessages(store).claim([(target, message)], NOW)
    rows = store.read(NOTIFICATIONS).to_pylist()
    gone = [{**row, "writer": row["writer"].rpartition(":")[0] + ":999999999"} for row in rows]
    store.replace(NOTIFICATIONS, NOTIFICATIONS.rows(gone), EVERY_ROW)
    notify(config, store=store, routes=[sink.route()])
    assert "c" in [one.key for one in sink.alerts]


def notify_target(config: PipelineConfig, store: MemoryStore) -> str:
    copy = store.copy()
    notify(config, store=copy, routes=[RememberingSink().route()])
    return str(copy.read(NOTIFICATIONS)["target"][0].as_py()).partition(":")[2]


def test_values_of_sensitive_columns_stay_at_home(config: PipelineConfig) -> None:
    sliced = of("s", "joined.orders", "items", finding_class="data")
    secret = ColumnKey("joined", "orders", "items", Slice("price", "9.99"))
    told = stored([of("j", "joined.orders"), of("s", "joined.orders", "items", origin=secret)], "a")
    sink = RememberingSink()
    notify(config, store=told, routes=[sink.route(stages=["joined"])])
    assert len(sink.alerts) == 2
    assert sliced.sentence.endswith("9.99.")
    by_key = {one.key: one for one in sink.alerts}
    assert "9.99" not in by_key["j"].to_json()
    assert by_key["j"].findings[0]["evidence"] == {}
    assert by_key["s"].incidents[0]["slice_value"] is None


def test_a_dry_run_sends_nothing_and_returns_the_same(config: PipelineConfig, store: MemoryStore) -> None:
    sink = RememberingSink()
    planned = notify(config, store=store, routes=[sink.route()], dry_run=True)
    assert (sink.alerts, store.read(NOTIFICATIONS).num_rows) == ([], 0)
    notify(config, store=store, routes=[sink.route()])
    assert [one.alert.incidents for one in planned.alerts] == [one.incidents for one in sink.alerts]


def test_a_test_says_so_and_is_not_noted(config: PipelineConfig, store: MemoryStore) -> None:
    sink = RememberingSink()
    assert notify(config, store=store, routes=[sink.route()], dry_run=True, test=True).exit_status == 0
    assert sink.alerts == []
    notify(config, store=store, routes=[sink.route()], test=True)
    (told,) = sink.alerts
    assert told.event is AlertEvent.TEST
    assert "nothing is wrong" in told.incidents[0]["sentence"]
    assert store.read(NOTIFICATIONS).num_rows == 0


def test_of_one_run_only_what_it_says_is_sent(config: PipelineConfig, store: MemoryStore) -> None:
    sink = RememberingSink()
    outcome = notify(config, "quiet", store=store, routes=[sink.route()])
    assert (outcome.alerts, outcome.opened, outcome.exit_status, sink.alerts) == ([], 0, 0, [])


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


def test_what_a_run_said_before_it_was_profiled_again_is_not_sent(config: PipelineConfig) -> None:
    sink = RememberingSink()
    stale = stored([of("x", run_id="again", last_run="again")], "again")
    assert notify(config, store=stale, routes=[sink.route()]).alerts == []


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
    bad, good = RememberingSink(error), RememberingSink(name="good")
    rule = {"severity": "critical", "stages": ["raw"]}
    outcome = notify(config, store=store, routes=[bad.route(**rule), good.route(**rule)])
    assert [one.problem for one in outcome.alerts] == [
        f"alert about c (opened) to remember (notify[0]) was not sent: {said}",
        None,
    ]
    assert outcome.exit_status == 2
    assert len(good.alerts) == 1


def test_a_sink_that_hangs_is_given_up(hanging: RememberingSink) -> None:
    good = RememberingSink()
    both = [alert(key="2"), alert(key="1")]
    began = time.monotonic()
    answers = deliver([("slow (notify[0])", hanging, both), ("good (notify[1])", good, both)], 0.2)
    assert time.monotonic() - began < 5
    assert [[one.problem for one in of_sink] for of_sink in answers] == [
        [
            "alert about 2 (opened) to slow (notify[0]) may not have arrived: no answer within 0.2 s",
            "alert about 1 (opened) to slow (notify[0]) was not sent: those before it took more than 0.2 s",
        ],
        [None, None],
    ]
    assert [one.key for one in good.alerts] == ["2", "1"]


def test_what_was_given_up_is_not_sent_later() -> None:
    late = threading.Event()
    slow = RememberingSink(wait_for=late)
    deliver([("slow", slow, [alert(key="1"), alert(key="2")])], 0.2)
    late.set()
    for thread in threading.enumerate():
        if thread.name == "alerts to slow":
            thread.join(5)
    assert [one.key for one in slow.alerts] == ["1"]


def test_five_hundred_at_once_and_a_value_of_a_million_characters_are_twenty_short_messages(
    config: PipelineConfig, tmp_path: Path
) -> None:
    """All in one night, at a web server and a log."""
    long = "x" * 1_000_000
    many = [
        of(f"i{number:03}", column=f"c{number}", sentence=f"raw.orders.c{number} is {long if number < 3 else 'gone'}.")
        for number in range(500)
    ]
    full = stored(many, "a")
    file = tmp_path / "alerts.jsonl"
    with receiver() as web:
        rules = [{"sink": "webhook", "url": web.url}, {"sink": "log", "file": str(file)}]
        routes = open_routes([NotifyRule.model_validate(rule) for rule in rules])
        began = time.monotonic()
        outcome = notify(config, store=full, routes=routes)
        assert time.monotonic() - began < 30
        assert outcome.exit_status == 0
        assert [one.json["total"] for one in web.posted] == [*[1] * 19, 481]
        assert len(web.posted[-1].json["incidents"]) == 50
        assert max(len(one.body) for one in web.posted) < 200_000
        assert len(file.read_text("utf-8").splitlines()) == 20
        assert full.read(NOTIFICATIONS).num_rows == 1000
        assert notify(config, store=full, routes=routes).alerts == []
        over = [replace(one, status=IncidentStatus.RESOLVED, ended_run="a") for one in many]
        put(full, over)
        notify(config, store=full, routes=routes)
        assert web.events()[20:] == ["resolved"] * 20
        assert web.posted[-1].json["total"] == 481
