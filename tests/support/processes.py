"""Processes below this one: Spark's JVM, and its Python workers."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


def children(parent: int) -> list[int]:
    """Return the processes that a process has started and that still run."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            # The name of the program, in parentheses, may hold spaces.
            if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(entry.name))
    return found


def command_of(process: int) -> str:
    """Return the command line of a process."""
    with suppress(OSError):
        return Path(f"/proc/{process}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    return ""


def python_workers() -> list[int]:
    """Return the Python workers of this process's local Spark session."""
    jvms = [child for child in descendants(os.getpid()) if "org.apache.spark" in command_of(child)]
    daemons = [child for jvm in jvms for child in children(jvm) if "pyspark.daemon" in command_of(child)]
    return [worker for daemon in daemons for worker in children(daemon)]


def descendants(process: int) -> list[int]:
    """Return the processes below a process, at any depth."""
    own = children(process)
    return [*own, *(below for child in own for below in descendants(child))]


@contextmanager
def python_workers_killed() -> Iterator[list[int]]:
    """Kill every Python worker that there is, and that appears, while the block runs; yield those killed."""
    ended = threading.Event()
    killed: list[int] = []

    def kill() -> None:
        while not ended.is_set():
            for worker in python_workers():
                with suppress(ProcessLookupError):
                    os.kill(worker, signal.SIGKILL)
                    killed.append(worker)
            ended.wait(0.01)

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    try:
        yield killed
    finally:
        ended.set()
        thread.join()
