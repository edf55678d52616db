"""Returns the running Spark session, or builds a local one with Delta.

Under spark-submit, on Databricks and in notebooks the existing session is used as it is. Elsewhere a local session is
built, with Delta's jars from a cache, workers on this Python interpreter, and UTC as its time zone.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pyspark.sql import SparkSession

from stageprint.engines.spark.compat import LOCAL_SETTINGS
from stageprint.engines.spark.errors import spark_reason
from stageprint.engines.spark.jars import DRIVER_CLASS_PATH, PACKAGES, about_jars, delta_jars
from stageprint.engines.spark.jvm import accumulator_server
from stageprint.errors import SessionError

MIN_JAVA_VERSION = 17

_DELTA_SQL: Final = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
}

# Result tables are small. With Spark's default of 200 shuffle partitions and Delta's 50 for the log, a commit takes
# 16 s instead of 2 s on two cores.
_LOCAL_DEFAULTS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.shuffle.partitions": "4",
    "spark.databricks.delta.snapshotPartitions": "1",
    "spark.driver.memory": "4g",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.execution.arrow.maxRecordsPerBatch": "65536",
    "spark.sql.debug.maxToStringFields": "100",
}

_LOGGER = logging.getLogger(__name__)
_JAVA_OPTIONS = "spark.driver.extraJavaOptions"
_JARS = "spark.jars"

_JAVA_HELP = (
    f"Spark needs Java {MIN_JAVA_VERSION} or newer. Install it (Debian and Ubuntu: `apt-get install "
    "openjdk-17-jre-headless`; macOS: `brew install openjdk@17`; Windows: any OpenJDK 17 build) "
    "or point JAVA_HOME at it."
)


def get_session(app_name: str = "stageprint", conf: Mapping[str, str] | None = None) -> SparkSession:
    """Return the session that is running, or build a local one with Delta.

    Args:
        app_name: Name shown by Spark for a session built here.
        conf: Spark settings for a session built here; they win over the defaults of this module.

    Returns:
        A session, which can read and write Delta tables unless there is no Delta for its version.

    Raises:
        SessionError: Java is missing or older than 17, or Delta's jars cannot be resolved.
    """
    active = SparkSession.getActiveSession()
    if active is not None:
        return active
    _quiet_python_logging()
    if _inside_managed_runtime():
        return _managed_session(app_name, conf or {})
    return _local_session(app_name, conf or {})


@contextmanager
def active_session_kept() -> Iterator[None]:
    """Leave the caller's session the active one: ``createDataFrame`` of any other session makes that one active."""
    active = SparkSession.getActiveSession()
    try:
        yield
    finally:
        if active is not None and SparkSession.getActiveSession() is not active:
            active.createDataFrame([], "value int")


def _quiet_python_logging() -> None:
    """Stop pyspark from printing what it raises as well: a failed query as JSON, a lost JVM as a traceback."""
    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.getLogger().addFilter(_is_not_of_py4j)  # py4j also logs to the root logger


def _is_not_of_py4j(record: logging.LogRecord) -> bool:
    return record.module != "java_gateway"


def _quiet_accumulators(session: SparkSession) -> None:
    """Stop the server of pyspark's accumulators from printing a traceback when the JVM has gone."""
    server = accumulator_server(session)
    if server is not None:
        server.handle_error = lambda *_request: _LOGGER.debug("accumulators cannot be updated", exc_info=True)


def _inside_managed_runtime() -> bool:
    """Tell whether spark-submit, Databricks or Spark Connect determines master and jars."""
    return any(name in os.environ for name in ("PYSPARK_GATEWAY_PORT", "DATABRICKS_RUNTIME_VERSION", "SPARK_REMOTE"))


def _managed_session(app_name: str, conf: Mapping[str, str]) -> SparkSession:
    builder = SparkSession.builder.appName(app_name)
    # Databricks brings these settings, and a Connect server has them from its start or not at all.
    if "DATABRICKS_RUNTIME_VERSION" not in os.environ and "SPARK_REMOTE" not in os.environ:
        # Without this setting Spark's workers start the system's python3. A value that is already set is kept.
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        for key, value in _DELTA_SQL.items():
            builder = builder.config(key, value)
    for key, value in conf.items():
        builder = builder.config(key, value)
    return builder.getOrCreate()


def _local_session(app_name: str, conf: Mapping[str, str]) -> SparkSession:
    check_java()
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    settings: dict[str, str] = {"spark.master": os.environ.get("STAGEPRINT_MASTER", "local[*]")}
    settings |= _LOCAL_DEFAULTS | LOCAL_SETTINGS
    try:
        with delta_jars(has_own_packages=PACKAGES in conf) as jars:
            settings |= (_DELTA_SQL | jars if jars else {}) | dict(conf)
            settings |= _jars_of_executors(settings)
            settings[_JAVA_OPTIONS] = f"{_quiet_logging()} {settings.get(_JAVA_OPTIONS, '')}".strip()
            builder = SparkSession.builder.appName(app_name)
            for key, value in settings.items():
                builder = builder.config(key, value)
            session = builder.getOrCreate()
            _quiet_accumulators(session)
    except Exception as error:
        message = f"Spark did not start: {spark_reason(error)}. {about_jars()}".rstrip()
        raise SessionError(message) from error
    return session


def check_java() -> None:
    """Raise `SessionError` unless Java is installed in version `MIN_JAVA_VERSION` or later."""
    home = os.environ.get("JAVA_HOME")
    candidate = Path(home) / "bin" / "java" if home else None
    java = str(candidate) if candidate is not None and candidate.exists() else shutil.which("java")
    if java is None:
        message = f"No Java was found (looked at JAVA_HOME and PATH). {_JAVA_HELP}"
        raise SessionError(message)
    shown = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S603 -- the user's own java
    found = re.search(r'version "(?:1\.)?(\d+)', shown)
    if found is None or int(found[1]) < MIN_JAVA_VERSION:
        what = f"Java {found[1]}" if found else "a java that does not print its version"
        message = f"{java} is {what}. {_JAVA_HELP}"
        raise SessionError(message)


def _quiet_logging() -> str:
    return f"-Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.properties').as_uri()}"


def _jars_of_executors(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the setting that brings the jars to executors; nothing where they run in the driver's process."""
    if settings["spark.master"].partition("[")[0] == "local" or DRIVER_CLASS_PATH not in settings:
        return {}
    jars = [settings[DRIVER_CLASS_PATH].replace(os.pathsep, ",")]
    return {_JARS: ",".join([*jars, settings[_JARS]] if _JARS in settings else jars)}
