"""Mistakes in a command line, each answered with one line that says what was expected."""

from __future__ import annotations

from pathlib import Path

import pytest

from stageprint import cli
from tests.support.cli import Capture


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["profile", "-c", "FILE"], "no run given: expected --run ID (may be repeated) or --all-runs"),
        (["profile", "-c", "FILE", "--run", "a", "--all-runs"], "expected either --run or --all-runs, got both"),
        (["compare", "-c", "FILE"], "no run given: expected --run ID (may be repeated) or --all-runs"),
        (
            ["profile", "-c", "FILE", "--run", "2013-05", "--stage", "raww"],
            "no stage 'raww' in pipeline 'shop' – did you",
        ),
        (
            ["profile", "-c", "FILE", "--run", "2013-05", "--table", "order"],
            "no table 'order' in pipeline 'shop' – did",
        ),
        (["profile", "-c", "FILE", "--run", "may"], "but run 'may' does not begin with a date"),
        (["profile", "-c", "no.yml", "--run", "a"], "no.yml: no such configuration file"),
        (
            ["profile", "--run", "a"],
            "stageprint profile: no configuration: expected --config FILE, $STAGEPRINT_CONFIG, or a file "
            "stageprint.yml in this folder (help: stageprint profile --help)",
        ),
        (["profile", "-c", "FILE", "--rum", "a"], "stageprint profile: No such option '--rum'. Did you mean '--run'?"),
        (["profil"], "stageprint: no such command 'profil' – did you mean 'profile'? (help: stageprint --help)"),
        (
            ["runs", "lst"],
            "stageprint runs: no such command 'lst' – did you mean 'list'?",
        ),
        (["compare", "-c", "FILE", "--run", "2013-03", "--baseline", "previos"], "did you mean 'previous'?"),
        (
            ["compare", "-c", "FILE", "--run", "2013-03", "--baseline", "window:0"],
            "run:ID, window:N or stage:NAME, got",
        ),
        (
            ["compare", "-c", "FILE", "--run", "2013-03", "--baseline", "run:2013-2"],
            "baseline '2013-2' is not in the store",
        ),
        (
            ["compare", "-c", "FILE", "--run", "2013-03", "--baseline", "stage:row"],
            "no stage 'row' in pipeline 'shop' – did",
        ),
        (
            ["compare", "-c", "FILE", "--run", "2013-3"],
            "run '2013-3' is not in the store – did you mean '2013-03'?",
        ),
        (
            ["compare", "-c", "FILE", "--run", "2013-03", "--fail-on", "info"],
            "'info' is not one of 'critical', 'warning'",
        ),
        (
            ["findings", "-c", "FILE", "--run", "2013-30"],
            "run '2013-30' is not in the store ./observability – did you mean",
        ),
        (["findings", "-c", "FILE", "--format", "xml"], "'xml' is not one of 'table', 'json'"),
        (["history", "-c", "FILE", "--stage", "raw", "--table", "orders"], "Missing option '--column'"),
        (["history", "-c", "FILE", "--stage", "raw", "--table", "ordrs", "--column", "p"], "– did you mean 'orders'?"),
        (
            ["history", "-c", "FILE", "--stage", "raw", "--table", "orders", "--column", "prize"],
            "did you mean 'price'?",
        ),
        (["report", "-c", "FILE", "--run", "2013-09", "--out", "TMP/x.html"], "run '2013-09' is not in the store"),
        (["report", "-c", "FILE", "--run", "2013-03", "--out", "TMP/no/x.html"], "does not exist; create it first"),
        (["report", "-c", "FILE", "--run", "2013-03", "--out", "TMP"], "is a directory"),
    ],
)
@pytest.mark.usefixtures("fakes")
def test_a_usage_error_is_one_line_and_status_2(
    words: list[str], said: str, config: str, tmp_path: Path, capsys: Capture
) -> None:
    words = [word.replace("FILE", config).replace("TMP", str(tmp_path)) for word in words]
    assert cli.run(words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert said in err


def test_a_configuration_need_not_be_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stageprint.yml").write_text("pipeline: here\nstages: []\n")
    (tmp_path / "other.yml").write_text("pipeline: there\nstages: []\n")
    assert cli.run(["runs", "list"]) == 2
    assert capsys.readouterr().err.startswith("stageprint.yml:")
    monkeypatch.setenv("STAGEPRINT_CONFIG", "other.yml")
    assert cli.run(["runs", "list"]) == 2
    assert capsys.readouterr().err.startswith("other.yml:")
    assert cli.run(["runs", "list", "--config", "stageprint.yml"]) == 2
    assert capsys.readouterr().err.startswith("stageprint.yml:")
