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


@pytest.mark.parametrize(
    ("order", "runs"),
    [
        ("name", ["2026-W9", "2026-W10", "v9", "v10", "2026-03-08-2", "2026-03-08-10"]),
        # Nothing was profiled yet.
        ("started", ["2026-W9", "2026-W10", "v9", "v10", "2026-03-08-2", "2026-03-08-10"]),
        ("'([0-9]+)$'", ["2026-03-08-2", "2026-W9", "v9", "2026-03-08-10", "2026-W10", "v10"]),
    ],
)
def test_runs_are_listed_in_the_order_of_the_configuration(
    monkeypatch: pytest.MonkeyPatch, order: str, runs: list[str]
) -> None:
    source = "{format: csv, path: 'data/{run_id}/orders.csv'}"
    config = parse_config(
        f"pipeline: shop\nstore: nowhere\nrun_order: {order}\n"
        f"stages: [{{name: raw, tables: [{{name: orders, source: {source}}}]}}]\n"
    )
    found = {"v10", "v9", "2026-03-08-10", "2026-03-08-2", "2026-W9", "2026-W10"}
    monkeypatch.setattr(files, "matching_runs", lambda *_: found)
    assert list_runs(cast("SparkSession", None), config) == runs
