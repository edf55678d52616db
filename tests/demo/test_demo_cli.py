from __future__ import annotations

from pathlib import Path

import pytest

from scripts.demo.build import main
from scripts.demo.errors import DemoError
from scripts.demo.incidents import DEFAULT_INCIDENTS, INCIDENTS, parse, parse_all
from scripts.demo.months import MONTHS


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--runs", "2013-1"], "unknown run '2013-1': did you mean '2013-1"),
        (["--runs", "2013-13"], "available: 2013-01, 2013-02"),
        (["--runs", ","], "--runs names no run"),
        (["--incident", "nul_spike@2013-06"], "unknown incident 'nul_spike': did you mean 'null_spike'?"),
        (["--incident", "null_spike"], "names no run: write null_spike@2013-06"),
        (["--incident", "null_spike@"], "names no run"),
        (["--incident", "null_spike@2014-06"], "unknown run '2014-06': did you mean '2013-06'?"),
        (["--incident", "null_spike@2013-06:feature"], "unknown stage 'feature': did you mean 'features'?"),
        (["--incident", "null_spike@2013-06:"], "unknown stage ''"),
        (["--incident", "join_drop@2013-06:raw"], "cannot strike in stage 'raw': available: joined, serving"),
        (["--incident", "none", "--incident", "join_drop@2013-06"], "none plants nothing"),
        (["--runs", "2013-05", "--incident", "join_drop@2013-06"], "is not being made: available: 2013-05"),
        (["--incident", "stale_holdout@2013-01"], "needs the month before, and 2013-01 is the first"),
        (["--runs", "2013-06", "--incident", "stale_holdout@2013-06"], "add it to --runs"),
        (["--runs", "2013-06", "--incident", "wrong_model_version@2013-06"], "needs run 2013-05"),
        (["--rums", "2013-06"], "unrecognized arguments: --rums"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_status_two(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "data"
    assert main(["--out", str(out), *arguments]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.startswith("scripts.demo.build: ")
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert not out.exists()


def test_a_folder_must_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "--out FOLDER is missing" in capsys.readouterr().err


def test_a_file_is_no_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    taken = tmp_path / "taken"
    taken.touch()
    assert main(["--out", str(taken), "--runs", "2013-01"]) == 2
    assert f"cannot write to {taken}" in capsys.readouterr().err


def test_the_list_has_a_line_for_each_incident(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list-incidents"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(INCIDENTS)
    assert all(incident.summary in line for line, incident in zip(lines, INCIDENTS.values(), strict=True))


def test_help_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["--help"])
    assert left.value.code == 0
    assert "--list-incidents" in capsys.readouterr().out


def test_without_a_word_the_default_incidents_are_planted_in_the_runs_made() -> None:
    assert [str(planted) for planted in parse_all(None, list(MONTHS))] == list(DEFAULT_INCIDENTS)
    assert [str(planted) for planted in parse_all(None, ["2013-10"])] == [DEFAULT_INCIDENTS[1]]
    assert parse_all(["none"], list(MONTHS)) == []


def test_the_default_incidents_differ_in_run_and_stage() -> None:
    first, second = parse_all(None, list(MONTHS))
    assert first.run_id != second.run_id
    assert first.stage != second.stage


def test_an_incident_strikes_its_default_stage_unless_told() -> None:
    assert parse("null_spike@2013-06").stage == "raw"
    assert parse("null_spike@2013-06:features").stage == "features"


def test_raw_data_of_the_month_before_need_no_run_before() -> None:
    assert parse("stalled_ingestion@2013-06").previous_stage is None
    assert parse("stalled_ingestion@2013-06:serving").previous_stage == "serving"
    assert parse("wrong_model_version@2013-06").previous_stage == "training"


def test_names_are_case_sensitive_but_the_nearest_is_named() -> None:
    with pytest.raises(DemoError, match="did you mean 'join_drop'"):
        parse("JOIN_DROP@2013-06")
