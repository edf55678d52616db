"""What is kept of a Delta table's commits: who, by what, with which library; no values, no credentials."""

from __future__ import annotations

import datetime as dt

from stageprint.pipeline.source_history import MAX_COMMITS, commit_rows

MERGE = {
    "version": 3,
    "timestamp": 1_700_000_000_000,
    "userId": "77",
    "userName": "ana@example.com",
    "operation": "MERGE",
    "operationParameters": {"predicate": "email = 'ben@example.com'"},
    "job": {"jobId": "12", "jobName": "nightly", "runId": "5"},
    "notebook": {"notebookId": "88"},
    "engineInfo": "Databricks-Runtime/15.4.x-scala2.12",
}


def test_a_commit_of_a_platform_keeps_who_and_what_and_no_predicate() -> None:
    (row,) = commit_rows([MERGE], 3)
    assert row == {
        "version": 3,
        "committed_at": dt.datetime(2023, 11, 14, 22, 13, 20, tzinfo=dt.timezone.utc),
        "operation": "MERGE",
        "user": "ana@example.com",
        "job": "nightly",
        "notebook": "88",
        "engine": "Databricks-Runtime/15.4.x-scala2.12",
    }


def test_what_a_commit_does_not_say_is_null() -> None:
    (row,) = commit_rows([{"version": 0}], 0)
    assert {value for name, value in row.items() if name != "version"} == {None}


def test_the_mode_of_a_write_is_kept_and_credentials_are_taken_out() -> None:
    odd = {"operation": "WRITE", "operationParameters": {"mode": "Overwrite"}, "engineInfo": "x?token=abcdefgh123"}
    (row,) = commit_rows([{"version": 1, **odd}], 1)
    assert (row["operation"], row["engine"]) == ("WRITE (overwrite)", "x?token=***")


def test_the_latest_commits_up_to_the_version_are_kept_and_wrong_numbers_left_out() -> None:
    entries = [{"version": number} for number in range(-5, 60)]
    assert [row["version"] for row in commit_rows(entries, 50)] == list(range(50, 50 - MAX_COMMITS, -1))
