from __future__ import annotations

import dataclasses
import datetime as dt
import json

import pytest

from stageprint import cli
from stageprint.model import Severity
from stageprint.model.judged import Judged
from stageprint.model.run_status import RunStatus, StatusVerdict
from tests.support.cli import Capture, Fakes

MORNING = dt.datetime(2013, 4, 1, 4, 10, tzinfo=dt.timezone.utc)
COME = RunStatus(
    "shop",
    StatusVerdict.FOUND,
    "run 2013-03 has 2 findings, at worst critical",
    "2013-03",
    "current",
    MORNING,
    MORNING,
    MORNING + dt.timedelta(minutes=2),
    10,
    ("raw.users",),
    ("features.orders", "features.users"),
    2,
    1,
    "critical",
    "2013-04-01 06:00 UTC",
    MORNING,
    ("no run came for 9 d before run 2013-03",),
)


@pytest.mark.parametrize(
    ("verdict", "exit_status"),
    [
        (StatusVerdict.WELL, 0),
        (StatusVerdict.LATE, 1),
        (StatusVerdict.FOUND, 1),
        (StatusVerdict.TABLES_FAILED, 3),
        (StatusVerdict.UNKNOWN, 4),
    ],
)
def test_each_verdict_has_its_exit_status(
    verdict: StatusVerdict, exit_status: int, fakes: Fakes, config: str, capsys: Capture
) -> None:
    fakes.status = RunStatus("shop", verdict, "what there is to say")
    assert cli.run(["status", "-c", config]) == exit_status
    assert capsys.readouterr().out.splitlines()[1:] == [f"{verdict.value.upper()}  what there is to say"]


def test_the_facts_stand_below_the_verdict(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.status = COME
    assert cli.run(["status", "-c", config]) == 1
    assert [line.rstrip() for line in capsys.readouterr().out.splitlines()] == [
        "shop · status · store ./observability",
        "FOUND  run 2013-03 has 2 findings, at worst critical",
        "run          2013-03",
        "profiled     2013-04-01 04:10 UTC",
        "compared     2013-04-01 04:12 UTC, current",
        "tables       10 profiled, 1 failed (raw.users), 2 missing (features.orders, features.users)",
        "findings     2 findings, 1 failed check; at worst critical",
        "expected by  2013-04-01 06:00 UTC",
        "note: no run came for 9 d before run 2013-03",
    ]


def test_what_is_not_known_is_not_zero(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.status = dataclasses.replace(COME, state="not compared", findings=None, failed_checks=None)
    assert cli.run(["status", "-c", config]) == 1
    assert "findings     –, not compared\n" in capsys.readouterr().out


def test_columns_that_still_learn_are_a_fact(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.status = dataclasses.replace(COME, learning=Judged(4, 1, 3, 0, (2, 1, 0)).to_object())
    cli.run(["status", "-c", config])
    assert "learning     3 of 4 columns are still learning (1 to 2 more runs)" in capsys.readouterr().out
    fakes.status = dataclasses.replace(COME, learning=Judged(4, 4).to_object())
    cli.run(["status", "-c", config])
    assert "learning" not in capsys.readouterr().out


def test_json_is_one_object_with_everything(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.status = COME
    assert cli.run(["status", "-c", config, "--format", "json"]) == 1
    (found,) = json.loads(capsys.readouterr().out)
    assert list(found) == [
        *("pipeline", "verdict", "sentence", "run_id", "state", "first_profiled_at", "profiled_at", "compared_at"),
        *("tables_profiled", "tables_failed", "tables_missing", "findings", "failed_checks", "worst_severity"),
        *("expected_by", "due", "notes", "learning"),
    ]
    assert (found["verdict"], found["due"]) == ("found", "2013-04-01T04:10:00+00:00")
    assert found["tables_missing"] == ["features.orders", "features.users"]


def test_what_is_expected_is_passed_on(fakes: Fakes, config: str) -> None:
    words = ["--run", "2013-04", "--expect-by", "06:00", "--timezone", "Europe/Berlin", "--fail-on", "warning"]
    cli.run(["status", "-c", config, *words])
    cli.run(["status", "-c", config, "--max-age", "26h", "--fail-on", "never"])
    assert fakes.calls == [
        ("status", ("2013-04", "06:00", None, "Europe/Berlin", Severity.WARNING)),
        ("status", (None, None, "26h", None, None)),
    ]


@pytest.mark.parametrize("words", [["--max-age", "26h"], ["--expect-by", "cadence"]])
def test_a_run_of_its_own_has_no_age(words: list[str], fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["status", "-c", config, "--run", "2013-04", *words]) == 2
    assert capsys.readouterr().err.startswith("--run names the expected run: ")
    assert fakes.calls == []
