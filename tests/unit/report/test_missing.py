"""What a run lacks, read from its findings."""

from __future__ import annotations

from stageprint.report.missing import missing_tables
from tests.support.findings import finding


def test_tables_of_several_findings_and_baselines_are_counted_once() -> None:
    figures = {"tables": ["raw.orders"], "tables_expected": 11}
    stage = {
        "tables": ["features.a", "features.b"],
        "errors": {"features.b": "no such folder"},
        "tables_expected": 11,
    }
    rows = [
        finding(run_id="a", evidence=figures),
        finding(run_id="a", evidence=figures),
        finding(run_id="a", evidence=stage),
        finding(run_id="b", evidence={"factor": 0.5}),
        finding(run_id="c", evidence={}),
    ]
    found = missing_tables(rows)
    assert list(found) == ["a"]
    assert found["a"].not_profiled == 2
    assert found["a"].sentence == (
        "3 of 11 tables are missing: raw.orders (not profiled), features.a (not profiled), "
        "features.b (could not be read)"
    )
