"""What is stored of a sensitive boolean does not depend on how many of its values are true.

``true`` and ``false`` cannot be looked for in bytes. So tables that differ in nothing but the share of true values are
profiled, and everything that is stored of them must be equal.
"""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pytest

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.errors import ConfigError
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.pipeline.check import check
from stageprint.pipeline.compare import compare
from stageprint.pipeline.merge import merge
from stageprint.pipeline.results import Results
from stageprint.pipeline.tables import all_tables, column_profiles
from stageprint.ports import EngineVersions
from stageprint.stores.memory import MemoryStore
from tests.support.memory_engine import Rows, profiled_store

ROWS = 200
RUNS = [f"2026-03-{day:02}" for day in range(1, 6)]
WHEN = {"seconds", "profiled_at", "started_at", "ended_at", "first_profiled_at", "manifest_id", "found_at"} | {
    *("opened_at", "last_seen_at", "closed_at"),
    *("checked_at", "finished_at", "made_from", "writer"),
}
"""Columns that differ whenever something is written again."""

CONFIG = """\
pipeline: people
store: memory
stages:
  - name: raw
    role: training
    tables:
      - name: people
        source: {{table: a}}
        keys: [id, ill]
        references: {{ill: raw.people.ill}}
        label: ill
        prediction: guess
        score: score
        checks:
          - not_null: ill
          - {{check: metric, column: ill, metric: true_share, max: 0.5}}
          - accepted_values: {{column: ill, values: ["true"]}}
        slices: {slices}
        columns: {{theta: [ill], sensitive: {{{sensitive}}}}}
"""


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGEPRINT_HASH_KEY", "the secret of these tests, long enough")


def config(how: str | None, slices: str = "[]") -> PipelineConfig:
    return parse_config(CONFIG.format(sensitive=f"ill: {how}" if how else "", slices=slices))


def rows(true_of_ten: int, null: int | None = 5) -> Rows:
    """Return runs in which so many of ten people are ill, but for the first two rows."""
    found = {}
    for number, run in enumerate(RUNS):
        ill = [at == 0 or (at > 1 and at % 10 < true_of_ten) for at in range(ROWS)]
        table = {
            "id": list(range(ROWS)),
            "ill": [None if at == null else value for at, value in enumerate(ill)],
            "guess": [at % 3 == 0 for at in range(ROWS)],
            "score": [(at * 7 + number) % 11 / 11 for at in range(ROWS)],
        }
        found[run] = {"raw.people": pa.table(table)}
    return found


def everything(how: str | None, true_of_ten: int) -> str:
    """Return all that is stored, and shown, of runs with a share of true values."""
    pipeline = config(how)
    store = profiled_store(pipeline, rows(true_of_ten))
    compare(pipeline, RUNS, store=store)
    check(pipeline, RUNS, store=store)
    merge(pipeline, RUNS[:2], "2026-03-08", store=store, versions=EngineVersions(None, None, "UTC"))
    stored = {table.name: _rows(store, table) for table in all_tables()}
    results = Results(store)
    shown = [results.history("raw", "people", "ill"), results.findings(), results.check_rows(RUNS)]
    return json.dumps([stored, [_without(row) for rows in shown for row in rows]], default=repr, sort_keys=True)


def _rows(store: MemoryStore, table: Any) -> list[dict[str, Any]]:
    found = [_without(row) for row in store.read(table).to_pylist()]
    if table.name == "table_profiles":
        # Keys hold the values: whether two rows have the same one is told, and the sketch is of keyed hashes.
        found = [{**row, "keys": [{**key, "theta": None} for key in row["keys"]]} for row in found]
    return sorted(found, key=repr)


def _without(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in WHEN}


@pytest.mark.parametrize("how", ["off", "hashed", "20"])
def test_what_is_stored_does_not_depend_on_the_share_of_true_values(how: str) -> None:
    assert everything(how, 1) == everything(how, 8)


def test_of_a_plain_boolean_it_does() -> None:
    """The test can fail."""
    assert everything(None, 1) != everything(None, 8)


@pytest.mark.parametrize("how", ["off", "hashed", "20"])
def test_of_a_sensitive_boolean_rows_and_nulls_are_stored(how: str) -> None:
    store = profiled_store(config(how), rows(3))
    (row,) = [row for row in store.read(column_profiles()).to_pylist() if row["column_name"] == "ill"][:1]
    assert (row["row_count"], row["null_count"]) == (ROWS, 1)
    assert (row["true_count"], row["true_share"], row["distinct_count"]) == (None, None, None)
    assert "sensitive" in dict(row["not_computable"])["true_share"]
    kept = {name for name, state in row["states"].items() if state is not None}
    assert kept == {"counts", "theta"}


def test_slices_by_a_sensitive_boolean_are_those_of_enough_rows() -> None:
    with pytest.raises(ConfigError, match="whose values may not be stored"):
        config("off", "[ill]")
    for true_of_ten, expected in ((1, {None}), (5, {None, "true", "false"})):
        store = profiled_store(config("50", "[ill]"), rows(true_of_ten, null=None))
        found = {row["slice_value"] for row in store.read(TABLE_PROFILES).to_pylist()}
        # Where one side is too small, the other is not stored either: it would give the first by subtraction.
        assert found == expected
