"""The version that profiles are written by."""

from __future__ import annotations

from importlib import metadata


def stageprint_version() -> str:
    """Return the installed version of this distribution."""
    try:
        return metadata.version("stageprint")
    except metadata.PackageNotFoundError:
        return "unknown"
