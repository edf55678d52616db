from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from scripts.incidents.faults import COLUMN_FAULTS, TABLE_FAULTS, on, whole
from scripts.incidents.flow import Fault, View
from scripts.incidents.orders import Orders, landing

KEY = "l_orderkey+l_linenumber"
NUMERIC = {
    "null_spike",
    "default_value",
    "infinite_values",
    "clipping",
    "rounding",
    "unit_change",
    "offset",
    "type_change",
}
COLUMN = {
    **dict.fromkeys(NUMERIC, "l_weight"),
    "constant_column": "l_weight",
    "null_to_sentinel": "l_discount",
    "wrong_timezone": "l_shiptime",
    "late_rows": "l_shiptime",
    "keys_reused": KEY,
    "join_lost_rows": "l_partkey",
    "join_duplicated_rows": "l_partkey",
}


def view() -> View:
    times = {"lineitem": "l_shiptime", "orders": "o_ordertime"}
    return View("2023-01-16", "landing", np.random.default_rng(4), {}, dict, times)


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("name", COLUMN_FAULTS)
def test_a_column_fault_changes_its_column_and_no_other(name: str, level: int) -> None:
    tables = landing(0, 2)
    column = COLUMN.get(name, "l_shipmode")
    changed = on("lineitem", column, COLUMN_FAULTS[name][1], level)(tables, view())
    before, after = tables["lineitem"], changed["lineitem"]
    assert changed["orders"] is tables["orders"]
    if name.startswith("join_"):
        assert len(after) != len(before)
        return
    assert len(after) == len(before)
    for other in set(before.columns) - set(column.split("+")):
        pd.testing.assert_series_equal(after[other], before[other])
    assert any(part not in after or not after[part].equals(before[part]) for part in column.split("+"))


@pytest.mark.parametrize("name", TABLE_FAULTS)
def test_a_table_fault_grows_with_its_magnitude(name: str) -> None:
    tables = landing(0, 2)
    rows = [
        len(whole("lineitem", TABLE_FAULTS[name][1], level)(tables, view())["lineitem"]) - len(tables["lineitem"])
        for level in range(3)
    ]
    assert sorted(map(abs, rows)) == list(map(abs, rows))
    assert rows[0] != 0


def test_a_partial_load_ends_early() -> None:
    tables = landing(0, 2)
    short = whole("orders", TABLE_FAULTS["partial_load"][1], 1)(tables, view())["orders"]
    assert short["o_ordertime"].max() < tables["orders"]["o_ordertime"].max() - pd.Timedelta(days=1)


def test_stages_out_of_reach_are_the_healthy_run_s_own() -> None:
    flow = Orders(0, 4)
    run = flow.runs[-1]
    fault = Fault("baskets", on("baskets", "l_weight", COLUMN_FAULTS["null_spike"][1], 1))
    made = flow.make(run, [fault])
    assert made["wide"]["order_lines"] is flow.clean(run)["wide"]["order_lines"]
    assert made["baskets"]["baskets"] is not flow.clean(run)["baskets"]["baskets"]
    assert flow.clean(run)["baskets"]["baskets"]["l_weight"].notna().all()


def test_the_same_week_has_the_same_rows() -> None:
    pd.testing.assert_frame_equal(landing(1, 5)["lineitem"], landing(1, 5)["lineitem"])
    assert not landing(1, 5)["orders"]["o_custkey"].equals(landing(2, 5)["orders"]["o_custkey"])
