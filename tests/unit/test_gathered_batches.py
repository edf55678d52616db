"""Small batches are taken in together, whole rows in their order, within a size."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

from stageprint.engines.parquet.gathering import gathered


def batch(start: int, rows: int) -> pa.RecordBatch:
    values = list(range(start, start + rows))
    return pa.record_batch({"n": pa.array(values, pa.int64()), "t": pa.array(list(map(str, values)), pa.string())})


def sizes(rows: list[int]) -> list[int]:
    starts = [sum(rows[:at]) for at in range(len(rows))]
    found = list(gathered(batch(start, count) for start, count in zip(starts, rows, strict=True)))
    together = [value for one in found for value in one.column(0).to_pylist()]
    assert together == list(range(sum(rows)))
    assert [text for one in found for text in one.column("t").to_pylist()] == [str(value) for value in together]
    return [one.num_rows for one in found]


def test_up_to_the_rows_of_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stageprint.engines.parquet.gathering.MAX_ROWS_PER_BATCH", 100)
    assert sizes([40, 40, 40, 40, 10]) == [80, 90]
    assert sizes([150, 10, 100]) == [150, 10, 100]
    assert sizes([30]) == [30]


def test_up_to_the_bytes_of_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stageprint.engines.parquet.gathering.MAX_BYTES_PER_BATCH", batch(0, 50).nbytes)
    assert sizes([20, 20, 20]) == [40, 20]


def test_batches_without_rows() -> None:
    assert list(gathered([])) == []
    assert sizes([0, 3, 0]) == [3]
    assert sum(one.num_rows for one in gathered([batch(0, 0), batch(0, 0)])) == 0


def test_a_large_batch_is_passed_on_before_the_next_one_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stageprint.engines.parquet.gathering.MAX_ROWS_PER_BATCH", 100)
    read = []

    def batches() -> Iterator[pa.RecordBatch]:
        for rows in (10, 60, 70, 20):
            read.append(rows)
            yield batch(0, rows)

    found = gathered(batches())
    assert [next(found).num_rows, next(found).num_rows] == [10, 60]
    assert read == [10, 60]
    assert [one.num_rows for one in found] == [70, 20]


def test_texts_of_several_dictionaries_get_one() -> None:
    texts: list[list[str | None]] = [["a", "b", None], ["b", "c", "b"], ["a", "a", "d"]]
    (joined,) = gathered(pa.record_batch({"t": pa.array(some).dictionary_encode()}) for some in texts)
    assert joined.column("t").to_pylist() == [text for some in texts for text in some]
    assert sorted(joined.column("t").dictionary.to_pylist()) == ["a", "b", "c", "d"]


def test_batches_of_one_schema_are_joined_though_files_of_two_alternate() -> None:
    both = [pa.record_batch({"t": texts}) for texts in (pa.array(["a", "b"]), pa.array(["b", "c"]).dictionary_encode())]
    found = list(gathered(both * 5))
    assert [one.num_rows for one in found] == [10, 10]
    assert [set(one.column("t").to_pylist()) for one in found] == [{"a", "b"}, {"b", "c"}]


def test_rows_without_columns_are_still_counted() -> None:
    bare = batch(0, 7).select([])
    assert sum(one.num_rows for one in gathered([bare, bare, bare])) == 21
