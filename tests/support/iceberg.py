"""Iceberg in the tests' session, for the versions of Spark that have a runtime of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import pyspark

from stageprint.engines.spark import jars
from stageprint.engines.spark.versions import minor

ARTIFACTS: Final = {
    "3.5": "iceberg-spark-runtime-3.5_2.12:1.11.0",
    "4.0": "iceberg-spark-runtime-4.0_2.13:1.11.0",
    "4.1": "iceberg-spark-runtime-4.1_2.13:1.11.0",
}
"""Version of Spark → the runtime. For Spark 4.2 there is none, and that for 4.1 does not load there."""

_WANTED: Final = "STAGEPRINT_TEST_ICEBERG"


def is_wanted() -> bool:
    """Tell whether the tests' session has Iceberg."""
    return _WANTED in os.environ and minor(pyspark.__version__) in ARTIFACTS


def settings() -> dict[str, str]:
    """Return the settings that bring Iceberg, and a catalog ``ice`` of it; none where it is not wanted."""
    if not is_wanted():
        return {}
    cache = Path.home() / ".cache" / "stageprint" / f"iceberg-spark-{minor(pyspark.__version__)}"
    extensions = (
        "io.delta.sql.DeltaSparkSessionExtension",
        "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    )
    return {
        "spark.jars.packages": f"org.apache.iceberg:{ARTIFACTS[minor(pyspark.__version__)]}",
        "spark.jars.ivy": str(cache),
        "spark.jars.ivySettings": str(Path(jars.__file__).with_name("ivysettings.xml")),
        "spark.sql.extensions": ",".join(extensions),
        "spark.sql.catalog.ice": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.ice.type": "hadoop",
        "spark.sql.catalog.ice.warehouse": os.environ[_WANTED],
    }
