"""Each query for the rows of a finding selects the rows in which the fault was planted, and as many as it says.

SQLite runs them here, in seconds; tests/spark/test_faulty_rows.py runs those of six causes by Spark, as people do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from stageprint.config.loader import parse_config
from stageprint.config.pipeline import PipelineConfig
from stageprint.engines.local.engine import LocalEngine
from stageprint.pipeline.compare import compare
from stageprint.pipeline.profile import profile
from stageprint.pipeline.results import Results
from stageprint.report.faulty_rows import _QUERIES, FaultyRows, RowQuery
from stageprint.stores.memory import MemoryStore
from tests.support.planted_rows import CONFIG, LAST, PLANTED, RUNS, tables_of, write
from tests.support.row_queries import rows_of


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
def test_what_it_returns_was_planted(root: Path, healthy: MemoryStore, cause: str) -> None:
    config, store = parse_config(CONFIG.format(root=root)), healthy.copy()
    before, after = tables_of(LAST), tables_of(LAST)
    PLANTED[cause].fault(after)
    write(after, root / LAST)
    assert profile(config, [LAST], engine=LocalEngine(), store=store).exit_status == 0
    compare(config, [LAST], store=store)
    query = query_of(config, store, cause)
    returned, planted = [int(row[0]) for row in rows_of(after, query.sql)], PLANTED[cause].ids(before, after)
    assert planted
    assert len(set(returned) & planted) >= 0.95 * len(returned)
    assert len(set(returned) & planted) >= 0.95 * len(planted)
    if query.expected is not None:
        assert query.margin is not None
        assert abs(len(returned) - query.expected) <= query.margin
