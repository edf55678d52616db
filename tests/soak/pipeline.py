"""A pipeline of eleven small tables, healthy in every run."""

from __future__ import annotations

import datetime as dt
from typing import Any, Final

import numpy as np
import pyarrow as pa

from stageprint.config.loader import build_config
from stageprint.config.pipeline import PipelineConfig

_STAGES: Final = (("raw", 4), ("joined", 3), ("features", 2), ("training", 1), ("serving", 1))
_CITIES: Final = ("Berlin", "Lyon", "Leeds", "Turin", "Lodz")
_FIRST_DAY: Final = dt.date(2025, 1, 1)
ROWS: Final = 300
"""Rows of each table."""


def run_ids(count: int) -> list[str]:
    """Return the names of daily runs, oldest first."""
    return [(_FIRST_DAY + dt.timedelta(days=day)).isoformat() for day in range(count)]


def pipeline(keep_runs: int) -> PipelineConfig:
    """Return the configuration.

    Args:
        keep_runs: Number of newest runs that `maintain` keeps.
    """
    stages: list[dict[str, Any]] = []
    for name, tables in _STAGES:
        listed = [{"name": f"t{number}", "source": {"table": "t"}, "keys": ["id"]} for number in range(tables)]
        stages.append({"name": name, "tables": listed, "upstream": [stages[-1]["name"]] if stages else []})
    retention = {"keep_runs": keep_runs}
    return build_config({"pipeline": "soak", "store": "unused", "stages": stages, "retention": retention})


def tables_of(run: str) -> dict[str, pa.Table]:
    """Return the tables of a run by ``stage.table``; the day is the seed."""
    random = np.random.default_rng(dt.date.fromisoformat(run).toordinal())
    found = {}
    for stage, tables in _STAGES:
        for number in range(tables):
            found[f"{stage}.t{number}"] = pa.table(
                {
                    "id": pa.array(np.arange(ROWS)),
                    "price": pa.array(random.lognormal(3, 0.8, ROWS), mask=random.random(ROWS) < 0.02),
                    "items": pa.array(random.poisson(2, ROWS)),
                    "express": pa.array(random.random(ROWS) < 0.3),
                    "city": pa.array(random.choice(_CITIES, ROWS)),
                    "code": pa.array([f"c{value:04d}" for value in random.integers(0, 9_000, ROWS)]),
                }
            )
    return found
