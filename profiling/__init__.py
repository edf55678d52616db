"""Stageprint: fingerprints of every table in every stage of an ML pipeline, and where they broke.

The names below load what they need when first used: importing the package imports no Spark.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from profiling.config import load_config
    from profiling.serving import ServingProfiler
    from profiling.spark.compare import compare_runs
    from profiling.spark.profile import profile_dataframe, profile_runs
    from profiling.spark.session import get_session
    from profiling.spark.store import open_store

_HOME = {
    "ServingProfiler": "profiling.serving",
    "compare_runs": "profiling.spark.compare",
    "get_session": "profiling.spark.session",
    "load_config": "profiling.config",
    "open_store": "profiling.spark.store",
    "profile_dataframe": "profiling.spark.profile",
    "profile_runs": "profiling.spark.profile",
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
    """Import a public name from its module (PEP 562)."""
    if name not in _HOME:
        message = f"module 'profiling' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_HOME[name]), name)
