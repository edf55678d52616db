"""Rows that came with the load after their own, and what they do downstream."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stageprint.diagnosis.causes.late_data import LateData
from stageprint.diagnosis.diagnose import diagnose
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.example import evidence_of, flag, table_profile
from stageprint.diagnosis.graph import StageGraph, table_node
from stageprint.diagnosis.links import link
from stageprint.model import ColumnKey, TableKey
from tests.unit.diagnosis.scenarios import DAY, timestamps

RAW, HOLDOUT = TableKey("raw", "t"), TableKey("evaluation", "t")
AT = ColumnKey("raw", "t", "at")


def load(number: int, late: int = 0) -> Any:
    moments = number * DAY + np.arange(1000) * (DAY // 1000)
    moments[:late] -= DAY
    return timestamps(moments)


def evidence(late: int, *statistics: str) -> Evidence:
    runs = {
        f"run-{day}": {
            key: table_profile(key, {"at": load(day, late if day == 6 else 0)}, event_time="at")
            for key in (RAW, HOLDOUT)
        }
        for day in range(1, 7)
    }
    shifts = [flag(AT, statistic, deterministic=True) for statistic in statistics]
    shifts.append(flag(table_node(HOLDOUT), "time_order", deterministic=True))
    found = evidence_of(runs, {"raw": (), "evaluation": ("raw",)}, shifts)
    found.graph = StageGraph(
        "example",
        {"raw": (), "evaluation": ("raw",)},
        {"raw": ["t"], "evaluation": ["t"]},
        lambda _: ("at",),
        event_times={RAW: "at", HOLDOUT: "at"},
    )
    return found


def test_a_part_of_the_rows() -> None:
    fit = LateData().explain(evidence(80, "late_rows"), AT)
    assert fit is not None
    assert fit.evidence["late_share"] == pytest.approx(0.08, abs=0.008)
    assert fit.score > 0.9
    assert "rows came late" in fit.sentence


@pytest.mark.parametrize("clock", ["hours_rotated", "ends_rotated"])
def test_another_time_zone_moves_rows_over_the_boundary_as_well(clock: str) -> None:
    fit = LateData().explain(evidence(80, "late_rows", clock), AT)
    assert fit is not None
    assert fit.score == 0.7


def test_without_its_rule_it_is_no_candidate() -> None:
    assert LateData().explain(evidence(80, "ks"), AT) is None


def test_a_holdout_that_is_mixed_up_with_training_follows() -> None:
    found = diagnose(evidence(80, "late_rows"))
    assert [(finding.cause, str(finding.origin)) for finding in found] == [("late_data", "raw.t.at")]
    assert found[0].explains == ("evaluation.t",)
    alone = diagnose(evidence(80))
    assert [str(finding.origin) for finding in alone] == ["evaluation.t"]


def test_a_table_whose_clock_stands_still_follows_its_clock_and_not_the_other_way_round() -> None:
    still = timestamps(np.full(1000, 5 * DAY))
    runs = {
        f"run-{day}": {HOLDOUT: table_profile(HOLDOUT, {"at": still if day == 6 else load(day)})} for day in range(1, 7)
    }
    at, table = ColumnKey("evaluation", "t", "at"), table_node(HOLDOUT)
    shifts = [flag(at, "constant", deterministic=True), flag(table, "time_order", deterministic=True)]
    found = evidence_of(runs, {"evaluation": ()}, shifts)
    found.graph = StageGraph(
        "example", {"evaluation": ()}, {"evaluation": ["t"]}, lambda _: ("at",), event_times={HOLDOUT: "at"}
    )
    assert link(found).parent == {table: at, at: None}
    assert [(finding.cause, finding.origin) for finding in diagnose(found)] == [("constant_column", at)]


@pytest.mark.parametrize("lost", [100, 400])
def test_what_is_looked_up_for_the_hours_that_came_late_is_not_there(lost: int) -> None:
    weather, joined = TableKey("raw", "weather"), TableKey("joined", "t")
    temp = ColumnKey("joined", "t", "temp")
    runs = {}
    for day in range(1, 7):
        values = np.random.default_rng(day).normal(10, 3, 1000)
        values[: lost if day == 6 else 0] = np.nan
        runs[f"run-{day}"] = {
            RAW: table_profile(RAW, {"id": np.arange(1000)}, keys=["id"]),
            weather: table_profile(weather, {"at": load(day, 100 if day == 6 else 0), "temp": np.arange(1000.0)}),
            joined: table_profile(joined, {"id": np.arange(1000), "temp": values}, keys=["id"]),
        }
    at = ColumnKey("raw", "weather", "at")
    shifts = [
        replace(flag(at, "late_rows", deterministic=True), value=0.1),
        flag(temp, "never_null", deterministic=True),
    ]
    found = evidence_of(runs, {"raw": (), "joined": ("raw",)}, shifts)
    tables = {"raw": ["t", "weather"], "joined": ["t"]}
    names = {RAW: ("id",), weather: ("at", "temp"), joined: ("id", "temp")}
    found.graph = StageGraph(
        "example", {"raw": (), "joined": ("raw",)}, tables, names.__getitem__, sources={joined: RAW}
    )
    assert link(found).parent[temp] == (at if lost == 100 else None)
