"""Stageprint: fingerprints of every table in every stage of an ML pipeline, and where they broke.

The names below load what they need when first used: importing the package imports no Spark.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stageprint.config.loader import load_config
    from stageprint.engines.spark.compare import compare_runs
    from stageprint.engines.spark.profile import profile_dataframe, profile_runs
    from stageprint.engines.spark.session import get_session
    from stageprint.serving import ServingProfiler
    from stageprint.stores.spark.store import open_store

_HOME = {
    "ServingProfiler": "stageprint.serving",
    "compare_runs": "stageprint.engines.spark.compare",
    "get_session": "stageprint.engines.spark.session",
    "load_config": "stageprint.config.loader",
    "open_store": "stageprint.stores.spark.store",
    "profile_dataframe": "stageprint.engines.spark.profile",
    "profile_runs": "stageprint.engines.spark.profile",
}

__all__ = [
    "ServingProfiler",
    "compare_runs",
    "get_session",
    "load_config",
    "open_store",
    "profile_dataframe",
    "profile_runs",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first used (PEP 562)."""
    if name == "__version__":
        return import_module("stageprint.version").stageprint_version()
    if name not in _HOME:
        message = f"module 'stageprint' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    """List the public names, also those that are not imported yet."""
    return sorted({*globals(), *__all__, "__version__"})
