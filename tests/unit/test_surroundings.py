"""Who profiles, by which job, with which code: taken from variables and git's files, without secrets."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from stageprint.model.run_context import RunContext
from stageprint.surroundings import MAX_TEXT_CHARS, commit_of, run_context

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        (
            {"GITHUB_SHA": COMMIT, "GITHUB_WORKFLOW": "nightly", "GITHUB_RUN_ID": "7", "GITHUB_ACTOR": "ana"},
            RunContext(COMMIT, "nightly", "7", "ana"),
        ),
        (
            {"AIRFLOW_CTX_DAG_ID": "shop", "AIRFLOW_CTX_DAG_RUN_ID": "r1", "AIRFLOW_CTX_DAG_OWNER": "data"},
            RunContext(None, "shop", "r1", "data"),
        ),
        (
            {"CI_COMMIT_SHA": COMMIT, "CI_JOB_NAME": "profile", "CI_JOB_ID": "9", "GITLAB_USER_LOGIN": "ben"},
            RunContext(COMMIT, "profile", "9", "ben"),
        ),
        ({"GIT_COMMIT": COMMIT, "JOB_NAME": "shop", "BUILD_TAG": "b-4", "STAGEPRINT_USER": "ana"},
         RunContext(COMMIT, "shop", "b-4", "ana")),
        (
            {
                "STAGEPRINT_GIT_COMMIT": "v1.2",
                "GITHUB_SHA": COMMIT,
                "STAGEPRINT_JOB": "mine",
                "STAGEPRINT_JOB_RUN": "1",
                "STAGEPRINT_USER": "ana",
                "GITHUB_WORKFLOW": "nightly",
            },
            RunContext("v1.2", "mine", "1", "ana"),
        ),
    ],
)  # fmt: skip
def test_schedulers_are_known_by_their_variables(
    environment: dict[str, str], expected: RunContext, tmp_path: Path
) -> None:
    assert run_context(environment, [tmp_path]) == expected


def test_credentials_are_taken_out_and_long_texts_are_cut(tmp_path: Path) -> None:
    found = run_context(
        {"STAGEPRINT_JOB": "https://ana:hunter22@ci.example.com/job", "STAGEPRINT_JOB_RUN": "x" * 999}, [tmp_path]
    )
    assert found.job == "https://***@ci.example.com/job"
    assert found.job_run == "x" * MAX_TEXT_CHARS


def git(folder: Path, *words: str) -> str:
    names = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    call = ["git", "-C", str(folder), *names, *words]
    done = subprocess.run(call, check=True, capture_output=True, text=True)  # noqa: S603 -- a git of its own
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "--quiet", "--initial-branch=main", "repository")
    found = tmp_path / "repository"
    git(found, "commit", "--allow-empty", "--quiet", "--no-verify", "-m", "one")
    return found


def test_the_commit_of_a_folder_is_what_git_says(repository: Path, tmp_path: Path) -> None:
    head = git(repository, "rev-parse", "HEAD")
    (repository / "a" / "b").mkdir(parents=True)
    assert commit_of(repository / "a" / "b") == head
    git(repository, "pack-refs", "--all")
    assert commit_of(repository) == head
    git(repository, "checkout", "--quiet", "--detach")
    assert commit_of(repository) == head
    git(repository, "worktree", "add", "--quiet", "-b", "other", str(tmp_path / "linked"))
    git(tmp_path / "linked", "commit", "--allow-empty", "--quiet", "--no-verify", "-m", "two")
    assert commit_of(tmp_path / "linked") == git(tmp_path / "linked", "rev-parse", "HEAD") != head
    assert run_context({}, [tmp_path / "linked"]).git_commit == commit_of(tmp_path / "linked")


def test_a_folder_without_git_a_new_repository_and_a_damaged_one_have_no_commit(tmp_path: Path) -> None:
    assert commit_of(tmp_path) is None
    git(tmp_path, "init", "--quiet", "new")
    assert commit_of(tmp_path / "new") is None
    (tmp_path / "new" / ".git" / "HEAD").write_bytes(b"\xff\xfe")
    assert commit_of(tmp_path / "new") is None


def test_a_user_without_a_name_is_not_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def unknown() -> str:
        raise KeyError("getpwuid(): uid not found: 12345")  # noqa: EM101

    monkeypatch.setattr("getpass.getuser", unknown)
    assert run_context({}, [tmp_path]) == RunContext()
