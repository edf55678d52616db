"""A comparison sends what it found, once it is written."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pytest

from stageprint import api, opening
from stageprint.config.loader import parse_config
from stageprint.config.notify import NotifyRule
from stageprint.model import Finding
from stageprint.model.alert import Alert
from stageprint.model.finding import finding_object
from stageprint.model.json_values import plain_json
from stageprint.pipeline.compare import compare
from stageprint.pipeline.notify import notify
from stageprint.pipeline.results import Results
from stageprint.stores.memory import MemoryStore
from tests.support.alerts import RememberingSink
from tests.support.memory_engine import profiled_store

CONFIG = parse_config("""\
pipeline: shop
store: memory
stages:
  - {name: raw, tables: [{name: orders, source: {table: a}, columns: {sensitive: {city: 50}}}]}
""")
RUNS = [f"2026-03-{day:02}" for day in range(1, 13)]


def tables(seed: int, *, broken: bool = False) -> Mapping[str, pa.Table]:
    """Return a run's table; broken: prices without values, and one city only."""
    rng = random.Random(seed)  # noqa: S311 -- no secret
    price = [None if broken and rng.random() < 0.5 else rng.gauss(20, 4) for _ in range(2000)]
    city = ["Wien" if broken else rng.choice(["Rome", "Oslo", "Wien"]) for _ in range(2000)]
    return {"raw.orders": pa.table({"price": price, "city": city})}


@pytest.fixture(scope="module")
def profiled() -> MemoryStore:
    store = profiled_store(CONFIG, {run: tables(seed, broken=run == RUNS[-1]) for seed, run in enumerate(RUNS)})
    compare(CONFIG, RUNS[:-1], store=store)
    return store


@pytest.fixture
def store(profiled: MemoryStore) -> MemoryStore:
    return profiled.copy()


def shown(finding: Finding) -> object:
    return plain_json(finding_object(finding))


def test_its_findings_are_sent_when_they_are_written(store: MemoryStore) -> None:
    seen: list[list[str]] = []

    class Looking(RememberingSink):
        """Looks into the store when it is told."""

        def send(self, alert: Alert) -> None:
            seen.append([row["finding_id"] for row in Results(store).findings(alert.run_id)])
            super().send(alert)

    sink = Looking()
    outcome = compare(CONFIG, [RUNS[-1]], store=store, routes=[sink.route()])
    (alert,) = sink.alerts
    assert alert.run_id == RUNS[-1]
    by_id = {found["finding_id"]: found for found in alert.findings}
    assert {finding.origin.column for finding in outcome.findings} == {"price", "city"}
    assert by_id.keys() == {finding.finding_id for finding in outcome.findings} == set(seen[0])
    for finding in outcome.findings:
        if finding.origin.column == "price":
            assert plain_json(by_id[finding.finding_id]) == shown(finding)
        else:
            assert "Wien" in finding.sentence
    assert "Wien" not in alert.to_json()
    assert outcome.notes == []


def test_stored_findings_send_the_same(store: MemoryStore) -> None:
    first, again = RememberingSink(), RememberingSink()
    compare(CONFIG, [RUNS[-1]], store=store, routes=[first.route()])
    notify(CONFIG, RUNS[-1], store=store, routes=[again.route()])
    assert [alert.to_object() | {"at": ""} for alert in again.alerts] == [
        alert.to_object() | {"at": ""} for alert in first.alerts
    ]


def test_a_sink_that_fails_is_a_note_and_changes_nothing_else(store: MemoryStore) -> None:
    quiet = compare(CONFIG, [RUNS[-1]], store=store)
    failed = compare(CONFIG, [RUNS[-1]], store=store, routes=[RememberingSink(OSError("no network")).route()])
    assert failed.notes == [f"alert of run {RUNS[-1]} to remember (notify[0]) was not sent: OSError: no network"]
    assert failed.findings == quiet.findings
    assert failed.exit_status() == quiet.exit_status()


def test_a_healthy_run_sends_nothing(store: MemoryStore) -> None:
    sink = RememberingSink()
    outcome = compare(CONFIG, [RUNS[-2]], store=store, routes=[sink.route()])
    assert (outcome.findings, sink.alerts, outcome.notes) == ([], [], [])


def test_from_python_the_rules_of_the_configuration_find_their_sinks(
    store: MemoryStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (api, opening):
        monkeypatch.setattr(module, "open_store", lambda *_: store)
    file = tmp_path / "alerts.jsonl"
    rule = NotifyRule.model_validate({"sink": "log", "file": str(file)})
    config = CONFIG.model_copy(update={"notify": (rule,)})
    assert api.compare_runs(config, [RUNS[-1]]).notes == []
    assert api.notify_run(config, RUNS[-1], dry_run=True).exit_status == 0
    assert api.notify_run(config, RUNS[-1]).exit_status == 0
    compared, stored = (json.loads(line) for line in file.read_text("utf-8").splitlines())
    assert compared["findings"] == stored["findings"]
    assert compared["findings"]
