from __future__ import annotations

import pytest

from stageprint import cli
from stageprint.model.outcomes import NotifyOutcome
from tests.support.cli import Capture, Fakes, alert_outcome

SENT = "sent to log (notify[0]): opened: raw.orders.price, critical"


def test_it_says_what_was_sent(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["notify", "-c", config, "--run", "2013-03"]) == 0
    assert capsys.readouterr().out.splitlines() == ["shop · run 2013-03 · store ./observability", SENT]
    assert fakes.calls == [("notify", ("2013-03", False, False))]


def test_a_dry_run_shows_what_would_be_sent(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["notify", "-c", config, "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "would send to log (notify[0]): opened: raw.orders.price, critical",
        "  raw.orders.price is a hundred times what it was.",
    ]
    assert fakes.calls == [("notify", (None, True, False))]


def test_a_test_is_of_no_run(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["notify", "-c", config, "--test"]) == 0
    assert fakes.calls == [("notify", (None, False, True))]
    assert cli.run(["notify", "-c", config, "--test", "--run", "2013-03"]) == 2
    assert "--test sends nothing of a run: leave --run out" in capsys.readouterr().err


def test_a_failure_is_said_and_is_status_2(fakes: Fakes, config: str, capsys: Capture) -> None:
    problem = "alert about 3f2a (opened) to log (notify[0]) was not sent: /x/y: cannot be written"
    fakes.notified = NotifyOutcome([alert_outcome(problem), alert_outcome()], 2, "./observability")
    assert cli.run(["notify", "-c", config, "--run", "2013-03"]) == 2
    assert capsys.readouterr().out.splitlines()[1:] == [problem, SENT]


@pytest.mark.parametrize(
    ("opened", "said"),
    [
        (3, "nothing to send: of 3 open incidents people were told already, or no rule matches\n"),
        (0, "nothing to send: no open incident\n"),
    ],
)
def test_nothing_to_send_says_why(fakes: Fakes, config: str, capsys: Capture, opened: int, said: str) -> None:
    fakes.notified = NotifyOutcome([], opened, "./observability")
    assert cli.run(["notify", "-c", config]) == 0
    assert said in capsys.readouterr().out
