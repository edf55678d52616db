"""`make demo`: builds the twelve runs, then runs the commands a user would: in one Spark session, or without Spark."""

from __future__ import annotations

import shlex
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from scripts.demo.build import main as build
from stageprint.cli import main as stageprint

CONFIG = "conf/nycflights.yml"
DATA = "build/demo/data"
STORE = "build/demo/store"
REPORT = "build/demo/report.html"


def main(arguments: Sequence[str] = ()) -> int:
    """Run the tour.

    Args:
        arguments: Go to the demo pipeline, such as ``--incident unit_change@2013-08``. With ``--list-incidents`` or
            ``--help`` nothing else is run.

    Returns:
        0, or the first command's exit status that is not 0.
    """
    if {"--list-incidents", "--help", "-h"} & set(arguments):
        return build(arguments)
    started = time.monotonic()
    steps: list[tuple[str, Callable[[Sequence[str]], int], list[str]]] = [
        ("python -m scripts.demo.build", build, ["--out", DATA, *arguments]),
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
