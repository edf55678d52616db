"""The eight tables of TPC-H with the columns, types and key structure of the specification, and made-up values."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

KEYS: Final = {
    "region": ("r_regionkey",),
    "nation": ("n_nationkey",),
    "supplier": ("s_suppkey",),
    "customer": ("c_custkey",),
    "part": ("p_partkey",),
    "partsupp": ("ps_partkey", "ps_suppkey"),
    "orders": ("o_orderkey",),
    "lineitem": ("l_orderkey", "l_linenumber"),
}
"""Table → primary key (TPC-H 3.0, clause 1.4.2)."""

FOREIGN_KEYS: Final = {
    ("nation", "n_regionkey"): "region.r_regionkey",
    ("supplier", "s_nationkey"): "nation.n_nationkey",
    ("customer", "c_nationkey"): "nation.n_nationkey",
    ("partsupp", "ps_partkey"): "part.p_partkey",
    ("partsupp", "ps_suppkey"): "supplier.s_suppkey",
    ("orders", "o_custkey"): "customer.c_custkey",
    ("lineitem", "l_orderkey"): "orders.o_orderkey",
    ("lineitem", "l_partkey"): "part.p_partkey",
    ("lineitem", "l_suppkey"): "supplier.s_suppkey",
}
"""Column → key it refers to; the pair of lineitem that refers to partsupp column by column."""

EVENT_TIMES: Final = {"orders": {"o_orderdate"}, "lineitem": {"l_shipdate"}}
"""Table → the columns that say when a row happened; all other tables have none."""

_FIRST_DAY: Final = dt.date(1992, 1, 1)
_WORDS: Final = ("regular", "express", "final", "pending", "bold", "ironic", "even", "deposits", "requests", "accounts")


def write_tpch(folder: Path, scale: float = 0.01, seed: int = 7) -> None:
    """Write the tables as Parquet files, one folder each."""
    for name, table in tpch(scale, seed).items():
        (folder / name).mkdir(parents=True)
        pq.write_table(table, folder / name / "part-0.parquet", row_group_size=20_000)


def tpch(scale: float, seed: int) -> dict[str, pa.Table]:
    """Return the tables."""
    random = np.random.default_rng(seed)
    suppliers, parts, customers, orders = (round(scale * size) for size in (10_000, 200_000, 150_000, 1_500_000))

    def comment(rows: int) -> list[str]:
        return [" ".join(row) for row in random.choice(_WORDS, (rows, 5))]

    def money(rows: int, low: int, high: int) -> pa.Array:
        return pa.array([Decimal(int(value)) / 100 for value in random.integers(low, high, rows)], pa.decimal128(15, 2))

    def phones(rows: int) -> list[str]:
        return [
            f"{a}-{b}-{c}-{d}" for a, b, c, d in random.integers((10, 100, 100, 1000), (35, 999, 999, 9999), (rows, 4))
        ]

    found: dict[str, dict[str, Any]] = {
        "region": {
            "r_regionkey": _keys(5, 0),
            "r_name": ["AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST"],
            "r_comment": comment(5),
        },
        "nation": {
            "n_nationkey": _keys(25, 0),
            "n_name": [f"NATION {chr(65 + at)}" for at in range(25)],
            "n_regionkey": random.integers(0, 5, 25),
            "n_comment": comment(25),
        },
        "supplier": {
            "s_suppkey": _keys(suppliers),
            "s_name": [f"Supplier#{at:09d}" for at in range(suppliers)],
            "s_address": [f"{word} street {at}" for at, word in enumerate(random.choice(_WORDS, suppliers))],
            "s_nationkey": random.integers(0, 25, suppliers),
            "s_phone": phones(suppliers),
            "s_acctbal": money(suppliers, -99_999, 999_999),
            "s_comment": comment(suppliers),
        },
        "customer": {
            "c_custkey": _keys(customers),
            "c_name": [f"Customer#{at:09d}" for at in range(customers)],
            "c_address": [f"{word} road {at}" for at, word in enumerate(random.choice(_WORDS, customers))],
            "c_nationkey": random.integers(0, 25, customers),
            "c_phone": phones(customers),
            "c_acctbal": money(customers, -99_999, 999_999),
            "c_mktsegment": random.choice(["AUTOMOBILE", "BUILDING", "FURNITURE", "HOUSEHOLD", "MACHINERY"], customers),
            "c_comment": comment(customers),
        },
        "part": {
            "p_partkey": _keys(parts),
            "p_name": comment(parts),
            "p_mfgr": [f"Manufacturer#{at}" for at in random.integers(1, 6, parts)],
            "p_brand": [f"Brand#{at}" for at in random.integers(11, 56, parts)],
            "p_type": random.choice(["STANDARD TIN", "SMALL BRASS", "LARGE STEEL"], parts),
            "p_size": random.integers(1, 51, parts).astype(np.int32),
            "p_container": random.choice(["SM CASE", "LG BOX", "MED BAG"], parts),
            "p_retailprice": money(parts, 90_000, 200_000),
            "p_comment": comment(parts),
        },
    }
    step = suppliers // 4 + 1
    part = np.repeat(np.arange(1, parts + 1), 4)
    found["partsupp"] = {
        "ps_partkey": part,
        "ps_suppkey": (part + np.tile(np.arange(4), parts) * step) % suppliers + 1,
        "ps_availqty": random.integers(1, 10_000, 4 * parts).astype(np.int32),
        "ps_supplycost": money(4 * parts, 100, 100_000),
        "ps_comment": comment(4 * parts),
    }
    numbers = np.arange(orders)
    order_keys = numbers // 8 * 32 + numbers % 8 + 1  # 8 of each 32 keys are used
    ordered = random.integers(0, 2_406, orders)
    # A third of the customers has no order.
    buyers = np.setdiff1d(np.arange(1, customers + 1), np.arange(3, customers + 1, 3))
    found["orders"] = {
        "o_orderkey": order_keys,
        "o_custkey": random.choice(buyers, orders),
        "o_orderstatus": random.choice(["F", "O", "P"], orders),
        "o_totalprice": money(orders, 90_000, 50_000_000),
        "o_orderdate": _days(ordered),
        "o_orderpriority": random.choice(["1-URGENT", "2-HIGH", "3-MEDIUM", "5-LOW"], orders),
        "o_clerk": [f"Clerk#{at:09d}" for at in random.integers(1, max(2, orders // 1000), orders)],
        "o_shippriority": np.zeros(orders, np.int32),
        "o_comment": comment(orders),
    }
    lines = random.integers(1, 8, orders)
    of = np.repeat(numbers, lines)
    rows = len(of)
    number = np.arange(rows) - np.repeat(np.cumsum(lines) - lines, lines) + 1
    bought = random.integers(1, parts + 1, rows)
    shipped = ordered[of] + random.integers(1, 122, rows)
    found["lineitem"] = {
        "l_orderkey": order_keys[of],
        "l_partkey": bought,
        "l_suppkey": (bought + random.integers(0, 4, rows) * step) % suppliers + 1,
        "l_linenumber": number.astype(np.int32),
        "l_quantity": pa.array([Decimal(int(one)) for one in random.integers(1, 51, rows)], pa.decimal128(15, 2)),
        "l_extendedprice": money(rows, 90_000, 10_000_000),
        "l_discount": money(rows, 0, 11),
        "l_tax": money(rows, 0, 9),
        "l_returnflag": random.choice(["A", "N", "R"], rows),
        "l_linestatus": random.choice(["F", "O"], rows),
        "l_shipdate": _days(shipped),
        "l_commitdate": _days(ordered[of] + random.integers(30, 91, rows)),
        "l_receiptdate": _days(shipped + random.integers(1, 31, rows)),
        "l_shipinstruct": random.choice(["NONE", "COLLECT COD", "TAKE BACK RETURN"], rows),
        "l_shipmode": random.choice(["AIR", "RAIL", "SHIP", "TRUCK", "MAIL"], rows),
        "l_comment": comment(rows),
    }
    return {name: pa.table(columns) for name, columns in found.items()}


def _keys(rows: int, first: int = 1) -> np.ndarray[Any, np.dtype[np.int64]]:
    return np.arange(first, first + rows)


def _days(numbers: np.ndarray[Any, np.dtype[np.int64]]) -> pa.Array:
    days = numbers + (_FIRST_DAY - dt.date(1970, 1, 1)).days
    return pa.array(days.astype(np.int32), pa.int32()).cast(pa.date32())
