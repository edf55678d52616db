"""Stageprint: fingerprints of every table in every stage of an ML pipeline, and where they broke.

The names below load what they need when first used: importing the package imports no Spark.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stageprint.api import (
        check_runs,
        compare_rows,
        compare_runs,
        list_runs,
        merge_runs,
        notify_run,
        open_results,
        profile_dataframe,
        profile_runs,
        suggest_checks,
    )
    from stageprint.config.loader import load_config
    from stageprint.engines.spark.session import get_session
    from stageprint.interactive import compare, profile
    from stageprint.serving import ServingProfiler
    from stageprint.stores.spark.store import open_store
    from stageprint.upkeep import delete_runs, maintain_store, purge_column

_HOME = {
    "ServingProfiler": "stageprint.serving",
    "check_runs": "stageprint.api",
    "compare": "stageprint.interactive",
    "compare_rows": "stageprint.api",
    "compare_runs": "stageprint.api",
    "delete_runs": "stageprint.upkeep",
    "get_session": "stageprint.engines.spark.session",
    "list_runs": "stageprint.api",
    "load_config": "stageprint.config.loader",
    "maintain_store": "stageprint.upkeep",
    "merge_runs": "stageprint.api",
    "notify_run": "stageprint.api",
    "open_results": "stageprint.api",
    "open_store": "stageprint.stores.spark.store",
    "profile": "stageprint.interactive",
    "profile_dataframe": "stageprint.api",
    "profile_runs": "stageprint.api",
    "purge_column": "stageprint.upkeep",
    "suggest_checks": "stageprint.api",
}

__all__ = [
    "ServingProfiler",
    "check_runs",
    "compare",
    "compare_rows",
    "compare_runs",
    "delete_runs",
    "get_session",
    "list_runs",
    "load_config",
    "maintain_store",
    "merge_runs",
    "notify_run",
    "open_results",
    "open_store",
    "profile",
    "profile_dataframe",
    "profile_runs",
    "purge_column",
    "suggest_checks",
]


def __getattr__(name: str) -> Any:
    """Import a public name from its module when it is first used (PEP 562)."""
    if name == "__version__":
        return import_module("stageprint.version").stageprint_version()
    if name not in _HOME:
        message = f"module 'stageprint' has no attribute {name!r}"
        raise AttributeError(message)
    try:
        return getattr(import_module(_HOME[name]), name)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "pyspark":
            raise
        install = 'install it: pip install "stageprint[spark]"'
        message = f"stageprint.{name} needs Spark, but pyspark is not installed; {install}"
        raise ImportError(message, name=error.name) from error


def __dir__() -> list[str]:
    """List the public names, also those that are not imported yet."""
    return sorted({*globals(), *__all__, "__version__"})
