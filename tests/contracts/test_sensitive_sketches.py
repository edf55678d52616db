"""Twelve guesses about a sensitive column of any kind, put to everything that is stored of it: none is confirmed.

Each guess is right. Who guesses has the store and stock tools: DataSketches for sketches, and eyes for figures.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.model.result_tables import TABLE_PROFILES
from stageprint.model.where import where
from stageprint.pipeline.tables import column_profiles
from stageprint.states.base import HEADER_BYTES, all_states
from stageprint.stores.memory import MemoryStore
from tests.support import planted
from tests.support.guessing import ASK_NUMBERS
from tests.support.memory_engine import profiled_store

GUESSES = 12
ROWS = 100
OFTEN = 6
"""How often more the guessed values are there than the others."""

RUN = "2026-03-01"
SCALARS = [name for name in planted.KINDS if name not in {"structure", "listed", "mapped"}]
NUMBERS = ["int", "long", "float", "decimal", "date", "timestamp", "local_timestamp"]

CONFIG = """\
pipeline: people
store: memory
stages:
  - name: raw
    tables:
      - name: people
        source: {{table: a}}
        keys: [{kind}]
        event_time: timestamp
        columns: {{theta: [{kinds}], sensitive: {{{sensitive}}}}}
"""

Known = dict[str, list[Any]]
"""Kind → the values that are guessed."""


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGEPRINT_HASH_KEY", "the secret of these tests, long enough")


def config(how: str | None, kind: str) -> PipelineConfig:
    declared = ", ".join(f"{name}: {how}" for name in SCALARS) if how else ""
    return parse_config(CONFIG.format(kind=kind, kinds=", ".join(SCALARS), sensitive=declared))


def rows() -> tuple[pa.Table, Known]:
    rng = random.Random(5)  # noqa: S311 -- no secret
    seeds = [rng.getrandbits(48) | 1 << 47 for _ in range(ROWS)]
    columns, known = {}, {}
    for name in SCALARS:
        array, values = planted.KINDS[name](seeds)
        # The first and the last in order are guessed too: they are the minimum and the maximum.
        order = sorted(range(ROWS), key=lambda at, values=values: values[at])  # type: ignore[misc]
        ends = {*order[:2], *order[-2:]}
        chosen = [*order[:2], *order[-2:], *(at for at in range(ROWS) if at not in ends)][:GUESSES]
        known[name] = [values[at] for at in chosen]
        columns[name] = pa.concat_arrays([array, *([array.take(pa.array(chosen))] * OFTEN)])
    return pa.table(columns), known


def forms(value: Any) -> Iterator[Any]:
    """Yield what stock tools would be asked for."""
    if isinstance(value, dt.datetime):
        moment = value if value.tzinfo else value.replace(tzinfo=dt.timezone.utc)
        yield (moment - dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)) // dt.timedelta(microseconds=1)
    elif isinstance(value, dt.date):
        yield (value - dt.date(1970, 1, 1)).days
    elif isinstance(value, Decimal):
        yield from (f"{value:f}", f"{value.normalize():f}", float(value))
    elif not isinstance(value, bytes):
        yield value


def sketches(store: MemoryStore, kind: str) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the library's own bytes of every sketch of a column, and of the key that it is."""
    (table,) = store.read(TABLE_PROFILES).to_pylist()
    yield from (("theta", key["theta"][HEADER_BYTES:]) for key in table["keys"] if key["theta"] is not None)
    (row,) = store.read(column_profiles(), where(column_name=kind)).to_pylist()
    for name in ASK_NUMBERS:
        if row["states"][name] is not None:
            yield name, row["states"][name][HEADER_BYTES:]


def confirmed(store: MemoryStore, kind: str, guesses: Sequence[Any]) -> dict[str, int]:
    """Return the number of guesses that each kind of sketch confirms, and that can be seen in any stored figure."""
    found = {name: 0 for name, _ in sketches(store, kind)}
    for name, stored in sketches(store, kind):
        said = sum(any(ASK_NUMBERS[name](stored, form) for form in forms(guess)) for guess in guesses)
        found[name] = max(found[name], said)
    return found


def figures(store: MemoryStore, kind: str) -> dict[str, bytes]:
    """Return all that is stored of a column: metrics, quantiles, histograms, labels, samples, and every state."""
    own = store.read(column_profiles(), where(column_name=kind))
    return planted.table_bytes("column", own) | planted.table_bytes("table", store.read(TABLE_PROFILES))


def test_every_state_that_a_sensitive_column_may_keep_is_asked() -> None:
    """A new state that takes hashes, or forgets rare values, is asked here too, or has no value in it."""
    kept = {name for name, state in all_states().items() if state.takes_hashes or state.forgets_rare_values}
    # Of `value_counts`, whose bytes are our own, the figures are looked at.
    assert kept == {*ASK_NUMBERS, "value_counts"} - {"kll"}


@pytest.mark.parametrize("kind", SCALARS)
def test_of_a_plain_column_guesses_are_confirmed(kind: str) -> None:
    """The test can fail: this is what everybody can ask of plain columns."""
    table, known = rows()
    store = profiled_store(config(None, kind), {RUN: {"raw.people": table}})
    found = confirmed(store, kind, known[kind])
    if kind != "binary":  # stock tools for Python hash no bytes
        assert found["theta"] == found["hll"] == GUESSES
    if kind in NUMBERS:
        assert found["kll"] >= 4
    elif kind not in {"binary", "very_long"}:  # of long texts, the labels are cut
        assert found["frequent_items"] == GUESSES
    if kind != "binary":
        assert planted.hits(known[kind], figures(store, kind))


@pytest.mark.parametrize("how", ["off", "hashed", "50"])
@pytest.mark.parametrize("kind", SCALARS)
def test_of_a_sensitive_column_no_guess_is_confirmed(kind: str, how: str) -> None:
    table, known = rows()
    store = profiled_store(config(how, kind), {RUN: {"raw.people": table}})
    found = confirmed(store, kind, known[kind])
    assert "kll" not in found
    # By chance, a register of HLL may not change for a stranger either.
    assert found.pop("hll", 0) <= 1
    assert set(found.values()) == {0}, found
    assert not planted.hits(known[kind], figures(store, kind))


@pytest.mark.parametrize("how", ["off", "hashed", "50"])
@pytest.mark.parametrize("kind", NUMBERS)
def test_no_figure_of_a_sensitive_number_narrows_it_down(kind: str, how: str) -> None:
    table, _ = rows()
    store = profiled_store(config(how, kind), {RUN: {"raw.people": table}})
    (row,) = store.read(column_profiles(), where(column_name=kind)).to_pylist()
    allowed = {"row_count", "null_count", "null_share", "distinct_count", "distinct_share", "top_items_max_error"}
    allowed |= {f"{name}_{bound}" for name in ("distinct_count", "distinct_share") for bound in ("lower", "upper")}
    shown = {name for name, value in row.items() if isinstance(value, float) and np.isfinite(value)}
    assert shown <= allowed
    (stored,) = store.read(TABLE_PROFILES).to_pylist()
    assert (stored["event_time_min"], stored["event_time_max"]) == (None, None)
