"""One Spark session for the whole test process; after each test its stores are searched for planted values."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from tests.support.planted_faults import SECRET, Search
from tests.support.session import make_active, shared_session


@pytest.fixture(scope="session", autouse=True)
def spark() -> SparkSession:
    """A local session with Delta, two cores, small shuffles; there before anything makes one of its own."""
    return shared_session()


@pytest.fixture(autouse=True)
def _shared_session_is_active(spark: SparkSession) -> None:
    """Let each test meet the shared session, whatever sessions the tests before it made."""
    make_active(spark)


@pytest.fixture(scope="session", autouse=True)
def secret() -> Iterator[None]:
    """The secret that values of sensitive columns are hashed with."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STAGEPRINT_HASH_KEY", SECRET)
        yield


@pytest.fixture(scope="session")
def everything() -> Search:
    """What was searched so far by the fixture below."""
    return Search()


@pytest.fixture(autouse=True)
def nothing_planted_is_stored(everything: Search, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Search every store that the tests have written so far, a new fault's too; see `tests.support.planted_faults`."""
    yield
    everything.below(tmp_path_factory.getbasetemp())
    hits = everything.hits[:5]
    everything.hits.clear()
    assert not hits, "\n".join(hits)
