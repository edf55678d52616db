from __future__ import annotations

from dataclasses import replace
from typing import Any

from stageprint.model import TableKey
from stageprint.model.outcomes import ProfileOutcome, TableOutcome
from stageprint.report.terminal.console import make_console
from stageprint.report.terminal.outcomes import print_profiled


def outcome(run: str, table: str, error: str | None = None) -> TableOutcome:
    key = TableKey("raw", table)
    if error is not None:
        return TableOutcome(run, key, "failed", None, None, 0.1, error)
    return TableOutcome(run, key, "ok", 1000, 19, 1.5)


def test_one_run_is_a_line_a_table(capsys: Any) -> None:
    tables = [outcome("2013-05", "flights"), outcome("2013-05", "weather", "unreadable")]
    print_profiled(make_console(), ProfileOutcome(tables, "s", 2.0))
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["table", "rows", "columns", "time"]
    assert lines[2] == ["raw.flights", "1,000", "19", "1.5", "s"]
    assert lines[3] == ["raw.weather", "failed", "–", "–"]


def test_several_runs_are_a_line_a_run(capsys: Any) -> None:
    tables = [outcome("2013-04", "flights"), outcome("2013-05", "flights"), outcome("2013-05", "weather", "unreadable")]
    print_profiled(make_console(), ProfileOutcome(tables, "s", 2.0))
    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines[0] == ["run", "tables", "failed", "rows", "columns"]
    assert lines[2] == ["2013-04", "1", "0", "1,000", "19"]
    assert lines[3] == ["2013-05", "1", "1", "1,000", "19"]


def test_nothing_profiled_is_said(capsys: Any) -> None:
    print_profiled(make_console(), ProfileOutcome([], "s", 0.0))
    assert capsys.readouterr().out == "profiled 0 tables of 0 runs in 0.0 s\n"


def test_a_failure_is_one_line_and_many_are_counted(capsys: Any) -> None:
    tables = [outcome("2013-05", f"t{number}", "x" * 300) for number in range(23)]
    print_profiled(make_console(), ProfileOutcome(tables, "s", 2.0))
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("failed: ")]
    assert len(lines) == 21
    assert lines[0] == f"failed: 2013-05 raw.t0 {'x' * 300}"
    assert lines[-1] == "failed: 3 more; column `error` of `table_profiles` in the store has them all"


def test_a_table_that_was_read_in_part_is_named_and_counts(capsys: Any) -> None:
    partly = replace(outcome("2013-05", "flights"), error="1 of 2 files is left out: cut.parquet (not a Parquet file)")
    found = ProfileOutcome([partly], "s", 2.0)
    assert (found.exit_status, found.failed, found.incomplete) == (3, [], [partly])
    print_profiled(make_console(), found)
    lines = capsys.readouterr().out.splitlines()
    assert "incomplete: 2013-05 raw.flights 1 of 2 files is left out: cut.parquet (not a Parquet file)" in lines
    assert lines[-1] == "profiled 1 table of 1 run in 2.0 s"


def test_what_was_found_in_a_source_is_one_line_and_much_is_counted(capsys: Any) -> None:
    notes = tuple(f"{number} of 9 files have 0 bytes" for number in range(23))
    tables = [TableOutcome("2013-05", TableKey("raw", "flights"), "ok", 1000, 19, 1.5, notes=notes)]
    print_profiled(make_console(), ProfileOutcome(tables, "s", 2.0))
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("note: ")]
    assert len(lines) == 21
    assert lines[0] == "note: 2013-05 raw.flights 0 of 9 files have 0 bytes"
    assert lines[-1] == "note: 3 more; column `source_notes` of `table_profiles` in the store has them all"


def test_what_read_the_tables_is_said_once(capsys: Any) -> None:
    found = ProfileOutcome([outcome("2013-05", "flights")], "s", 1.0, "read by Spark: the store needs it")
    print_profiled(make_console(), found)
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2:] == ["read by Spark: the store needs it", "profiled 1 table of 1 run in 1.0 s"]
