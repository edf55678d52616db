"""Marks of tests for what only some versions of Spark have."""

from __future__ import annotations

from typing import Final

import pytest

from stageprint.engines.spark.compat import installed_spark
from stageprint.engines.spark.versions import DELTA_OF_SPARK, READS_ORC_ZONES_SINCE, TESTED, lacking_functions, minor

IS_SPARK_3: Final = installed_spark().startswith("3.")

since_spark_4 = pytest.mark.skipif(
    IS_SPARK_3, reason="variants, collations, `try_cast` in all modes, identity and widened columns: since Spark 4.0"
)

READS_ORC_ZONES: Final = minor(installed_spark()) in TESTED[TESTED.index(READS_ORC_ZONES_SINCE) :]
"""Whether Spark reads ORC files with times in a time zone."""

LACKS_SKETCH_FUNCTIONS: Final = bool(lacking_functions(installed_spark()))

reads_sketches = pytest.mark.skipif(LACKS_SKETCH_FUNCTIONS, reason="kll_*, theta_*, approx_top_k_*: since Spark 4.1")

HAS_DELTA: Final = minor(installed_spark()) in DELTA_OF_SPARK

with_delta = pytest.mark.skipif(not HAS_DELTA, reason="there is no Delta for this Spark")
