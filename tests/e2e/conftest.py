"""One Spark session for the whole test process."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from tests.support.session import shared_session


@pytest.fixture(scope="session", autouse=True)
def spark() -> SparkSession:
    """A local session with Delta, two cores, small shuffles; there before anything makes one of its own."""
    return shared_session()
