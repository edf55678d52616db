"""A worker process: reads jobs from its standard input, and writes what comes of them to its standard output."""

from __future__ import annotations

import os
import pickle
import sys

import pyarrow as pa

from stageprint.engines.local.scan import run
from stageprint.engines.local.workers import read_message, write_message


def main() -> None:
    """Run jobs until the input ends."""
    pa.set_cpu_count(1)  # there is a worker for each core
    # What a library prints must not end up among the answers.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    while (message := read_message(sys.stdin.buffer)) is not None:
        write_message(answers, pickle.dumps(run(pickle.loads(message))))  # noqa: S301 -- from the parent process


if __name__ == "__main__":
    main()
