"""The queries for the rows of findings, run on faults of the incident suite: what they return is what was planted.

What is faulty is known from the healthy run of the same seed, key by key. Where rows were always so (nulls, a common
value), no condition tells the faulty ones from these, and the query says how many it takes to be as before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from math import sqrt
from typing import Any, Final

import pytest

from scripts.incidents.flights import Flights
from scripts.incidents.flow import Flow
from scripts.incidents.orders import Orders
from scripts.incidents.plan import Job, scenarios
from scripts.incidents.run import Bench
from scripts.incidents.scenarios import Scenario
from stageprint.pipeline.results import Results
from stageprint.report.faulty_rows import _QUERIES, FaultyRows
from tests.support.row_queries import returned

WEEKS: Final = 7
MONTHS: Final = 6

SCENARIOS: Final = (
    ("orders", "null_spike (middle) in landing.lineitem.l_weight", "null_spike"),
    # One in thirteen balances is always null.
    ("orders", "null_spike (middle) in landing.customer.c_acctbal", "null_spike"),
    ("orders", "null_spike (small) in baskets.baskets.l_weight", "null_spike"),
    # In thousands of unlike values a sketch counts the default.
    ("orders", "default_value (middle) in landing.lineitem.l_weight", "default_value"),
    ("orders", "default_value (middle) in landing.customer.c_acctbal", "default_value"),
    ("orders", "infinite_values (middle) in landing.lineitem.l_weight", "infinite_values"),
    ("orders", "clipping (large) in wide.order_lines.l_weight", "clipping"),
    # One in nine taxes is always this one.
    ("orders", "constant_column (middle) in landing.lineitem.l_tax", "constant_column"),
    ("orders", "unseen_category (middle) in landing.lineitem.l_shipmode", "unseen_category"),
    ("orders", "null_to_sentinel (large) in landing.customer.c_acctbal", "null_to_sentinel"),
    ("orders", "late_rows (middle) in landing.orders.o_ordertime", "late_data"),
    ("orders", "keys_reused (middle) in landing.lineitem", "duplicated_keys"),
    # The lines of an order whose key is gone find none.
    ("orders", "keys_reused (middle) in landing.orders", "join_lost_rows"),
    ("orders", "join_lost_rows (middle) in wide.order_lines", "join_lost_rows"),
    ("orders", "join_duplicated_rows (middle) in wide.order_lines", "join_duplicated_rows"),
    ("orders", "rows_repeated (middle) in landing.lineitem", "duplicated_load"),
    ("orders", "duplicated_load (large) in landing.orders", "duplicated_load"),
    ("flights", "demo: train_eval_overlap (as in the demo) in evaluation.evaluation_set", "train_evaluation_overlap"),
    (
        "flights",
        "demo: wrong_model_version (as in the demo) in predictions.predictions.model_version",
        "wrong_model_version",
    ),
)
"""Pipeline, scenario and the cause whose query is run."""


@dataclass(frozen=True)
class Suite:
    """A pipeline whose healthy runs were compared, and what can be planted in its last run."""

    bench: Bench
    planted: Mapping[str, Scenario]

    @property
    def run(self) -> str:
        return self.bench.flow.runs[-1]


@cache
def suite(pipeline: str) -> Suite:
    flow: Flow = Orders(0, WEEKS) if pipeline == "orders" else Flights(0)
    flow.runs = flow.runs[:MONTHS] if pipeline == "flights" else flow.runs
    bench = Bench(flow, min_healthy_runs=len(flow.runs), tested_runs=1)
    bench.build(lambda _: None)
    return Suite(bench, {one.name: one for one in scenarios(Job(pipeline), flow) if len(one.faults) == 1})


def test_every_query_has_a_scenario() -> None:
    assert {cause for *_, cause in SCENARIOS} == set(_QUERIES)


@pytest.mark.parametrize(("pipeline", "name", "cause"), SCENARIOS, ids=[name for _, name, _ in SCENARIOS])
def test_what_it_returns_was_planted(pipeline: str, name: str, cause: str) -> None:
    one, config = suite(pipeline), suite(pipeline).bench.flow.config
    scenario = one.planted[name]
    store, run, _ = one.bench.compared(scenario, one.run)
    results = Results(store)
    # The suite profiles frames: their names stand for files.
    tables = [{**row, "source_format": "parquet", "source_location": row["table"]} for row in results.table_rows([run])]
    about = FaultyRows(config, tables, results.column_rows([run]))
    found: list[dict[str, Any]] = [finding for finding in results.findings(run) if finding["cause"] == cause]
    (finding, *_) = found
    flow = one.bench.flow
    got = returned(about, finding, flow.make(run, scenario.faults), flow.clean(run))
    assert got is not None
    # What is usual differs from run to run as a count of independent rows does.
    usual = got.query.usual + 3 * sqrt(got.query.usual)
    assert got.rows > usual
    assert got.faulty >= 0.95 * (got.rows - usual)
    if got.query.expected is not None:
        margin = 0.02 * got.query.expected if got.query.margin is None else got.query.margin
        assert abs(got.rows - got.query.expected) <= margin
    else:
        assert f", {got.repeated:,} rows beyond the first of each" in got.query.says
