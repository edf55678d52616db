"""A pipeline with sensitive columns of every kind, and tables in whose columns values are planted."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from stageprint.config.loader import parse_config
from stageprint.errors import StoreError
from tests.support import planted
from tests.support.memory_engine import Rows

ROWS = 12
GOOD, BROKEN, FAILING = ("2026-03-01", "2026-03-02"), "2026-03-03", "2026-03-04"
SECRET = "thirty-two characters or more, of the tests"  # noqa: S105 -- of the tests
MODES: dict[str, Any] = {"off": "off", "hashed": "hashed", "shared": 1000}

CONFIG = """\
pipeline: people
store: {store}
notify: [{{sink: log, severity: review}}]
stages:
  - name: raw
    role: training
    tables:
      - name: people
        source: {{table: a}}
        keys: [{key}]
        references: {{{reference}: raw.others.{reference}}}
        event_time: timestamp
        label: yes_no
        prediction: text
        score: float
        model_version: digits
        expected_model_version: v1
        slices: {slices}
        columns:
          theta: [long, unicode]
          sensitive: {sensitive}
        checks:
          - not_null: [text, plain]
          - unique: [digits, long]
          - accepted_values: {{column: text, values: [a, b]}}
          - accepted_range: {{column: long, min: 0, max: 10}}
          - pattern: {{column: digits, regex: "x+"}}
          - string_length: {{column: very_long, max: 5}}
          - key_unique
          - custom_sql: SELECT * FROM people
          - custom_sql: {{sql: "SELECT CAST(text AS INT) FROM people", max: 0}}
      - name: others
        source: {{table: b}}
        columns: {{sensitive: {sensitive}}}
  - name: clean
    upstream: [raw]
    role: evaluation
    tables:
      - name: people
        source: {{table: c}}
        keys: [{key}]
        derived_from: {{copied: raw.people.text}}
        columns: {{sensitive: {{{declared}, copied: {how}}}}}
"""


class Planted:
    """A pipeline with sensitive columns of every kind, and the values in them.

    Args:
        seed: What the values depend on.
        mode: One of `MODES`; another: no column is sensitive.
        key: The column that is the key.
        reference: The column that refers to another table.
        root: The folder of the store.
    """

    def __init__(self, seed: int, mode: str, key: str, reference: str, root: Path | None = None) -> None:
        self.random = random.Random(seed)  # noqa: S311 -- no secret
        how = MODES.get(mode)
        declared = ", ".join(f"{name}: {how}" for name in planted.KINDS) if how is not None else ""
        self.yaml = CONFIG.format(
            store=root or "memory",
            key=key,
            reference=reference,
            declared=declared or "none: off",
            how=how or "off",
            sensitive=f"{{{declared}}}",
            slices="[text]" if mode == "shared" else "[plain_label]",
        ).replace("columns: {sensitive: {none: off, copied: off}}", "columns: {}")
        self.config = parse_config(self.yaml)
        self.values: list[planted.Value] = []
        self.rows: Rows = {run: self.tables(run) for run in (*GOOD, BROKEN, FAILING)}

    def tables(self, run: str) -> Mapping[str, pa.Table]:
        people, others = self.table(run), self.table(run)
        clean = people.append_column("copied", people["text"]).slice(0, ROWS // 2 if run == BROKEN else ROWS - 1)
        found = {"raw.people": people, "raw.others": others, "clean.people": clean}
        if run == FAILING:
            found["clean.people"] = clean.drop_columns(["long", "unicode"])
        return found

    def table(self, run: str) -> pa.Table:
        # Values are new in every run; some tables hold one value alone, whose mean would be the value.
        seeds = [self.random.getrandbits(48) | 1 << 47 for _ in range(ROWS)]
        constant = self.random.random() < 0.3
        columns = {}
        for name, make in planted.KINDS.items():
            array, values = make([seeds[0]] * ROWS if constant else seeds)
            self.values += values
            columns[name] = array
        noise = [self.random.gauss(10, 1) for _ in range(ROWS)]
        plain = [None if run == BROKEN and at % 2 else value for at, value in enumerate(noise)]
        label = [("north", "south")[at % 2] for at in range(ROWS)]
        return pa.table({**columns, "plain": plain, "plain_label": label})


class FailingSql:
    """Runs queries as a session would: one returns rows of the source, one fails with a value in its message."""

    def __init__(self, planted_rows: Rows) -> None:
        self.rows = planted_rows

    def __call__(self, query: str, names: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
        table = self.rows[names["run_id"]]["raw.people"]
        text = table["text"][0].as_py()
        if "CAST" in query:
            try:
                int(text)
            except ValueError as error:
                message = f"the query failed: {error}"
                raise StoreError(message) from error
        found: Sequence[Mapping[str, Any]] = table.slice(0, 3).to_pylist()
        return found
