"""Packages of the package index that carry public tables, unpacked below ``build/``."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
BUILD: Final = ROOT / "build" / "yardsticks"
"""Where everything is kept that the yardsticks make: packages, profiles, results."""

REQUIREMENTS: Final = Path(__file__).with_name("packages.txt")
"""The packages, each with its version and the hash of its only file."""


class PackageError(Exception):
    """The packages could not be fetched."""


@cache
def folder() -> Path:
    """Return the folder that the packages are unpacked in; the first call fetches them.

    Raises:
        PackageError: pip failed; its own words are in the message.
    """
    wanted = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    target, stamp = BUILD / "packages", BUILD / "packages.sha256"
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return target
    shutil.rmtree(target, ignore_errors=True)
    BUILD.mkdir(parents=True, exist_ok=True)
    words = ["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:"]
    words += ["--require-hashes", "--target", str(target), "--requirement", str(REQUIREMENTS)]
    done = subprocess.run([sys.executable, "-m", "pip", *words], capture_output=True, text=True, check=False)  # noqa: S603 -- the arguments are this module's own
    if done.returncode:
        message = f"the packages of {REQUIREMENTS.name} could not be fetched: {done.stderr.strip()}"
        raise PackageError(message)
    stamp.write_text(wanted, "utf-8")
    return target


def data_file(path: str) -> Path:
    """Return a file of one of the packages.

    Args:
        path: Its path, beginning with the name of the package's folder.

    Raises:
        PackageError: It is not there.
    """
    found = folder() / path
    if not found.exists():
        message = f"expected {path} in the packages of {REQUIREMENTS.name}, found none in {folder()}"
        raise PackageError(message)
    return found
