from __future__ import annotations

from stageprint.report.terminal.findings import findings_table, findings_tally
from tests.support.findings import LONG, finding
from tests.support.terminal import text_of


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
    assert lines[0] == "WARNING  raw.weather.temp  unit change  run 2013-03  f1"


def test_the_first_line_ends_with_the_id_that_show_and_accept_take() -> None:
    lines = text_of(findings_table([finding(finding_id="8bf86d144766dc07")]))
    assert lines[0].endswith("  8bf86d14")


def test_markup_in_data_is_text() -> None:
    assert "[bold]x[/bold] :smile:" in text_of(findings_table([finding(sentence="[bold]x[/bold] :smile:")]))[1]


def test_the_tally_names_worst_first_and_also_what_it_does_not_know() -> None:
    assert findings_tally(["review", "critical", "odd", "review"]) == "4 findings (1 critical, 2 review, 1 odd)"
    assert findings_tally([]) == "no findings"


def test_a_finding_about_a_table_names_the_table() -> None:
    lines = text_of(findings_table([finding(column=None)]))
    assert lines[0] == "WARNING  raw.weather  unit change (data)  run 2013-03, new in this run  f1"


def test_findings_beside_the_first_are_lines_of_it() -> None:
    first = finding(beside=["raw.weather.wind", "raw.weather.rain"], severity="critical")
    others = [
        finding(
            column=name,
            cause="null_spike",
            severity="warning",
            sentence=f"{name} is null.",
            beside=["raw.weather.temp"],
        )
        for name in ("wind", "rain")
    ]
    elsewhere = finding(column="wind", run_id="2013-04", sentence="Another run.")
    lines = text_of(findings_table([first, *others, elsewhere]), width=200)
    assert [line.strip() for line in lines if "beside it" in line] == [
        "beside it, warning: raw.weather.wind  null spike: wind is null.",
        "beside it, warning: raw.weather.rain  null spike: rain is null.",
    ]
    assert [line.split()[0] for line in lines if line and not line.startswith(" ")] == ["CRITICAL", "WARNING"]


def test_a_finding_of_a_store_without_beside_is_shown_as_it_is() -> None:
    assert len([line for line in text_of(findings_table([finding(beside=None)])) if line.startswith("WARNING")]) == 1


def test_many_beside_the_first_are_counted() -> None:
    names = [f"c{number}" for number in range(9)]
    first = finding(beside=[f"raw.weather.{name}" for name in names])
    lines = text_of(findings_table([first, *(finding(column=name) for name in names)]), width=200)
    assert lines[-1].strip() == "and 3 other findings beside it"


def test_what_changed_at_the_same_time_is_said_to_prove_nothing() -> None:
    change = {"kind": "code", "what": "git commit", "before": "a", "now": "b", "text": "git commit a → b"}
    lines = [line.strip() for line in text_of(findings_table([finding(changes=[change] * 6)]), width=300)]
    said = "; ".join(["git commit a → b"] * 4)
    assert f"changed at the same time (a coincidence, no proof): {said}; and 2 more" in lines
    assert not any("changed" in line for line in text_of(findings_table([finding(changes=None)])))
    assert not any("changed" in line for line in text_of(findings_table([finding(changes=[])])))
