from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import datasketches
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stageprint.batch.column import FEW, ColumnBatch, Hashed, decimal_text, kind_of, spark_type_name
from stageprint.errors import StateError
from stageprint.model import ColumnKind

K = ColumnKind
UTC = dt.timezone.utc


def batch(values: Any, arrow_type: pa.DataType | None = None, kind: K | None = None) -> ColumnBatch:
    array = values if isinstance(values, pa.Array | pa.ChunkedArray) else pa.array(values, arrow_type)
    return ColumnBatch(array, kind or kind_of(array.type))


def pairs(column: ColumnBatch) -> list[tuple[Any, int]]:
    """Return a column's exact values with their counts."""
    runs = column.runs
    counts = np.ones(len(runs.doubles), int) if runs.counts is None else runs.counts
    return list(zip(runs.values(), counts.tolist(), strict=True))


def texts(column: ColumnBatch) -> dict[str, int]:
    found: dict[str, int] = {}
    counts = [1] * len(column.texts) if column.texts.counts is None else column.texts.counts.tolist()
    for text, count in zip(column.texts.array.to_pylist(), counts, strict=True):
        found[text] = found.get(text, 0) + count
    return found


def library_hash(value: float | str) -> int:
    """Return the first half of a value's hash, without its last bit, as the library has it."""
    sketch = datasketches.update_theta_sketch()
    sketch.update(value)
    return int.from_bytes(sketch.compact().serialize()[-8:], "little")


def hashes(hashed: Hashed) -> list[int]:
    return sorted((hashed.first >> np.uint64(1)).tolist() + [library_hash(text) for text in hashed.rest])


class TestRuns:
    def test_floats(self) -> None:
        column = batch([2.0, None, float("nan"), -0.0, float("inf"), 0.0, float("-inf"), 2.0])
        assert (column.rows, column.nulls, column.nan) == (8, 1, 1)
        assert pairs(column) == [(-np.inf, 1), (0.0, 2), (2.0, 2), (np.inf, 1)]
        assert not np.signbit(column.runs.doubles[1])
        assert column.runs.rows == 6
        finite, counts = column.runs.finite()
        assert finite.tolist() == [0.0, 2.0]
        assert counts is not None
        assert counts.tolist() == [2, 2]

    @pytest.mark.parametrize("arrow_type", [pa.float16(), pa.float32(), pa.float64()])
    def test_every_width_of_float(self, arrow_type: pa.DataType) -> None:
        column = batch(np.array([1.5, np.nan, -2.0], arrow_type.to_pandas_dtype()), arrow_type)
        assert pairs(column) == [(-2.0, 1), (1.5, 1)]
        assert column.nan == 1

    @pytest.mark.parametrize(
        "arrow_type",
        [pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()],
    )
    def test_every_width_of_integer(self, arrow_type: pa.DataType) -> None:
        column = batch([7, 3, None, 7], arrow_type)
        assert pairs(column) == [(3, 1), (7, 2)]
        assert column.nan == 0
        assert column.runs.doubles.tolist() == [3.0, 7.0]

    def test_integers_far_apart_are_exact(self) -> None:
        column = batch([-(2**63), 2**63 - 1, 0, 2**63 - 1])
        assert pairs(column) == [(-(2**63), 1), (0, 1), (2**63 - 1, 2)]

    def test_unsigned_integers_beyond_the_longs(self) -> None:
        column = batch([2**64 - 1, 0, 2**64 - 1], pa.uint64())
        assert pairs(column) == [(0, 1), (2**64 - 1, 2)]
        assert column.hashed.values(np.array([1])) == [-1]
        assert hashes(column.hashed) == sorted([library_hash(0), library_hash(-1)])

    def test_mostly_distinct_values_are_not_counted(self) -> None:
        values = np.arange(2 * FEW) * 10_000
        runs = batch(values[::-1]).runs
        assert runs.counts is None
        assert runs.exact.tolist() == values.tolist()
        assert (runs.rows, runs.rows_in(5, 15)) == (2 * FEW, 10)
        assert runs.finite()[1] is None
        # Few values, or values that repeat, always are.
        assert batch(values[:FEW]).runs.counts is not None
        assert batch(np.repeat(values, 3)).runs.counts is not None

    @pytest.mark.parametrize("values", [[], [None, None]])
    @pytest.mark.parametrize(
        "arrow_type",
        [
            pa.int32(),
            pa.uint64(),
            pa.float64(),
            pa.decimal128(9, 2),
            pa.decimal256(60, 2),
            pa.date32(),
            pa.timestamp("ns"),
        ],
    )
    def test_empty_and_all_null(self, values: list[None], arrow_type: pa.DataType) -> None:
        column = batch(values, arrow_type)
        assert (column.rows, column.nulls, column.nan) == (len(values), len(values), 0)
        assert column.runs.rows == len(column.runs.exact) == len(column.hashed.first) == 0

    def test_a_column_of_the_null_type(self) -> None:
        for kind in (K.INTEGER, K.FLOAT, K.DECIMAL, K.DATE, K.TIMESTAMP):
            assert batch(pa.nulls(3), kind=kind).runs.rows == 0
        assert len(batch(pa.nulls(3), kind=K.STRING).texts) == 0
        assert batch(pa.nulls(3), kind=K.BOOLEAN).trues == 0
        assert batch(pa.nulls(3)).nulls == 3

    @pytest.mark.parametrize("arrow_type", [pa.date32(), pa.date64()])
    def test_dates_are_days(self, arrow_type: pa.DataType) -> None:
        column = batch([dt.date(1970, 1, 2), None, dt.date(1969, 12, 31)], arrow_type)
        assert pairs(column) == [(-1, 1), (1, 1)]

    @pytest.mark.parametrize(("unit", "factor"), [("s", 1_000_000), ("ms", 1_000), ("us", 1)])
    @pytest.mark.parametrize("zone", [None, "Asia/Tokyo"])
    def test_timestamps_are_microseconds(self, unit: str, factor: int, zone: str | None) -> None:
        column = batch([5, None, -3, 5], pa.timestamp(unit, zone))
        assert pairs(column) == [(-3 * factor, 1), (5 * factor, 2)]

    def test_nanoseconds_are_cut(self) -> None:
        assert pairs(batch([1_999, -1, 2_000], pa.timestamp("ns"))) == [(-1, 1), (1, 1), (2, 1)]

    def test_hours_up_to_the_last_timestamp(self) -> None:
        def hours(values: list[int]) -> list[list[int]]:
            return [found.tolist() for found in batch(values, pa.timestamp("us")).hours]

        assert hours([0, 3_600_000_000, 5, -1, 5]) == [[-1, 0, 1], [1, 3, 1]]
        assert hours([2**63 - 1]) == [[(2**63 - 1) // 3_600_000_000], [1]]
        assert hours([]) == [[], []]
        many = np.arange(4_000) * 1_000_000_000
        assert hours(many.tolist())[1] == np.bincount(many // 3_600_000_000).tolist()


class TestDecimals:
    @pytest.mark.parametrize(
        "arrow_type", [pa.decimal32(9, 2), pa.decimal64(18, 2), pa.decimal128(38, 2), pa.decimal256(76, 2)]
    )
    def test_every_width(self, arrow_type: pa.DataType) -> None:
        column = batch([Decimal("1.50"), None, Decimal("-3.25"), Decimal("1.50")], arrow_type)
        assert pairs(column) == [(-325, 1), (150, 2)]
        assert column.runs.doubles.tolist() == [-3.25, 1.5]
        assert (column.runs.scale, column.runs.places) == (2, 2)

    def test_a_slice(self) -> None:
        column = batch(pa.array([Decimal(value) for value in range(9)], pa.decimal128(9, 0)).slice(3, 2))
        assert pairs(column) == [(3, 1), (4, 1)]

    def test_unused_places_are_left_out(self) -> None:
        column = batch([Decimal("1234567890.5"), Decimal(-2)], pa.decimal128(38, 18))
        assert column.runs.scale == 2
        assert column.runs.values() == [-2 * 10**18, 12345678905 * 10**17]
        assert column.runs.doubles.tolist() == [-2.0, 1234567890.5]

    def test_more_than_64_bits(self) -> None:
        values = [Decimal("123456789012345678901234567890.12345678"), Decimal("-0.00000001"), Decimal(5)]
        column = batch([*values, values[0], None], pa.decimal128(38, 8))
        assert column.runs.values() == [-1, 500000000, 12345678901234567890123456789012345678]
        assert column.runs.counts is not None
        assert column.runs.counts.tolist() == [1, 1, 2]
        assert column.runs.doubles.tolist() == [float(value) for value in sorted(values)]
        sliced = pa.array([Decimal(0), *values], pa.decimal128(38, 8)).slice(1, 2)
        assert len(batch(sliced).runs.values()) == 2

    def test_negative_scale(self) -> None:
        assert pairs(batch([Decimal(1200)], pa.decimal128(5, -2))) == [(1200, 1)]

    def test_doubles_are_the_nearest(self) -> None:
        value = Decimal("92233720368.54775807")
        assert batch([value], pa.decimal128(19, 8)).runs.doubles.tolist() == [float(value)]

    @pytest.mark.parametrize(
        ("value", "hashed_as"),
        [
            ("5", 5),
            ("-100", -100),
            ("0.1", 0.1),
            ("-12345.678", -12345.678),
            ("999999999999.999", 999999999999.999),
            ("1234567890.123456", "1234567890.123456"),
            ("-0.1234567890123456", "-0.1234567890123456"),
            ("99999999999999999999", "99999999999999999999"),
            ("-9223372036854775808", -(2**63)),
        ],
    )
    def test_hashed_by_value_whatever_the_type(self, value: str, hashed_as: float | str) -> None:
        number = Decimal(value)
        own = pa.scalar(number).type
        wider = pa.decimal128(38, max(own.scale, 16))
        with_others = pa.array([number, Decimal("12345678901234567890.1234567890123456")], wider)
        for array in (pa.array([number], own), pa.array([number], wider), pa.array([number], pa.decimal256(76, 20))):
            hashed = batch(array).hashed
            assert hashes(hashed) == [library_hash(hashed_as)]
            assert hashed.values(np.array([0])) == [hashed_as]
        assert library_hash(hashed_as) in hashes(batch(with_others).hashed)

    def test_text(self) -> None:
        assert [decimal_text(*pair) for pair in [(5, 0), (-5, 0), (5, 2), (-1234, 3)]] == ["5", "-5", "0.05", "-1.234"]


class TestTexts:
    @pytest.mark.parametrize("arrow_type", [pa.string(), pa.large_string(), pa.string_view()])
    def test_every_layout(self, arrow_type: pa.DataType) -> None:
        column = batch(["b", None, "ä", "b", ""], arrow_type)
        assert texts(column) == {"b": 2, "ä": 1, "": 1}
        assert column.texts.rows == 4

    @pytest.mark.parametrize("value_type", [pa.string(), pa.large_string(), pa.string_view()])
    def test_dictionaries(self, value_type: pa.DataType) -> None:
        plain = pa.DictionaryArray.from_arrays(pa.array([0, None, 1, 0]), pa.array(["b", "a"], value_type))
        column = batch(plain.slice(1))
        assert texts(column) == {"a": 1, "b": 1}
        # A dictionary may hold texts no row has, the same text twice, and null.
        odd = pa.DictionaryArray.from_arrays(pa.array([0, 1, 1, None]), pa.array(["x", "x", "unused"], value_type))
        assert texts(batch(odd)) == {"x": 3}
        with_null = pa.DictionaryArray.from_arrays(pa.array([0, 1, 1]), pa.array(["x", None], value_type))
        column = batch(with_null)
        assert (column.nulls, texts(column)) == (2, {"x": 1})

    def test_chunks_with_different_dictionaries(self) -> None:
        chunks = [pa.array(values).dictionary_encode() for values in (["a", "b"], ["c", "a"])]
        assert texts(batch(pa.chunked_array(chunks))) == {"a": 2, "b": 1, "c": 1}

    def test_other_encodings(self) -> None:
        run_ends = pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array(["a", "b"]))
        assert texts(batch(run_ends)) == {"a": 2, "b": 1}
        assert pairs(batch(pa.array([4, 4, 5]).dictionary_encode())) == [(4, 2), (5, 1)]
        stored = pa.ExtensionArray.from_storage(pa.opaque(pa.string(), "t", "v"), pa.array(["a", None]))
        assert texts(batch(stored)) == {"a": 1}

    @pytest.mark.parametrize("values", [[], [None], [""], ["", None, ""]])
    def test_without_any_letter(self, values: list[str | None]) -> None:
        column = batch(values, pa.string())
        assert texts(column) == ({"": values.count("")} if "" in values else {})
        assert column.texts.lengths.tolist() == [0] * len(column.texts)
        assert not column.texts.blank.any()

    def test_bytes_that_are_not_utf8(self) -> None:
        broken = pa.array([b"ok", b"\xff\xfe", b"\xc3", b"\xc3(", None], pa.binary())
        array = pa.StringArray.from_buffers(len(broken), *broken.buffers()[1:], broken.buffers()[0])
        column = batch(array)
        assert texts(column) == {"ok": 1, "��": 1, "�": 1, "�(": 1}
        assert sorted(column.texts.lengths.tolist()) == [1, 2, 2, 2]
        assert hashes(column.hashed) == sorted(library_hash(text) for text in texts(column))

    def test_lengths_are_characters(self) -> None:
        column = batch(["naïve", "日本", "🙂", ""])
        assert dict(zip(column.texts.array.to_pylist(), column.texts.lengths.tolist(), strict=True)) == {
            "naïve": 5,
            "日本": 2,
            "🙂": 1,
            "": 0,
        }

    def test_blank(self) -> None:
        values = ["", " ", "\t\n", "\u2003\u00a0", " x", "x ", "é", "\x1f"]
        found = batch(values).texts
        marked = dict(zip(found.array.to_pylist(), found.blank.tolist(), strict=True))
        assert [text for text, blank in marked.items() if blank] == [text for text in values if text.isspace()]

    def test_mostly_distinct_texts_are_not_counted(self) -> None:
        values = [f"user-{number}" for number in range(6_000)]
        column = batch([*values, *values[:100], *["often"] * 7])
        assert column.texts.counts is None
        assert column.texts.rows == 6_107
        at, counts, cut = column.texts.most_frequent(1)
        assert (column.texts.take(at), counts.tolist(), cut) == (["often"], [7], 2)
        at, counts, cut = column.texts.most_frequent(10_000)
        assert (sorted(column.texts.take(at)), cut) == (sorted({*values, "often"}), 0)
        assert int(counts.sum()) == 6_107

    def test_none_is_more_frequent(self) -> None:
        distinct = batch([f"user-{number}" for number in range(6_000)]).texts
        assert distinct.counts is None
        at, counts, cut = distinct.most_frequent(10)
        assert (len(at), counts.tolist(), cut) == (1, [1], 1)
        at, counts, cut = batch(["a", "b", "c"] * 2).texts.most_frequent(2)
        assert (len(at), counts.tolist(), cut) == (1, [2], 2)

    def test_long_texts_are_counted_one_by_one(self) -> None:
        column = batch([f"{number:0600d}" for number in range(5_000)])
        assert column.texts.counts is not None
        assert len(column.hashed.rest) == 5_000

    @given(st.lists(st.text(max_size=40), min_size=1))
    def test_hashes_are_the_librarys(self, values: list[str]) -> None:
        column = batch(values, pa.string())
        # The library takes the empty string for no value.
        expected = sorted(library_hash(text) for text in set(values) if text)
        empty = len(hashes(column.hashed)) - len(expected)
        assert set(expected) <= set(hashes(column.hashed))
        assert empty == int("" in values)

    @pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 500, 512, 513, 2_000])
    def test_hashes_of_every_length(self, length: int) -> None:
        values = ["x" * length, "ab", "y" * (length // 2 + 20)]
        hashed = batch(values).hashed
        assert {library_hash(text) for text in values if text} <= set(hashes(hashed))
        assert len(hashed.rest) == (length > 512) + (length // 2 + 20 > 512)


class TestHashed:
    @given(st.lists(st.integers(-(2**63), 2**63 - 1)))
    def test_longs(self, values: list[int]) -> None:
        assert hashes(batch(values, pa.int64()).hashed) == sorted(library_hash(value) for value in set(values))

    @given(st.lists(st.floats(allow_nan=False)))
    def test_doubles(self, values: list[float]) -> None:
        hashed = batch(values, pa.float64()).hashed
        assert hashes(hashed) == sorted({library_hash(value) for value in values})
        given_back = hashed.values(np.arange(len(hashed.first)))
        assert given_back == sorted({value + 0.0 for value in values})

    def test_booleans_are_texts(self) -> None:
        hashed = batch([True, None, False, True]).hashed
        assert hashes(hashed) == sorted([library_hash("true"), library_hash("false")])

    def test_many(self) -> None:
        values = np.random.default_rng(1).integers(0, 2**62, 20_000)
        hashed = batch(values).hashed
        places = np.array([0, 9_000, 19_999])
        assert [library_hash(value) for value in hashed.values(places)] == (
            hashed.first[places] >> np.uint64(1)
        ).tolist()


class TestKinds:
    @pytest.mark.parametrize(
        ("arrow_type", "kind", "name"),
        [
            (pa.bool_(), K.BOOLEAN, "boolean"),
            (pa.int8(), K.INTEGER, "tinyint"),
            (pa.int16(), K.INTEGER, "smallint"),
            (pa.int32(), K.INTEGER, "int"),
            (pa.int64(), K.INTEGER, "bigint"),
            (pa.uint8(), K.INTEGER, "smallint"),
            (pa.uint16(), K.INTEGER, "int"),
            (pa.uint32(), K.INTEGER, "bigint"),
            (pa.uint64(), K.INTEGER, "decimal(20,0)"),
            (pa.float16(), K.FLOAT, "float"),
            (pa.float32(), K.FLOAT, "float"),
            (pa.float64(), K.FLOAT, "double"),
            (pa.decimal64(9, 2), K.DECIMAL, "decimal(9,2)"),
            (pa.decimal128(38, 18), K.DECIMAL, "decimal(38,18)"),
            (pa.date32(), K.DATE, "date"),
            (pa.date64(), K.DATE, "date"),
            (pa.timestamp("us", "UTC"), K.TIMESTAMP, "timestamp"),
            (pa.timestamp("ns"), K.TIMESTAMP_NTZ, "timestamp_ntz"),
            (pa.string(), K.STRING, "string"),
            (pa.large_string(), K.STRING, "string"),
            (pa.string_view(), K.STRING, "string"),
            (pa.dictionary(pa.int32(), pa.string()), K.STRING, "string"),
            (pa.run_end_encoded(pa.int32(), pa.int64()), K.INTEGER, "bigint"),
            (pa.opaque(pa.int32(), "t", "v"), K.INTEGER, "int"),
            (pa.null(), K.OTHER, "void"),
            (pa.binary(), K.BINARY, "binary"),
            (pa.binary(4), K.BINARY, "binary"),
            (pa.binary_view(), K.BINARY, "binary"),
            (pa.time64("us"), K.OTHER, "time64[us]"),
            (pa.duration("s"), K.INTEGER, "interval day to second"),
            (pa.list_(pa.int32()), K.ARRAY, "array<int>"),
            (pa.large_list(pa.string()), K.ARRAY, "array<string>"),
            (pa.map_(pa.string(), pa.float64()), K.MAP, "map<string,double>"),
            (pa.struct([("a", pa.int32()), ("b", pa.list_(pa.date32()))]), K.OTHER, "struct<a:int,b:array<date>>"),
        ],
    )
    def test_types(self, arrow_type: pa.DataType, kind: K, name: str) -> None:
        assert kind_of(arrow_type) is kind
        assert spark_type_name(arrow_type) == name

    def test_a_code_taken_as_a_label(self) -> None:
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
    def test_other_conversions(self, array: pa.Array, kind: K, found: list[tuple[Any, int]]) -> None:
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
    def test_what_cannot_be_converted(self, array: pa.Array, kind: K) -> None:
        with pytest.raises(StateError, match=f"cannot be taken as {kind.value}"):
            batch(array, kind=kind)


class TestRowTexts:
    @pytest.mark.parametrize(
        ("array", "expected"),
        [
            (pa.array([5, None, -1]), ["5", None, "-1"]),
            (pa.array(["a", None, ""], pa.string_view()), ["a", None, ""]),
            (pa.array(["a", None]).dictionary_encode(), ["a", None]),
            (pa.array([True, None, False]), ["true", None, "false"]),
            (pa.array([dt.date(2026, 1, 2), None], pa.date64()), ["2026-01-02", None]),
            (pa.array([1_500, None, -1], pa.timestamp("ms")), ["1500000", None, "-1000"]),
            (
                pa.array([Decimal("1.50"), None, Decimal(100), Decimal("0.0000001")], pa.decimal128(20, 7)),
                ["1.5", None, "100", "0.0000001"],
            ),
            (pa.array([Decimal(100)], pa.decimal128(5, 0)), ["100"]),
            (
                pa.array([1.0, None, 0.1, -0.0, 1e300, float("nan"), float("inf"), float("-inf")]),
                ["1", None, "0.1", "0", "1e+300", "NaN", "Infinity", "-Infinity"],
            ),
        ],
    )
    def test_texts(self, array: pa.Array, expected: list[str | None]) -> None:
        assert batch(array).row_texts().to_pylist() == expected


class TestBuffers:
    def test_read_only_and_sliced(self) -> None:
        values = np.arange(100, dtype=np.float64)
        values.flags.writeable = False
        array = pa.array(values)
        assert not array.to_numpy().flags.writeable
        assert pairs(batch(array.slice(10, 3))) == [(10.0, 1), (11.0, 1), (12.0, 1)]
        assert texts(batch(pa.array(["a", "b", "c", None]).slice(1))) == {"b": 1, "c": 1}
        assert batch(pa.array([True, None, True, False]).slice(1)).trues == 1
        assert pairs(batch(pa.array([1, 2, None, 4], pa.date32()).slice(1))) == [(2, 1), (4, 1)]

    def test_chunks(self) -> None:
        assert pairs(batch(pa.chunked_array([[1, 2], [2, None]]))) == [(1, 1), (2, 2)]
        assert batch(pa.chunked_array([], pa.string())).rows == 0
