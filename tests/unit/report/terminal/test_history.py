from __future__ import annotations

from typing import Any

from stageprint.report.terminal.history import history_table
from tests.support.terminal import text_of


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


def test_a_column_that_advances_says_so() -> None:
    how = "advances with time or run (month of the run's date)"
    rows = [history("2013-01", advances=None), history("2013-02", advances=how)]
    words = " ".join(line.strip() for line in text_of(history_table(rows, 120)))
    assert words.endswith(f"the column {how}: its level is not compared")
    assert "level" not in " ".join(text_of(history_table(rows[:1], 120)))
