from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pyarrow as pa
import pytest

from scripts.incidents.faults import COLUMN_FAULTS, on
from scripts.incidents.flow import Fault
from scripts.incidents.judge import Judge, Past
from scripts.incidents.orders import Orders
from scripts.incidents.plan import FULL, QUICK, scenarios
from scripts.incidents.profiles import profile_run
from scripts.incidents.scenarios import ORDERS, planted
from scripts.incidents.score import loud, tell
from stageprint.model import StateLike


@pytest.fixture(scope="module")
def flow() -> Orders:
    return Orders(0, 8)


def test_what_was_taken_over_equals_what_is_profiled_and_measured_anew(flow: Orders) -> None:
    judge, past = Judge(flow.config), Past()
    for run in flow.runs[:2]:
        made = profile_run(flow.config, run, flow.clean(run), None, None)
        past = past.and_then(run, made.profiles, judge.compare(run, made.profiles, past).decided)
    run = flow.runs[2]
    clean = profile_run(flow.config, run, flow.clean(run), None, None)
    healthy = judge.compare(run, clean.profiles, past)
    stages = flow.make(run, [Fault("wide", on("order_lines", "l_weight", COLUMN_FAULTS["offset"][1], 2))])
    short = profile_run(flow.config, run, stages, flow.clean(run), clean)
    anew = profile_run(flow.config, run, stages, None, None)
    for key, profile in anew.profiles.items():
        assert short.profiles[key].facts == profile.facts
        for name, column in profile.columns.items():
            states = short.profiles[key].columns[name].states
            assert _exact(states) == _exact(column.states)
    quick = judge.compare(run, short.profiles, past, (clean.profiles, healthy.measured))
    full = judge.compare(run, anew.profiles, past)
    assert [tell(finding) for finding in quick.findings] == [tell(finding) for finding in full.findings]
    assert _rows(quick.measured) == _rows(full.measured)


def _exact(states: Mapping[str, StateLike]) -> dict[str, bytes]:
    """Leave out quantile sketches, which toss a coin when they compact."""
    return {name: state.to_bytes() for name, state in states.items() if name != "kll"}


def _rows(measured: pa.Table) -> Counter[tuple[str, ...]]:
    names = ("stage", "table_name", "column_name", "statistic", "reference")
    return Counter(zip(*(measured[name].to_pylist() for name in names), strict=True))


def test_a_gross_fault_is_found_where_it_began(flow: Orders) -> None:
    judge, past = Judge(flow.config), Past()
    for run in flow.runs[:-1]:
        made = profile_run(flow.config, run, flow.clean(run), None, None)
        past = past.and_then(run, made.profiles, judge.compare(run, made.profiles, past).decided)
    fault, truth = planted("offset", ("wide", "order_lines", "l_weight"), 2, ("landing",))
    run = flow.runs[-1]
    found = loud(
        judge.compare(run, profile_run(flow.config, run, flow.make(run, [fault]), None, None).profiles, past).findings
    )
    assert [(finding.origin, finding.cause, finding.finding_class) for finding in found] == [
        (truth.origin, "offset", "pipeline")
    ]


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
