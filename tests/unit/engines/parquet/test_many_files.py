"""A task that reads many small files updates its states as seldom as for one large file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stageprint.config.sketches import SketchSettings
from stageprint.engines.parquet.model import DataFile, FileRange, Rules, SourceColumn
from stageprint.engines.spark.arrow_scan import ScanPart, profile_part
from stageprint.fingerprint import SlicedFingerprint, TablePlan, plan_column
from stageprint.model import ColumnKind

FILES, ROWS = 40, 50


def part(folder: Path, files: int) -> ScanPart:
    table = pa.table({"n": range(FILES * ROWS), "t": [f"text {row % 7}" for row in range(FILES * ROWS)]})
    folder.mkdir()
    rows = FILES * ROWS // files
    ranges = []
    for number in range(files):
        path = folder / f"{number}.parquet"
        pq.write_table(table.slice(number * rows, rows), path)
        ranges.append(FileRange(DataFile(str(path), path.stat().st_size)))
    plan = TablePlan(
        (
            plan_column("n", 0, "bigint", ColumnKind.INTEGER, source=0),
            plan_column("t", 1, "string", ColumnKind.STRING, source=1),
        ),
        (),
        SketchSettings(),
    )
    columns = (SourceColumn("n", pa.int64()), SourceColumn("t", pa.string()))
    return ScanPart(0, plan, (), columns, Rules(), {index: index for index in plan.indices}, tuple(ranges))


def test_small_files_are_taken_in_together_with_the_result_of_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    updates: list[int] = []
    update = SlicedFingerprint.update

    def counted(self: Any, batch: pa.RecordBatch) -> None:
        updates.append(batch.num_rows)
        update(self, batch)

    monkeypatch.setattr(SlicedFingerprint, "update", counted)
    many, one = (profile_part(part(tmp_path / str(files), files)) for files in (FILES, 1))
    assert updates == [FILES * ROWS, FILES * ROWS]
    assert many.num_rows == one.num_rows == 3
    for found, expected in zip(many.to_pylist(), one.to_pylist(), strict=True):
        if found["index"] != 0:  # a sketch of so many different numbers drops some at random
            assert found == expected
