from __future__ import annotations

from scripts.incidents.report import figures, page
from scripts.incidents.scenarios import Scenario, Truth
from scripts.incidents.score import Clean, Result, confusion, score, summarise
from stageprint.model import TABLE_LEVEL, ColumnKey, Finding, FindingClass, Severity

ORIGIN = ColumnKey("wide", "lines", "weight")
TRUTH = Truth(ORIGIN, frozenset({"offset"}), "pipeline")


def scenario(*truths: Truth, level: str = "middle") -> Scenario:
    return Scenario("offset", level, (), truths or (TRUTH,))


def finding(
    origin: ColumnKey,
    cause: str = "offset",
    *,
    severity: Severity = Severity.WARNING,
    finding_class: FindingClass = "pipeline",
    explains: tuple[str, ...] = (),
) -> Finding:
    return Finding("id", "2", severity, cause, finding_class, origin, "2", explains, 0.9, (), {}, "")


def result(*findings: Finding, level: str = "middle") -> Result:
    planted = scenario(level=level)
    hits, others = score(planted, findings, "2")
    return Result("p/0", "2", "offset", level, planted.name, hits, len(findings), others, lasting=False, seconds=0.1)


def test_a_finding_at_the_planted_column_is_right_in_everything() -> None:
    (hit,), others = score(scenario(), [finding(ORIGIN)], "2")
    assert (hit.found, hit.stage, hit.column, hit.cause, hit.right_class, hit.first_run) == (True,) * 6
    assert others == ()


def test_a_review_is_not_found() -> None:
    (hit,), others = score(scenario(), [finding(ORIGIN, severity=Severity.REVIEW)], "2")
    assert not hit.found
    assert others == ()


def test_an_origin_downstream_counts_only_where_it_explains_the_planted_table() -> None:
    below = ColumnKey("baskets", "baskets", "weight")
    (hit,), others = score(scenario(), [finding(below)], "2")
    assert not hit.found
    assert others == ("warning offset at baskets.baskets.weight",)
    (hit,), _ = score(scenario(), [finding(below, explains=(str(ORIGIN),))], "2")
    assert hit.found
    assert not hit.stage


def test_one_finding_names_one_of_two_faults() -> None:
    other = Truth(ColumnKey("landing", "orders", TABLE_LEVEL), frozenset({"partial_load"}), "data")
    hits, _ = score(scenario(TRUTH, other), [finding(ORIGIN)], "2")
    assert [hit.found for hit in hits] == [True, False]


def test_another_column_of_the_table_is_found_but_not_the_right_column() -> None:
    (hit,), _ = score(scenario(), [finding(ColumnKey("wide", "lines", TABLE_LEVEL), "partial_load")], "1")
    assert (hit.found, hit.stage, hit.column, hit.cause, hit.first_run) == (True, True, False, False, False)


def test_the_summary_takes_shares_of_what_was_found() -> None:
    results = [result(finding(ORIGIN)), result(finding(ORIGIN, "clipping")), result()]
    found = summarise(results)
    assert (found.planted, round(found.recall, 3), found.stage, found.cause) == (3, 0.667, 1.0, 0.5)
    assert (found.median_findings, found.most_findings) == (1.0, 1)
    assert confusion(results) == {"offset": {"offset": 1, "clipping": 1, "(none)": 1}}


def test_the_page_and_the_figures_leave_out_small_and_large_ones() -> None:
    results = [result(finding(ORIGIN)), result(level="small")]
    clean = [Clean("p/0", "1", ()), Clean("p/0", "2", ("warning offset at wide.lines",))]
    told = figures(results, clean)
    assert (told["recall"], told["clean_runs"], told["clean_runs_with_findings"]) == (1.0, 2, 1)
    assert told["all_magnitudes_recall"] == 0.5
    text = page(results, clean, ["p/0: a fault"], "make incidents")
    assert "| Recall, middle magnitude | ≥ 95% | 100.0% |" in text
    assert "- p/0: a fault" in text
    assert "- p/0 2: warning offset at wide.lines" in text
