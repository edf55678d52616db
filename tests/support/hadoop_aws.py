"""Spark's client for S3, from Maven Central."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pyspark

from stageprint.engines.spark import jars

_SDK: Final = {"3.5.0": "2.35.4"}
"""Version of Hadoop → version of AWS's SDK that its hadoop-project names."""

_MODULES: Final = ("s3", "s3-transfer-manager", "sts", "apache-client")
"""Parts of the SDK that reading and writing take; `bundle`, which hadoop-aws asks for, has 686 MB."""

_UNUSED: Final = ("software.amazon.awssdk:bundle", "org.wildfly.openssl:wildfly-openssl", "org.slf4j:slf4j-api")


def settings() -> dict[str, str]:
    """Return the settings that bring the client to a session; Ivy downloads it once into the user's cache."""
    folder = Path(pyspark.__file__).parent / "jars"
    (hadoop,) = [jar.stem.rsplit("-", 1)[1] for jar in folder.glob("hadoop-client-api-*.jar")]
    sdk = [f"software.amazon.awssdk:{name}:{_SDK[hadoop]}" for name in _MODULES]
    return {
        "spark.jars.packages": ",".join([f"org.apache.hadoop:hadoop-aws:{hadoop}", *sdk]),
        "spark.jars.excludes": ",".join(_UNUSED),
        "spark.jars.ivy": str(Path.home() / ".cache" / "stageprint" / f"hadoop-aws-{hadoop}"),
        "spark.jars.ivySettings": str(Path(jars.__file__).with_name("ivysettings.xml")),
    }
