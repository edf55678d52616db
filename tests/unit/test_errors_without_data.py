"""Errors of tables with sensitive columns: what failed, where and of which class, and no text that could be data."""

from __future__ import annotations

from pathlib import Path

import pytest

from stageprint.errors import SourceError, StateError, UsageError, without_data, without_values_of_path

LEFT_OUT = "; the rest of the message could quote values and is left out: the table has sensitive columns"
SECRET = "123-45-6789"  # noqa: S105 -- a value that must not be shown


def raised(outer: Exception, inner: Exception | None = None) -> Exception:
    try:
        if inner is None:
            raise outer
        try:
            raise inner
        except Exception as error:
            raise outer from error
    except Exception as error:  # noqa: BLE001 -- to be looked at
        return error


class CastError(Exception):
    """What Spark raises: it knows the name of its condition."""

    def getCondition(self) -> str:  # noqa: N802 -- Spark's name
        return "CAST_INVALID_INPUT"


def test_our_own_words_stay() -> None:
    error = raised(SourceError("table 't': the source has no column 'x'"))
    assert without_data(error) == "table 't': the source has no column 'x'"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (raised(ValueError(SECRET)), "the rows cannot be read: ValueError"),
        (
            raised(SourceError(f"raw.t cannot be read: {SECRET}", own_words="raw.t cannot be read"), CastError(SECRET)),
            "raw.t cannot be read: CAST_INVALID_INPUT",
        ),
        (
            raised(StateError(f"column 'ssn': {SECRET}"), KeyError(SECRET)),
            "the rows cannot be read: KeyError (column 'ssn')",
        ),
        (
            raised(
                RuntimeError(
                    'Job aborted\nTraceback (most recent call last):\n  File "x.py"\n'
                    f"stageprint.errors.StateError: column 'ssn': {SECRET}\nSecret{SECRET[:3]}Error: {SECRET}\n"
                )
            ),
            "the rows cannot be read: StateError (column 'ssn')",
        ),
    ],
)
def test_of_other_errors_only_what_cannot_be_data_is_told(error: Exception, expected: str) -> None:
    assert without_data(error, ["ssn", "plain"]) == expected + LEFT_OUT


def test_files_that_exist_are_named_without_values_of_partitions(tmp_path: Path) -> None:
    folder = tmp_path / f"ssn={SECRET}"
    folder.mkdir()
    (folder / "part-0.parquet").touch()
    error = raised(
        SourceError("s", own_words="raw.t cannot be read"),
        OSError(f"bad magic in file:{folder}/part-0.parquet: {SECRET}"),
    )
    text = without_data(error)
    assert f"(file {tmp_path}/ssn=…/part-0.parquet)" in text
    assert SECRET not in text
    assert without_values_of_path(f"s3://lake/ssn={SECRET}/a=b=c/x") == "s3://lake/ssn=…/a=…/x"


def test_paths_in_our_own_words_lose_values_of_partitions() -> None:
    error = raised(UsageError(f"/data/ssn={SECRET}/part-0.parquet: the file has 2 columns 'x'"))
    assert without_data(error) == "/data/ssn=…/part-0.parquet: the file has 2 columns 'x'"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/data/name=Anna Smith/part-0.parquet: damaged", "/data/name=…/part-0.parquet: damaged"),
        ("'/data/name=Anna's/day=2/a' is gone", "'/data/name=…/day=…/a' is gone"),
        ("'/data/name=Anna' does not exist", "'/data/name=…' does not exist"),
        ("'/data/name=Anna Smith' does not exist – did you mean '/data/name=Bob Ray'?", "'/data/name=…/data/name=…'?"),
        ("/data/a=1 is gone", "/data/a=… is gone"),
        ("SELECT a=b FROM c", "SELECT a=b FROM c"),
    ],
)
def test_values_of_partitions_are_left_out_whole(text: str, expected: str) -> None:
    assert without_data(SourceError(text)) == expected
