from __future__ import annotations

from stageprint import cli
from stageprint.model.outcomes import NotifyOutcome
from tests.support.cli import Capture, Fakes, alert_outcome


def test_it_says_what_was_sent(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["notify", "-c", config, "--run", "2013-03"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "shop · run 2013-03 · store ./observability",
        "sent to log (notify[0]): 2 findings (1 critical, 1 warning)",
    ]
    assert fakes.calls == [("notify", ("2013-03", False))]


def test_a_dry_run_shows_the_findings(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["notify", "-c", config, "--run", "2013-03", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "would send to log (notify[0]): 2 findings (1 critical, 1 warning)\n" in out
    assert out.index("CRITICAL  raw.orders.price") < out.index("WARNING")
    assert fakes.calls == [("notify", ("2013-03", True))]


def test_a_failure_is_said_and_is_status_2(fakes: Fakes, config: str, capsys: Capture) -> None:
    problem = "alert of run 2013-03 to log (notify[0]) was not sent: /x/y: cannot be written"
    fakes.notified = NotifyOutcome([alert_outcome(problem), alert_outcome()], 2, "./observability")
    assert cli.run(["notify", "-c", config, "--run", "2013-03"]) == 2
    assert capsys.readouterr().out.splitlines()[1:] == [
        problem,
        "sent to log (notify[0]): 2 findings (1 critical, 1 warning)",
    ]


def test_nothing_to_send_says_why(fakes: Fakes, config: str, capsys: Capture) -> None:
    fakes.notified = NotifyOutcome([], 3, "./observability")
    assert cli.run(["notify", "-c", config, "--run", "2013-03"]) == 0
    assert "nothing to send for run 2013-03: none of 3 findings matches a rule\n" in capsys.readouterr().out
    fakes.notified = NotifyOutcome([], 0, "./observability")
    assert cli.run(["notify", "-c", config, "--run", "2013-03"]) == 0
    assert "nothing to send for run 2013-03: no findings\n" in capsys.readouterr().out
