from __future__ import annotations

import datetime as dt
from typing import Any

import pyarrow as pa
import pytest

from stageprint.errors import StateError
from stageprint.model import ColumnKind
from tests.unit.batch.columns import batch, pairs, texts

K = ColumnKind
UTC = dt.timezone.utc


def test_a_code_taken_as_a_label() -> None:
    assert texts(batch([7, None, 7, 8], pa.int64(), K.STRING)) == {"7": 2, "8": 1}


@pytest.mark.parametrize(
    ("array", "kind", "found"),
    [
        (pa.array(["1", "2"]).dictionary_encode(), K.INTEGER, [(1, 1), (2, 1)]),
        (pa.array([2**60 + 1]), K.FLOAT, [(2.0**60, 1)]),
        (pa.array([1]), K.DECIMAL, [(10**10, 1)]),
        (pa.array([dt.datetime(1970, 1, 3, 5, tzinfo=UTC)], pa.timestamp("us", "UTC")), K.DATE, [(2, 1)]),
        (pa.array(["1970-01-01 00:00:01"]), K.TIMESTAMP_NTZ, [(1_000_000, 1)]),
        (pa.array([5], pa.timestamp("us")), K.TIMESTAMP, [(5, 1)]),
    ],
)
def test_other_conversions(array: pa.Array, kind: K, found: list[tuple[Any, int]]) -> None:
    assert pairs(batch(array, kind=kind)) == found


@pytest.mark.parametrize(
    ("array", "kind"),
    [
        (pa.array(["x"]), K.INTEGER),
        (pa.array([1.5]), K.INTEGER),
        (pa.array([[1]]), K.STRING),
        (pa.array([b"x"]), K.DATE),
    ],
)
def test_what_cannot_be_converted(array: pa.Array, kind: K) -> None:
    with pytest.raises(StateError, match=f"cannot be taken as {kind.value}"):
        batch(array, kind=kind)
