"""A label that holds all rows for some runs, such as a season: its change is told once, although a run has both."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pyarrow as pa

from stageprint.config.loader import parse_config
from stageprint.model import Severity
from stageprint.pipeline.compare import compare
from tests.support.memory_engine import profiled_store

CONFIG = "pipeline: p\nstore: s\nstages: [{name: raw, tables: [{name: t, source: {table: t}}]}]\n"
WEEKS = [str(dt.date(2026, 1, 5) + dt.timedelta(weeks=week)) for week in range(22)]


def _rows(week: int, rng: np.random.Generator) -> pa.Table:
    rows = int(rng.integers(150, 168))
    spring = rows if week < 9 else 48 if week == 9 else 0
    autumn = rows if week > 18 else 30 if week == 18 else 0
    labels = ["spring"] * spring + ["summer"] * (rows - spring - autumn) + ["autumn"] * autumn
    return pa.table({"season": labels, "rides": rng.normal(10, 2, rows)})


def test_a_change_that_falls_into_a_run_is_one_alert_and_the_next_change_is_none() -> None:
    rng = np.random.default_rng(1)
    config = parse_config(CONFIG)
    store = profiled_store(config, {week: {"raw.t": _rows(n, rng)} for n, week in enumerate(WEEKS)})
    found = compare(config, WEEKS, store=store).findings
    told = [(one.run_id, one.cause) for one in found if one.severity.rank >= Severity.WARNING.rank]
    assert told == [(WEEKS[9], "unseen_category")]
    (first,) = [one for one in found if one.run_id == WEEKS[9]]
    assert first.severity is Severity.WARNING
    (completed,) = [one for one in found if one.run_id == WEEKS[10]]
    assert (completed.severity, completed.cause, completed.told_once) == (Severity.REVIEW, "constant_changed", True)
    assert "is 'summer' in every row" in completed.sentence
    assert "(before 'spring', then both): the change that began in the run before is complete" in completed.sentence
