from __future__ import annotations

from stageprint.report.evidence import evidence_items


def test_the_way_that_a_problem_took_is_a_line_an_edge() -> None:
    edges = [{"from": f"raw.t.c{at}", "to": f"joined.t.c{at}", "said_by": ["declared", "dbt"]} for at in range(14)]
    (item,) = evidence_items({"lineage": edges})
    assert item[0] == "the way that it took"
    first, *_, last = item[1].splitlines()
    assert first == "raw.t.c0 → joined.t.c0 (declared and dbt)"
    assert last == "and 2 more"
    assert evidence_items({"lineage": []}) == ()


def test_a_value_that_queries_compare_with_is_not_rounded() -> None:
    assert evidence_items({"value": "8,103.0625", "exact_value": 8103.0625, "share": 0.123456}) == (
        ("value", "8,103.0625"),
        ("exact value", "8103.0625"),
        ("share", "0.12346"),
    )
