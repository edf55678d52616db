"""What `make bench` adds to the environment: the same versions as those that are there."""

from __future__ import annotations

import re
from pathlib import Path

CONF = Path(__file__).resolve().parents[3] / "conf"
PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+)", re.MULTILINE)


def pins(name: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for package, version in PIN.findall((CONF / name).read_text("utf-8")):
        found.setdefault(package.lower(), set()).add(version)
    return found


def test_no_package_of_the_environment_gets_another_version() -> None:
    ours, added = pins("requirements.lock"), pins("bench.lock")
    both = sorted(ours.keys() & added.keys())
    assert len(both) > 2
    assert [name for name in both if not added[name] <= ours[name]] == []
