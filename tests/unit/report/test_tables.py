"""Terminal tables; what the commands print around them is in test_cli.py."""

from __future__ import annotations

import io
from typing import Any

from rich.console import Console, RenderableType

from stageprint.model import TABLE_LEVEL, ColumnKey, Finding, Severity, TableKey
from stageprint.pipeline.outcome import ProfileOutcome, TableOutcome
from stageprint.report.console import make_console
from stageprint.report.machine import FINDING_KEYS
from stageprint.report.tables import finding_row, findings_table, history_table, print_profiled, tally_text

LONG = "raw.weather.temp looks converted from °F to °C: every quantile is (x − 32) ÷ 1.8 of what it was before."


def text_of(what: RenderableType, width: int = 120) -> list[str]:
    stream = io.StringIO()
    Console(file=stream, width=width, highlight=False, markup=False, emoji=False).print(what)
    return [line.rstrip() for line in stream.getvalue().splitlines()]


def finding(**changes: Any) -> dict[str, Any]:
    row = finding_row(
        Finding(
            "f1",
            "2013-03",
            Severity.WARNING,
            "unit_change",
            "data",
            ColumnKey("raw", "weather", "temp"),
            "2013-03",
            tuple(f"joined.flights.c{n}" for n in range(9)),
            0.9,
            ("offset", "timezone_shift"),
            {"factor": 0.5556},
            LONG,
        )
    )
    return row | changes


def test_a_finding_object_becomes_a_row_of_the_machine_interface() -> None:
    row = finding()
    assert set(row) == set(FINDING_KEYS)
    assert (row["class"], row["stage"], row["table"], row["column"]) == ("data", "raw", "weather", "temp")


def test_a_finding_about_a_table_has_no_column() -> None:
    origin = ColumnKey("raw", "flights", TABLE_LEVEL)
    table = Finding("f", "r", Severity.REVIEW, "stale", "data", origin, "r", (), 1.0, (), {}, "Stale.")
    assert finding_row(table)["column"] is None
    assert text_of(findings_table([finding_row(table)]))[0].startswith("REVIEW  raw.flights  stale (data)")


def test_a_wide_sentence_wraps_beside_its_severity() -> None:
    lines = text_of(findings_table([finding()]), width=60)
    assert lines[0].startswith("WARNING  raw.weather.temp")
    assert all(len(line) <= 60 for line in lines)
    assert all(line.startswith(" " * 9) for line in lines[1:] if line)
    assert LONG in " ".join(line.strip() for line in lines)


def test_many_explained_columns_are_counted() -> None:
    lines = text_of(findings_table([finding()]), width=200)
    assert any(line.strip().startswith("explains 9 other shifts: ") and line.endswith("and 3 more") for line in lines)
    assert "could also be: offset, timezone shift" in [line.strip() for line in lines]


def test_an_unknown_class_and_an_unknown_onset_are_not_written() -> None:
    lines = text_of(findings_table([finding(**{"class": "unknown", "first_run": None})]))
    assert lines[0] == "WARNING  raw.weather.temp  unit change  run 2013-03"


def test_markup_in_data_is_text() -> None:
    assert "[bold]x[/bold] :smile:" in text_of(findings_table([finding(sentence="[bold]x[/bold] :smile:")]))[1]


def test_the_tally_names_worst_first_and_also_what_it_does_not_know() -> None:
    assert tally_text(["review", "critical", "odd", "review"]) == "4 findings (1 critical, 2 review, 1 odd)"
    assert tally_text([]) == "no findings"


def history(run: str, **changes: Any) -> dict[str, Any]:
    row = {
        "run_id": run,
        "status": "ok",
        "row_count": 28_796,
        "null_share": 0.0,
        "distinct_count": 16.2,
        "min_text": None,
        "mean": None,
        "top_items": [{"item": "UA", "count": 4712}],
        "severity": "none",
        "statistic": None,
    }
    return row | changes


def test_history_leaves_out_what_no_run_has_and_marks_what_was_flagged() -> None:
    rows = [
        history("2013-01"),
        history("2013-02", severity="critical", statistic="unseen_share", null_share=0.5, top_items=[]),
        history("2013-03", status="failed", row_count=None, null_share=None, distinct_count=None, top_items=None),
        history("2013-04", severity="review"),
    ]
    lines = [line.split() for line in text_of(history_table(rows, 120))]
    assert lines[0] == ["run", "rows", "nulls", "distinct", "most", "frequent", "flagged"]
    assert lines[2] == ["2013-01", "28,796", "0", "%", "16", "UA", "(4,712)"]
    assert lines[3] == ["2013-02", "28,796", "50.0", "%", "16", "–", "critical:", "unseen", "share"]
    assert lines[4] == ["2013-03", "–", "–", "–", "–", "not", "profiled"]
    assert lines[5][-1] == "review"


def test_a_narrow_terminal_gets_the_most_telling_measures() -> None:
    numbers = {"median": 9.9913, "mean": 9.989, "standard_deviation": 4.9749, "top_items": None, "data_type": "double"}
    rows = [history("2013-01", min_text="-7.744024854989686", max_text="28.75817483633179", **numbers)]
    wide = text_of(history_table(rows, 120))
    assert wide[0].split() == ["run", "rows", "nulls", "distinct", "min", "median", "max", "mean", "sd", "flagged"]
    assert wide[2].split()[5:9] == ["-7.744", "9.9913", "28.758", "9.989"]
    narrow = text_of(history_table(rows, 68), 68)
    assert narrow[0].split() == ["run", "rows", "nulls", "min", "median", "max", "flagged"]
    assert "left out, the terminal is narrow: sd, mean, distinct" in narrow[-1]
    assert all(len(line) <= 68 for line in narrow)


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
    assert lines[-1] == "failed: 3 more; table_profiles.error in the store has them all"
