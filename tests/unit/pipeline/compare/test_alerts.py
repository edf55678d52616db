"""A comparison tells people of incidents: twelve runs and a rerun, against real servers on the loopback."""

from __future__ import annotations

import email
import email.policy
import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from stageprint import api, opening
from stageprint.alerts.base import open_routes
from stageprint.config.loader import parse_config
from stageprint.config.notify import NotifyRule
from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import StoreError
from stageprint.model.incident_tables import NOTIFICATIONS
from stageprint.model.result_tables import ResultTable
from stageprint.pipeline.compare import compare
from stageprint.pipeline.results import Results
from stageprint.stores.memory import MemoryStore
from tests.support.alerts import RememberingSink
from tests.support.memory_engine import profiled_store
from tests.support.receivers import Mailbox, Receiver, mail_server, receiver

CONFIG = parse_config("""\
pipeline: shop
store: memory
stages:
  - name: raw
    tables: [{name: orders, source: {table: a}, columns: {sensitive: {city: 50}}}]
""")
RUNS = [f"2026-03-{day:02}" for day in range(1, 13)]
BROKEN = RUNS[7:10]
"""Three runs with prices that are gone; the two after them are well again."""


def tables(seed: int, *, broken: bool = False) -> Mapping[str, pa.Table]:
    """Return a run's table; broken: prices without values, and one city only."""
    rng = random.Random(seed)  # noqa: S311 -- no secret
    price = [None if broken and rng.random() < 0.5 else rng.gauss(20, 4) for _ in range(2000)]
    city = ["Wien" if broken else rng.choice(["Rome", "Oslo", "Wien"]) for _ in range(2000)]
    return {"raw.orders": pa.table({"price": price, "city": city})}


@pytest.fixture(scope="module")
def profiled() -> MemoryStore:
    return profiled_store(CONFIG, {run: tables(seed, broken=run in BROKEN) for seed, run in enumerate(RUNS)})


@pytest.fixture
def store(profiled: MemoryStore) -> MemoryStore:
    return profiled.copy()


@pytest.fixture
def web() -> Iterator[Receiver]:
    with receiver() as found:
        yield found


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as found:
        yield found


def told_everywhere(web: Receiver, mailbox: Mailbox) -> PipelineConfig:
    """Return the pipeline with a rule for each sink that waits for a server."""
    hidden = {"env": "ALERT_SECRET"}
    rules: list[dict[str, Any]] = [
        {"sink": "webhook", "url": f"{web.url}/webhook", "secret": hidden},
        {"sink": "slack", "token": hidden, "channel": "#data", "api_url": f"{web.url}/slack"},
        {"sink": "teams", "url": {"env": "TEAMS_URL"}},
        {"sink": "pagerduty", "routing_key": hidden, "url": f"{web.url}/pagerduty"},
        {"sink": "openlineage", "url": web.url, "endpoint": "lineage"},
        {
            "sink": "email",
            "host": "127.0.0.1",
            "port": mailbox.port,
            "encryption": "none",
            "sender": "stageprint@example.com",
            "to": ["data@example.com"],
        },
    ]
    return CONFIG.model_copy(update={"notify": tuple(map(NotifyRule.model_validate, rules))})


def test_twelve_runs_and_a_rerun_open_and_close_each_incident_once_at_every_sink(
    store: MemoryStore, web: Receiver, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALERT_SECRET", "s3cr3t")
    monkeypatch.setenv("TEAMS_URL", f"{web.url}/teams")
    config = told_everywhere(web, mailbox)
    came: dict[str, int] = {}
    for run in RUNS:
        before = len(web.posted) + len(mailbox.envelopes)
        outcome = compare(config, [run], store=store, routes=open_routes(config.notify))
        assert not any("alert" in note for note in outcome.notes), outcome.notes
        came[run] = len(web.posted) + len(mailbox.envelopes) - before
    incidents = len([one for one in Results(store).incidents() if one.worst_severity.rank > 1])
    assert incidents == 2
    assert {run for run, count in came.items() if count} == {BROKEN[0], RUNS[10]}
    paths = Counter(one.path for one in web.posted)
    assert paths == {
        "/webhook": 2 * incidents,
        "/slack/chat.postMessage": 2 * incidents,
        "/slack/chat.update": incidents,
        "/teams": 2 * incidents,
        "/pagerduty": 2 * incidents,
        "/lineage": 2 * incidents,
    }
    hooks = [one.json for one in web.posted if one.path == "/webhook"]
    assert Counter((one["event"]) for one in hooks) == {"opened": incidents, "resolved": incidents}
    assert len({one["key"] for one in hooks}) == incidents
    raw = [one.original_content or b"" for one in mailbox.envelopes]
    subjects = [str(email.message_from_bytes(one, policy=email.policy.default)["Subject"]) for one in raw]
    assert Counter(subject.split()[0] for subject in subjects) == {"[critical]": 2, "[resolved]": 2}
    assert b"Wien" not in b"".join(one.body for one in web.posted)
    assert all(b"Wien" not in (one.original_content or b"") for one in mailbox.envelopes)
    before = len(web.posted) + len(mailbox.envelopes)
    for runs in (RUNS, [BROKEN[0]], [RUNS[-1]]):
        compare(config, runs, store=store, routes=open_routes(config.notify))
    assert len(web.posted) + len(mailbox.envelopes) == before


def test_findings_count_before_anybody_is_told(store: MemoryStore) -> None:
    seen: list[list[str]] = []

    class Looking(RememberingSink):
        """Looks into the store when it is told."""

        def send(self, alert: Any) -> str | None:
            seen.append([row["incident_id"] for row in Results(store).findings(alert.run_id)])
            return super().send(alert)

    sink = Looking()
    compare(CONFIG, RUNS[:8], store=store, routes=[sink.route()])
    assert [one.key in found for one, found in zip(sink.alerts, seen, strict=True)] == [True, True]
    assert {one.incidents[0]["column"] for one in sink.alerts} == {"price", "city"}


def test_all_runs_at_once_tell_only_of_what_is_still_open(store: MemoryStore) -> None:
    sink = RememberingSink()
    compare(CONFIG, RUNS, store=store, routes=[sink.route()])
    assert sink.alerts == []
    assert Results(store).incidents()


@pytest.mark.parametrize("answers", [[500] * 99, ["slow"] * 99, [(429, "99")] * 99], ids=["broken", "slow", "busy"])
def test_a_server_in_trouble_changes_no_comparison_and_is_told_later(
    store: MemoryStore, web: Receiver, monkeypatch: pytest.MonkeyPatch, answers: list[Any]
) -> None:
    for name, seconds in {"_FIRST_WAIT_SECONDS": 0.01, "MAX_SECONDS_PER_TRY": 0.3, "MAX_SECONDS": 1.0}.items():
        monkeypatch.setattr(f"stageprint.alerts.base_http.{name}", seconds)
    rule = NotifyRule.model_validate({"sink": "webhook", "url": web.url})
    quiet = compare(CONFIG, RUNS[:8], store=store.copy())
    web.answers = answers
    began = time.monotonic()
    troubled = compare(CONFIG, RUNS[:8], store=store, routes=open_routes([rule]))
    assert time.monotonic() - began < 60
    assert [note.partition(" was not sent: ")[0].partition(" about ")[0] for note in troubled.notes[-2:]] == [
        "alert"
    ] * 2
    assert [one.sentence for one in troubled.findings] == [one.sentence for one in quiet.findings]
    assert troubled.exit_status() == quiet.exit_status()
    web.answers = []
    before = len(web.posted)
    compare(CONFIG, [RUNS[8]], store=store, routes=open_routes([rule]))
    assert [one.json["event"] for one in web.posted[before:]] == ["opened"] * 2


def test_a_store_that_cannot_note_what_was_sent_fails_no_comparison(store: MemoryStore) -> None:
    class Full(MemoryStore):
        def __init__(self) -> None:
            super().__init__("shop")
            self._tables = store._tables

        def append(self, table: ResultTable, rows: Any, which: Any) -> None:
            if table is NOTIFICATIONS:
                message = "no space left"
                raise StoreError(message)
            super().append(table, rows, which)

    sink = RememberingSink()
    outcome = compare(CONFIG, RUNS[:8], store=Full(), routes=[sink.route()])
    assert outcome.notes[-1] == "alerts were not sent, or not noted: no space left"
    assert sink.alerts == []


def test_from_python_the_rules_of_the_configuration_find_their_sinks(
    store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (api, opening):
        monkeypatch.setattr(module, "open_store", lambda *_: store)
    file = tmp_path / "alerts.jsonl"
    rule = NotifyRule.model_validate({"sink": "log", "file": str(file)})
    config = CONFIG.model_copy(update={"notify": (rule,)})
    api.compare_runs(config, RUNS[:8])
    assert api.notify_run(config, dry_run=True).alerts == []
    assert api.notify_run(config, RUNS[7]).exit_status == 0
    assert api.notify_run(config, test=True).exit_status == 0
    events = [json.loads(line)["event"] for line in file.read_text("utf-8").splitlines()]
    assert events == ["opened", "opened", "test"]
