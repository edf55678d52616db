"""A shift statistic is one file: it is measured, decided, explained and documented by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pytest

import stageprint.shifts
from scripts.docs.reference import shifts_page
from stageprint.config.decision import DecisionSettings
from stageprint.decision import decide, previous_of
from stageprint.diagnosis.causes.null_spike import only_missing
from stageprint.diagnosis.concerns import is_flagged_for
from stageprint.diagnosis.example import evidence_of, flag, table_profile
from stageprint.errors import RegistryError
from stageprint.model import ColumnKey, ColumnKind, ColumnProfile, Concern, TableKey
from stageprint.registry import discover
from stageprint.shifts import ColumnHistory, all_shifts, column_shifts, measure
from tests.support.columns import profile_of
from tests.support.plugins import one_more_file

NAME: Final = "count_ratio"
FILE: Final = '''
"""Change of the number of values."""

from typing import ClassVar

import numpy as np

from stageprint.model import NUMERIC, ColumnKind, Concern
from stageprint.features.pairs import Pairs
from stageprint.shifts.base import ColumnShift, Example, Measured


class RowsHeld(ColumnShift):
    """|ln of the number of values now ÷ then|."""

    name: ClassVar[str] = "count_ratio"
    concerns: ClassVar[frozenset[Concern]] = frozenset({Concern.MISSING_VALUES})
    unit: ClassVar[str] = "natural log of a ratio"
    convention: ClassVar[str] = "absolute log ratio"
    source: ClassVar[str] = "this test"
    kinds: ClassVar[frozenset[ColumnKind]] = NUMERIC
    needs: ClassVar[tuple[str, ...]] = ("counts",)
    negligible_effect: ClassVar[float] = 0.01
    min_effect: ClassVar[float] = 0.1
    critical_effect: ClassVar[float] = 0.5
    default_scale: ClassVar[float] = 0.02
    example: ClassVar[Example] = Example([1, 2], [1, 2], 0.0, ColumnKind.INTEGER)

    def compute(self, pairs: Pairs) -> Measured:
        value = np.abs(np.log(pairs.now("present") / pairs.then("present")))
        return Measured(value, np.zeros(len(pairs)), pairs.inverse("present"))
'''
BEFORE: Final = (set(all_shifts()), shifts_page().splitlines())
KEY: Final = ColumnKey("raw", "trips", "fare")


@pytest.fixture
def one_more(tmp_path: Path) -> Iterator[None]:
    with one_more_file(stageprint.shifts, NAME, FILE, tmp_path, (discover, all_shifts, column_shifts)):
        yield


def numbers(rows: int) -> ColumnProfile:
    return profile_of(pa.array(range(rows), pa.int64()), ColumnKind.INTEGER)


@pytest.mark.usefixtures("one_more")
def test_it_is_measured_decided_and_explained() -> None:
    profiles = [numbers(1000 + run % 3) for run in range(9)] + [numbers(3000)]
    previous, found = None, []
    for run, current in enumerate(profiles):
        past = profiles[:run]
        references = {"prev": past[-1:], "window": past[-7:], "long": past}
        shifts = decide(measure([ColumnHistory(KEY, current, references)]), previous, DecisionSettings())
        previous = previous_of(shifts)
        (row,) = (row for row in shifts.to_pylist() if row["statistic"] == NAME)
        found.append(row)
    assert {row["severity"] for row in found[:-1]} == {"none"}
    last: dict[str, Any] = found[-1]
    assert last["severity"] == "critical"
    assert last["value"] > last["expected_high"] > 0.1
    assert last["explanation"].startswith(NAME)


@pytest.mark.usefixtures("one_more")
def test_it_is_documented() -> None:
    assert [line for line in shifts_page().splitlines() if line not in BEFORE[1]] == [
        f"There are {sum(not shift.deterministic for shift in all_shifts().values())} statistics.",
        "| `count_ratio` | \\|ln of the number of values now ÷ then\\|. | numbers | missing values | natural log of a "
        "ratio | absolute log ratio | 0.1 | 0.5 | this test |",
    ]


@pytest.mark.usefixtures("one_more")
def test_causes_and_reports_go_by_what_it_is_about() -> None:
    table = TableKey(KEY.stage, KEY.table)
    runs = {run: {table: table_profile(table, {KEY.column: [1, 2, 3]})} for run in ("1", "2")}
    evidence = evidence_of(runs, {"raw": ()}, [flag(KEY, NAME)])
    assert is_flagged_for(evidence, KEY, Concern.MISSING_VALUES)
    assert not is_flagged_for(evidence, KEY, Concern.LABELS, Concern.DISTRIBUTION)
    assert only_missing(evidence, KEY)


ALL_CONCERNS: Final = ", ".join(f"Concern.{concern.name}" for concern in Concern)
CONCERNS: Final = "frozenset({Concern.MISSING_VALUES})"
STATED: Final = f"    concerns: ClassVar[frozenset[Concern]] = {CONCERNS}\n"


@pytest.mark.parametrize(
    ("right", "wrong", "problem"),
    [
        pytest.param(
            STATED,
            "",
            f"does not say what the statistic is about; `concerns` is a frozenset of some of {ALL_CONCERNS}",
            id="no concerns",
        ),
        pytest.param(
            CONCERNS,
            "frozenset({'nulls'})",
            f"unknown concern 'nulls'; `concerns` is a frozenset of some of {ALL_CONCERNS}",
            id="unknown concern",
        ),
        pytest.param(
            STATED,
            f"{STATED}    calibration_group = 'lables'\n",
            "unknown calibration group 'lables'; expected one of CalibrationGroup.ANY, CalibrationGroup.LABELS, "
            "CalibrationGroup.EXCHANGE",
            id="unknown calibration group",
        ),
        pytest.param(
            STATED,
            f"{STATED}    capped_by = ('medain',)\n",
            "`capped_by` names 'medain', which is not registered – did you mean 'median'?",
            id="unknown capping statistic",
        ),
    ],
)
def test_a_trait_that_does_not_exist_is_refused(tmp_path: Path, right: str, wrong: str, problem: str) -> None:
    assert right in FILE
    text = FILE.replace(right, wrong)
    with (
        one_more_file(stageprint.shifts, NAME, text, tmp_path, (discover, all_shifts, column_shifts)),
        pytest.raises(RegistryError) as told,
    ):
        all_shifts()
    assert str(told.value) == f"stageprint.shifts.count_ratio.RowsHeld: {problem}"


def test_it_is_gone_again() -> None:
    assert set(all_shifts()) == BEFORE[0]
    assert NAME not in {shift.name for shift in column_shifts(ColumnKind.INTEGER)}
