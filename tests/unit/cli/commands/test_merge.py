from __future__ import annotations

from stageprint import cli
from tests.support.cli import RUNS, Capture, Fakes


def test_options_are_passed_on(fakes: Fakes, config: str, capsys: Capture) -> None:
    words = ["merge", "-c", config, "--run", "2013-01", "--run", "2013-02", "--into", "2013-W01"]
    assert cli.run([*words, "--stage", "raw", "--table", "orders"]) == 0
    assert fakes.calls == [("merge", (["2013-01", "2013-02"], "2013-W01", ("raw",), ("orders",)))]
    assert capsys.readouterr().out.startswith("shop · runs 2013-01, 2013-02 into 2013-W01 · store ./observability\n")


def test_all_runs_are_those_of_the_store_except_the_result(fakes: Fakes, config: str) -> None:
    assert cli.run(["merge", "-c", config, "--all-runs", "--into", "2013-03"]) == 0
    assert fakes.calls == [("merge", (RUNS[:2], "2013-03", (), ()))]
