"""Nothing of a purged column is left in the result tables, and no finding disappears."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from stageprint.config.loader import parse_config
from stageprint.errors import UsageError
from stageprint.model.manifest import ManifestKind
from stageprint.model.result_tables import CHECK_RESULTS, FINDINGS, SHIFTS, TABLE_PROFILES
from stageprint.model.where import where
from stageprint.pipeline.compare import compare
from stageprint.pipeline.maintain import MaintainOptions, maintain
from stageprint.pipeline.marks import Marks
from stageprint.pipeline.profile import profile
from stageprint.pipeline.purge import purge
from stageprint.pipeline.results import Results
from stageprint.pipeline.tables import all_tables, column_profiles
from stageprint.pipeline.writing import Writing
from stageprint.ports import ProfileStore
from stageprint.stores.delta.store import DeltaStore
from stageprint.stores.delta.upkeep import DeltaUpkeep
from stageprint.stores.memory import MemoryStore
from tests.support import shop
from tests.support.memory_engine import MemoryEngine
from tests.support.stores import bytes_with

RUNS = shop.days(6)
FAULTY = RUNS[-1]
PLANTED = "PLANTED"
YAML = """\
pipeline: shop
store: unused
stages:
  - name: raw
    tables:
      - name: people
        source: {table: people}
        keys: [id, town]
        label: town
        prediction: guess
        slices: [{by: town}]
        checks:
          - accepted_values: {column: town, values: [Rome]}
          - not_null: {column: id}
"""
CONFIG = parse_config(YAML)


def people(run: str) -> pa.Table:
    """Return people of whom some live in a town named as nothing else; in the last run the town is a number."""
    rows = 200
    towns: list[Any] = [f"{PLANTED}-{row % 3}" for row in range(rows)]
    if run == FAULTY:
        towns = [None] * rows
    texts = pa.array(towns, pa.string())
    columns: dict[str, Any] = {"id": list(range(rows)), "town": texts, "guess": texts, "age": [40.0] * rows}
    if run == FAULTY:
        del columns["age"]
    return pa.table(columns)


def fill(store: ProfileStore) -> None:
    rows = {run: {"raw.people": people(run)} for run in RUNS}
    assert not profile(CONFIG, RUNS, engine=MemoryEngine(rows), store=store).failed
    compare(CONFIG, RUNS, store=store)
    findings = Results(store).findings(FAULTY)
    Marks(store).accept(next(one for one in findings if one["column"] == "guess")["finding_id"], None)


@pytest.fixture(scope="module")
def filled() -> MemoryStore:
    store = MemoryStore("shop")
    fill(store)
    return store


@pytest.fixture
def store(filled: MemoryStore) -> MemoryStore:
    return filled.copy()


def text_of(store: ProfileStore) -> str:
    return "".join(str(store.read(table).to_pylist()) for table in all_tables())


def purge_all(store: MemoryStore) -> None:
    for column in ("town", "guess"):
        purge(CONFIG, f"raw.people.{column}", store=store, upkeep=store)


def test_no_value_of_the_column_is_left_in_any_result_table(store: MemoryStore) -> None:
    assert PLANTED in text_of(store)
    purge_all(store)
    assert PLANTED not in text_of(store)


def test_profiles_shifts_checks_keys_and_figures_made_of_it_go_and_those_of_others_stay(store: MemoryStore) -> None:
    before = store.copy()
    outcome = purge(CONFIG, "raw.people.town", store=store, upkeep=store)
    for table in (column_profiles(), SHIFTS, CHECK_RESULTS):
        names = set(store.read(table, columns=("column_name",))["column_name"].to_pylist())
        assert names == set(before.read(table, columns=("column_name",))["column_name"].to_pylist()) - {"town"}
        assert outcome.rows[table.name] > 0
        kept = where(column_name="id", slice_key=None)
        assert store.read(table, kept).equals(before.read(table, kept))
    rows = store.read(TABLE_PROFILES).to_pylist()
    assert {row["slice_key"] for row in rows} == {None}
    assert all(row["keys"] == [] and row["quality"] is None for row in rows)
    assert all(row["row_count"] == 200 and "town" in row["schema_json"] for row in rows)
    assert outcome.changed["table_profiles"] == len(RUNS)
    assert not Marks(store).accepted.keys() & {key for key in Marks(before).accepted if key.column == "town"}


def test_a_finding_keeps_its_place_and_severity_and_loses_what_it_says(store: MemoryStore) -> None:
    before = {one["finding_id"]: one for one in Results(store).findings(FAULTY)}
    outcome = purge(CONFIG, "raw.people.guess", store=store, upkeep=store)
    after = {one["finding_id"]: one for one in Results(store).findings(FAULTY)}
    assert after.keys() == before.keys()
    assert outcome.runs == [FAULTY]
    changed = {"evidence", "sentence", "alternatives", "beside"}
    for name, one in after.items():
        assert one["beside"] == [other for other in before[name]["beside"] if other != "raw.people.guess"]
        assert {key: one[key] for key in one.keys() - changed} == {
            key: before[name][key] for key in one.keys() - changed
        }
        if one["column"] == "guess":
            assert one["evidence"] == {"purged": True}
            assert one["sentence"].startswith("What was found here is no longer known: column raw.people.guess was")
        else:
            assert one == {**before[name], "beside": one["beside"]}


def test_a_finding_about_another_column_no_longer_explains_it(store: MemoryStore) -> None:
    def explained() -> set[str]:
        return {name for one in Results(store).findings(FAULTY) for name in one["explains"]}

    assert "raw.people.town" in explained()
    purge(CONFIG, "raw.people.town", store=store, upkeep=store)
    assert "raw.people.town" not in explained()


def test_it_can_be_repeated_and_a_dry_run_changes_nothing(store: MemoryStore) -> None:
    before = text_of(store)
    assert purge(CONFIG, "raw.people.town", store=store, upkeep=store, dry_run=True).rows["shifts"] > 0
    assert text_of(store) == before
    purge(CONFIG, "raw.people.town", store=store, upkeep=store)
    again = purge(CONFIG, "raw.people.town", store=store, upkeep=store)
    assert not any([*again.rows.values(), *again.changed.values()])


@pytest.mark.parametrize(
    ("column", "problem"),
    [
        ("town", "expected stage.table.column, got 'town'"),
        ("raw.people.twon", "has never held column raw.people.twon.*did you mean 'town'"),
        ("raw.pets.name", "raw.pets was never profiled"),
    ],
)
def test_a_column_that_is_not_there_is_named(store: MemoryStore, column: str, problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        purge(CONFIG, column, store=store, upkeep=store)


def test_columns_of_the_same_name_elsewhere_are_named(store: MemoryStore) -> None:
    row = store.read(column_profiles(), where(column_name="town")).to_pylist()[0]
    other = where(run_id=row["run_id"], stage="features")
    store.replace(column_profiles(), column_profiles().rows([{**row, "stage": "features"}]), other)
    notes = purge(CONFIG, "raw.people.town", store=store, upkeep=store).notes
    assert any("features.people.town" in note for note in notes)


def test_old_versions_hold_it_until_then_and_with_now_no_byte_is_left(tmp_path: Path) -> None:
    store = DeltaStore(str(tmp_path / "store"), "shop")
    upkeep = DeltaUpkeep(store)
    fill(store)
    for column in ("town", "guess"):
        outcome = purge(CONFIG, f"raw.people.{column}", store=store, upkeep=upkeep)
    assert bytes_with(tmp_path, PLANTED)
    assert any("hold it until `stageprint maintain` runs after" in text for text in outcome.bytes_left)
    now = purge(CONFIG, "raw.people.town", store=store, upkeep=upkeep, now=True)
    assert now.bytes_left == []
    assert bytes_with(tmp_path, PLANTED) == []
    assert store.read(FINDINGS).num_rows


def test_now_waits_for_nobody_and_refuses_while_a_command_writes(store: MemoryStore) -> None:
    Writing(store, ManifestKind.PROFILE, [FAULTY]).begin()
    with pytest.raises(UsageError, match="--now deletes files that a running command may need"):
        purge(CONFIG, "raw.people.town", store=store, upkeep=store, now=True)
    with pytest.raises(UsageError, match="--now deletes files that a running command may need"):
        maintain(CONFIG, store=store, upkeep=store, options=MaintainOptions(now=True))
