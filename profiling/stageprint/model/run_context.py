"""Who profiled a run, by which job, with which code: what is kept beside the run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunContext:
    """Who profiled a run, with which job and code, as its process knew it; None: not known.

    Attributes:
        git_commit: The commit of the code.
        job: Name of the scheduler's job.
        job_run: The scheduler's identifier of this run of the job.
        user: Whom the process ran as, or who started the job.
    """

    git_commit: str | None = None
    job: str | None = None
    job_run: str | None = None
    user: str | None = None


UNKNOWN_CONTEXT = RunContext()
"""Nothing is known."""
