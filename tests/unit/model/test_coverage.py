"""What a run should hold and lacks."""

from __future__ import annotations

import pytest

from stageprint.decision._evidence import MIN_BACKTESTS_FOR_A_SCORE
from stageprint.model import STAGE_LEVEL, Coverage, TableKey
from stageprint.model.coverage import MIN_EARLIER_RUNS

A, B, C = TableKey("raw", "a"), TableKey("raw", "b"), TableKey("late", "c")


@pytest.mark.parametrize(
    ("failed", "absent", "stages", "sentence"),
    [
        ([], [], [], ""),
        ([A], [], [], "1 of 3 tables is missing: raw.a (could not be read)"),
        ([], [B], [], "1 of 3 tables is missing: raw.b (not profiled)"),
        ([A], [B], ["raw"], "2 of 3 tables are missing: raw.a (could not be read), raw.b (not profiled)"),
        ([], [C], ["late"], "1 of 3 tables is missing: late.c (not profiled)"),
        ([C], [], [], "1 of 3 tables is missing: late.c (could not be read)"),
    ],
)
def test_what_is_missing(failed: list[TableKey], absent: list[TableKey], stages: list[str], sentence: str) -> None:
    coverage = Coverage((A, B, C), dict.fromkeys(failed, "gone"), tuple(absent))
    assert [stage for stage in ("raw", "late", "serving") if coverage.lacks_stage(stage)] == stages
    assert coverage.sentence == sentence
    assert coverage.profiled == 3 - len(failed) - len(absent)


def test_the_latest_profile_of_several_tables() -> None:
    coverage = Coverage((A, B, C), absent=(A, B, C), last_profiled={B: "1", A: "2"})
    assert [coverage.latest_profile(keys) for keys in ([A, B], [B], [C])] == ["2", "1", None]


def test_a_stage_is_shown_by_its_name() -> None:
    assert (str(TableKey("raw", STAGE_LEVEL)), str(TableKey("raw", STAGE_LEVEL).level)) == ("raw", "raw")


def test_a_table_learns_until_a_shift_can_be_scored() -> None:
    # A past shift takes two runs.
    assert MIN_EARLIER_RUNS == MIN_BACKTESTS_FOR_A_SCORE + 1
