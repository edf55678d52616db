from __future__ import annotations

from stageprint.model import TableKey
from stageprint.model.judged import Judged
from stageprint.model.run_state import RunState
from stageprint.report.html.overview import page_name, run_lines
from tests.support.report import Store

RUNS = [{"run_id": run} for run in ("2013-04", "2013-05", "2013-06")]
STATES = dict.fromkeys(("2013-04", "2013-05"), RunState.CURRENT) | {"2013-06": RunState.STALE}


def test_each_run_has_a_line_the_newest_first() -> None:
    failed = {"run_id": "2013-04", "status": "fail", "severity": "warning"}
    lines = run_lines(RUNS, Store().finding_rows, STATES, [failed], {}, {"2013-05": "2013-05.html"})
    assert [(line.run_id, line.page, line.style, line.verdict) for line in lines] == [
        ("2013-06", None, "unknown", "nothing can be said: it was profiled again after it was compared"),
        ("2013-05", "2013-05.html", "critical", "2 findings"),
        ("2013-04", None, "warning", "no findings, 1 check failed"),
    ]
    assert lines[1].findings[0][:3] == ("critical", "raw.orders.price", "unit change")


def test_a_run_of_which_nothing_was_judged_is_no_all_clear() -> None:
    key = TableKey("raw", "orders")
    judged = {"2013-04": {key: Judged(4, 0, 0, 0, (0, 0, 4))}, "2013-05": {key: Judged(4, 3, 1, 0, (1, 0, 0))}}
    last, some, nothing = run_lines(RUNS, [], STATES, [], judged, {})
    assert (last.style, some.style, nothing.style) == ("unknown", "good", "unknown")
    assert nothing.verdict == "4 of 4 columns are still learning (3 more runs): they were not judged"
    assert some.verdict.startswith("no findings, 1 of 4 columns is still learning (1 more run)")


def test_what_a_run_lacks_is_said_first() -> None:
    lacking = {"tables": ["raw.a"], "errors": {}, "tables_expected": 11}
    finding = {**Store().finding_rows[0], "table": ":stage", "column": None, "evidence": lacking}
    (line,) = [one for one in run_lines(RUNS, [finding], STATES, [], {}, {}) if one.run_id == "2013-05"]
    assert line.verdict.startswith("1 of 11 tables is missing: raw.a (not profiled)")


def test_every_run_has_a_file_name_of_its_own() -> None:
    names = ["2026-03-01", "2026-03-01T02:00", "2026-03-01T02_3a_00", "index", "INDEX", ".hidden", "über", "a/b"]
    found = [page_name(one) for one in names]
    assert found[0] == "2026-03-01.html"
    assert len(set(found) - {"index.html", "INDEX.html"}) == len(names)
    assert all("/" not in one and not one.startswith(".") for one in found)
