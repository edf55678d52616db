"""A run that was only suspect: where the fault began if the next run confirms it, else a reference like any other."""

from __future__ import annotations

from pathlib import Path

import pytest

from stageprint.config.loader import parse_config
from stageprint.pipeline.compare import compare
from stageprint.pipeline.results import Results
from tests.support import shop
from tests.support.memory_engine import profiled_store

DAYS = shop.days(7)
CONFIG = shop.config(Path("nowhere"))
CAUTIOUS = parse_config(f"{shop.yaml(Path('nowhere'))}decision: {{overrides: [{{severity_at_most: review}}]}}\n")


@pytest.mark.parametrize(
    ("faulty", "since", "before"),
    [((DAYS[5], DAYS[6]), DAYS[5], DAYS[4]), ((DAYS[4], DAYS[6]), DAYS[6], DAYS[5])],
    ids=["the next run confirms it", "the next run was healthy"],
)
def test_a_fault_goes_back_to_a_suspect_run_only_if_no_healthy_run_lies_between(
    faulty: tuple[str, str], since: str, before: str
) -> None:
    store = profiled_store(CONFIG, shop.tables(DAYS, {(run, "raw"): shop.in_cents for run in faulty}))
    compare(CAUTIOUS, DAYS[:6], store=store)
    (suspect,) = Results(store).findings(faulty[0])
    assert (suspect["severity"], suspect["first_run"]) == ("review", faulty[0])
    compare(CONFIG, DAYS[6:], store=store)
    (found,) = Results(store).findings(DAYS[6])
    assert (found["severity"], found["column"]) == ("critical", "price")
    assert (found["first_run"], found["evidence"]["reference_run"]) == (since, before)


def test_a_healthy_run_after_a_suspect_one_is_compared_with_runs_before_both() -> None:
    store = profiled_store(CONFIG, shop.tables(DAYS, {(DAYS[5], "raw"): shop.in_cents}))
    compare(CAUTIOUS, DAYS[:6], store=store)
    compare(CONFIG, DAYS[6:], store=store)
    assert Results(store).findings(DAYS[6]) == []
