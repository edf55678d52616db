"""Times a case several times, and describes the machine."""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any, Final

BUDGET_SECONDS: Final = 180.0
"""No further round of a case begins after this time."""

_KNOWN: Final = ("name", "rows", "columns", "seconds", "scan_seconds", "ratio", "rounds")


@dataclass(frozen=True)
class Result:
    """The result of a case.

    Attributes:
        name: The case.
        rows: Rows of the data.
        columns: Columns of the data.
        seconds: Median of the rounds; None: the case failed.
        scan_seconds: The bare scan of the same rows in the same run, median; None: it failed, or there is none.
        rounds: Each round's seconds.
        more: Other measurements, or the reason of a failure.
    """

    name: str
    rows: int
    columns: int
    seconds: float | None
    scan_seconds: float | None
    rounds: tuple[float, ...] = ()
    more: Mapping[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """Seconds divided by those of the bare scan."""
        if self.seconds is None or not self.scan_seconds:
            return None
        return self.seconds / self.scan_seconds

    def as_dict(self) -> dict[str, Any]:
        """Return the result as plain values."""
        known: dict[str, Any] = {
            "name": self.name,
            "rows": self.rows,
            "columns": self.columns,
            "seconds": _short(self.seconds),
            "scan_seconds": _short(self.scan_seconds),
            "ratio": _short(self.ratio),
            "rounds": [_short(seconds) for seconds in self.rounds],
        }
        return known | dict(self.more)

    def as_json(self) -> str:
        """Return the result as one line."""
        return json.dumps(self.as_dict())

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Result:
        """Return what `as_dict` wrote."""
        more = {name: value for name, value in values.items() if name not in _KNOWN}
        return cls(
            values["name"],
            values["rows"],
            values["columns"],
            values["seconds"],
            values["scan_seconds"],
            tuple(values["rounds"]),
            more,
        )


def failed(name: str, rows: int, columns: int, error: BaseException | str, **more: object) -> Result:
    """Return the result of a case that failed, with the reason."""
    if isinstance(error, BaseException):
        lines = str(error).strip().splitlines()
        error = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return Result(name, rows, columns, None, None, (), {**more, "failed": error})


def timed(run: Callable[[], object], rounds: int, warm: bool = True) -> tuple[float, ...]:
    """Return the seconds of each round, without a warm-up round that compiles code and fills caches.

    Args:
        run: The function to time.
        rounds: Largest number of rounds; fewer if they take too long.
        warm: Whether to run a warm-up round.
    """
    begun = time.monotonic()
    if warm:
        run()
    found: list[float] = []
    while len(found) < rounds and (not found or time.monotonic() - begun < BUDGET_SECONDS):
        started = time.monotonic()
        run()
        found.append(time.monotonic() - started)
    return tuple(found)


def median(rounds: tuple[float, ...]) -> float:
    """Return the median of some rounds."""
    return statistics.median(rounds)


def worker_peak_mib() -> float | None:
    """Return the peak resident memory of this process's Python workers of Spark, in MiB; None if not on Linux."""
    return peak_mib(lambda command: b"pyspark" in command and b"daemon" in command)


def peak_mib(chosen: Callable[[bytes], bool] | None = None) -> float | None:
    """Return the largest peak resident memory among the child processes, in MiB; None if not on Linux.

    Args:
        chosen: Whether a process counts, by its command line; None: only this process itself.
    """
    folders = Path("/proc").glob("[0-9]*") if chosen is not None else [Path("/proc/self")]
    return max((peak for folder in folders for peak in _peak(folder, chosen)), default=None)


def _peak(folder: Path, chosen: Callable[[bytes], bool] | None) -> list[float]:
    try:
        command = (folder / "cmdline").read_bytes()
        if chosen is not None and not (chosen(command) and _is_ours(int(folder.name))):
            return []
        lines = (folder / "status").read_text().splitlines()
    except (OSError, ValueError):  # the process has ended
        return []
    return [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")]


def cpu_seconds() -> float:
    """Return the processor seconds of this process and its children so far; 0 if not on Linux.

    On a shared machine they say more about the work than wall-clock time.
    """
    return sum(map(_ticks, Path("/proc").glob("[0-9]*"))) / os.sysconf("SC_CLK_TCK")


def _ticks(folder: Path) -> int:
    try:
        if not _is_ours(int(folder.name)):
            return 0
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
    except (OSError, ValueError):  # the process has ended
        return 0
    # User and system time of the process and of its children that have ended.
    return sum(int(field) for field in fields[11:15])


def _is_ours(process: int) -> bool:
    while process > 1:
        if process == os.getpid():
            return True
        # The name in parentheses may hold anything; the parent is the second field behind it.
        process = int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
    return False


def machine() -> dict[str, str]:
    """Return the hardware and the versions that the figures depend on."""
    versions = {name: _version(name) for name in ("pyspark", "pyarrow", "datasketches", "numpy", "duckdb")}
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cores": str(os.cpu_count()),
        "memory": f"{memory:.0f} GiB",
        "processor": _processor(),
        "system": platform.system(),
        "python": platform.python_version(),
        **versions,
    }


def busy() -> float | None:
    """Return the load average of the last minute; None where the system does not tell."""
    try:
        return round(os.getloadavg()[0], 1)
    except (OSError, AttributeError):
        return None


def report_progress(text: str) -> None:
    """Print a line of progress to stderr."""
    print(text, file=sys.stderr, flush=True)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 3)
