"""Jobs of the general path set how rows cross to Python and restore it; Comet is known by a session's settings."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pyspark.errors import PySparkException

from stageprint.engines.spark.compat import BYTES_PER_ARROW_BATCH, MAX_ROWS_PER_ARROW_BATCH, ROWS_PER_ARROW_BATCH
from stageprint.engines.spark.transfer import arrow_batches, columnar_exchange, with_exchange

ROWS = str(MAX_ROWS_PER_ARROW_BATCH)
BYTES, UNLIMITED = BYTES_PER_ARROW_BATCH or ("none", "none")
OURS = {ROWS_PER_ARROW_BATCH: ROWS, BYTES: UNLIMITED}


class Conf:
    """The settings of a session that may refuse to have some changed."""

    def __init__(self, settings: dict[str, str], refused: tuple[str, ...] = ()) -> None:
        self.settings = dict(settings)
        self.refused = refused

    def get(self, name: str, default: str | None) -> str | None:
        return self.settings.get(name, default)

    def set(self, name: str, value: str) -> None:
        if name in self.refused:
            message = f"{name} is not available"
            raise PySparkException(message)
        self.settings[name] = value

    def unset(self, name: str) -> None:
        del self.settings[name]


def session(settings: dict[str, str], refused: tuple[str, ...] = ()) -> Any:
    return SimpleNamespace(conf=Conf(settings, refused))


@pytest.mark.parametrize(
    ("before", "during"),
    [
        ({}, OURS),
        ({ROWS_PER_ARROW_BATCH: "65536"}, OURS),
        ({ROWS_PER_ARROW_BATCH: "0"}, OURS),  # no limit
        ({ROWS_PER_ARROW_BATCH: "100"}, {ROWS_PER_ARROW_BATCH: "100", BYTES: UNLIMITED}),
        ({BYTES: "8MB"}, {ROWS_PER_ARROW_BATCH: ROWS, BYTES: "8MB"}),
    ],
)
def test_settings_hold_for_the_job_and_are_restored(before: dict[str, str], during: dict[str, str]) -> None:
    spark = session(before)
    with arrow_batches(spark):
        assert spark.conf.settings == during
    assert spark.conf.settings == before


def test_they_are_restored_when_the_last_job_ends_even_if_it_fails() -> None:
    spark = session({ROWS_PER_ARROW_BATCH: "65536"})
    with arrow_batches(spark):
        with pytest.raises(ZeroDivisionError), arrow_batches(spark):
            _ = 1 / 0
        assert spark.conf.settings == OURS
    assert spark.conf.settings == {ROWS_PER_ARROW_BATCH: "65536"}


def test_a_session_that_refuses_is_used_as_it_is() -> None:
    spark = session({}, refused=(ROWS_PER_ARROW_BATCH,))
    with arrow_batches(spark):
        assert spark.conf.settings == {}, "bytes without limit need few rows"
    spark = session({}, refused=(BYTES,))
    with arrow_batches(spark):
        assert spark.conf.settings == {ROWS_PER_ARROW_BATCH: ROWS}
    assert spark.conf.settings == {}


COMET = {"spark.plugins": "x.Y,org.apache.spark.CometPlugin", "spark.comet.exec.pyarrowUDF.enabled": "true"}


@pytest.mark.parametrize(
    ("settings", "name"),
    [
        (COMET, "Apache Comet"),
        ({}, None),
        (COMET | {"spark.plugins": "x.Y"}, None),
        (COMET | {"spark.comet.enabled": "false"}, None),
        (COMET | {"spark.comet.exec.enabled": "FALSE"}, None),
        (COMET | {"spark.comet.exec.pyarrowUDF.enabled": "false"}, None),
        ({"spark.plugins": COMET["spark.plugins"]}, None),
    ],
)
def test_comet_is_known_by_its_settings(settings: dict[str, str], name: str | None) -> None:
    assert columnar_exchange(session(settings)) == name
    said = with_exchange("engine: dataframe is configured", session(settings))
    assert said.startswith("engine: dataframe is configured")
    assert ("Comet" in said) == (name is not None)
