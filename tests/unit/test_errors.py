from __future__ import annotations

import re
from pathlib import Path

import pytest

import stageprint
from stageprint.errors import (
    ConfigError,
    RegistryError,
    SessionError,
    SourceError,
    StageprintError,
    StateError,
    StoreError,
    UsageError,
    described,
    did_you_mean,
    one_line,
    plain_reason,
)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ConfigError, 2),
        (UsageError, 2),
        (SessionError, 2),
        (SourceError, 3),
        (StoreError, 2),
        (StateError, 2),
        (RegistryError, 2),
    ],
)
def test_every_error_is_of_one_tree_and_has_its_status(error: type[StageprintError], status: int) -> None:
    assert issubclass(error, StageprintError)
    assert error.exit_status == status


@pytest.mark.parametrize(
    ("name", "available", "hint"),
    [
        ("fare", ["fares", "distance"], " – did you mean 'fares'?"),
        ("DEP_DELAY", ["dep_delay", "arr_delay"], " – did you mean 'dep_delay'?"),
        ("2013-5", ["2013-04", "2013-05"], " – did you mean '2013-05'?"),
        ("x", ["fares", "distance"], " – available: 'distance', 'fares'"),
        ("x", ["b", "a", "b"], " – available: 'a', 'b'"),
        ("x", [], ""),
        (
            "zzz",
            [f"c{n}" for n in range(10)],
            " – available: 'c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7' and 2 more",
        ),
    ],
)
def test_the_hint_names_the_nearest_or_what_there_is(name: str, available: list[str], hint: str) -> None:
    assert did_you_mean(name, available) == hint


def test_the_hint_takes_any_iterable() -> None:
    assert did_you_mean("fare", (name for name in ("fares",))) == " – did you mean 'fares'?"


FROM_A_WORKER = (
    "[PYTHON_EXCEPTION] From the worker: Traceback (most recent call last):\n  File x, line 84\n    raise X(m)\n"
    "stageprint.errors.StateError: damaged state SQLSTATE: 38000\n\tat a.B(C:1)"
)


@pytest.mark.parametrize(
    ("error", "line", "description"),
    [
        (ValueError("first\nsecond"), "first", "ValueError: first"),
        (ValueError("\n  first SQLSTATE: 42000\n"), "first", "ValueError: first"),
        (ZeroDivisionError(), "ZeroDivisionError", "ZeroDivisionError"),
        (
            RuntimeError(FROM_A_WORKER),
            "stageprint.errors.StateError: damaged state",
            "stageprint.errors.StateError: damaged state",
        ),
        (
            RuntimeError("job failed\nTraceback (most recent call last):\n  no exception follows"),
            "job failed",
            "RuntimeError: job failed",
        ),
    ],
)
def test_any_error_is_one_line(error: Exception, line: str, description: str) -> None:
    assert one_line(error) == line
    assert described(error) == description


@pytest.mark.parametrize(
    ("error", "quoted", "named"),
    [
        (PermissionError(13, "Permission denied", "/etc/shadow"), "Permission denied", "Permission denied"),
        (OSError("no number"), "no number", "OSError"),
        (ValueError("a secret: s3cr3t\nand more"), "a secret: s3cr3t", "ValueError"),
    ],
)
def test_a_plain_reason_is_what_the_system_says_without_the_path(error: BaseException, quoted: str, named: str) -> None:
    assert plain_reason(error) == quoted
    assert plain_reason(error, quotes=False) == named


def test_what_the_system_says_is_worded_in_one_place() -> None:
    package = Path(stageprint.__file__).parent
    asked = re.compile(r"\b(?!os\.)\w+\.strerror\b")
    said = {str(file.relative_to(package)) for file in package.rglob("*.py") if asked.search(file.read_text("utf-8"))}
    assert said == {"errors.py"}
