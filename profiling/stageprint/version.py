"""The version of stageprint that writes profiles."""

from __future__ import annotations


def stageprint_version() -> str:
    """Return the installed version; ``unknown`` in a source tree that is not installed."""
    from importlib import metadata  # noqa: PLC0415 -- costs more than the rest of the serving profiler's imports

    try:
        return metadata.version("stageprint")
    except metadata.PackageNotFoundError:
        return "unknown"
