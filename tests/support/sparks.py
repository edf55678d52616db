"""Commands in one session of any supported version of Spark."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path

from scripts.matrix.environments import environment, interpreter

_COMMANDS = """
import json, sys
from stageprint.cli import run
from stageprint.engines.spark.session import get_session
get_session("matrix", {"spark.sql.shuffle.partitions": "2", "spark.driver.memory": "1g"})
statuses = [run(words) for words in json.loads(sys.argv[1])]
print("statuses", json.dumps(statuses))
"""


def run_commands(version: str, folder: Path, commands: Sequence[Sequence[str]]) -> list[int]:
    """Run commands of stageprint in one session of a version of Spark, and return their exit statuses."""
    done = subprocess.run(  # noqa: S603 -- the tests' own code
        [str(interpreter(version)), "-W", "ignore", "-c", _COMMANDS, json.dumps([list(words) for words in commands])],
        cwd=folder,
        env=environment(version),
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    assert "Traceback" not in done.stdout + done.stderr, (version, done.stderr[-5000:])
    last = done.stdout.strip().rsplit("\n", 1)[-1]
    assert last.startswith("statuses "), (version, done.stderr[-5000:])
    found: list[int] = json.loads(last.removeprefix("statuses "))
    return found
