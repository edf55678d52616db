"""Small batches are taken in together, whole rows in their order, within a size."""

from __future__ import annotations

import pyarrow as pa
import pytest

from stageprint.engines.spark.scan import gathered


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
    monkeypatch.setattr("stageprint.engines.spark.scan.MAX_ROWS_PER_BATCH", 100)
    assert sizes([40, 40, 40, 40, 10]) == [80, 90]
    assert sizes([150, 10, 100]) == [150, 10, 100]
    assert sizes([30]) == [30]


def test_up_to_the_bytes_of_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stageprint.engines.spark.scan.MAX_BYTES_PER_BATCH", batch(0, 50).nbytes)
    assert sizes([20, 20, 20]) == [40, 20]


def test_batches_without_rows() -> None:
    assert list(gathered([])) == []
    assert sizes([0, 3, 0]) == [3]
    assert sum(one.num_rows for one in gathered([batch(0, 0), batch(0, 0)])) == 0
