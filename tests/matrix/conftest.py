"""The versions of Spark that are asked for, each in an environment of its own."""

from __future__ import annotations

import os

import pytest

from scripts.matrix.environments import interpreter


@pytest.fixture(scope="session")
def versions() -> list[str]:
    """The versions of Spark, oldest first."""
    asked = os.environ.get("STAGEPRINT_SPARK_VERSION", "").split(",")
    found = [version for version in asked if version and interpreter(version).exists()]
    if not found:
        pytest.skip("there is no environment of another Spark: `make test-matrix` makes them")
    return found
