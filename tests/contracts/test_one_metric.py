"""A metric is one file: what else knows the metrics follows by itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
import pytest

import stageprint.metrics
from scripts.docs.reference import metrics_page
from stageprint.metrics.base import all_metrics, evaluate_all
from stageprint.model.result_tables import Column
from stageprint.pipeline.tables import column_profiles
from stageprint.registry import discover
from tests.support.columns import profile_of
from tests.support.plugins import one_more_file

NAME: Final = "value_range"
FILE: Final = '''
"""Range."""

from typing import ClassVar

from stageprint.metrics.base import Metric, Value
from stageprint.model import NUMERIC, ColumnKind, ColumnProfile, NotComputable
from stageprint.states.base import State
from stageprint.states.extremes import ExtremesState


class ValueRange(Metric):
    """Greatest value − least value."""

    name: ClassVar[str] = "value_range"
    unit: ClassVar[str] = "as the column"
    kinds: ClassVar[frozenset[ColumnKind]] = NUMERIC
    sql_type: ClassVar[str] = "double"
    source: ClassVar[str] = "this test"
    null_means: ClassVar[str] = "not a number, or no non-null values"
    needs: ClassVar[tuple[type[State], ...]] = (ExtremesState,)

    def compute(self, column: ColumnProfile) -> Value | NotComputable:
        extremes = column.state(ExtremesState)
        if extremes is None or extremes.minimum is None or extremes.maximum is None:
            return NotComputable("no non-null values")
        return float(extremes.maximum) - float(extremes.minimum)
'''


@pytest.fixture
def one_more(tmp_path: Path) -> Iterator[None]:
    with one_more_file(stageprint.metrics, NAME, FILE, tmp_path, (discover, column_profiles)):
        yield


BEFORE: Final = (set(all_metrics()), metrics_page().splitlines(), column_profiles().columns)


@pytest.mark.usefixtures("one_more")
def test_it_is_computed() -> None:
    assert set(all_metrics()) - BEFORE[0] == {NAME}
    assert evaluate_all(profile_of(pa.array([3, None, -4])))[0][NAME] == 7.0
    assert evaluate_all(profile_of(pa.array([None], pa.int64())))[1][NAME] == "no non-null values"
    assert evaluate_all(profile_of(pa.array(["a"])))[1][NAME] == "type string"


@pytest.mark.usefixtures("one_more")
def test_it_is_documented() -> None:
    new = [line for line in metrics_page().splitlines() if line not in BEFORE[1]]
    assert new == [
        f"There are {len(BEFORE[0]) + 1} metrics.",
        "| `value_range` | Greatest value − least value. | numbers | as the column | `double` | exact | not a number, "
        "or no non-null values | this test |",
    ]


@pytest.mark.usefixtures("one_more")
def test_it_has_a_column_of_the_result_table() -> None:
    columns = column_profiles().columns
    assert [column for column in columns if column not in BEFORE[2]] == [
        Column(NAME, "double", "as the column; null: not a number, or no non-null values")
    ]
    assert len(columns) == len(BEFORE[2]) + 1


def test_it_is_gone_again() -> None:
    assert set(all_metrics()) == BEFORE[0]
    assert column_profiles().columns == BEFORE[2]
