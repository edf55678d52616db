"""``python -m tests.soak``: prints each run's cost, and at last the figures as one JSON object."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from tests.soak.soak import Measured, soak, summary


def main() -> None:
    """Run the soak test."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--maintain-every", type=int, default=30, help="0: never")
    parser.add_argument("--keep-runs", type=int, default=60)
    parser.add_argument("--json", type=Path, help="file for the figures, every run included")
    arguments = parser.parse_args()
    every = arguments.maintain_every or None
    with tempfile.TemporaryDirectory() as folder:
        measured = soak(
            Path(folder, "store"), arguments.runs, maintain_every=every, keep_runs=arguments.keep_runs, tell=_tell
        )
    found = summary(measured, maintain_every=every, keep_runs=arguments.keep_runs)
    if arguments.json is not None:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(found) + "\n", encoding="utf-8")
    del found["each"]
    sys.stdout.write(json.dumps(found) + "\n")


def _tell(one: Measured) -> None:
    maintained = "" if one.maintain_seconds is None else f", maintained in {one.maintain_seconds:.1f} s"
    sys.stderr.write(
        f"{one.run_id}: {one.seconds:.2f} s, {one.cpu_seconds:.2f} s of CPU, {one.files} files, "
        f"{one.bytes / 2**20:.1f} MiB, {one.resident_bytes / 2**20:.0f} MiB of memory{maintained}\n"
    )


if __name__ == "__main__":
    main()
