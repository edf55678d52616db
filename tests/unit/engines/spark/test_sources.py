"""What Spark's sources do that needs no session."""

from __future__ import annotations

import logging
from typing import cast

import pytest
from pyspark.sql import SparkSession

from stageprint.config.loader import parse_config
from stageprint.engines.spark import files
from stageprint.engines.spark.sources import list_runs
from tests.unit.config.shop import GOOD


def test_folders_whose_names_may_not_be_runs_are_skipped_and_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(files, "matching_runs", lambda *_: ["2013-05", "x' OR '1'='1", "2013-06"])
    with caplog.at_level(logging.WARNING):
        assert list_runs(cast("SparkSession", None), parse_config(GOOD)) == ["2013-05", "2013-06"]
    assert "skipped \"x' OR '1'='1\"" in caplog.text
