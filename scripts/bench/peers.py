"""Profilers with dependencies of their own: each runs in its own environment, or says what failed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pyarrow.parquet as pq

from scripts.bench.measure import Result, say

PEERS: Final[Mapping[str, tuple[str, str]]] = {
    "whylogs": (
        "conf/bench-whylogs.lock",
        "import whylogs\nwhylogs.log(frame)",
    ),
    "ydata_profiling_minimal": (
        "conf/bench-ydata.lock",
        "from ydata_profiling import ProfileReport\n"
        "ProfileReport(frame, minimal=True, progress_bar=False).get_description()",
    ),
}
"""Name → lock file, and what is timed, imports included in neither: pandas holds the rows in memory already."""

_PROGRAM: Final = """\
import json, sys, time
import pyarrow.parquet as pq
frame = pq.read_table(sys.argv[1]).slice(0, int(sys.argv[2])).to_pandas()
lines = sys.argv[3].split("\\n")
exec(lines[0])
started = time.monotonic()
exec("\\n".join(lines[1:]))
print(json.dumps(time.monotonic() - started))
"""


def bench_peer(name: str, file: Path, rows: int, environments: Path) -> Result:
    """Return what a peer takes for the first rows of a file, on one core and with the rows in memory already."""
    say(f"{name}: {rows:,} rows in pandas …")
    lock, timed = PEERS[name]
    columns = pq.read_metadata(file).row_group(0).num_columns
    more = {"note": "one core, rows already in pandas, the reading not counted"}
    try:
        python = _environment(environments / name, lock)
        words = [str(python), "-c", _PROGRAM, str(file), str(rows), timed]
        shown = subprocess.run(words, capture_output=True, text=True, check=False, timeout=1800)  # noqa: S603 -- our own words
        if shown.returncode:
            lines = shown.stderr.strip().splitlines() or ["no message"]
            return Result(name, rows, columns, None, None, (), more | {"failed": lines[-1]})
        seconds = float(json.loads(shown.stdout.strip().splitlines()[-1]))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        return Result(name, rows, columns, None, None, (), more | {"failed": f"{type(error).__name__}: {error}"})
    return Result(name, rows, columns, seconds, None, (seconds,), more)


def _environment(folder: Path, lock: str) -> Path:
    python = folder / "bin" / "python"
    ready = folder / ".ready"
    if not ready.exists():
        say(f"installing {lock} …")
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)  # noqa: S603 -- our own words
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", lock]
        subprocess.run(install, check=True)  # noqa: S603 -- our own words
        ready.touch()
    return python
