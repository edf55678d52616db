from __future__ import annotations

import pytest

from scripts.demo.months import MONTHS, Month


def test_there_are_twelve_runs_in_order() -> None:
    assert next(iter(MONTHS)) == "2013-01"
    assert list(MONTHS)[-1] == "2013-12"
    assert len(MONTHS) == 12


@pytest.mark.parametrize("run_id", MONTHS)
def test_training_evaluation_and_serving_follow_one_another(run_id: str) -> None:
    month = MONTHS[run_id]
    assert 1 < month.train_until < month.serve_from - 1 < month.days
    assert month.days - month.serve_from + 1 == 7


def test_february_is_split_at_the_sixteenth_and_the_twenty_second() -> None:
    february = Month(2013, 2)
    assert (february.train_until, february.serve_from, february.days) == (16, 22, 28)


def test_the_month_before() -> None:
    assert Month(2013, 3).previous == Month(2013, 2)
    assert Month(2013, 1).previous is None
