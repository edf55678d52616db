"""Says which tests took the longest in the last run: ``python -m tests.support.slow build/tests/*.xml``."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

SHOWN_TESTS = 25
SHOWN_FILES = 15


@dataclass(frozen=True)
class Timed:
    """One test and the seconds it took, its fixtures included.

    Attributes:
        file: The module, such as ``tests.unit.test_model``.
        name: The test with its parameters.
        seconds: Set-up, call and tear-down.
    """

    file: str
    name: str
    seconds: float


def read_record(file: Path) -> Iterator[Timed]:
    """Yield the tests of a JUnit XML file, as pytest's ``--junitxml`` writes it."""
    for case in ET.parse(file).iter("testcase"):  # noqa: S314 -- our own pytest wrote it
        yield Timed(case.get("classname", ""), case.get("name", ""), float(case.get("time", 0)))


def report(tests: Iterable[Timed]) -> str:
    """Return the slowest tests and the slowest files, in seconds."""
    found = sorted(tests, key=lambda test: -test.seconds)
    files: dict[str, float] = {}
    for test in found:
        files[test.file] = files.get(test.file, 0.0) + test.seconds
    slowest_files = sorted(files.items(), key=lambda item: -item[1])
    lines = [f"{len(found)} tests, {sum(files.values()):.0f} s of work", "", "Slowest tests"]
    lines += [f"{test.seconds:8.1f} s  {test.file}::{test.name}" for test in found[:SHOWN_TESTS]]
    lines += ["", "Slowest files"]
    lines += [f"{seconds:8.1f} s  {file}" for file, seconds in slowest_files[:SHOWN_FILES]]
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Print the report over the given files.

    Returns:
        0, or 2 where there is no record of a run.
    """
    files = [Path(argument) for argument in arguments if Path(argument).is_file()]
    if not files:
        sys.stderr.write("no record of a test run: run `make test` (or `make test-unit`) first\n")
        return 2
    sys.stdout.write(report(test for file in files for test in read_record(file)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
