"""Writes ``docs/licences.md`` and ``conf/sbom.json`` from the lock and the metadata of installed packages."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from email.message import Message
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from scripts.licences.lock import Package, read_lock

ROOT: Final = Path(__file__).resolve().parents[2]
LOCK: Final = "conf/requirements.lock"
PAGE: Final = "docs/licences.md"
SBOM: Final = "conf/sbom.json"

ALLOWED: Final = frozenset(
    {
        "0BSD",
        "Apache-2.0",
        "BSD-2-Clause",
        "BSD-3-Clause",
        "CC0-1.0",
        "ISC",
        "MIT",
        "MIT-0",
        "MPL-2.0",
        "PSF-2.0",
        "Zlib",
    }
)
"""Licences that any package of the lock may have. All but MPL-2.0 are permissive; that one binds changed files only."""

ALLOWED_FOR_TOOLS: Final = frozenset({"GPL-2.0-only"})
"""Licences of programs that developers run and that nothing links to or ships."""

_FROM_CLASSIFIERS: Final = {
    "MIT License": "MIT",
    "BSD License": "BSD-3-Clause",
    "Apache Software License": "Apache-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "ISC License (ISCL)": "ISC",
}
_FROM_TEXTS: Final = {
    "MIT": "MIT",
    "Apache-2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "CC0": "CC0-1.0",
    "3-Clause BSD License": "BSD-3-Clause",
}

_ELSEWHERE: Final = {
    "colorama": "BSD-3-Clause",
    "exceptiongroup": "MIT AND PSF-2.0",
    "httpx2-jsfetch": "BSD-3-Clause",
    "tomli": "MIT",
}
"""Licences of packages that only other versions of Python or other systems install, read from their own pages."""

_HEAD: Final = """\
# Licences

<!-- Written by `make licences` from conf/requirements.lock and the metadata of the installed packages. -->

Every package that the lock (`conf/requirements.lock`) may install, in every version for any Python, with its licence as
an SPDX expression from the package's own metadata. `conf/sbom.json` has the same list in CycloneDX's format. stageprint
itself is under [Apache-2.0](../LICENSE).

A test fails where a package is not listed, or has a licence that is not allowed. The metadata says what authors
declare; nobody has read the packages' files.

| allowed for | licences |
|---|---|
| every package | {allowed} |
| programs that only developers run | {tools} |

Known weaknesses are not part of this list. `make audit` asks a public database for them (pip-audit); it needs the
internet and is not part of `make check`.
"""


class LicenceError(Exception):
    """A package's licence is unknown or not allowed."""


def licence_of(name: str) -> str | None:
    """Return a package's licence as an SPDX expression; None: it is not installed here, and not known.

    Args:
        name: The package.

    Raises:
        LicenceError: The package is installed, and its metadata says nothing that is understood.
    """
    try:
        found: Any = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return _ELSEWHERE.get(name)
    return read_licence(name, found)


def read_licence(name: str, found: Message) -> str:
    """Return the licence in a package's metadata as an SPDX expression.

    Args:
        name: The package, for the error.
        found: Its metadata.

    Raises:
        LicenceError: It says nothing that is understood.
    """
    expression = found.get("License-Expression")
    if expression:
        return str(expression)
    ends = [line.rsplit(" :: ", 1)[-1] for line in found.get_all("Classifier") or [] if line.startswith("License ::")]
    classified = [_FROM_CLASSIFIERS[end] for end in ends if end in _FROM_CLASSIFIERS]
    if classified and len(classified) == len(ends):
        return " OR ".join(sorted(classified))
    text = str(found.get("License") or "").strip()
    if text in _FROM_TEXTS:
        return _FROM_TEXTS[text]
    message = f"{name}: its metadata names no known licence: {ends or text[:60]!r}"
    raise LicenceError(message)


def is_allowed(package: Package, licence: str) -> bool:
    """Return whether a package may have a licence; of alternatives (``OR``) one must be allowed, else all parts."""
    allowed = ALLOWED if package.for_users else ALLOWED | ALLOWED_FOR_TOOLS
    return any(all(part in allowed for part in choice.split(" AND ")) for choice in licence.split(" OR "))


def licences(packages: Iterable[Package], known: Mapping[str, str]) -> dict[str, str]:
    """Return the licence of every package.

    Args:
        packages: The packages of the lock.
        known: Licences that were listed before, for packages that are not installed here.

    Raises:
        LicenceError: One is unknown or not allowed; the message names all of them.
    """
    found: dict[str, str] = {}
    problems = []
    for package in packages:
        try:
            licence = licence_of(package.name) or known.get(package.name)
        except LicenceError as error:
            problems.append(str(error))
            continue
        if licence is None:
            problems.append(f"{package.name}: not installed here and not listed before: add it to _ELSEWHERE")
        elif not is_allowed(package, licence):
            problems.append(f"{package.name}: {licence} is not an allowed licence")
        else:
            found[package.name] = licence
    if problems:
        raise LicenceError("\n".join(problems))
    return found


def page(packages: Sequence[Package], found: Mapping[str, str]) -> str:
    """Return the page that lists packages with their licences.

    Args:
        packages: The packages of the lock.
        found: Their licences.
    """
    text = _HEAD.format(allowed=", ".join(sorted(ALLOWED)), tools=", ".join(sorted(ALLOWED_FOR_TOOLS)))
    for_users = "What users of the wheel get, with the extra `spark`"
    for heading, wanted in ((for_users, True), ("What developers get beside it", False)):
        text += f"\n## {heading}\n\n| package | version | licence |\n|---|---|---|\n"
        for package in packages:
            if package.for_users == wanted:
                versions = ", ".join(sorted(package.versions))
                text += f"| {package.name} | {versions} | {found[package.name]} |\n"
    return text


def bill(packages: Sequence[Package], found: Mapping[str, str]) -> dict[str, Any]:
    """Return the CycloneDX bill of materials; without time and random numbers, so that only the lock changes it.

    Args:
        packages: The packages of the lock.
        found: Their licences.
    """
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "library",
                "bom-ref": "stageprint",
                "name": "stageprint",
                "licenses": [{"expression": "Apache-2.0"}],
            }
        },
        "components": [
            {
                "type": "library",
                "bom-ref": f"pkg:pypi/{package.name}@{version}",
                "name": package.name,
                "version": version,
                "purl": f"pkg:pypi/{package.name}@{version}",
                "scope": "required" if package.for_users else "excluded",
                "licenses": [{"expression": found[package.name]}],
                **({"properties": [{"name": "marker", "value": marker}]} if marker else {}),
            }
            for package in packages
            for version, marker in sorted(package.versions.items())
        ],
    }


def known_licences(text: str) -> dict[str, str]:
    """Return the licences in a bill of materials, by package.

    Args:
        text: The bill, as JSON.
    """
    return {one["name"]: one["licenses"][0]["expression"] for one in json.loads(text)["components"]}


def written(root: Path) -> dict[str, str]:
    """Return the files that belong to the lock of a repository, by path.

    Raises:
        LicenceError: A licence is unknown or not allowed.
    """
    packages = read_lock((root / LOCK).read_text("utf-8"))
    bill_file = root / SBOM
    found = licences(packages, known_licences(bill_file.read_text("utf-8")) if bill_file.exists() else {})
    return {PAGE: page(packages, found), SBOM: json.dumps(bill(packages, found), indent=1) + "\n"}


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Write the files, or with ``--check`` name those that are stale; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m scripts.licences", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 where a file is stale")
    options = parser.parse_args(arguments)
    try:
        files = written(root)
    except LicenceError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    stale = [name for name, text in files.items() if not (root / name).exists() or _text(root / name) != text]
    if options.check:
        sys.stderr.write("".join(f"{name} is not of this lock: run `make licences`\n" for name in stale))
        return 1 if stale else 0
    for name in stale:
        (root / name).write_text(files[name], encoding="utf-8")
        sys.stdout.write(f"{name}\n")
    return 0


def _text(file: Path) -> str:
    return file.read_text("utf-8")
