"""Why Spark failed: the innermost cause of an exception of Spark, of the JVM or of a Python worker."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from traceback import walk_tb
from typing import Any, Final, TypeVar

from py4j.protocol import Py4JError, Py4JJavaError, Py4JNetworkError
from pyspark.errors import PySparkException

from stageprint.errors import StageprintError, one_line
from stageprint.reasons import Link, Reason, causes, link_of, reason_from, reason_of

_MAX_JAVA_CAUSES: Final = 20

_NOTHING_SAID: Final = re.compile(r"An error occurred while calling \S+")
"""What py4j says when the JVM went away during a call."""

_NO_JVM: Final = Py4JNetworkError.__name__

Read = TypeVar("Read")


def spark_reason(error: BaseException) -> Reason:
    """Return why `error` was raised; unlike `stageprint.reasons.reason_of` it looks into the JVM for the cause."""
    if isinstance(error, StageprintError) or not is_of_spark(error):
        return reason_of(error)
    return reason_from([link for one in causes(error) for link in _links(one)])


def is_of_spark(error: BaseException) -> bool:
    """Tell whether Spark, or the way to its JVM, raised an exception or one that caused it."""
    return any(isinstance(one, (Py4JError, PySparkException)) or _raised_by_py4j(one) for one in causes(error))


def _raised_by_py4j(error: BaseException) -> bool:
    """Tell whether the connection to the JVM failed: py4j then raises errors of sockets."""
    if not isinstance(error, OSError):
        return False
    frames = [frame.f_globals.get("__name__", "") for frame, _ in walk_tb(error.__traceback__)]
    return any(name.startswith("py4j.") for name in frames)


def reading(what: str, error: type[StageprintError], read: Callable[[], Read]) -> Read:
    """Return what `read` returns.

    Args:
        what: What is done, such as ``raw.orders cannot be read``; the message begins with it.
        error: Type of the error.
        read: What is done.

    Raises:
        StageprintError: It failed, for the reason that is given.
    """
    try:
        return read()
    except StageprintError:
        raise
    except Exception as caught:
        message = f"{what}: {spark_reason(caught)}"
        raise error(message, own_words=what) from caught


def _links(error: BaseException) -> Iterator[Link]:
    """Yield an exception and its causes in the JVM, outermost first."""
    if "Traceback (most recent call last)" in str(error):
        # What a worker raised is deeper than what the JVM says of it.
        yield Link(type(error).__name__, one_line(error))
        return
    if _raised_by_py4j(error) or (type(error) is Py4JError and _NOTHING_SAID.fullmatch(str(error))):
        yield Link(_NO_JVM, str(error))
        return
    java = error.java_exception if isinstance(error, Py4JJavaError) else getattr(error, "_origin", None)
    found = list(_java_links(java)) if java is not None else []
    if found:
        yield from found
    elif isinstance(error, Py4JJavaError):  # the JVM is gone and cannot be asked
        yield Link(_NO_JVM, str(error))
    else:
        yield link_of(error)


def _java_links(java: Any) -> Iterator[Link]:
    try:
        for _ in range(_MAX_JAVA_CAUSES):
            if java is None:
                return
            yield Link(str(java.getClass().getName()), str(java.getMessage() or ""))
            java = java.getCause()
    except (Py4JError, OSError, AttributeError):
        return
