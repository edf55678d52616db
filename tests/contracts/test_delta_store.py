"""The store of delta-rs keeps the contract of stores."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any, NoReturn

import pyarrow as pa
import pytest
from deltalake.exceptions import CommitFailedError

from stageprint.errors import StoreError
from stageprint.model.result_tables import FINDINGS, MANIFESTS, MARKS, SHIFTS, ResultTable
from stageprint.model.where import AtMost, Where, where
from stageprint.pipeline.tables import column_profiles
from stageprint.ports import ProfileStore
from stageprint.stores.delta.moment import DeltaMoment
from stageprint.stores.delta.store import DeltaStore
from stageprint.stores.delta.upkeep import DeltaUpkeep
from tests.support.stores import StoreContract, UpkeepContract, finding, ids, shift


class TestDeltaStore(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> DeltaStore:
        return DeltaStore(str(tmp_path / "store"), "shop")

    def other_pipeline(self, store: DeltaStore) -> ProfileStore:
        return DeltaStore(store.location, "warehouse")


class TestDeltaMoment(StoreContract):
    @pytest.fixture
    def store(self, tmp_path: Path) -> DeltaMoment:
        return DeltaMoment(str(tmp_path / "store"), "shop")

    def other_pipeline(self, store: DeltaMoment) -> ProfileStore:
        return DeltaMoment(store.location, "warehouse")


@pytest.mark.parametrize("table", [FINDINGS, MARKS])
def test_a_moment_is_not_changed_by_what_others_write(tmp_path: Path, table: ResultTable) -> None:
    store = DeltaStore(str(tmp_path / "store"), "shop")
    row = {"pipeline": "shop", "run_id": "a"}
    store.replace(table, table.rows([row]), where(run_id="a"))
    moment = DeltaMoment(store.location, "shop")
    assert moment.read(table, columns=["run_id"]).num_rows == 1
    store.replace(table, table.rows([{**row, "run_id": "b"}]), where(run_id="b"))
    assert moment.read(table, columns=["run_id"])["run_id"].to_pylist() == ["a"]
    assert moment.read(table, where(run_id="b"), ["run_id"]).num_rows == 0
    assert DeltaMoment(store.location, "shop").read(table, columns=["run_id"]).num_rows == 2


@pytest.mark.parametrize(("table", "columns"), [(MARKS, ["run_id"]), (MANIFESTS, None)])
def test_what_is_written_through_a_moment_is_seen(
    tmp_path: Path, table: ResultTable, columns: Sequence[str] | None
) -> None:
    moment = DeltaMoment(str(tmp_path / "store"), "shop")
    for number in range(1, 4):
        row = {"pipeline": "shop", "run_id": f"run {number}"}
        moment.replace(table, table.rows([row]), where(run_id=row["run_id"]))
        assert moment.read(table, columns=columns).num_rows == number


def test_whole_manifests_are_read_once_for_questions_in_a_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = DeltaMoment(str(tmp_path / "store"), "shop")
    rows = [{"pipeline": "shop", "run_id": run, "writer": f"writer of {run}"} for run in "ab"]
    moment.replace(MANIFESTS, MANIFESTS.rows(rows), where(run_id=["a", "b"]))
    asked: list[Where] = []
    read = DeltaStore.read

    def counted(self: DeltaStore, table: ResultTable, rows: Where, columns: Sequence[str] | None) -> pa.Table:
        asked.append(rows)
        return read(self, table, rows, columns)

    monkeypatch.setattr(DeltaStore, "read", counted)
    for run in ("a", "a", "b"):
        assert moment.read(MANIFESTS, where(run_id=run))["writer"].to_pylist() == [f"writer of {run}"]
    assert asked == [where(run_id="a"), where(run_id="b")]


class TestDeltaUpkeep(UpkeepContract):
    max_files_of_one_version = 5
    """A data file, the last two entries of the log, a checkpoint and the pointer to it."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> DeltaStore:
        return DeltaStore(str(tmp_path / "store"), "shop")

    def upkeep(self, store: DeltaStore) -> DeltaUpkeep:
        return DeltaUpkeep(store)


def test_no_writer_deletes_entries_of_the_log_after_all_of_them_were_trimmed_once(tmp_path: Path) -> None:
    store = DeltaStore(str(tmp_path / "store"), "shop")
    store.replace(FINDINGS, FINDINGS.rows([finding("a", "1")]), where(run_id="a"))
    DeltaUpkeep(store).trim_log(FINDINGS, 0)
    stored = store.delta_table(FINDINGS)
    assert stored is not None
    assert stored.metadata().configuration["delta.logRetentionDuration"] == "interval 168 hours"


def test_rows_outside_the_condition_are_refused_not_written(tmp_path: Path) -> None:
    store = DeltaStore(str(tmp_path / "store"), "shop")
    for _ in range(2):  # of a new table, and of one that is there
        with pytest.raises(StoreError, match=r"findings cannot be written: .*1 rows failed validation") as refused:
            store.replace(FINDINGS, FINDINGS.rows([finding("b", "1")]), where(run_id="a"))
        assert "\n" not in str(refused.value)
        store.replace(FINDINGS, FINDINGS.rows([finding("a", "1")]), where(run_id="a"))
    assert ids(store) == [("a", "1")]


def test_columns_and_fields_that_an_earlier_release_did_not_write_are_null_and_are_added(tmp_path: Path) -> None:
    declared = column_profiles()
    states = next(column for column in declared.columns if column.name == "states")
    old_states = states._replace(sql_type="struct<hll:binary,kll:binary>")
    missing = {"mean", "not_computable"}
    columns = tuple(
        old_states if column is states else column for column in declared.columns if column.name not in missing
    )
    earlier = ResultTable(declared.name, columns, declared.partitions)
    store = DeltaStore(str(tmp_path / "store"), "shop")
    key: dict[str, object] = {"pipeline": "shop", "run_id": "a", "stage": "raw", "table_name": "t", "column_name": "x"}
    old = {**key, "states": {"kll": b"k", "hll": None}}
    store.replace(earlier, earlier.rows([old]), where(run_id="a"))

    found = store.read(declared)
    assert found.schema == declared.arrow_schema
    assert found.to_pylist()[0]["states"]["kll"] == b"k"
    assert found.to_pylist()[0]["states"]["theta"] is None
    asked = store.read(declared, where(run_id="a"), ("column_name", "mean", "states.kll", "states.theta"))
    assert asked.to_pylist() == [{"column_name": "x", "mean": None, "states_kll": b"k", "states_theta": None}]
    assert store.read(declared, columns=("mean",)).num_rows == 1

    new = {**key, "run_id": "b", "mean": 1.5, "states": {"theta": b"t"}}
    store.replace(declared, declared.rows([new]), where(run_id="b") | where(mean=[7]))
    by_run = {row["run_id"]: row for row in store.read(declared).to_pylist()}
    assert (by_run["a"]["mean"], by_run["b"]["mean"]) == (None, 1.5)
    assert (by_run["a"]["states"]["theta"], by_run["b"]["states"]["theta"]) == (None, b"t")
    # An earlier release still reads and replaces its rows.
    store.replace(earlier, earlier.rows([old, {**old, "column_name": "y"}]), where(run_id="a"))
    assert store.read(earlier).num_rows == 3
    assert sorted(store.read(declared)["mean"].to_pylist(), key=str) == [1.5, None, None]


def test_a_condition_on_a_column_that_the_table_lacks_finds_null(tmp_path: Path) -> None:
    earlier = ResultTable(
        FINDINGS.name, tuple(column for column in FINDINGS.columns if column.name != "slice_key"), FINDINGS.partitions
    )
    store = DeltaStore(str(tmp_path / "store"), "shop")
    store.replace(earlier, earlier.rows([finding("a", "1"), finding("a", "2")]), where(run_id="a"))
    assert store.read(FINDINGS, where(run_id="a", slice_key=["city", None])).num_rows == 2
    assert store.read(FINDINGS, where(run_id="a", slice_key="city")).num_rows == 0
    assert store.read(FINDINGS, where(slice_key="city") | where(finding_id="2")).num_rows == 1
    row = FINDINGS.rows([finding("a", "1", slice_key="city")])
    store.replace(
        FINDINGS, row, where(run_id="a", slice_key="city") | where(run_id="a", slice_key=None, finding_id="1")
    )
    found = store.read(FINDINGS, columns=("finding_id", "slice_key"))
    assert sorted(found.to_pylist(), key=str) == [
        {"finding_id": "1", "slice_key": "city"},
        {"finding_id": "2", "slice_key": None},
    ]


def test_comments_are_kept_in_the_table(tmp_path: Path) -> None:
    store = DeltaStore(str(tmp_path / "store"), "shop")
    store.replace(FINDINGS, FINDINGS.rows([finding("a", "1")]), where(run_id="a"))
    stored = store.delta_table(FINDINGS)
    assert stored is not None
    comments = {own.name: own.metadata.get("comment") for own in stored.schema().fields}
    assert comments == {column.name: column.comment for column in FINDINGS.columns}
    assert stored.metadata().partition_columns == list(FINDINGS.partitions)


@pytest.mark.parametrize("name", ["it's", "back\\slash", 'quo"te', "ü b", "a/b:c", "50%25", "[x]", "2026-03-08T07:30"])
def test_runs_may_be_named_as_they_like(tmp_path: Path, name: str) -> None:
    store = DeltaStore(str(tmp_path / "a store #1"), "shop")
    for n in ("1", "2"):
        store.replace(FINDINGS, FINDINGS.rows([finding(name, n, sentence=name)]), where(run_id=name))
    store.replace(FINDINGS, FINDINGS.rows([finding("other", "1")]), where(run_id="other"))
    assert ids(store) == sorted([(name, "2"), ("other", "1")])
    assert store.read(FINDINGS, where(sentence=name), ("run_id",))["run_id"].to_pylist() == [name]


def test_thousands_of_alternatives_are_a_matter_of_seconds(tmp_path: Path) -> None:
    store = DeltaStore(str(tmp_path / "store"), "shop")
    store.replace(
        FINDINGS, FINDINGS.rows(finding(f"r{n}", "1") for n in range(9)), where(run_id=[f"r{n}" for n in range(9)])
    )
    rows = reduce(or_, (where(run_id=f"r{n}", finding_id=["1", None], slice_key=[None, "x"]) for n in range(3000)))
    started = time.perf_counter()
    assert store.read(FINDINGS, rows).num_rows == 9
    store.replace(FINDINGS, FINDINGS.empty(), rows)
    assert store.read(FINDINGS).num_rows == 0
    assert time.perf_counter() - started < 20


def test_a_store_that_cannot_be_read_is_not_an_empty_one(tmp_path: Path) -> None:
    store = DeltaStore(str(tmp_path / "store"), "shop")
    store.replace(FINDINGS, FINDINGS.rows([finding("a", "1")]), where(run_id="a"))
    (log,) = (tmp_path / "store" / "findings" / "_delta_log").glob("*1.json")
    good = log.read_text()
    log.write_text("{broken")
    with pytest.raises(StoreError, match=r"store/findings cannot be read: "):
        store.read(FINDINGS)
    with pytest.raises(StoreError, match=r"store/findings cannot be read: "):
        store.exists(FINDINGS)
    log.write_text(good)
    (data,) = (tmp_path / "store" / "findings").rglob("*.parquet")
    data.unlink()
    with pytest.raises(StoreError, match=r"store/findings cannot be read: .*parquet") as lost:
        store.read(FINDINGS)
    assert "\n" not in str(lost.value)


def test_a_folder_that_may_not_be_entered_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_: Path) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refused)  # root may enter any folder
    with pytest.raises(StoreError, match=r"store/findings cannot be read: Permission denied"):
        DeltaStore(str(tmp_path / "store"), "shop").exists(FINDINGS)


@pytest.mark.parametrize("others", [1e-6, None])
def test_nan_comes_back_as_nan_whatever_the_condition(tmp_path: Path, others: float | None) -> None:
    """The smallest and largest value of a Parquet file leave NaN out."""
    store = DeltaStore(str(tmp_path / "store"), "shop")
    rows = [shift("a", "nan", float("nan")), shift("a", "other", others), shift("b", "high", 0.5)]
    store.replace(SHIFTS, SHIFTS.rows(rows), where(run_id=["a", "b"]))

    def found(**conditions: Any) -> list[str]:
        read = store.read(SHIFTS, where(**conditions), ("p_value", "column_name")).to_pylist()
        return sorted(f"{row['column_name']} {row['p_value']}" for row in read)

    assert found(run_id="a") == ["nan nan", f"other {others}"]
    assert found(column_name="nan") == ["nan nan"]
    assert found(run_id="a", p_value=AtMost(1e-3)) == ([f"other {others}"] if others else [])
    store.replace(SHIFTS, SHIFTS.empty(), where(run_id="a", column_name="other"))
    assert found() == ["high 0.5", "nan nan"]


def test_rows_to_replace_are_named_by_values(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="shifts: rows to replace are named by values"):
        DeltaStore(str(tmp_path / "store"), "shop").replace(SHIFTS, SHIFTS.empty(), where(p_value=AtMost(0.1)))


def test_texts_longer_than_the_bounds_in_the_log_are_told_apart(tmp_path: Path) -> None:
    store = DeltaStore(str(tmp_path / "store"), "shop")
    names = ["long " * 30 + last for last in ("a", "ü", "\U0001f600")]
    for name in names:  # a file each
        store.replace(SHIFTS, SHIFTS.rows([shift(name[-1], name, 0.5)]), where(run_id=name[-1]))
    for name in names:
        assert store.read(SHIFTS, where(column_name=name))["column_name"].to_pylist() == [name]
    store.replace(SHIFTS, SHIFTS.empty(), where(column_name=names[0]) | where(column_name=names[2]))
    assert store.read(SHIFTS)["column_name"].to_pylist() == [names[1]]


def test_a_comment_that_was_reworded_since_hinders_nothing(tmp_path: Path) -> None:
    columns = tuple(
        column._replace(comment=f"once: {column.comment}")
        for column in FINDINGS.columns
        if column.name not in {"slice_key", "explains"}
    )
    earlier = ResultTable(FINDINGS.name, columns, FINDINGS.partitions)
    store = DeltaStore(str(tmp_path / "store"), "shop")
    store.replace(earlier, earlier.rows([finding("a", "1")]), where(run_id="a"))
    for run in "bc":  # the first one adds the columns
        store.replace(FINDINGS, FINDINGS.rows([finding(run, "1", slice_key="city")]), where(run_id=run))
    assert ids(store) == [("a", "1"), ("b", "1"), ("c", "1")]


def test_an_attempt_to_add_that_was_made_all_the_same_leaves_no_row_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = DeltaStore(str(tmp_path / "store"), "shop")
    add, attempts = DeltaStore._add, []

    def lost_answer(*arguments: Any) -> None:
        add(*arguments)
        attempts.append(1)
        message = "conflict"
        raise CommitFailedError(message)

    monkeypatch.setattr(DeltaStore, "_add", lost_answer)
    rows = FINDINGS.rows([finding("a", name, manifest_id="m1") for name in "12"])
    store.append(FINDINGS, rows, where(manifest_id="m1"))
    assert (ids(store), len(attempts)) == ([("a", "1"), ("a", "2")], 1)
