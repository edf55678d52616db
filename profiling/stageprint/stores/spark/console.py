"""Keeps what Delta prints in the JVM out of stdout, which holds the result of a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from py4j.protocol import Py4JError
from pyspark.sql import SparkSession

from stageprint.engines.spark.jvm import java_class, jvm_of

_CONSOLE: Final = "scala.Console$"


@contextmanager
def printing_to_stderr(spark: SparkSession) -> Iterator[None]:
    """Let Scala's ``println`` in this thread of the JVM print to stderr while the block runs.

    Delta's VACUUM says there what it has deleted (4.4). On Spark Connect it prints on the server.

    Args:
        spark: The session.
    """
    console = _console(spark)
    if console is None:
        yield
        return
    before = console.out()
    console.setOutDirect(console.err())
    try:
        yield
    finally:
        console.setOutDirect(before)


def _console(spark: SparkSession) -> Any:
    """Return the JVM's console; None: this process has no JVM, or may not use the class."""
    jvm = jvm_of(spark)
    if jvm is None:
        return None
    try:
        return getattr(java_class(jvm, _CONSOLE), "MODULE$")
    except (Py4JError, TypeError):  # managed runtimes allow some classes only
        return None
