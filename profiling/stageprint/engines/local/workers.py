"""Runs jobs in processes of their own, as many as there are cores.

The processes are started as ``python -m stageprint.engines.local.worker`` and not by `multiprocessing`, which would run
the calling script a second time in each of them.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import IO, Final

from stageprint.engines.local.scan import Done, Job, run

MIN_BYTES: Final = 32 << 20
"""Bytes from which on starting workers, which takes about a second, is worth while."""

_LENGTH: Final = 8


def read_message(source: IO[bytes]) -> bytes | None:
    """Return the next message of a stream; None at its end."""
    head = source.read(_LENGTH)
    return source.read(int.from_bytes(head, "big")) if len(head) == _LENGTH else None


def write_message(target: IO[bytes], message: bytes) -> None:
    """Write a message with its length before it."""
    target.write(len(message).to_bytes(_LENGTH, "big") + message)
    target.flush()


class Workers:
    """Runs jobs; a context manager that ends its processes.

    Args:
        count: Number of processes; 1: jobs run in this one.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._processes: list[subprocess.Popen[bytes]] = []
        self._own = threading.local()
        self._pool = ThreadPoolExecutor(max(count, 1))

    def __enter__(self) -> Workers:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the processes; jobs that have not begun are dropped."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        for process in self._processes:
            process.kill()
        self._pool.shutdown(wait=True)
        for process in self._processes:
            process.wait()
            for stream in (process.stdin, process.stdout):
                if stream is not None:
                    stream.close()

    def submit(self, jobs: Sequence[Job]) -> list[Future[Done]]:
        """Return the outcomes of jobs, to come."""
        work = run if self._count == 1 else self._run
        return [self._pool.submit(work, job) for job in jobs]

    def _run(self, job: Job) -> Done:
        process = self._process()
        stdin, stdout = process.stdin, process.stdout
        if stdin is None or stdout is None:
            return Done(failure="a worker has no streams")
        try:
            write_message(stdin, pickle.dumps(job))
            found = read_message(stdout)
        except OSError:
            found = None
        if found is None:
            del self._own.process
            return Done(failure=f"a worker process ended (exit status {process.wait()}): it may have run out of memory")
        done: Done = pickle.loads(found)  # noqa: S301 -- made by the worker that this process started
        return done

    def _process(self) -> subprocess.Popen[bytes]:
        own: subprocess.Popen[bytes] | None = getattr(self._own, "process", None)
        if own is None:
            words = [sys.executable, "-m", "stageprint.engines.local.worker"]
            path = os.pathsep.join(filter(None, sys.path))
            own = subprocess.Popen(  # noqa: S603 -- the words are this module's own
                words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": path}
            )
            self._own.process = own
            self._processes.append(own)
        return own
