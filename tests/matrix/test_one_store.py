"""One store, a run of it by each version of Spark: read and continued by the others, as if one had written it all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from stageprint.config.loader import load_config
from stageprint.engines.local.engine import LocalEngine
from stageprint.model.result_tables import CHECK_RESULTS, FINDINGS, RUNS, SHIFTS, TABLE_PROFILES, ResultTable
from stageprint.pipeline.compare import compare
from stageprint.pipeline.profile import profile
from stageprint.pipeline.tables import column_profiles
from stageprint.ports import ProfileStore
from stageprint.stores.delta.store import DeltaStore
from stageprint.stores.memory import MemoryStore
from tests.support import shop
from tests.support.sparks import run_commands

HEALTHY: Final = 3
EXACT: Final = (
    *("row_count", "null_count", "data_type", "column_kind", "column_position", "min", "max", "min_text", "max_text"),
    *("schema_json", "schema_fingerprint", "event_time_min", "event_time_max", "zero_count", "true_count", "top_items"),
)
ROUNDED: Final = ("mean", "standard_deviation", "sum", "length_mean", "true_share")
"""Sums of floats, whose last digits follow the order of their parts."""

SKETCHED: Final = ("distinct_count", "median", "entropy")


@pytest.fixture(scope="module")
def runs(versions: list[str]) -> list[str]:
    return shop.days(len(versions) + HEALTHY)


@pytest.fixture(scope="module")
def place(versions: list[str], runs: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with first runs by the local engine and one by each version, of which the last has lost rows."""
    root = tmp_path_factory.mktemp("mixed")
    shop.write(root, runs, {(runs[-1], "features"): shop.lose_a_fifth})
    file = root / "shop.yml"
    file.write_text(shop.checked_yaml(root), "utf-8")
    config = load_config(str(file))
    profile(config, runs[:HEALTHY], engine=LocalEngine(), store=DeltaStore(config.store, config.pipeline))
    for version, run in zip(versions, runs[HEALTHY:], strict=True):
        own = ["--config", str(file), "--run", run]
        statuses = run_commands(version, root, [["profile", *own, "--engine", "spark"], ["compare", *own]])
        assert statuses == [0, 1 if run == runs[-1] else 0], version
    return root


@pytest.fixture(scope="module")
def mixed(place: Path) -> ProfileStore:
    config = load_config(str(place / "shop.yml"))
    return DeltaStore(config.store, config.pipeline)


@pytest.fixture(scope="module")
def alone(place: Path, runs: list[str]) -> ProfileStore:
    """The store that one engine alone writes of the same rows."""
    config = load_config(str(place / "shop.yml"))
    store = MemoryStore(config.pipeline)
    profile(config, runs, engine=LocalEngine(), store=store)
    compare(config, runs[HEALTHY:], store=store)
    return store


def test_every_version_wrote_its_run(mixed: ProfileStore, versions: list[str], runs: list[str]) -> None:
    found = {row["run_id"]: row["spark_version"] for row in mixed.read(RUNS).to_pylist()}
    for version, run in zip(versions, runs[HEALTHY:], strict=True):
        assert str(found[run]).startswith(version)


@pytest.mark.parametrize("table", [TABLE_PROFILES, column_profiles()], ids=lambda table: table.name)
def test_figures_are_those_of_one_engine(mixed: ProfileStore, alone: ProfileStore, table: ResultTable) -> None:
    found, expected = rows(mixed, table), rows(alone, table)
    assert [key(row) for row in found] == [key(row) for row in expected]
    for one, other in zip(found, expected, strict=True):
        for name in (*EXACT, *ROUNDED, *SKETCHED):
            value = other.get(name)
            if value is not None and name in {*ROUNDED, *SKETCHED}:
                value = pytest.approx(value, rel=1e-9 if name in ROUNDED else 0.05)
            assert one.get(name) == value, (key(one), name)


@pytest.mark.parametrize("table", [SHIFTS, FINDINGS, CHECK_RESULTS], ids=lambda table: table.name)
def test_what_is_found_is_what_one_engine_finds(
    mixed: ProfileStore, alone: ProfileStore, runs: list[str], table: ResultTable
) -> None:
    def told(store: ProfileStore) -> list[tuple[Any, ...]]:
        names = ("severity", "cause", "check", "status")
        return [(*key(row), *(row.get(name) for name in names)) for row in rows(store, table)]

    found = told(mixed)
    assert found
    if table is not CHECK_RESULTS:
        assert found == told(alone)
    if table is FINDINGS:
        assert {row[0] for row in found} == {runs[-1]}


def test_the_oldest_reads_what_all_have_written(place: Path, versions: list[str], runs: list[str]) -> None:
    again = ["--config", str(place / "shop.yml"), "--run", runs[-1], "--format", "json"]
    assert run_commands(versions[0], place, [["findings", *again], ["compare", *again[:4]]]) == [0, 1]


def rows(store: ProfileStore, table: ResultTable) -> list[dict[str, Any]]:
    return sorted(store.read(table).to_pylist(), key=key)


def key(row: Mapping[str, Any]) -> tuple[str, ...]:
    names = ("run_id", "stage", "table_name", "column_name", "statistic", "cause", "check")
    return tuple(str(row.get(name)) for name in names)
