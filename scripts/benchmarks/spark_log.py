"""Reads from the event log of Spark how many bytes it moved."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Traffic:
    """Bytes moved by the tasks of some jobs.

    Attributes:
        read: Read from files.
        shuffled: Written for another task to read.
        spilled: Written to disk because they did not fit the heap.
    """

    read: int
    shuffled: int
    spilled: int


def logged(folder: Path) -> dict[str, str]:
    """Return the settings that make Spark write its event log into a folder, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return {
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": folder.resolve().as_uri(),
        "spark.eventLog.rolling.enabled": "false",
        "spark.eventLog.compress": "false",
    }


def read_log(folder: Path, since: float) -> Traffic:
    """Return the bytes moved by tasks launched since a time (seconds since 1970); the session must be stopped."""
    read = shuffled = spilled = 0
    for file in folder.iterdir():
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                if '"SparkListenerTaskEnd"' not in line[:60]:
                    continue
                event = json.loads(line)
                if event["Task Info"]["Launch Time"] < 1000 * since:
                    continue
                metrics = event.get("Task Metrics") or {}
                read += metrics.get("Input Metrics", {}).get("Bytes Read", 0)
                shuffled += metrics.get("Shuffle Write Metrics", {}).get("Shuffle Bytes Written", 0)
                spilled += metrics.get("Disk Bytes Spilled", 0)
    return Traffic(read, shuffled, spilled)
