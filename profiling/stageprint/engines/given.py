"""Which Spark this process has or could start; imports neither Spark nor what reads tables."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from pathlib import Path
from typing import Final

from stageprint.errors import SessionError

GIVEN: Final = ("DATABRICKS_RUNTIME_VERSION", "PYSPARK_GATEWAY_PORT", "SPARK_REMOTE")
"""Environment variables of a process that was given a Spark: Databricks, spark-submit, Spark Connect."""

INSTALL: Final = 'pip install "stageprint[spark]"'


def why_given() -> str | None:
    """Return which Spark this process has already; None: none."""
    if _session_runs():
        return "a Spark session is running in this process"
    return next((f"this process was given a Spark ({name})" for name in GIVEN if name in os.environ), None)


def is_given_spark() -> bool:
    """Tell whether this process has a Spark: a running session, or one given by Databricks, spark-submit or Connect."""
    return importlib.util.find_spec("pyspark") is not None and why_given() is not None


def why_no_spark() -> str | None:
    """Return why no Spark can be started in this process; None: nothing is known to be missing."""
    if importlib.util.find_spec("pyspark") is None:
        return f"pyspark is not installed ({INSTALL})"
    if any(name in os.environ for name in GIVEN):
        return None
    home = os.environ.get("JAVA_HOME")
    if (home and (Path(home) / "bin" / "java").exists()) or shutil.which("java"):
        return None
    return "no Java is found, neither on the path nor under JAVA_HOME"


def require_pyspark(what: str) -> None:
    """Raise `SessionError` where pyspark is not installed.

    Args:
        what: What Spark is needed for, as the beginning of a sentence.
    """
    if importlib.util.find_spec("pyspark") is None:
        message = f"{what} needs Spark, but pyspark is not installed; install it: {INSTALL}"
        raise SessionError(message)


def _session_runs() -> bool:
    sql, core = sys.modules.get("pyspark.sql"), sys.modules.get("pyspark")
    if sql is not None and sql.SparkSession.getActiveSession() is not None:
        return True
    # A session is active in the thread that made it, and its context in all of them.
    return getattr(getattr(core, "SparkContext", None), "_active_spark_context", None) is not None
