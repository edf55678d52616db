"""Versions of installed distributions."""

from __future__ import annotations


def stageprint_version() -> str:
    """Return the installed version of stageprint; ``unknown`` in a source tree that is not installed."""
    return installed_version("stageprint")


def installed_version(distribution: str) -> str:
    """Return the version of a distribution; ``unknown`` if it is not installed."""
    from importlib import metadata  # noqa: PLC0415 -- costs more than the rest of the serving profiler's imports

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "unknown"
