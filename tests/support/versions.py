"""Marks of tests for what only some versions of Spark have."""

from __future__ import annotations

from typing import Final

import pytest

from stageprint.engines.spark.compat import installed_spark

IS_SPARK_3: Final = installed_spark().startswith("3.")

since_spark_4 = pytest.mark.skipif(IS_SPARK_3, reason="variants, collations, `try_cast` in all modes: since Spark 4.0")
