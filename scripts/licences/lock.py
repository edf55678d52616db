"""Reads the lock: which packages, in which versions, and whether users of the wheel need them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

PROJECT: Final = "stageprint (pyproject.toml)"
"""How the lock names the project as the reason for a package that users need."""

_PINNED: Final = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^ ;]+)(?: ; (?P<marker>.+))?$")
_VIA: Final = re.compile(r"^    # (?:via )?(?:  )?(?P<who>.*)$")


@dataclass
class Package:
    """A package of the lock.

    Attributes:
        name: Its name, in lower case with dashes.
        versions: Version → marker of the environments that get it; an empty marker: all.
        needed_by: What needs it: packages, or the project's own lists.
        for_users: Whether somebody who installs the wheel gets it.
    """

    name: str
    versions: dict[str, str] = field(default_factory=dict)
    needed_by: set[str] = field(default_factory=set)
    for_users: bool = False


def read_lock(text: str) -> list[Package]:
    """Return the packages of a lock that uv wrote, by name.

    Args:
        text: The lock.
    """
    found: dict[str, Package] = {}
    package: Package | None = None
    for line in text.splitlines():
        pinned = _PINNED.match(line)
        if pinned is not None:
            package = found.setdefault(pinned["name"].lower(), Package(pinned["name"].lower()))
            package.versions[pinned["version"]] = pinned["marker"] or ""
            continue
        via = _VIA.match(line)
        if via is not None and package is not None and via["who"].strip() not in {"", "via"}:
            package.needed_by.add(via["who"].strip())
    _mark_for_users(found)
    return [found[name] for name in sorted(found)]


def _mark_for_users(packages: Mapping[str, Package]) -> None:
    waiting = [package for package in packages.values() if PROJECT in package.needed_by]
    while waiting:
        package = waiting.pop()
        if not package.for_users:
            package.for_users = True
            waiting += _needed_by(packages.values(), package.name)


def _needed_by(packages: Iterable[Package], name: str) -> list[Package]:
    return [package for package in packages if name in package.needed_by]
