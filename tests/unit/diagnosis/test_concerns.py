"""What a node is flagged for, by what its statistics are about."""

from __future__ import annotations

import pytest

from stageprint.diagnosis.concerns import is_about, is_flagged_for, is_flagged_only_for, is_harmless
from stageprint.diagnosis.example import evidence_of, flag
from stageprint.model import TABLE_LEVEL, ColumnKey, Concern
from tests.unit.diagnosis.chains import chain

X, TABLE = ColumnKey("raw", "t", "x"), ColumnKey("raw", "t", TABLE_LEVEL)


@pytest.mark.parametrize(
    ("statistic", "concern", "about"),
    [
        ("null_share", Concern.MISSING_VALUES, True),
        ("null_share", Concern.DISTRIBUTION, False),
        # Of two things at once.
        ("all_null", Concern.MISSING_VALUES, True),
        ("all_null", Concern.DISTRIBUTION, True),
        ("of_tomorrow", Concern.ROWS, False),
    ],
)
def test_a_shift_is_about_what_its_statistic_is_about(statistic: str, concern: Concern, about: bool) -> None:
    assert is_about(flag(X, statistic), concern) is about


def test_one_of_several_concerns_is_enough() -> None:
    assert is_about(flag(TABLE, "rows"), Concern.KEYS, Concern.ROWS)
    assert not is_about(flag(TABLE, "rows"))


def test_a_node_may_be_flagged_for_one_thing_but_not_only_for_it() -> None:
    one, two = chain({"raw": {"x": "null_share"}}), chain({"raw": {"x": "null_share", TABLE_LEVEL: "rows"}})
    assert is_flagged_for(one, X, Concern.MISSING_VALUES)
    assert is_flagged_only_for(one, X, Concern.MISSING_VALUES)
    # The table's rows are no concern of the column.
    assert is_flagged_only_for(two, X, Concern.MISSING_VALUES)
    assert not is_flagged_for(two, X, Concern.ROWS)
    mixed = evidence_of({"1": {}, "2": {}}, {"raw": ()}, [flag(X, "null_share"), flag(X, "ks")])
    assert is_flagged_for(mixed, X, Concern.MISSING_VALUES)
    assert not is_flagged_only_for(mixed, X, Concern.MISSING_VALUES)


def test_a_node_that_nothing_flags_is_flagged_for_nothing() -> None:
    silent = chain({})
    assert not is_flagged_for(silent, X, *Concern)
    assert is_flagged_only_for(silent, X, Concern.ROWS)


@pytest.mark.parametrize(
    ("statistic", "harmless"),
    [("schema_added", True), ("schema_reordered", True), ("schema_removed", False), ("rows", False), ("other", False)],
)
def test_only_what_never_alerts_by_itself_is_harmless(statistic: str, harmless: bool) -> None:
    assert is_harmless(flag(TABLE, statistic)) is harmless
