"""Each query for the rows of a finding selects the rows in which the fault was planted, and as many as it says.

SQLite runs them here, in seconds; tests/spark/test_faulty_rows.py runs those of six causes by Spark, as people do.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.local.engine import LocalEngine
from stageprint.pipeline.compare import compare
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.report.faulty_rows import _QUERIES, FaultyRows, RowQuery
from stageprint.stores.memory import MemoryStore
from tests.support.planted_rows import CONFIG, LAST, PLANTED, RUNS, Tables, tables_of, write

_JOIN: Final = re.compile(r"SELECT (.*)\nFROM (.*) (\w)\nLEFT (ANTI|SEMI) JOIN (.*) (\w)\nON (.*)")
_FILE: Final = re.compile(r"parquet\.`[^`]*/(\w+)\.parquet`")


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seven runs without a fault."""
    found = tmp_path_factory.mktemp("planted_rows")
    for run in RUNS:
        write(tables_of(run), found / run)
    return found


@pytest.fixture(scope="module")
def healthy(root: Path) -> MemoryStore:
    """The profiles of all runs but the last."""
    store = MemoryStore("shop")
    config = parse_config(CONFIG.format(root=root))
    assert profile(config, RUNS[:-1], engine=LocalEngine(), store=store).exit_status == 0
    return store


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(":memory:")
    connection.create_function("isnan", 1, lambda value: value is not None and value != value)  # noqa: PLR0124 -- NaN
    connection.create_function("timestamp_micros", 1, lambda micros: micros)
    yield connection
    connection.close()


def rows_of(database: sqlite3.Connection, tables: Tables, sql: str) -> list[int]:
    """Return the ids that a query of Spark's returns."""
    for name, frame in tables.items():
        times = frame.assign(at=frame["at"].astype("int64")) if "at" in frame else frame
        times.to_sql(name, database, index=False)
    plain = _FILE.sub(r"\1", sql)
    join = _JOIN.fullmatch(plain)
    if join is not None:
        shown, left, one, kind, right, other, same = join.groups()
        negated = "NOT " if kind == "ANTI" else ""
        plain = f"SELECT {shown} FROM {left} {one} WHERE {negated}EXISTS (SELECT 1 FROM {right} {other} WHERE {same})"
    plain = plain.replace("<=>", "IS").replace("\\'", "''").replace("AS STRING", "AS TEXT")
    return [int(row[0]) for row in database.execute(plain)]


def query_of(config: PipelineConfig, store: MemoryStore, cause: str) -> RowQuery:
    planted, results = PLANTED[cause], Results(store)
    found: list[dict[str, Any]] = [
        one
        for one in results.findings(LAST)
        if one["cause"] == cause and f"{one['stage']}.{one['table']}" == planted.place
    ]
    (finding,) = [one for one in found if (one["column"] or "") in {planted.column, ""}]
    query = FaultyRows(config, results.table_rows([LAST]), results.column_rows([LAST])).of(finding)
    assert query is not None
    return query


def test_every_query_has_a_planted_fault() -> None:
    assert set(PLANTED) == set(_QUERIES)


@pytest.mark.parametrize("cause", PLANTED)
def test_what_it_returns_was_planted(
    root: Path, healthy: MemoryStore, database: sqlite3.Connection, cause: str
) -> None:
    config, store = parse_config(CONFIG.format(root=root)), healthy.copy()
    before, after = tables_of(LAST), tables_of(LAST)
    PLANTED[cause].fault(after)
    write(after, root / LAST)
    assert profile(config, [LAST], engine=LocalEngine(), store=store).exit_status == 0
    compare(config, [LAST], store=store)
    query = query_of(config, store, cause)
    returned, planted = rows_of(database, after, query.sql), PLANTED[cause].ids(before, after)
    assert planted
    assert len(set(returned) & planted) >= 0.95 * len(returned)
    assert len(set(returned) & planted) >= 0.95 * len(planted)
    if query.expected is not None:
        assert len(returned) == pytest.approx(query.expected, rel=0.02)
