"""Delta's jars of a local session: fetched once into a cache, for the version of Spark that is installed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from pyspark.find_spark_home import _find_spark_home

from stageprint.engines.spark.compat import installed_spark
from stageprint.engines.spark.versions import delta_artifact, minor, why_no_delta
from stageprint.errors import SessionError
from stageprint.version import installed_version

DRIVER_CLASS_PATH: Final = "spark.driver.extraClassPath"
PACKAGES: Final = "spark.jars.packages"

_START: Final = """
import json, sys
from pyspark.sql import SparkSession
builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
for name, value in json.loads(sys.argv[1]).items():
    builder = builder.config(name, value)
builder.getOrCreate().stop()
"""

_COMPLETE: Final = "complete"
"""Name of the file that marks a cache folder in which all jars were downloaded completely."""

# The jars that Delta needs for tables by path or in the session catalog. Its POM also asks for Unity Catalog's client
# and a second copy of Hadoop and Parquet (87 MB), which Spark brings itself.
_OTHER_ARTIFACTS: Final = {
    "3.3": ("delta-storage",),
    "4.4": ("delta-storage", "delta-kernel-api", "delta-kernel-defaults", "delta-kernel-unitycatalog"),
}
_EXCLUDED_GROUPS: Final = (
    "com.fasterxml.jackson.core",
    "com.fasterxml.jackson.datatype",
    "com.github.luben",
    "com.google.code.findbugs",
    "commons-logging",
    "commons-pool",
    "io.airlift",
    "io.unitycatalog",
    "javax.annotation",
    "org.antlr",
    "org.apache.hadoop",
    "org.apache.logging.log4j",
    "org.apache.parquet",
    "org.locationtech.jts",
    "org.roaringbitmap",
    "org.slf4j",
    "org.xerial.snappy",
)
_SCALA: Final = re.compile(r"scala-library-(\d+\.\d+)\.")


def delta_version() -> str:
    """Return the installed delta-spark version, or ``unknown`` where the runtime brings Delta itself."""
    return installed_version("delta-spark")


@contextmanager
def delta_jars(*, has_own_packages: bool = False) -> Iterator[dict[str, str]]:
    """Yield the settings that bring Delta's jars: the cached jars, or those that let Ivy download them.

    The session must be started inside the block, since Ivy downloads the jars at its start. Two processes that download
    into one folder at the same time break each other, so the second one waits until the first has finished. No settings
    are yielded where delta-spark is not installed: that session has no Delta.

    Args:
        has_own_packages: Whether the configuration names packages for Ivy. Delta's are then fetched beforehand, by a
            session of another process: what Delta can do without, theirs may need.

    Raises:
        SessionError: The installed delta-spark is not for the installed Spark, or its jars cannot be fetched.
    """
    if delta_version() == "unknown":
        yield {}
        return
    artifact = artifact_of_delta()
    cache = _cache()
    if (cache / _COMPLETE).exists():
        yield _class_path(cache, artifact)
        return
    cache.mkdir(parents=True, exist_ok=True)
    with _alone_in(cache):
        if (cache / _COMPLETE).exists():
            yield _class_path(cache, artifact)
            return
        fetching = {
            PACKAGES: f"io.delta:{artifact}:{delta_version()}",
            "spark.jars.excludes": ",".join(f"{group}:*" for group in _EXCLUDED_GROUPS),
            "spark.jars.ivy": str(cache),
            "spark.jars.ivySettings": str(Path(__file__).with_name("ivysettings.xml")),
        }
        if has_own_packages:
            _fetch(fetching)
            yield _class_path(cache, artifact)
        else:
            yield fetching
        if all(jar.exists() for jar in jar_files(cache, artifact)):
            (cache / _COMPLETE).touch()


def _fetch(settings: Mapping[str, str]) -> None:
    """Let a session of another process download packages, which all sessions do when they start."""
    done = subprocess.run(  # noqa: S603 -- this interpreter
        [sys.executable, "-c", _START, json.dumps(settings)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        message = f"Delta's jars cannot be fetched: {said[-1] if said else f'exit status {done.returncode}'}"
        raise SessionError(message)


def about_jars() -> str:
    """Return where Delta's jars come from, for the message of a session that did not start; empty: it has none."""
    if delta_version() == "unknown":
        return ""
    return (
        f"Delta's jars ({delta_version()}) are fetched from Maven Central into {_cache()} on first use; behind a "
        "mirror set spark.jars.ivySettings under `spark:` in the configuration."
    )


def jar_files(cache: Path, artifact: str) -> Sequence[Path]:
    """Return the jars of Delta as Ivy names them in a cache folder.

    Args:
        cache: The folder.
        artifact: Name of the artifact of Delta.
    """
    names = (artifact, *_OTHER_ARTIFACTS[minor(delta_version())])
    return [cache / "jars" / f"io.delta_{name}-{delta_version()}.jar" for name in names]


def artifact_of_delta() -> str:
    """Return the name of the Maven artifact of Delta for the installed Spark.

    Raises:
        SessionError: The installed delta-spark is not for it.
    """
    found = delta_artifact(installed_spark(), delta_version(), _scala())
    if found is None:
        raise SessionError(why_no_delta(installed_spark(), delta_version()))
    return found


def _scala() -> str:
    """Return the version of Scala that the installed Spark is built with; pyspark 3.5 comes with 2.12."""
    for jar in Path(_find_spark_home(), "jars").glob("scala-library-*.jar"):
        found = _SCALA.match(jar.name)
        if found is not None:
            return found[1]
    return "2.13"


def _cache() -> Path:
    root = os.environ.get("STAGEPRINT_CACHE") or os.environ.get("XDG_CACHE_HOME")
    base = Path(root) if root else Path.home() / ".cache"
    return base / "stageprint" / f"delta-{delta_version()}-spark-{minor(installed_spark())}"


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold the lock of a folder while the block runs."""
    with (folder / "lock").open("w") as file:
        with suppress(ImportError):  # Windows has no such lock
            import fcntl  # noqa: PLC0415 -- not available on Windows

            fcntl.flock(file, fcntl.LOCK_EX)  # released when the file is closed
        yield


def _class_path(cache: Path, artifact: str) -> dict[str, str]:
    return {DRIVER_CLASS_PATH: os.pathsep.join(str(jar) for jar in jar_files(cache, artifact))}
