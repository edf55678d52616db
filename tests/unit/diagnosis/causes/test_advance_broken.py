"""`advance_broken`, and what it is told apart from."""

from __future__ import annotations

from stageprint.diagnosis.base import all_causes, candidates
from stageprint.diagnosis.example import evidence_of, flag, many_runs, table_profile
from stageprint.diagnosis.repeats import is_frozen
from stageprint.model import TableKey

CAUSE = all_causes()["advance_broken"]
RAW = TableKey("raw", "t")


def test_it_says_what_broke() -> None:
    evidence, column = many_runs([{"x": [n] * 50} for n in (1, 2, 3, 4, 2)], at="x", statistic="advance_back")
    fit = CAUSE.explain(evidence, column)
    assert fit is not None
    assert fit.deterministic
    assert fit.sentence.startswith("raw.t.x does not move on as in every run before run-5")
    assert candidates(evidence, column)[0].cause.name == "advance_broken"


def test_other_columns_have_no_such_cause() -> None:
    evidence, column = many_runs([{"x": [n] * 50} for n in (1, 2, 3, 4, 2)], at="x", statistic="ks")
    assert CAUSE.explain(evidence, column) is None


def test_keys_that_come_again_are_not_updated_only_where_nothing_else_changed() -> None:
    keys = [list(range(start, start + 9)) for start in (0, 9, 18, 18)]
    for last, frozen in ((keys[3], True), ([*keys[3], 18], False)):
        runs = {
            f"run-{number}": {RAW: table_profile(RAW, {"x": values})} for number, values in enumerate([*keys[:3], last])
        }
        shifts = [flag(RAW.column("x"), "advance_stalled", deterministic=True)]
        assert is_frozen(evidence_of(runs, {"raw": ()}, shifts), RAW.column("x")) is frozen
        assert not is_frozen(evidence_of(runs, {"raw": ()}, []), RAW.column("x"))
