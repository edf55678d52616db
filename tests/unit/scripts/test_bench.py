"""What the benchmarks measure with, and the page made of their results."""

from __future__ import annotations

import json
from functools import cached_property
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from scripts.benchmarks.breakdown import SHARED_FORMS, Clock
from scripts.benchmarks.data import first_rows, in_files, small_tables, wide_table
from scripts.benchmarks.measure import Result, failed, timed
from scripts.benchmarks.report import page
from scripts.benchmarks.results import Measured, load, save
from scripts.benchmarks.sections import SECTIONS
from scripts.benchmarks.table import shape
from stageprint.batch.column import ColumnBatch

ROOT = Path(__file__).parents[3]


def test_the_page_is_made_of_the_results() -> None:
    shown = (ROOT / "docs" / "benchmarks.md").read_text(encoding="utf-8")
    made = page(load(ROOT / "docs" / "benchmarks.json"))
    assert shown == made, "run: python -m scripts.benchmarks --page"


def test_a_result_survives_json() -> None:
    result = Result("profile_arrow", 10, 2, 3.0, 1.5, (3.0, 3.5), {"worker_peak_mib": 300})
    assert result.ratio == 2.0
    assert Result.from_dict(json.loads(result.as_json())) == result
    assert Result("x", 1, 1, None, 1.0).ratio is None
    assert Result("x", 1, 1, 1.0, None).ratio is None


def test_what_failed_says_so() -> None:
    result = failed("whylogs", 10, 2, ValueError("too old\nand more"), cores=1)
    assert result.seconds is None
    assert dict(result.more) == {"cores": 1, "failed": "ValueError: too old"}


def test_the_first_round_is_not_counted() -> None:
    calls: list[int] = []
    assert len(timed(lambda: calls.append(1), 3)) == 3
    assert len(calls) == 4
    assert len(timed(lambda: calls.append(1), 2, warm=False)) == 2


def test_a_clock_does_not_count_what_is_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("scripts.benchmarks.breakdown.time.perf_counter", lambda: now[0])

    def spend(seconds: float) -> None:
        now[0] += seconds

    clock = Clock()
    inner = clock.wrap("inner", lambda: spend(2.0))

    def outer() -> None:
        spend(1.0)
        inner()
        inner()

    clock.wrap("outer", outer)()
    assert clock.seconds == {"inner": 4.0, "outer": 1.0}


def test_sections_are_kept_apart(tmp_path: Path) -> None:
    measured = Measured((Result("a", 1, 1, 1.0, None),), "make bench", "2026-01-01", (0.5, None), {"cores": "2"})
    file = tmp_path / "results.json"
    assert load(file) == {}
    save(file, {"many": measured, "lineitem": measured}, list(SECTIONS))
    assert list(load(file)) == ["lineitem", "many"]
    assert load(file)["many"] == measured


def test_a_section_that_failed_or_is_missing_is_on_the_page() -> None:
    lost = Measured((failed("whylogs", 5, 1, "no wheel"),), "make bench", "2026-01-01", (1.0, 1.0), {"cores": "2"})
    shown = page({"peers": lost})
    assert "failed no wheel" in shown
    assert shown.count("Not measured yet.") >= len(SECTIONS) - 1
    for section in SECTIONS.values():
        assert f"## {section.title}\n" in shown


@pytest.mark.parametrize(("files", "rows"), [(1, [100]), (3, [33, 33, 34])])
def test_the_same_rows_in_more_files(tmp_path: Path, files: int, rows: list[int]) -> None:
    source = tmp_path / "set" / "t"
    source.mkdir(parents=True)
    pq.write_table(pq.read_table(small_tables(tmp_path, 1, 100) / "t000"), source / "a.parquet")
    folder = in_files(tmp_path, source, files)
    assert [pq.read_metadata(file).num_rows for file in sorted(folder.glob("*.parquet"))] == rows
    assert pq.read_table(folder).equals(pq.read_table(source))
    assert shape(first_rows(tmp_path, source, 40)) == (40, 8)


def test_a_wide_table_is_made_once(tmp_path: Path) -> None:
    folder = wide_table(tmp_path, 6, 40, files=2)
    assert shape(folder) == (40, 6)
    marker = folder / "kept"
    marker.touch()
    assert wide_table(tmp_path, 6, 40, files=2) == folder
    assert marker.exists()


def test_the_breakdown_clocks_what_batches_compute_once() -> None:
    assert all(isinstance(vars(ColumnBatch).get(name), cached_property) for name in SHARED_FORMS)
