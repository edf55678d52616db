from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pytest

from scripts.incidents.faults import COLUMN_FAULTS, on
from scripts.incidents.flow import Fault
from scripts.incidents.orders import Orders
from scripts.incidents.plan import FULL, QUICK, scenarios
from scripts.incidents.profiles import profile_run, store_run
from scripts.incidents.run import Bench
from scripts.incidents.scenarios import ORDERS, Scenario, planted
from stageprint.model import StateLike
from stageprint.pipeline.tables import column_profiles
from stageprint.stores.memory import MemoryStore


@pytest.fixture(scope="module")
def flow() -> Orders:
    return Orders(0, 8)


def test_what_was_taken_over_equals_what_is_profiled_anew(flow: Orders) -> None:
    run = flow.runs[2]
    clean = profile_run(flow.config, run, flow.clean(run), None, None)
    stages = flow.make(run, [Fault("wide", on("order_lines", "l_weight", COLUMN_FAULTS["offset"][1], 2))])
    short = profile_run(flow.config, run, stages, flow.clean(run), clean)
    anew = profile_run(flow.config, run, stages, None, None)
    for key, profile in anew.profiles.items():
        assert short.profiles[key].facts == profile.facts
        for name, column in profile.columns.items():
            states = short.profiles[key].columns[name].states
            assert _exact(states) == _exact(column.states)
    store, other = MemoryStore(flow.config.pipeline), MemoryStore(flow.config.pipeline)
    store_run(store, flow.config, run, clean, None)
    store_run(store, flow.config, run, short, clean)
    store_run(other, flow.config, run, anew, None)
    names = ("stage", "table_name", "column_name", "row_count", "null_count", "mean", "min_text", "max_text")
    assert _sorted(store.read(column_profiles(), columns=names)) == _sorted(
        other.read(column_profiles(), columns=names)
    )


def _exact(states: Mapping[str, StateLike]) -> dict[str, bytes]:
    """Leave out quantile sketches, which toss a coin when they compact."""
    return {name: state.to_bytes() for name, state in states.items() if name != "kll"}


def _sorted(rows: pa.Table) -> list[tuple[object, ...]]:
    return sorted((tuple(row.values()) for row in rows.to_pylist()), key=str)


def test_a_gross_fault_is_found_where_it_began(flow: Orders) -> None:
    bench = Bench(flow, min_healthy_runs=5, tested_runs=2)
    bench.build(lambda _: None)
    fault, truth = planted("offset", ("wide", "order_lines", "l_weight"), 2, ("landing",))
    result = bench.one(Scenario("offset", "large", (fault,), (truth,)), flow.runs[-2])
    (hit,) = result.hits
    assert (hit.at, hit.named, hit.right_class, hit.first_run) == (str(truth.origin), "offset", True, True)
    assert result.findings == 1


def test_every_place_of_the_plan_exists(flow: Orders) -> None:
    stages = flow.clean(flow.runs[0])
    for _, places in ORDERS:
        for stage, table, column in places:
            assert not column or set(column.split("+")) <= set(stages[stage][table].columns)


def test_the_quick_plan_is_part_of_the_full_one(flow: Orders) -> None:
    quick = [job for job in QUICK if job.pipeline == "orders"]
    full = [job for job in FULL if job.pipeline == "orders"]
    everything = {one.name for job in full for one in scenarios(job, flow)}
    few = {one.name for job in quick for one in scenarios(job, flow) if one.fault != "two at once"}
    assert few <= everything
    assert len(everything) == sum(len(scenarios(job, flow)) for job in full)
