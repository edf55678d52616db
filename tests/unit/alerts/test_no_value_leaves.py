"""No value of a sensitive column leaves in a message, whatever findings and incidents say."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stageprint.alerts.base import open_routes
from stageprint.config.loader import parse_config
from stageprint.config.notify import NotifyRule
from stageprint.model import ColumnKey, Severity, Slice
from stageprint.model.incident_tables import INCIDENTS
from stageprint.model.manifest import Manifest, ManifestKind
from stageprint.model.result_tables import FINDINGS, MANIFESTS, RUNS
from stageprint.model.where import EVERY_ROW
from stageprint.pipeline.notify import notify
from stageprint.stores.memory import MemoryStore
from tests.support import stores
from tests.support.alerts import incident
from tests.support.receivers import Mailbox, Receiver

CONFIG = parse_config("""\
pipeline: shop
store: memory
stages:
  - name: raw
    tables:
      - name: orders
        event_time: at
        source: {table: a}
        columns: {sensitive: {city: off, at: 50, 'person.name': hashed}}
  - name: joined
    upstream: [raw]
    tables: [{name: orders, source: {table: b}, derived_from: {place: raw.orders.city}}]
""")
SENSITIVE = [
    ColumnKey("raw", "orders", "city"),
    ColumnKey("raw", "orders", "at"),
    ColumnKey("raw", "orders", "person.name"),
    ColumnKey("joined", "orders", "city"),
    ColumnKey("joined", "orders", "place"),
]
PLACES = [*SENSITIVE, ColumnKey("raw", "orders", "price"), ColumnKey("raw", "orders", ":table")]
NOW = dt.datetime(2026, 3, 2, tzinfo=dt.timezone.utc)
VALUE = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=4, max_size=30).map(
    lambda t: f"PLANTED{t}"
)


@st.composite
def told(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Draw a planted value, and an incident that quotes it while it is about, or mentions, a sensitive column."""
    value, origin = draw(VALUE), draw(st.sampled_from(PLACES))
    mentioned = draw(st.sampled_from(SENSITIVE))
    part = None
    explains: list[str] = draw(st.lists(st.sampled_from([str(key) for key in SENSITIVE]), max_size=3))
    if draw(st.booleans()):
        part = Slice(mentioned.column if origin.table_key == mentioned.table_key else f"{mentioned} = 1", value)
    key = ColumnKey(origin.stage, origin.table, origin.column, part)
    sentence = f"{mentioned} is {value} now"
    is_check = draw(st.booleans())
    known = {
        "origin": key,
        "explains": tuple(explains),
        "sentence": sentence,
        "cause": "check_failed" if is_check else "default_value",
        "finding_class": "check" if is_check else "data",
        "checks": (f"{mentioned}: accepted_values",) if is_check else (),
        "finding_ids": () if is_check else ("f1",),
        "severity": Severity.CRITICAL,
        "worst_severity": Severity.CRITICAL,
        "run_id": "a",
        "last_run": "a",
    }
    return value, known


def stored(known: dict[str, Any], value: str) -> MemoryStore:
    one = incident(**known)
    found = MemoryStore("shop")
    found.replace(RUNS, RUNS.rows([stores.run_row("a")]), EVERY_ROW)
    found.replace(INCIDENTS, INCIDENTS.rows([one.to_row("shop")]), EVERY_ROW)
    part = one.origin.slice
    row = stores.finding(
        "a",
        "f1",
        stage=one.origin.stage,
        table_name=one.origin.table,
        column_name=one.origin.column,
        slice_key=None if part is None else part.key,
        slice_value=None if part is None else part.value,
        explains=list(one.explains),
        sentence=one.sentence,
        evidence=f'{{"city": "{value}", "labels": ["{value}"]}}',
        incident_id=one.incident_id,
    )
    found.replace(FINDINGS, FINDINGS.rows([row]), EVERY_ROW)
    compared = Manifest("a", ManifestKind.COMPARISON, "1", "auto", None, NOW, NOW, names_rows=False)
    found.replace(MANIFESTS, MANIFESTS.rows([compared.to_row("shop")]), EVERY_ROW)
    return found


@pytest.fixture
def routes(web: Receiver, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> list[NotifyRule]:
    monkeypatch.setenv("HOOK", f"{web.url}/hook")
    address = {"host": "127.0.0.1", "port": mailbox.port, "encryption": "none"}
    rules: list[dict[str, Any]] = [
        {"sink": "webhook", "url": web.url},
        {"sink": "slack", "url": {"env": "HOOK"}},
        {"sink": "teams", "url": {"env": "HOOK"}},
        {"sink": "pagerduty", "routing_key": {"env": "HOOK"}, "url": web.url},
        {"sink": "openlineage", "url": web.url},
        {"sink": "email", "sender": "a@example.com", "to": ["b@example.com"], **address},
    ]
    return [NotifyRule.model_validate(rule) for rule in rules]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told())
def test_no_planted_value_leaves(
    routes: list[NotifyRule], web: Receiver, mailbox: Mailbox, drawn: tuple[str, dict[str, Any]]
) -> None:
    value, known = drawn
    web.posted.clear()
    mailbox.envelopes.clear()
    outcome = notify(CONFIG, store=stored(known, value), routes=open_routes(routes), max_seconds=30)
    assert [one.problem for one in outcome.alerts] == [None] * len(routes)
    assert len(web.posted) == len(routes) - 1
    assert len(mailbox.envelopes) == 1
    for one in web.posted:
        assert "PLANTED" not in one.body.decode()
        assert "PLANTED" not in str(one.headers)
    assert b"PLANTED" not in (mailbox.envelopes[0].original_content or b"")


def test_a_value_of_another_column_is_told(routes: list[NotifyRule], web: Receiver) -> None:
    known = {"origin": ColumnKey("raw", "orders", "price"), "sentence": "raw.orders.price is PLANTED", "run_id": "a"}
    notify(CONFIG, store=stored({**known, "last_run": "a"}, "1"), routes=open_routes(routes[:1]))
    assert b"PLANTED" in web.posted[0].body
