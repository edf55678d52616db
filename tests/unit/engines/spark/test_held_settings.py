"""Settings that jobs share: the last one restores them."""

from __future__ import annotations

import pytest

from stageprint.engines.spark import compat
from tests.unit.engines.spark.test_transfer import session

NAMES = ("spark.sql.parquet.datetimeRebaseModeInWrite", "spark.sql.parquet.int96RebaseModeInWrite")


@pytest.fixture(autouse=True)
def _spark_3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compat, "_WRITE_SETTINGS", NAMES)


def test_a_commit_that_ends_leaves_another_one_its_settings() -> None:
    spark = session({NAMES[0]: "EXCEPTION"})
    with compat.dates_of_any_year(spark):
        with compat.dates_of_any_year(spark):
            pass
        assert spark.conf.settings == dict.fromkeys(NAMES, "CORRECTED")
    assert spark.conf.settings == {NAMES[0]: "EXCEPTION"}


def test_what_a_session_says_is_kept_and_one_that_refuses_is_used_as_it_is() -> None:
    for spark in (session(dict.fromkeys(NAMES, "LEGACY")), session({}, refused=NAMES)):
        before = dict(spark.conf.settings)
        with compat.dates_of_any_year(spark):
            assert spark.conf.settings == before
        assert spark.conf.settings == before
