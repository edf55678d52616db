from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest

from stageprint.model import ColumnKind
from stageprint.pipeline.draft.value_sets import NULL, repeated, row_codes, value_codes, value_set


def test_equal_values_have_equal_codes_whatever_their_type() -> None:
    narrow = value_codes(pa.array([1, 2, None], pa.int8()), ColumnKind.INTEGER)
    wide = value_codes(pa.array([2, 1, None], pa.int64()), ColumnKind.INTEGER)
    exact = value_codes(pa.array([Decimal(1), Decimal(2)], pa.decimal128(12, 0)), ColumnKind.DECIMAL)
    assert list(narrow[:2]) == list(wide[:2][::-1]) == list(exact)
    assert narrow[2] == wide[2] == NULL


def test_texts_have_equal_codes_encoded_or_not_short_or_long() -> None:
    texts = ["a", "b", None, "x" * 100, "ä" * 60]
    plain = value_codes(pa.array(texts), ColumnKind.STRING)
    encoded = value_codes(pa.array(texts).dictionary_encode(), ColumnKind.STRING)
    chunked = value_codes(pa.chunked_array([pa.array(texts[:2]), pa.array(texts[2:])]), ColumnKind.STRING)
    assert plain.tolist() == encoded.tolist() == chunked.tolist()
    assert len(set(plain.tolist())) == 5


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (pa.array([dt.date(2026, 1, 1), dt.date(2026, 1, 2)]), ColumnKind.DATE),
        (pa.array([dt.datetime(2026, 1, 1), dt.datetime(2026, 1, 2)]), ColumnKind.TIMESTAMP_NTZ),  # noqa: DTZ001
        (pa.array([0.5, -0.5]), ColumnKind.FLOAT),
        (pa.array([Decimal("1.5"), Decimal("2.5")]), ColumnKind.DECIMAL),
        (pa.array([True, False]), ColumnKind.BOOLEAN),
        (pa.array([b"a", b"b"]), ColumnKind.BINARY),
    ],
)
def test_other_values_have_other_codes(values: pa.Array, kind: ColumnKind) -> None:
    codes = value_codes(values, kind)
    assert len(set(codes.tolist()) - {int(NULL)}) == 2


def test_rows_repeat_where_all_columns_do() -> None:
    one = value_codes(pa.array([1, 1, 2, 2, None]), ColumnKind.INTEGER)
    other = value_codes(pa.array(["a", "b", "a", "a", "a"]), ColumnKind.STRING)
    assert (repeated(one), repeated(row_codes([one, other]))) == (2, 1)
    assert row_codes([one, other])[4] == NULL


def test_shares_are_exact_while_all_hashes_are_kept() -> None:
    some = value_set(value_codes(pa.array(range(80, 120)), ColumnKind.INTEGER))
    most = value_set(value_codes(pa.array(range(100)), ColumnKind.INTEGER))
    assert some.share_in(most) == 0.5
    assert most.share_in(some) == 0.2


def test_shares_of_samples_are_close() -> None:
    codes = value_codes(pa.array(np.arange(100_000)), ColumnKind.INTEGER)
    half = value_set(codes[:50_000], kept=4096)
    share = value_set(codes, kept=4096).share_in(half)
    assert half.share_in(value_set(codes, kept=4096)) == 1.0
    assert share is not None
    assert abs(share - 0.5) < 0.05


def test_few_values_say_nothing_of_a_sample() -> None:
    large = value_set(value_codes(pa.array(np.arange(100_000)), ColumnKind.INTEGER), kept=100)
    assert value_set(value_codes(pa.array([1, 2, 3]), ColumnKind.INTEGER)).share_in(large) is None
