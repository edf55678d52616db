"""No credential of a URL or an option reaches the store, an outcome, the console or a report."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from rich.console import Console

from stageprint import redact
from stageprint.config.loader import build_config, parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import ConfigError, SourceError, one_line
from stageprint.model.result_tables import RUNS, TABLE_PROFILES
from stageprint.pipeline.profile import profile
from stageprint.pipeline.profiled_tables import failed_table, profiled_rows
from stageprint.pipeline.tables import all_tables
from stageprint.ports import ProfiledTable, TableTask
from stageprint.report.terminal.outcomes import print_header, print_profiled
from stageprint.report.terminal.progress import step_text
from stageprint.stores.memory import MemoryStore
from tests.support import memory_engine, shop
from tests.unit.config.shop import changed, error_of
from tests.unit.test_redact import PLANTED, urls

DAYS = shop.days(2)
SECRET = f"{PLANTED}/x+{PLANTED}"


@pytest.fixture(scope="module", autouse=True)
def other_tests_see_no_secrets_of_these() -> Iterator[None]:
    before = set(redact._hidden_everywhere)
    yield
    redact._hidden_everywhere.clear()
    redact._hidden_everywhere.update(before)


@dataclass
class LeakyEngine(memory_engine.MemoryEngine):
    """An engine whose facts and errors quote a URL, as Spark's do."""

    url: str = ""

    def profile(self, config: PipelineConfig, tasks: Any, store: Any, path: Any) -> Iterator[ProfiledTable]:
        del store, path
        for number, task in enumerate(tasks):
            yield self._one(config, task, number)

    def _one(self, config: PipelineConfig, task: TableTask, number: int) -> ProfiledTable:
        facts: Mapping[str, Any] = {
            "source_format": "csv",
            "source_location": self.url,
            "engine_path": "dataframe",
            "engine_reason": f"its files cannot be listed: {self.url}: 403",
        }
        errors = (SourceError(f"cannot open {self.url!r}"), OSError(13, "denied", self.url), ValueError(self.url))
        if number < len(errors):
            return failed_table(config.pipeline, task, facts, 0.0, errors[number])
        rows = self.rows[task.run_id][str(task.key)]
        plan = memory_engine._plan(config, task, rows)
        merged = memory_engine._scan(plan, rows, self.batch_rows)
        return profiled_rows(config.pipeline, task.run_id, task.key, plan, merged, 0.0, facts)


def with_source(source: Mapping[str, Any], **more: Any) -> PipelineConfig:
    table = {"name": "orders", "source": source}
    stages = [{"name": "raw", "tables": [table]}]
    return build_config({"pipeline": "p", "store": "./store", "stages": stages, **more})


@settings(max_examples=15, deadline=None)
@given(urls())
def test_nothing_that_is_stored_or_shown_holds_the_credential_of_a_url(url: str) -> None:
    config = shop.config(Path("nowhere"))
    store = MemoryStore(config.pipeline)
    outcome = profile(config, DAYS, engine=LeakyEngine(shop.tables(DAYS), url=url), store=store)
    stored = [repr(store.read(table).to_pylist()) for table in all_tables()]
    assert len(outcome.failed) == 3
    assert {row["status"] for row in store.read(TABLE_PROFILES).to_pylist()} == {"ok", "failed"}
    console = Console(file=io.StringIO(), width=1000)
    print_header(console, config.pipeline, url, "profile")
    print_profiled(console, outcome)
    console.print(step_text(f"written to {url}"))
    console.print([step_text(table) for table in outcome.tables])
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    for text in (*stored, repr(outcome), shown):
        assert PLANTED not in text


@given(urls())
def test_the_hash_of_a_configuration_says_nothing_of_its_credentials(url: str) -> None:
    one, other = ({"format": "csv", "path": text} for text in (url, url.replace(PLANTED, f"{PLANTED}2")))
    if "{" in url.replace("{run_id}", ""):  # a placeholder by chance
        return
    assert with_source(one).hash == with_source(other).hash


def test_options_are_not_in_the_hash_by_their_secrets() -> None:
    source = {"format": "csv", "path": "a", "options": {"password": "first!", "header": "true"}}
    changed = {**source, "options": {"password": "second", "header": "true"}}
    other = {**source, "options": {"password": "first!", "header": "false"}}
    assert with_source(source).hash == with_source(changed).hash != with_source(other).hash
    spark = {"spark.hadoop.fs.s3a.secret.key": SECRET}
    assert with_source(source, spark=spark).hash == with_source(source, spark=dict.fromkeys(spark, "other!")).hash


def test_the_hash_of_a_configuration_without_credentials_is_what_it_was() -> None:
    config = shop.config(Path("nowhere"))
    left_out = {"notify", "run_id_pattern", "run_order", "calendar", "retention", "sensitive", "lineage"}
    content = config.model_dump(
        mode="json",
        exclude={
            **dict.fromkeys(left_out, True),
            "stages": {"__all__": {"match": True, "tables": {"__all__": {"owner"}}}},
        },
    )
    assert config.hash == hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def test_a_secret_of_the_configuration_is_hidden_wherever_it_is_quoted() -> None:
    with_source(
        {"format": "csv", "path": "a", "options": {"oauth.client.secret": f"1{SECRET}"}},
        spark={"spark.hadoop.fs.s3a.secret.key": f"2{SECRET}"},
        store=f"s3a://KEY:3{SECRET}@bucket/store",
    )
    for number in (1, 2, 3):
        assert PLANTED not in one_line(OSError(f"login as KEY with {number}{SECRET} refused"))


def test_a_configuration_shows_itself_without_credentials() -> None:
    config = with_source(
        {"format": "csv", "path": f"s3a://KEY:{SECRET}@b/x", "options": {"password": SECRET}},
        spark={"spark.hadoop.fs.s3a.secret.key": SECRET},
        notify=[{"sink": "log", "file": f"https://hooks.slack.com/services/{SECRET}"}],
    )
    assert PLANTED not in repr(config)
    assert "password" in repr(config)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("options: {header: true, maxColumns: 30}", f"options: {{password: [{SECRET}]}}"),
        ('format: csv, path: "data/{run_id}/orders.csv"', f'format: "s3a://KEY:{SECRET}@bucket", path: a'),
        ("{table: main.shop.customers}", f'{{table: t, url: "https://u:{SECRET}@h"}}'),
        ("{table: main.shop.customers}", f'"jdbc:postgresql://h/db?user=u&password={SECRET}"'),
    ],
)
def test_an_error_of_the_configuration_shows_no_credential(old: str, new: str) -> None:
    message = error_of(changed(old, new))
    assert message.startswith("shop.yml:")
    assert PLANTED not in message


def test_a_sink_s_key_that_is_wrong_shows_no_credential() -> None:
    with pytest.raises(ConfigError) as caught:
        with_source({"table": "t"}, notify=[{"sink": "log", "token": SECRET, "file": [f"https://u:{SECRET}@h"]}])
    assert "notify[0].token" in str(caught.value)
    assert PLANTED not in str(caught.value)


def test_the_runs_of_a_store_hold_a_hash_alone() -> None:
    config = parse_config(shop.yaml(Path("nowhere")) + f"spark: {{spark.hadoop.fs.s3a.secret.key: '{SECRET}'}}\n")
    store = memory_engine.profiled_store(config, shop.tables(DAYS[:1]))
    (row,) = store.read(RUNS).to_pylist()
    assert row["config_hash"] == config.hash
    assert PLANTED not in repr(row)
