"""Jobs that are submitted to a standalone cluster, whose executors have only what the application brings."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.cluster.submitting import submit_command, submit_environment
from stageprint.engines.spark.jars import DRIVER_CLASS_PATH, delta_jars

ROOT: Final = Path(__file__).resolve().parents[2]
LOCAL: Final = "local[2]"

KILLER: Final = '''\
"""Ends the executor that runs this worker, by SIGKILL, the first time that {what} is called in the cluster."""

import os
import signal

import {module} as module

*owners, name = {what!r}.split(".")
owner = module
for one in owners:
    owner = getattr(owner, one)
original = getattr(owner, name)


def executor():
    process = os.getppid()
    while b"CoarseGrainedExecutorBackend" not in open(f"/proc/{{process}}/cmdline", "rb").read():
        process = int(open(f"/proc/{{process}}/stat").read().rpartition(")")[2].split()[1])
    return process


def killing(*arguments, **named):
    found = original(*arguments, **named)
    try:
        os.close(os.open({marker!r}, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return found
    os.kill(executor(), signal.SIGKILL)
    raise SystemExit("the executor was killed")


setattr(owner, name, killing)
'''
"""What an executor's Python runs at its start, as ``sitecustomize``."""


@dataclass(frozen=True, slots=True)
class Submitter:
    """Submits jobs with a packed environment.

    Attributes:
        archive: The packed environment.
        driver: The interpreter in it, unpacked for the driver.
    """

    archive: Path
    driver: Path

    def submit(
        self, master: str, job: Path, *arguments: str, conf: Mapping[str, str] | None = None, bare: str | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a job to its end.

        Args:
            master: The cluster, or ``local[…]``.
            job: The Python file.
            arguments: Its arguments.
            conf: More settings of Spark.
            bare: An interpreter that executors take instead of the packed one; None: they take the packed one.
        """
        local = master.startswith("local")
        # Fetched beforehand where no session of this version has run on the machine yet.
        with delta_jars(has_own_packages=True) as settings:
            jars = settings[DRIVER_CLASS_PATH].split(os.pathsep)
        command = submit_command(
            master,
            job,
            *arguments,
            archive=None if local or bare else self.archive,
            jars=jars,
            conf={
                "spark.driver.memory": "1g",
                "spark.executor.memory": "512m",
                "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
                "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
                **(conf or {}),
            },
        )
        python = {"executors": bare or str(self.driver)} if local or bare else {}
        return subprocess.run(  # noqa: S603 -- spark-submit, with the tests' own jobs
            command,
            env=submit_environment(self.driver, **python),
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
        )

    def job(self, name: str) -> Path:
        """Return a file of `jobs`."""
        return ROOT / "jobs" / name


def killer(folder: Path, module: str, what: str) -> tuple[dict[str, str], Path]:
    """Return settings by which one executor is killed in the midst of a call, and the file that then exists.

    Args:
        folder: Where executors find the code that does it.
        module: A module of the package.
        what: The function or method of it after whose first call in any executor that executor is killed.
    """
    code, marker = folder / "killer", folder / "killed"
    code.mkdir()
    (code / "sitecustomize.py").write_text(KILLER.format(module=module, what=what, marker=str(marker)), "utf-8")
    return {"spark.executorEnv.PYTHONPATH": str(code)}, marker
