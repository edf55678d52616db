"""Finds out who profiles a run, by which job and with which code: from the environment and the git folder.

No secret is looked at: only the variables named here are read, and credentials are taken out of what they hold.
"""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from stageprint.model.run_context import RunContext
from stageprint.redact import redacted

MAX_TEXT_CHARS: Final = 200
"""Longer texts are cut."""

_COMMIT: Final = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")

_COMMIT_VARIABLES: Final = (
    "STAGEPRINT_GIT_COMMIT",
    "GITHUB_SHA",
    "CI_COMMIT_SHA",  # GitLab
    "GIT_COMMIT",  # Jenkins
    "BUILD_SOURCEVERSION",  # Azure Pipelines
    "BITBUCKET_COMMIT",
)


class _Scheduler(NamedTuple):
    """The environment variables in which a scheduler names the job: its name, this run of it, who started it."""

    job: str
    run: str
    user: str = ""


_SCHEDULERS: Final = (
    _Scheduler("STAGEPRINT_JOB", "STAGEPRINT_JOB_RUN", "STAGEPRINT_USER"),
    _Scheduler("AIRFLOW_CTX_DAG_ID", "AIRFLOW_CTX_DAG_RUN_ID", "AIRFLOW_CTX_DAG_OWNER"),
    _Scheduler("GITHUB_WORKFLOW", "GITHUB_RUN_ID", "GITHUB_ACTOR"),
    _Scheduler("CI_JOB_NAME", "CI_JOB_ID", "GITLAB_USER_LOGIN"),
    _Scheduler("BUILD_DEFINITIONNAME", "BUILD_BUILDNUMBER", "BUILD_REQUESTEDFOR"),  # Azure Pipelines
    _Scheduler("JOB_NAME", "BUILD_TAG"),  # Jenkins
)


def run_context(environment: Mapping[str, str] | None = None, folders: Sequence[Path] = ()) -> RunContext:
    """Return the code, job and user of this process, as far as its environment names them.

    Args:
        environment: Environment variables; None: those of the process.
        folders: Where a git folder is looked for, here or above, if no variable names the commit; none: the working
            directory.
    """
    known = os.environ if environment is None else environment
    scheduler = next((one for one in _SCHEDULERS if known.get(one.job)), _SCHEDULERS[0])
    named = next((known[name] for name in _COMMIT_VARIABLES if known.get(name)), None)
    commit = named or next((found for folder in folders or (Path.cwd(),) if (found := commit_of(folder))), None)
    return RunContext(
        git_commit=_plain(commit),
        job=_plain(known.get(scheduler.job)),
        job_run=_plain(known.get(scheduler.run)),
        user=_plain(known.get("STAGEPRINT_USER") or known.get(scheduler.user) or _user()),
    )


def commit_of(folder: Path) -> str | None:
    """Return the commit that is checked out in the git work tree that holds a folder; None: there is none.

    Git's files are read, since git itself need not be installed, and refuses folders of other users. That files were
    edited since the commit is not seen.
    """
    try:
        place = folder.resolve()
        marker = next((found for above in (place, *place.parents) if (found := above / ".git").exists()), None)
        return None if marker is None else _head(marker)
    except (OSError, ValueError):
        return None


def _head(marker: Path) -> str | None:
    git = marker
    if marker.is_file():  # a linked work tree, or a submodule
        git = marker.parent / marker.read_text(encoding="utf-8").removeprefix("gitdir:").strip()
    common = git
    if (git / "commondir").is_file():
        common = git / (git / "commondir").read_text(encoding="utf-8").strip()
    head = (git / "HEAD").read_text(encoding="utf-8").strip()
    if not head.startswith("ref:"):
        return head if _COMMIT.fullmatch(head) else None
    name = head.removeprefix("ref:").strip()
    for base in (git, common):
        if (base / name).is_file():
            found = (base / name).read_text(encoding="utf-8").strip()
            return found if _COMMIT.fullmatch(found) else None
    packed = common / "packed-refs"
    if packed.is_file():
        for line in packed.read_text(encoding="utf-8").splitlines():
            commit, _, ref = line.partition(" ")
            if ref == name and _COMMIT.fullmatch(commit):
                return commit
    return None


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # the user id of a container may have no name
        return None


def _plain(text: str | None) -> str | None:
    return redacted(text.strip())[:MAX_TEXT_CHARS] or None if text else None
