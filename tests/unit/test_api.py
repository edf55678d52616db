"""The Python functions refuse a run before they start a session, and start none that is not there."""

from __future__ import annotations

from typing import cast

import pytest
from pyspark.sql import DataFrame

from stageprint import api, opening
from stageprint.config.loader import parse_config
from stageprint.engines.spark import engine
from stageprint.errors import UsageError
from stageprint.pipeline.compare.strategy import InProcess
from tests.unit.config.shop import GOOD

CONFIG = parse_config(GOOD)
RUN = "x' OR '1'='1"
REFUSED = r"run id \"x' OR '1'='1\": expected 1 to 128 letters"


@pytest.fixture(autouse=True)
def no_session(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(*_: object) -> None:
        pytest.fail("a session was started")

    monkeypatch.setattr(engine, "open_engine", start)


def test_profile_runs() -> None:
    with pytest.raises(UsageError, match=REFUSED):
        api.profile_runs(CONFIG, ["2013-05", RUN])


def test_profile_dataframe() -> None:
    with pytest.raises(UsageError, match=REFUSED):
        api.profile_dataframe(cast("DataFrame", None), run=RUN)


def test_merge_runs() -> None:
    with pytest.raises(UsageError, match=REFUSED):
        api.merge_runs(CONFIG, ["2013-05", "2013-06"], RUN)


def test_compare_rows() -> None:
    with pytest.raises(UsageError, match=REFUSED):
        api.compare_rows(CONFIG, RUN, "raw", "joined")


def test_without_spark_a_large_store_is_compared_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    config = parse_config(GOOD).model_copy(update={"store": "./observability"})
    monkeypatch.setattr(opening, "fits_in_process", lambda *_: False)
    monkeypatch.setattr(opening, "why_no_spark", lambda: "pyspark is not installed")
    assert isinstance(opening.open_to_compare(config, None)[1], InProcess)
