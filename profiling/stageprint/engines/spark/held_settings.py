"""Settings that a session has while jobs run, however many run at once; they are as before when the last one ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, TypeAlias

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

Before: TypeAlias = dict[str, str | None]
"""Setting → its value before it was changed; None: it was not set."""

Change: TypeAlias = Callable[[SparkSession], Before]
"""Changes settings of a session, and returns what they were."""


@dataclass
class _Held:
    """What a session had before the first of the jobs that run now.

    Attributes:
        jobs: How many run.
        before: What the settings were.
    """

    jobs: int = 0
    before: Before = field(default_factory=dict)


_HELD: Final[dict[tuple[int, Change], _Held]] = {}
_LOCK: Final = Lock()


@contextmanager
def held(spark: SparkSession, change: Change) -> Iterator[None]:
    """Change settings of a session for as long as jobs need them.

    Args:
        spark: The session.
        change: Is called when the first of the jobs begins that need it; what it returns is restored after the last.
    """
    place = (id(spark), change)
    with _LOCK:
        one = _HELD.setdefault(place, _Held())
        if not one.jobs:
            one.before = change(spark)
        one.jobs += 1
    try:
        yield
    finally:
        with _LOCK:
            one.jobs -= 1
            if not one.jobs:
                del _HELD[place]
                for name, value in one.before.items():
                    set_value(spark, name, value)


def value_of(spark: SparkSession, name: str) -> str | None:
    """Return what a session sets; None: it leaves the setting at Spark's default, or does not tell."""
    with suppress(PySparkException, Py4JError):
        return spark.conf.get(name, None)
    return None


def set_value(spark: SparkSession, name: str, value: str | None) -> bool:
    """Set a setting, or leave it at Spark's default where the value is None; return whether the session lets us."""
    with suppress(PySparkException, Py4JError):
        if value is None:
            spark.conf.unset(name)
        else:
            spark.conf.set(name, value)
        return True
    return False
