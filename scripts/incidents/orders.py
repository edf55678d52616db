"""Tables in the shape of TPC-H, one run a week: customers, orders and lines, joined, aggregated to baskets, and scored.

Columns and their ranges are those of the TPC-H specification (revision 3, clause 4.2.3), plus what real tables
have and it leaves out: a time of day, nulls, skewed labels, and levels that wander from week to week.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from scripts.demo.options import Options
from scripts.incidents.flow import Flow, Tables
from stageprint.config.loader import load_config

CONFIG = Path(__file__).with_name("orders.yml")
START = dt.date(2023, 1, 2)
_SEGMENTS = np.array(["AUTOMOBILE", "BUILDING", "FURNITURE", "HOUSEHOLD", "MACHINERY"])
_PRIORITIES = np.array(["1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW"])
_MODES = np.array(["AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK"])
_INSTRUCTIONS = np.array(["COLLECT COD", "DELIVER IN PERSON", "NONE", "TAKE BACK RETURN"])
_FLAGS = np.array(["A", "N", "R"])
_HOURS = np.array([1, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 9, 8, 9, 10, 10, 9, 8, 7, 6, 5, 4, 2, 1], dtype=np.float64)
_CUSTOMERS, _ORDERS = 1500, 1600
_WEEK = 7 * 86_400


class Orders(Flow):
    """Weekly runs.

    Args:
        series: Seed of the rows.
        weeks: Number of runs.
    """

    reads: Mapping[str, tuple[str, ...]] = {
        "landing": (),
        "wide": ("landing",),
        "baskets": ("wide",),
        "scored": ("baskets",),
    }

    def __init__(self, series: int = 0, weeks: int = 36) -> None:
        super().__init__()
        self.name = f"TPC-H/{series}"
        self.config = load_config(CONFIG)
        self.runs = [str(START + dt.timedelta(weeks=week)) for week in range(weeks)]
        self._series = series

    def compute(self, run: str, stage: str, made: Mapping[str, Tables], options: Options) -> Tables:
        """Compute one stage."""
        del options
        if stage == "landing":
            return landing(self._series, self.runs.index(run))
        if stage == "wide":
            return {"order_lines": widened(made["landing"])}
        if stage == "baskets":
            return {"baskets": baskets(made["wide"]["order_lines"])}
        return {"scored": scored(made["baskets"]["baskets"])}


def landing(series: int, week: int, growth: float = 0.0) -> Tables:
    """Return the source tables of a week.

    Args:
        series: Seed of the rows.
        week: Number of the run.
        growth: How far the population has moved to other customers, who order other things; 0: not at all.
    """
    rng = np.random.default_rng([series, week])
    # Drawn once for each week and series: levels wander by a few per cent, with a heavy week now and then.
    wander = rng.standard_t(4, 8) * 0.02
    people = np.random.default_rng([series, 99])
    customers = _CUSTOMERS
    balance = people.uniform(-999.99, 9999.99, customers) + rng.normal(0, 150, customers)
    customer = pd.DataFrame(
        {
            "c_custkey": pd.array(np.arange(1, customers + 1), dtype="Int64"),
            "c_nationkey": pd.array(people.integers(0, 25, customers), dtype="Int32"),
            "c_acctbal": _float(balance.round(2), rng.random(customers) < 0.08),
            "c_mktsegment": _text(people.choice(_SEGMENTS, customers, p=[0.3, 0.25, 0.2, 0.15, 0.1])),
        }
    )
    count = int(_ORDERS * np.exp(wander[0]))
    seconds = _times(rng, count, week)
    keys = week * 100_000 + np.arange(count)
    orders = pd.DataFrame(
        {
            "o_orderkey": pd.array(keys, dtype="Int64"),
            "o_custkey": pd.array(rng.integers(1, customers + 1, count), dtype="Int64"),
            "o_ordertime": _instants(seconds),
            "o_orderpriority": _labels(rng, _PRIORITIES, count, wander[1] + growth),
            "o_clerk": _text(np.char.add("Clerk#", rng.integers(100, 200, count).astype(str))),
            "o_shippriority": pd.array(rng.poisson(2.0 * np.exp(wander[2]), count), dtype="Int32"),
        }
    )
    each = rng.integers(1, 8, count)
    lines = int(each.sum())
    at = np.repeat(np.arange(count), each)
    quantity = 1 + (50 * rng.random(lines) ** (1 + growth)).astype(np.int64)
    price = quantity * rng.lognormal(7.0 + wander[3] + growth / 2, 0.35 * (1 + growth), lines)
    late = rng.gamma(4.0 + 3 * growth, 20.0 * np.exp(wander[4]), lines)
    number = np.arange(lines) - np.repeat(np.cumsum(each) - each, each) + 1
    lineitem = pd.DataFrame(
        {
            "l_orderkey": pd.array(keys[at], dtype="Int64"),
            "l_linenumber": pd.array(number, dtype="Int32"),
            "l_partkey": pd.array(rng.integers(1, 2001, lines), dtype="Int64"),
            "l_suppkey": pd.array(rng.integers(1, 101, lines), dtype="Int64"),
            "l_quantity": _float(quantity.astype(np.float64)),
            "l_extendedprice": _float(price.round(2)),
            "l_discount": _float(rng.integers(0, 11, lines) / 100, rng.random(lines) < 0.05 * np.exp(wander[5])),
            "l_tax": _float(rng.integers(0, 9, lines) / 100),
            "l_weight": _float((rng.gamma(3.0 + 3 * growth, 4.0, lines)).round(3)),
            "l_returnflag": _labels(rng, _FLAGS, lines, wander[6]),
            "l_shiptime": _instants(seconds[at] + (late * 3600).astype(np.int64)),
            "l_shipmode": _labels(rng, _MODES, lines, wander[7] + growth),
            "l_shipinstruct": _labels(rng, _INSTRUCTIONS, lines, 0.0),
        }
    )
    return {"customer": customer, "orders": orders, "lineitem": lineitem}


def widened(tables: Tables) -> pd.DataFrame:
    """Return the lines, each with its order and customer."""
    orders = tables["orders"].rename(columns={"o_orderkey": "l_orderkey"})
    customer = tables["customer"].rename(columns={"c_custkey": "o_custkey"})
    return tables["lineitem"].merge(orders, on="l_orderkey", how="left").merge(customer, on="o_custkey", how="left")


def baskets(lines: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each order."""
    price = pd.to_numeric(lines["l_extendedprice"], errors="coerce")
    discount = pd.to_numeric(lines["l_discount"], errors="coerce").fillna(0.0)
    hours = (lines["l_shiptime"] - lines["o_ordertime"]).dt.total_seconds() / 3600
    rows = lines.assign(revenue=price * (1 - discount), ship_hours=hours.astype("Float64"))
    rows = rows.assign(quantity=pd.to_numeric(rows["l_quantity"], errors="coerce"))
    grouped = rows.groupby("l_orderkey", sort=True, dropna=False)
    made = grouped.agg(
        o_ordertime=("o_ordertime", "first"),
        c_acctbal=("c_acctbal", "first"),
        c_mktsegment=("c_mktsegment", "first"),
        o_orderpriority=("o_orderpriority", "first"),
        l_weight=("l_weight", "max"),
        lines=("l_linenumber", "count"),
        quantity=("quantity", "sum"),
        revenue=("revenue", "sum"),
        ship_hours=("ship_hours", "max"),
    ).reset_index()
    return made.assign(hour=made["o_ordertime"].dt.hour.astype("Int32"), lines=made["lines"].astype("Int64"))


def scored(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the scores of the baskets: a fixed logistic model of the probability that a basket is returned."""
    balance = rows["c_acctbal"].astype("Float64").fillna(4500.0).to_numpy(dtype=np.float64)
    hour = rows["hour"].fillna(12).to_numpy(dtype=np.float64)
    revenue = rows["revenue"].to_numpy(dtype=np.float64, na_value=0.0)
    quantity = rows["quantity"].to_numpy(dtype=np.float64, na_value=0.0)
    line = -1.5 + revenue / 2e5 + quantity / 200 - balance / 8e3 + np.abs(hour - 12) / 10
    score = 1 / (1 + np.exp(-line))
    return rows[["l_orderkey", "o_ordertime", "c_mktsegment"]].assign(
        score=_float(score),
        prediction=pd.array(score >= 0.35, dtype="boolean"),
        model_version=_text(np.full(len(rows), "returns-7")),
    )


def _times(rng: np.random.Generator, count: int, week: int) -> np.ndarray:
    start = int(dt.datetime.combine(START, dt.time(), dt.timezone.utc).timestamp()) + week * _WEEK
    day = rng.integers(0, 7, count) * 86_400
    hour = rng.choice(24, count, p=_HOURS / _HOURS.sum()) * 3600
    return np.sort(start + day + hour + rng.integers(0, 3600, count))


def _instants(seconds: np.ndarray) -> pd.DatetimeIndex:
    return pd.to_datetime(seconds * 1_000_000, unit="us", utc=True).as_unit("us")


def _labels(rng: np.random.Generator, names: np.ndarray, count: int, wander: float) -> pd.Series[str]:
    shares = 1.0 / np.arange(1, len(names) + 1) ** (0.6 + wander)
    return _text(rng.choice(names, count, p=shares / shares.sum()))


def _text(values: np.ndarray) -> pd.Series[str]:
    return pd.Series(values.astype(object), dtype="string")


def _float(values: np.ndarray, lost: np.ndarray | None = None) -> pd.arrays.FloatingArray:
    return pd.arrays.FloatingArray(values.astype(np.float64), np.zeros(len(values), bool) if lost is None else lost)
