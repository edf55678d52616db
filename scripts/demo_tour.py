"""`make demo`: builds the twelve runs, then runs the commands a user would, in one Spark session."""

from __future__ import annotations

import shlex
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from scripts.demo.cli import main as pipeline
from stageprint.cli import main as stageprint

CONFIG = "conf/nycflights.yml"
DATA = "build/demo/data"
STORE = "build/demo/store"
REPORT = "build/demo/report.html"


def main(arguments: Sequence[str] = ()) -> int:
    """Run the tour; extra arguments (``--incident …``) go to the demo pipeline.

    Returns:
        0, or the first command's exit status that is not 0.
    """
    started = time.monotonic()
    steps: list[tuple[str, Callable[[Sequence[str]], int], list[str]]] = [
        ("python scripts/demo_pipeline.py", pipeline, ["--out", DATA, *arguments]),
        ("stageprint", stageprint, ["profile", "--config", CONFIG, "--all-runs"]),
        ("stageprint", stageprint, ["compare", "--config", CONFIG, "--all-runs", "--fail-on", "never"]),
        ("stageprint", stageprint, ["report", "--config", CONFIG, "--run", "2013-12", "--out", REPORT]),
        ("stageprint", stageprint, ["findings", "--config", CONFIG]),
    ]
    for shown, command, options in steps:
        print(f"\n$ {shown} {shlex.join(options)}", flush=True)
        status = command(options)
        if status != 0:
            return status
    print(
        f"\nDone in {time.monotonic() - started:.0f} s.\n"
        f"  result tables (Delta): {Path(STORE).resolve()}\n"
        f"  report:                {Path(REPORT).resolve()}\n"
        "Next: stageprint history --config conf/nycflights.yml --stage raw --table weather --column temp"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
