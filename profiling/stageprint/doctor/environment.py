"""Looks at what is installed: Python, libraries, Java, Spark, Delta."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from stageprint.doctor.examined import Examined, Health
from stageprint.engines.given import INSTALL, is_given_spark
from stageprint.engines.spark.versions import (
    DELTA_OF_SPARK,
    TESTED,
    lacking_functions,
    minor,
    said_lacking,
    why_no_delta,
)
from stageprint.version import installed_version, stageprint_version

MIN_PYTHON: Final = (3, 10)
MIN_JAVA: Final = 17
_JAVA_SECONDS: Final = 20
_LIBRARIES: Final = ("pyarrow", "numpy", "deltalake", "datasketches")
_UNKNOWN: Final = "unknown"

_OPTIONAL: Final = (
    ("pandas", "pandas", "Spark's functions over Arrow, `.to_pandas()`, pandas tables in Python"),
    ("polars", "polars", "Polars tables in Python"),
    ("holidays", "holidays", "`calendar.country`"),
    ("mlflow", "mlflow", "`expected_model_version: {mlflow: …}`"),
)
"""Distribution, module, and what it is good for."""


def examine_python() -> Iterator[Examined]:
    """Yield Python, stageprint, and the libraries that it cannot do without."""
    version = ".".join(map(str, sys.version_info[:3]))
    wanted = ".".join(map(str, MIN_PYTHON))
    enough = sys.version_info[:2] >= MIN_PYTHON
    found = f"{version} at {sys.executable}"
    yield Examined("Python", "ok" if enough else "failed", found, True, advice=f"install Python {wanted} or newer")
    yield Examined("stageprint", "ok", stageprint_version(), True)
    for name in _LIBRARIES:
        installed = installed_version(name)
        missing = installed == _UNKNOWN or importlib.util.find_spec(name) is None
        yield Examined(name, "missing" if missing else "ok", installed, True, advice=f"pip install {name}")


def examine_spark(why: str | None) -> Iterator[Examined]:
    """Yield Java, pyspark and delta-spark.

    Args:
        why: What needs Spark; None: nothing does.
    """
    needed, reason = why is not None, why or "engine spark, catalog tables, queries"
    given = is_given_spark()
    yield _java(needed and not given, reason)
    spark, delta = installed_version("pyspark"), installed_version("delta-spark")
    if importlib.util.find_spec("pyspark") is None:
        yield Examined("pyspark", "missing", "not installed", needed, reason, INSTALL)
        return
    where = " (a Spark is running: this process was given it)" if given else ""
    if minor(spark) in TESTED:
        yield Examined("pyspark", "ok", f"{spark}{where}", needed, reason)
    else:
        advice = f"what is tested: Spark {TESTED[0]} to {TESTED[-1]}"
        yield Examined("pyspark", "unknown", f"{spark}{where}, which is not tested", needed, reason, advice)
    lacking = said_lacking(lacking_functions(spark))
    if lacking:
        yield Examined("SQL over sketches", "unknown", lacking, False, "queries over `kll_sketch`, `theta_sketch`")
    expected = DELTA_OF_SPARK.get(minor(spark))
    if minor(spark) in TESTED and expected is None and not given:
        found = why_no_delta(spark, delta)
        yield Examined("delta-spark", "missing", found, False, "a store in a catalog, Delta sources read by Spark")
        return
    if delta == _UNKNOWN:
        health: Health = "unknown" if given else "missing"
        advice = "" if given else f"pip install 'delta-spark{f'=={expected}.*' if expected else ''}'"
        yield Examined("delta-spark", health, "not installed as a package", needed and not given, reason, advice)
    elif expected is not None and not delta.startswith(expected) and not given:
        advice = f"pip install 'delta-spark=={expected}.*'"
        yield Examined("delta-spark", "failed", f"{delta}, which is not for Spark {spark}", needed, reason, advice)
    else:
        yield Examined("delta-spark", "ok", delta, needed, reason)


def examine_optional(needed: frozenset[str]) -> Iterator[Examined]:
    """Yield libraries that only some uses need.

    Args:
        needed: Those that the configuration needs.
    """
    for name, module, use in _OPTIONAL:
        installed = importlib.util.find_spec(module) is not None
        version = installed_version(name) if installed else "not installed"
        advice = "" if installed else f"pip install {name}"
        yield Examined(name, "ok" if installed else "missing", version, name in needed, use, advice)


def _java(needed: bool, why: str) -> Examined:
    advice = f"install Java {MIN_JAVA} (for example apt-get install openjdk-{MIN_JAVA}-jre-headless), or set JAVA_HOME"
    home = os.environ.get("JAVA_HOME")
    inside = Path(home) / "bin" / "java" if home else None
    java = str(inside) if inside is not None and inside.exists() else shutil.which("java")
    if java is None:
        return Examined("Java", "missing", "neither on the path nor under JAVA_HOME", needed, why, advice)
    try:
        shown = subprocess.run([java, "-version"], capture_output=True, text=True, check=False, timeout=_JAVA_SECONDS)  # noqa: S603 -- the user's own java
    except (OSError, subprocess.TimeoutExpired) as error:
        return Examined("Java", "failed", f"{java}: {error}", needed, why, advice)
    version = re.search(r'version "((?:1\.)?(\d+)[^"]*)"', shown.stderr)
    if version is None:
        return Examined("Java", "failed", f"{java} does not print its version", needed, why, advice)
    enough = int(version[2]) >= MIN_JAVA
    return Examined("Java", "ok" if enough else "failed", f"{version[1]} at {java}", needed, why, advice)
