"""One Spark session for the whole test process."""

from __future__ import annotations

import pytest
from pyspark.sql import SparkSession

from tests.support.session import make_active, shared_session


@pytest.fixture(scope="session", autouse=True)
def spark() -> SparkSession:
    """A local session with Delta, two cores, small shuffles; there before anything makes one of its own."""
    return shared_session()


@pytest.fixture(autouse=True)
def _shared_session_is_active(spark: SparkSession) -> None:
    """Let each test meet the shared session, whatever sessions the tests before it made."""
    make_active(spark)
