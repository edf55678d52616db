from __future__ import annotations

import json

from stageprint import cli
from tests.support.cli import Capture, Fakes

WORDS = ("skew", "--run", "2013-05", "--left", "raw", "--right", "joined")


def test_the_result_is_shown(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run([*WORDS, "--config", config, "--table", "orders"]) == 0
    assert fakes.calls == [("skew", ("2013-05", "raw", "joined", ("orders",)))]
    out = capsys.readouterr().out
    assert "raw.orders ↔ joined.orders by id" in out
    assert "1 column: all equal" in out


def test_for_machines(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run([*WORDS, "--config", config, "--format", "json"]) == 0
    assert len(fakes.calls) == 1
    assert json.loads(capsys.readouterr().out)[0]["columns"][0]["share"] == 0.0


def test_mistakes_come_before_spark(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run([*WORDS, "--config", config, "--run", "may"]) == 2
    assert "uses {run_date}" in capsys.readouterr().err
    assert cli.run([*WORDS, "--config", config, "--left", "row"]) == 2
    assert "no stage 'row'" in capsys.readouterr().err
    assert fakes.calls == []


def test_without_a_run_it_is_about_the_latest_one(fakes: Fakes, config: str, capsys: Capture) -> None:
    assert cli.run(["skew", "--left", "raw", "--right", "joined", "--config", config]) == 0
    assert fakes.calls == [("skew", ("2013-03", "raw", "joined", ()))]
    assert "run 2013-03" in capsys.readouterr().out
    fakes.store.run_rows = []
    assert cli.run(["skew", "--left", "raw", "--right", "joined", "--config", config]) == 2
    assert "holds no run of pipeline 'shop' yet" in capsys.readouterr().err
    assert len(fakes.calls) == 1
