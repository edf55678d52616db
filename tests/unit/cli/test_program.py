"""The program: exit statuses, errors in one line, and how it is started."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from stageprint import cli
from stageprint.errors import SourceError, StoreError
from tests.support.cli import Capture, Fakes


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        (StoreError("the store is of a newer version"), 2, "the store is of a newer version\n"),
        (SourceError("nothing can be read"), 3, "nothing can be read\n"),
        (
            ValueError("first line\nsecond line"),
            70,
            "stageprint: unexpected error: ValueError: first line (STAGEPRINT_DEBUG=1 shows the traceback)\n",
        ),
        (
            RuntimeError(
                "[PYTHON_EXCEPTION] From the worker: Traceback (most recent call last):\n  File x, line 84\n"
                "    raise X(m)\nstageprint.errors.StateError: damaged state\n SQLSTATE: 38000\n\tat a.B(C:1)"
            ),
            70,
            "stageprint: unexpected error: stageprint.errors.StateError: damaged state (STAGEPRINT_DEBUG=1 shows",
        ),
        (
            OSError(28, "No space left on device", "/store/report.html"),
            2,
            "stageprint: /store/report.html: no space left on the disk; free some space",
        ),
        (ZeroDivisionError(), 70, "stageprint: unexpected error: ZeroDivisionError (STAGEPRINT_DEBUG=1 shows"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
@pytest.mark.parametrize("command", ["profile", "compare"])
def test_each_has_its_status_and_one_line(
    error: BaseException, status: int, said: str, command: str, fakes: Fakes, config: str, capsys: Capture
) -> None:
    fakes.error = error
    assert cli.run([command, "-c", config, "--run", "2013-03"]) == status
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(said)
    assert err.count("\n") == (1 if said else 0)


@pytest.mark.parametrize("error", [StoreError("no"), ValueError("no")])
def test_the_traceback_is_there_for_who_asks(
    error: Exception, fakes: Fakes, config: str, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGEPRINT_DEBUG", "1")
    fakes.error = error
    cli.run(["findings", "-c", config])
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_several_problems_of_a_configuration_are_a_line_each(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "bad.yml").write_text("pipline: a\nstages: []\n", encoding="utf-8")
    assert cli.run(["findings", "-c", str(tmp_path / "bad.yml")]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 3


def test_without_words_the_help_is_shown_and_it_is_a_usage_error(capsys: Capture) -> None:
    assert cli.run([]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("Usage: stageprint")


def test_success_returns(capsys: Capture) -> None:
    assert cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    positions = [out.index(f"  {name} ") for name in ("profile", "ingest", "compare", "findings", "report", "history")]
    assert positions == sorted(positions)


def test_anything_else_exits_with_its_status() -> None:
    with pytest.raises(SystemExit) as caught:
        cli.main(["nothing"])
    assert caught.value.code == 2


def test_the_version(capsys: Capture) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("stageprint, version ")


def test_the_version_of_a_source_tree(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == "stageprint, version unknown\n"


def _python(
    code: str, *, stdout: int | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 -- our own interpreter and code
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE if stdout is None else stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        env=os.environ | (env or {}),
        cwd=Path(__file__).parents[3],
    )


def test_mistakes_are_answered_without_pyspark() -> None:
    code = """
import sys
sys.modules["pyspark"] = None  # importing it is an error
from stageprint import cli
assert cli.run(["profile", "-c", "missing.yml", "--run", "x"]) == 2
"""
    done = _python(code)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("missing.yml: no such configuration file")


@pytest.mark.parametrize("sent", ["sys.stdout.write(text)", "make_console().print(text)"])
def test_a_reader_that_leaves_ends_it_quietly(sent: str) -> None:
    code = f"""
import sys
from stageprint import cli
from stageprint.cli import wiring
from stageprint.report.terminal.console import make_console
text = "x" * 100_000
def shout(file):
    {sent}
    sys.exit()
wiring.load_config = shout
cli.main(["views", "--config", "x.yml"])
"""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = _python(code, stdout=writer)
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (141, "")


def test_it_runs_as_a_module_and_on_a_terminal_that_cannot_show_every_character() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "stageprint", "findings", "--config", "Ωmissing.yml"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONIOENCODING": "ascii"},
        cwd=Path(__file__).parents[3],
    )
    assert done.returncode == 2
    assert done.stderr == "?missing.yml: no such configuration file\n"
