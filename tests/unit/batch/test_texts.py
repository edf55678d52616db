from __future__ import annotations

import random
from collections import Counter

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.batch.columns import batch, hashes, library_hash, pairs, texts


@pytest.mark.parametrize("arrow_type", [pa.string(), pa.large_string(), pa.string_view()])
def test_every_layout(arrow_type: pa.DataType) -> None:
    column = batch(["b", None, "ä", "b", ""], arrow_type)
    assert texts(column) == {"b": 2, "ä": 1, "": 1}
    assert column.texts.rows == 4


@pytest.mark.parametrize("value_type", [pa.string(), pa.large_string(), pa.string_view()])
def test_dictionaries(value_type: pa.DataType) -> None:
    plain = pa.DictionaryArray.from_arrays(pa.array([0, None, 1, 0]), pa.array(["b", "a"], value_type))
    column = batch(plain.slice(1))
    assert texts(column) == {"a": 1, "b": 1}
    # A dictionary may hold texts no row has, the same text twice, and null.
    odd = pa.DictionaryArray.from_arrays(pa.array([0, 1, 1, None]), pa.array(["x", "x", "unused"], value_type))
    assert texts(batch(odd)) == {"x": 3}
    with_null = pa.DictionaryArray.from_arrays(pa.array([0, 1, 1]), pa.array(["x", None], value_type))
    column = batch(with_null)
    assert (column.nulls, texts(column)) == (2, {"x": 1})


def test_chunks_with_different_dictionaries() -> None:
    chunks = [pa.array(values).dictionary_encode() for values in (["a", "b"], ["c", "a"])]
    assert texts(batch(pa.chunked_array(chunks))) == {"a": 2, "b": 1, "c": 1}


def test_other_encodings() -> None:
    run_ends = pa.RunEndEncodedArray.from_arrays(pa.array([2, 3], pa.int32()), pa.array(["a", "b"]))
    assert texts(batch(run_ends)) == {"a": 2, "b": 1}
    assert pairs(batch(pa.array([4, 4, 5]).dictionary_encode())) == [(4, 2), (5, 1)]
    stored = pa.ExtensionArray.from_storage(pa.opaque(pa.string(), "t", "v"), pa.array(["a", None]))
    assert texts(batch(stored)) == {"a": 1}


@pytest.mark.parametrize("values", [[], [None], [""], ["", None, ""]])
def test_without_any_letter(values: list[str | None]) -> None:
    column = batch(values, pa.string())
    assert texts(column) == ({"": values.count("")} if "" in values else {})
    assert column.texts.lengths.tolist() == [0] * len(column.texts)
    assert not column.texts.blank.any()


def test_bytes_that_are_not_utf8() -> None:
    broken = pa.array([b"ok", b"\xff\xfe", b"\xc3", b"\xc3(", None], pa.binary())
    array = pa.StringArray.from_buffers(len(broken), *broken.buffers()[1:], broken.buffers()[0])
    column = batch(array)
    assert texts(column) == {"ok": 1, "��": 1, "�": 1, "�(": 1}
    assert sorted(column.texts.lengths.tolist()) == [1, 2, 2, 2]
    assert hashes(column.hashes) == sorted(library_hash(text) for text in texts(column))


def test_lengths_are_characters() -> None:
    column = batch(["naïve", "日本", "🙂", ""])
    assert dict(zip(column.texts.array.to_pylist(), column.texts.lengths.tolist(), strict=True)) == {
        "naïve": 5,
        "日本": 2,
        "🙂": 1,
        "": 0,
    }


def test_blank() -> None:
    values = ["", " ", "\t\n", "\u2003\u00a0", " x", "x ", "é", "\x1f"]
    found = batch(values).texts
    marked = dict(zip(found.array.to_pylist(), found.blank.tolist(), strict=True))
    assert [text for text, blank in marked.items() if blank] == [text for text in values if text.isspace()]


def test_mostly_distinct_texts_are_not_counted() -> None:
    values = [f"user-{number}" for number in range(6_000)]
    column = batch([*values, *values[:100], *["often"] * 7])
    assert column.texts.counts is None
    assert column.texts.rows == 6_107
    at, counts, cut = column.texts.most_frequent(1)
    assert (column.texts.take(at), counts.tolist(), cut) == (["often"], [7], 2)
    at, counts, cut = column.texts.most_frequent(10_000)
    assert (sorted(column.texts.take(at)), cut) == (sorted({*values, "often"}), 0)
    assert int(counts.sum()) == 6_107


def test_none_is_more_frequent() -> None:
    distinct = batch([f"user-{number}" for number in range(6_000)]).texts
    assert distinct.counts is None
    at, counts, cut = distinct.most_frequent(10)
    assert (len(at), counts.tolist(), cut) == (1, [1], 1)
    at, counts, cut = batch(["a", "b", "c"] * 2).texts.most_frequent(2)
    assert (len(at), counts.tolist(), cut) == (1, [2], 2)


def test_long_texts_are_counted_one_by_one() -> None:
    column = batch([f"{number:0600d}" for number in range(5_000)])
    assert column.texts.counts is not None
    assert len(column.hashes.long_texts) == 5_000


@given(st.lists(st.text(max_size=40), min_size=1))
def test_hashes_are_the_librarys(values: list[str]) -> None:
    column = batch(values, pa.string())
    # The library takes the empty string for no value.
    expected = sorted(library_hash(text) for text in set(values) if text)
    empty = len(hashes(column.hashes)) - len(expected)
    assert set(expected) <= set(hashes(column.hashes))
    assert empty == int("" in values)


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 500, 512, 513, 2_000])
def test_hashes_of_every_length(length: int) -> None:
    values = ["x" * length, "ab", "y" * (length // 2 + 20)]
    hashed = batch(values).hashes
    assert {library_hash(text) for text in values if text} <= set(hashes(hashed))
    assert len(hashed.long_texts) == (length > 512) + (length // 2 + 20 > 512)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("limit", [1, 7, 100])
def test_the_most_frequent_are_those_of_counting_every_text(seed: int, limit: int) -> None:
    draw = random.Random(seed)  # noqa: S311 -- no secret
    # Mostly distinct, with repeats of 2 up to (for some seeds) hundreds of rows.
    often = [f"often-{draw.randrange(40 * (seed + 1))}" for _ in range(300 * seed)]
    values = [
        *(f"user-{number}" for number in range(6_000)),
        *(f"user-{draw.randrange(900)}" for _ in range(800)),
        *often,
    ]
    draw.shuffle(values)
    column = batch(values).texts
    assert column.counts is None
    at, counts, cut = column.most_frequent(limit)
    exact = Counter(values)
    ranked = sorted(exact.values(), reverse=True)
    assert cut == ranked[limit]
    wanted = {text: count for text, count in exact.items() if count > cut}
    found = dict(zip(column.take(at), counts.tolist(), strict=True))
    assert found == wanted if wanted else set(found.values()) == {cut}


def test_counts_far_above_their_number_are_ranked_too() -> None:
    column = batch([*["a"] * 5_000, *["b"] * 4_000, "c"]).texts
    at, counts, cut = column.most_frequent(1)
    assert (column.take(at), counts.tolist(), cut) == (["a"], [5_000], 4_000)
