"""A small soak: runs add one file to each result table that they write, and maintenance makes one of them."""

from __future__ import annotations

from pathlib import Path

from stageprint.pipeline.tables import all_tables
from stageprint.stores.delta.store import DeltaStore
from stageprint.stores.delta.upkeep import DeltaUpkeep
from tests.soak.pipeline import run_ids
from tests.soak.soak import Measured, soak, summary

RUNS = 6
MAX_FILES_OF_A_TABLE = 5
"""A data file, the last two entries of the log, a checkpoint and the pointer to it."""
MAX_FILES_A_RUN = 24
"""Two files, data and log, for each commit: nine result tables, of which `manifests` is committed four times."""


def test_files_grow_by_commits_and_not_by_tables_and_maintenance_takes_them_back(tmp_path: Path) -> None:
    told: list[Measured] = []
    measured = soak(tmp_path / "store", RUNS, maintain_every=3, keep_runs=2, tell=told.append)
    assert told == measured
    assert [one.run_id for one in measured] == run_ids(RUNS)
    assert measured[1].files - measured[0].files <= MAX_FILES_A_RUN
    assert measured[2].files <= MAX_FILES_OF_A_TABLE * len(all_tables())
    assert measured[5].files <= measured[2].files
    store = DeltaStore(str(tmp_path / "store"), "soak")
    upkeep = DeltaUpkeep(store)
    assert all(upkeep.files(table).files <= 1 for table in all_tables())
    for table in all_tables():
        assert set(store.read(table, columns=("run_id",))["run_id"].to_pylist()) <= set(run_ids(RUNS)[-2:])


def test_the_start_is_when_the_references_are_full() -> None:
    def one(number: int) -> Measured:
        seconds = 1.0 if number < 28 else 2.0 if number < 80 else 2.2
        return Measured(run_ids(100)[number], seconds, seconds, 9, 9, 2**20, 0.5 if number == 50 else None)

    found = summary([one(number) for number in range(100)], maintain_every=30, keep_runs=60)
    assert (found["seconds_start"], found["seconds_end"], found["end_over_start"]) == (2.0, 2.2, 1.1)
    assert found["cpu_seconds_first_runs"] == 1.0
    assert found["maintain_seconds"] == [0.5]
    assert (found["runs"], found["tables"], found["columns"]) == (100, 11, 66)
