"""What every store must do, whoever keeps its rows: a subclass brings a fixture `store`."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import json
from abc import ABC, abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stageprint.config.retention import SAFE_HOURS
from stageprint.errors import UsageError
from stageprint.model.result_tables import CALIBRATION, FINDINGS, RUNS, SHIFTS
from stageprint.model.upkeep import StoredFiles
from stageprint.model.where import AtMost, where
from stageprint.pipeline.results import Results
from stageprint.pipeline.tables import all_tables, column_profiles
from stageprint.ports import ProfileStore, RowParts, StoreUpkeep


def finding(run: str, name: str, **other: Any) -> dict[str, Any]:
    """Return a row of `findings`."""
    return {
        "pipeline": "shop",
        "run_id": run,
        "finding_id": name,
        "severity": "critical",
        "cause": "null_spike",
        "class": "data",
        "stage": "raw",
        "table_name": "orders",
        "column_name": "price",
        "first_run": run,
        "explains": [],
        "confidence": 0.9,
        "alternatives": [],
        "evidence": "{}",
        "sentence": "…",
        "baseline": "auto",
        **other,
    }


def run_row(run: str, **other: Any) -> dict[str, Any]:
    """Return a row of `runs`."""
    now = dt.datetime(2026, 3, 8, 7, 30, tzinfo=dt.timezone.utc)
    return {"pipeline": "shop", "run_id": run, "status": "ok", "started_at": now, "ended_at": now, **other}


def shift(run: str, column: str, p: float | None, **other: Any) -> dict[str, Any]:
    """Return a row of `shifts`."""
    place = {"pipeline": "shop", "run_id": run, "stage": "raw", "table_name": "orders", "column_name": column}
    return {**place, "statistic": "ks", "baseline": "auto", "p_value": p, "severity": "none", **other}


def ids(store: ProfileStore) -> list[tuple[str, str]]:
    """Return the findings in a store as run and id."""
    rows = store.read(FINDINGS, columns=("run_id", "finding_id")).to_pylist()
    return sorted((row["run_id"], row["finding_id"]) for row in rows)


def forget(store: ProfileStore, run: str) -> None:
    """Remove everything that a store holds of a run."""
    for table in all_tables():
        if store.exists(table):
            store.replace(table, table.empty(), where(run_id=run))


class StoreContract(ABC):
    """The tests; each gets an empty store of pipeline ``shop``."""

    @abstractmethod
    def other_pipeline(self, store: Any) -> ProfileStore:
        """Return another pipeline's view of the same store."""

    def test_an_empty_store_has_no_rows_in_the_declared_schema(self, store: ProfileStore) -> None:
        for table in all_tables():
            assert not store.exists(table)
            assert store.read(table).schema == table.arrow_schema
            assert store.read(table).num_rows == 0

    def test_what_was_written_is_read_in_the_declared_schema(self, store: ProfileStore) -> None:
        row = {**run_row("a"), "logical_date": dt.date(2026, 3, 8), "tables_profiled": 3, "merged": False}
        store.replace(RUNS, RUNS.rows([row]), where(run_id="a"))
        found = store.read(RUNS)
        assert found.schema == RUNS.arrow_schema
        assert {name: value for name, value in found.to_pylist()[0].items() if value is not None} == row

    def test_replacing_a_run_leaves_the_others_alone(self, store: ProfileStore) -> None:
        for run in ("a", "b"):
            store.replace(FINDINGS, FINDINGS.rows([finding(run, "1"), finding(run, "2")]), where(run_id=run))
        store.replace(FINDINGS, FINDINGS.rows([finding("a", "3")]), where(run_id="a"))
        assert ids(store) == [("a", "3"), ("b", "1"), ("b", "2")]

    def test_replacing_by_nothing_removes_the_run(self, store: ProfileStore) -> None:
        store.replace(FINDINGS, FINDINGS.rows([finding("a", "1"), finding("b", "1")]), where(run_id=["a", "b"]))
        store.replace(FINDINGS, FINDINGS.empty(), where(run_id="a"))
        assert ids(store) == [("b", "1")]

    def test_writing_twice_changes_nothing(self, store: ProfileStore) -> None:
        for _ in range(2):
            store.replace(FINDINGS, FINDINGS.rows([finding("a", "1")]), where(run_id="a"))
        assert ids(store) == [("a", "1")]

    def test_alternatives_replace_exactly_what_they_name(self, store: ProfileStore) -> None:
        places = itertools.product("ab", "xy", "pq")
        rows = [finding(run, f"{stage}{table}", stage=stage, table_name=table) for run, stage, table in places]
        store.replace(FINDINGS, FINDINGS.rows(rows), where(run_id=["a", "b"]))
        which = where(run_id="a", stage="x", table_name=["p"]) | where(run_id="b", stage="y", table_name=["p", "q"])
        store.replace(FINDINGS, FINDINGS.empty(), which)
        assert ids(store) == [("a", "xq"), ("a", "yp"), ("a", "yq"), ("b", "xp"), ("b", "xq")]

    def test_pipelines_share_a_store_without_seeing_each_other(self, store: ProfileStore) -> None:
        other = self.other_pipeline(store)
        store.replace(FINDINGS, FINDINGS.rows([finding("a", "1")]), where(run_id="a"))
        other.replace(FINDINGS, FINDINGS.rows([finding("a", "9", pipeline="warehouse")]), where(run_id="a"))
        assert ids(store) == [("a", "1")]
        assert ids(other) == [("a", "9")]

    def test_conditions_choose_rows(self, store: ProfileStore) -> None:
        rows = [
            shift("a", "low", 1e-6),
            shift("a", "high", 0.5),
            shift("a", "unknown", None),
            shift("b", "low", 1e-6, slice_key="city", slice_value="Rome"),
            shift("b", "it's", 1e-6),
        ]
        store.replace(SHIFTS, SHIFTS.rows(rows), where(run_id=["a", "b"], baseline="auto"))

        def columns(*args: Any, **conditions: Any) -> list[str]:
            found = store.read(SHIFTS, args[0] if args else where(**conditions), ("column_name",))
            return sorted(found["column_name"].to_pylist())

        assert columns(p_value=AtMost(1e-3)) == ["it's", "low", "low"]
        assert columns(run_id="a", p_value=AtMost(1e-3)) == ["low"]
        assert columns(slice_key=None) == ["high", "it's", "low", "unknown"]
        assert columns(slice_key=["city", None], run_id="b") == ["it's", "low"]
        assert columns(slice_value="Rome") == ["low"]
        assert columns(column_name="it's") == ["it's"]
        assert columns(column_name=[]) == []
        assert columns(where(column_name="high") | where(run_id="b", slice_key=None)) == ["high", "it's"]

    def test_names_and_values_are_only_values(self, store: ProfileStore) -> None:
        names = [
            "'",
            "''",
            "\\",
            "\\'",
            '"',
            "`",
            "' OR '1'='1",
            "--",
            "/*",
            "${env:HOME}",
            "${spark.app.name}",
            "%",
            "_",
        ]
        names += ["a\nb", "é", "\u2028", ":run_id", "?", "{run_id}"]
        rows = [shift("a", name, 0.5, slice_key=name, slice_value=name) for name in names]
        store.replace(SHIFTS, SHIFTS.rows(rows), where(run_id="a", baseline="auto"))
        for name in names:
            found = store.read(SHIFTS, where(column_name=name, slice_key=[name]), ("column_name", "slice_value"))
            assert found.to_pylist() == [{"column_name": name, "slice_value": name}]
        gone = names[::2]
        store.replace(SHIFTS, SHIFTS.empty(), where(run_id="a", baseline="auto", slice_value=gone))
        kept = store.read(SHIFTS, columns=("slice_value",))["slice_value"].to_pylist()
        assert sorted(kept) == sorted(set(names) - set(gone))

    def test_fields_of_a_struct_are_columns(self, store: ProfileStore) -> None:
        table = column_profiles()
        row = {"pipeline": "shop", "run_id": "a", "stage": "raw", "table_name": "t", "column_name": "x"}
        states = {"kll": b"\x01k", "hll": None}
        store.replace(table, table.rows([{**row, "states": states}]), where(run_id="a", stage="raw"))
        found = store.read(table, where(run_id="a"), ("column_name", "states.kll", "states.hll"))
        assert found.to_pylist() == [{"column_name": "x", "states_kll": b"\x01k", "states_hll": None}]

    def test_rows_in_parts_and_rows_made_at_the_last_moment(self, store: ProfileStore) -> None:
        parts = RowParts([FINDINGS.rows([finding("a", "1")]), FINDINGS.rows([finding("b", "1")])])
        store.replace(FINDINGS, parts, where(run_id=["a", "b"]))
        store.replace(FINDINGS, RowParts([]), where(run_id="a"))
        assert ids(store) == [("b", "1")]

        def one_more() -> pa.Table:
            return FINDINGS.rows([finding("c", str(len(ids(store))))])

        store.replace(FINDINGS, one_more, where(run_id="c"))
        assert ids(store) == [("b", "1"), ("c", "1")]

    def test_an_empty_part_in_front_hides_none_of_the_others(self, store: ProfileStore) -> None:
        rows = pa.concat_tables([FINDINGS.rows([finding("a", "0")]).slice(0, 0), FINDINGS.rows([finding("a", "1")])])
        assert rows["run_id"].num_chunks == 2
        store.replace(FINDINGS, rows, where(run_id="a"))
        assert ids(store) == [("a", "1")]

    def test_lists_and_numbers_come_back_as_they_were(self, store: ProfileStore) -> None:
        row = {"pipeline": "shop", "run_id": "a", "baseline": "auto", "top": [3.5, 0.1], "runs": 2}
        store.replace(CALIBRATION, CALIBRATION.rows([row]), where(run_id="a", baseline="auto"))
        (found,) = store.read(CALIBRATION).to_pylist()
        assert {name: value for name, value in found.items() if value is not None} == row

    def test_writers_of_different_runs_at_the_same_time_all_get_through(self, store: ProfileStore) -> None:
        def write(run: str) -> None:
            store.replace(FINDINGS, FINDINGS.rows([finding(run, "1")]), where(run_id=run, baseline="auto"))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, ["a", "b", "c", "d"]))
        assert ids(store) == [("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")]

    def test_rows_are_added_beside_all_others(self, store: ProfileStore) -> None:
        store.append(FINDINGS, FINDINGS.empty(), where(manifest_id="m0"))
        assert store.exists(FINDINGS)
        store.append(FINDINGS, FINDINGS.rows([finding("a", "1", manifest_id="m1")]), where(manifest_id="m1"))
        parts = RowParts([FINDINGS.rows([finding(run, "2", manifest_id="m2")]) for run in "ab"])
        store.append(FINDINGS, parts, where(manifest_id="m2"))
        store.append(FINDINGS, FINDINGS.empty(), where(manifest_id="m3"))
        assert ids(store) == [("a", "1"), ("a", "2"), ("b", "2")]
        found = store.read(FINDINGS, where(manifest_id="m1"))
        assert found.schema == FINDINGS.arrow_schema
        assert {name: value for name, value in found.to_pylist()[0].items() if value is not None} == finding(
            "a", "1", manifest_id="m1"
        )
        assert ids(self.other_pipeline(store)) == []

    def test_a_column_that_an_earlier_release_did_not_write_is_there_once_rows_are_added(
        self, store: ProfileStore
    ) -> None:
        earlier = dataclasses.replace(FINDINGS, columns=FINDINGS.columns[:-1])
        store.replace(earlier, earlier.rows([finding("a", "1")]), where(run_id="a"))
        store.append(FINDINGS, FINDINGS.rows([finding("a", "2", manifest_id="m1")]), where(manifest_id="m1"))
        rows = store.read(FINDINGS, columns=("finding_id", "manifest_id")).to_pylist()
        assert {row["finding_id"]: row["manifest_id"] for row in rows} == {"1": None, "2": "m1"}

    def test_writers_that_add_and_replace_at_the_same_time_all_get_through(self, store: ProfileStore) -> None:
        def write(run: str) -> None:
            rows = FINDINGS.rows([finding(run, "1", manifest_id=run)])
            if run in "ac":
                store.replace(FINDINGS, rows, where(run_id=run))
            else:
                store.append(FINDINGS, rows, where(manifest_id=run))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, "abcd"))
        assert ids(store) == [("a", "1"), ("b", "1"), ("c", "1"), ("d", "1")]

    def test_runs_come_by_logical_date_and_an_unknown_one_is_named(self, store: ProfileStore) -> None:
        rows = [
            run_row("2013-10", logical_date=dt.date(2013, 10, 1)),
            run_row("2013-09", logical_date=dt.date(2013, 9, 1)),
        ]
        store.replace(RUNS, RUNS.rows(rows), where(run_id=["2013-09", "2013-10"]))
        results = Results(store)
        assert results.run_ids() == ["2013-09", "2013-10"]
        results.require_run("2013-09")
        with pytest.raises(UsageError, match=r"run '2013-9' is not in the store .* did you mean '2013-09'"):
            results.require_run("2013-9")

    def test_a_table_that_an_earlier_release_partitioned_by_run_is_written_on(self, store: ProfileStore) -> None:
        earlier = dataclasses.replace(FINDINGS, partitions=("pipeline", "run_id", "baseline"))
        store.replace(earlier, earlier.rows([finding("a", "1"), finding("b", "1")]), where(run_id=["a", "b"]))
        store.replace(FINDINGS, FINDINGS.rows([finding("b", "2")]), where(run_id="b", baseline="auto"))
        store.replace(FINDINGS, FINDINGS.rows([finding("c", "1")]), where(run_id="c"))
        assert ids(store) == [("a", "1"), ("b", "2"), ("c", "1")]

    def test_findings_come_worst_first(self, store: ProfileStore) -> None:
        store.replace(RUNS, RUNS.rows([run_row("a")]), where(run_id="a"))
        rows = [
            finding("a", "w", severity="warning"),
            finding("a", "c"),
            finding("a", "t", column_name=":table", confidence=0.95),
        ]
        store.replace(FINDINGS, FINDINGS.rows(rows), where(run_id="a"))
        found = Results(store).findings("a")
        assert [row["finding_id"] for row in found] == ["t", "c", "w"]
        assert [row["column"] for row in found] == [None, "price", "price"]


class UpkeepContract(ABC):
    """The tests of what keeps a store's files few; each gets an empty store of pipeline ``shop``."""

    @abstractmethod
    def upkeep(self, store: Any) -> StoreUpkeep:
        """Return the upkeep of a store."""

    def write(self, store: ProfileStore, runs: Sequence[str]) -> None:
        """Write a finding into each of the runs, one after the other."""
        for run in runs:
            row = finding(run, "1", evidence=json.dumps({"quoted": f"PLANTED-{run}"}))
            store.replace(FINDINGS, FINDINGS.rows([row]), where(run_id=run))

    def test_a_table_that_was_never_written_has_no_files(self, store: ProfileStore) -> None:
        upkeep = self.upkeep(store)
        upkeep.compact(FINDINGS)
        upkeep.vacuum(FINDINGS, SAFE_HOURS)
        assert upkeep.trim_log(FINDINGS, SAFE_HOURS) is None
        assert upkeep.files(FINDINGS) == StoredFiles(0, 0, 0, 0)
        assert not store.exists(FINDINGS)

    def test_the_files_of_many_small_runs_become_few_and_no_row_changes(self, store: ProfileStore) -> None:
        runs = [f"2026-03-{day:02d}" for day in range(1, 9)]
        self.write(store, runs)
        before = store.read(FINDINGS).sort_by("run_id")
        upkeep = self.upkeep(store)
        assert upkeep.files(FINDINGS).files == len(runs)
        upkeep.compact(FINDINGS)
        files = upkeep.files(FINDINGS)
        assert files.files == 1
        assert files.bytes > 0
        assert store.read(FINDINGS).sort_by("run_id").equals(before)
        upkeep.compact(FINDINGS)
        assert upkeep.files(FINDINGS).files == 1

    def test_a_run_adds_one_file_to_a_table_and_none_of_its_values_to_the_log(self, store: Any) -> None:
        self.write(store, ["a"])
        self.write(store, ["b", "c"])
        assert self.upkeep(store).files(FINDINGS).files == 3
        if not self.keeps_no_versions:
            folder = Path(store.location) / FINDINGS.name
            assert {file.name for file in folder.iterdir()} == {"pipeline=shop", "_delta_log"}
            assert not any("PLANTED" in _text(file) for file in (folder / "_delta_log").rglob("*.json"))

    def test_compacted_runs_are_replaced_and_removed_one_by_one(self, store: ProfileStore) -> None:
        self.write(store, ["a", "b", "c"])
        self.upkeep(store).compact(FINDINGS)
        store.replace(FINDINGS, FINDINGS.rows([finding("b", "2")]), where(run_id="b"))
        store.replace(FINDINGS, FINDINGS.empty(), where(run_id="c"))
        assert ids(store) == [("a", "1"), ("b", "2")]

    def test_old_versions_are_kept_for_the_hours_given_and_then_gone(self, store: ProfileStore) -> None:
        upkeep = self.upkeep(store)
        self.write(store, ["a", "b", "c"])
        store.replace(FINDINGS, FINDINGS.empty(), where(run_id="b"))
        upkeep.compact(FINDINGS)
        upkeep.vacuum(FINDINGS, SAFE_HOURS)
        upkeep.trim_log(FINDINGS, SAFE_HOURS)
        kept = self.found(store, "PLANTED-b")
        assert kept or self.keeps_no_versions
        upkeep.vacuum(FINDINGS, 0)
        assert upkeep.trim_log(FINDINGS, 0) is None
        assert not self.found(store, "PLANTED-b")
        assert ids(store) == [("a", "1"), ("c", "1")]
        files = upkeep.files(FINDINGS)
        assert files.all_files is not None
        assert files.all_files <= self.max_files_of_one_version

    def test_a_tidied_table_is_written_on_and_tidied_again(self, store: ProfileStore) -> None:
        upkeep = self.upkeep(store)
        for round_ in range(3):
            self.write(store, [f"{round_}{name}" for name in "abc"])
            upkeep.compact(FINDINGS)
            upkeep.vacuum(FINDINGS, 0)
            upkeep.trim_log(FINDINGS, 0)
            files = upkeep.files(FINDINGS)
            assert files.files == 1
            assert files.all_files is not None
            assert files.all_files <= self.max_files_of_one_version
        assert len(ids(store)) == 9

    keeps_no_versions = False
    max_files_of_one_version = 1

    def found(self, store: Any, text: str) -> bool:
        """Tell whether a text is in any byte of the store."""
        return bool(bytes_with(Path(store.location), text))


def bytes_with(folder: Path, text: str) -> list[Path]:
    """Return the files below a folder that hold a text, in their name, their bytes or their values."""
    return [file for file in folder.rglob("*") if text in str(file) or (file.is_file() and text in _text(file))]


def _text(file: Path) -> str:
    """Return what a file holds; of a Parquet file its values too, which may be compressed."""
    content = file.read_bytes().decode("latin-1")
    if file.suffix == ".parquet":
        content += str(pq.read_table(file).to_pylist())
    return content
