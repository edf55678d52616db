"""What the supported versions of Spark have and lack, and which Delta fits each; imports no Spark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

TESTED: Final = ("3.5", "4.0", "4.1", "4.2", "4.3")
"""The versions of Spark that `make test-matrix` tests, oldest first."""

DELTA_OF_SPARK: Final = {"3.5": "3.3", "4.0": "4.4", "4.1": "4.4", "4.2": "4.4"}
"""Version of Spark → version of delta-spark whose jars there are for it. There is none yet for Spark 4.3."""

READS_ORC_ZONES_SINCE: Final = "4.2"
"""The first version that reads ORC files with times in a time zone, the type as which Arrow writes instants."""

_FUNCTIONS_SINCE: Final = (
    ((4, 1), "kll_*", "quantiles of `kll_sketch`"),
    ((4, 1), "theta_*", "keys of `theta_sketch`"),
    ((4, 1), "approx_top_k_*", "frequent values of `top_k_sketch`"),
)
"""Version since which Spark has SQL functions for a sketch, their names, and what they read. HLL is in all of them."""


@dataclass(frozen=True, slots=True)
class LackingFunctions:
    """SQL functions that a version of Spark lacks.

    Attributes:
        names: Their names, such as ``kll_*``.
        use: What they would read.
        since: The first version that has them.
    """

    names: str
    use: str
    since: str

    def __str__(self) -> str:
        """Return the functions with what they would read."""
        return f"{self.names} ({self.use}) need Spark {self.since}"


def minor(version: str) -> str:
    """Return ``4.2`` of ``4.2.0``."""
    return ".".join(version.split(".")[:2])


def lacking_functions(version: str) -> tuple[LackingFunctions, ...]:
    """Return the SQL functions over stored sketches that a version of Spark lacks.

    Args:
        version: The version, such as ``3.5.9``; of one that cannot be read nothing is said.
    """
    own = _numbers(version)
    return tuple(
        LackingFunctions(names, use, ".".join(map(str, since)))
        for since, names, use in _FUNCTIONS_SINCE
        if own is not None and own < since
    )


def said_lacking(lacking: Sequence[LackingFunctions]) -> str:
    """Return in one sentence without a full stop which functions are missing; empty: none."""
    if not lacking:
        return ""
    names = ", ".join(f"{one.names}" for one in lacking)
    return f"this Spark has no {names}: they need Spark {lacking[0].since}; the sketches are stored all the same"


def delta_artifact(spark: str, delta: str, scala: str = "2.13") -> str | None:
    """Return the name of the Maven artifact of Delta for a version of Spark; None: there is none that fits.

    Args:
        spark: Version of Spark.
        delta: Version of delta-spark.
        scala: Version of Scala that this Spark is built with.
    """
    expected = DELTA_OF_SPARK.get(minor(spark))
    if expected is None or minor(delta) != expected:
        return None
    # Since 4.1 a release of Delta is built for several versions of Spark.
    return f"delta-spark_{scala}" if expected == "3.3" else f"delta-spark_{minor(spark)}_{scala}"


def why_no_delta(spark: str, delta: str) -> str:
    """Return why a Spark has no Delta, and what to do about it, in one sentence without a full stop.

    Args:
        spark: Version of Spark.
        delta: Version of delta-spark, or ``unknown`` if it is not installed.
    """
    expected = DELTA_OF_SPARK.get(minor(spark))
    if expected is None:
        return (
            f"there is no Delta for Spark {spark} yet: keep the store at a path, which deltalake writes, and read "
            f"Delta sources with engine local; or install Spark {' or '.join(list(DELTA_OF_SPARK)[-1:])}"
        )
    found = "is not installed" if delta == "unknown" else f"{delta} is not for Spark {spark}"
    return f"delta-spark {found}: pip install 'delta-spark=={expected}.*'"


def _numbers(version: str) -> tuple[int, ...] | None:
    try:
        return tuple(int(part) for part in minor(version).split("."))
    except ValueError:
        return None
