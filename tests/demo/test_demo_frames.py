from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyarrow as pa

from scripts.demo.frames import from_arrow, read_parquet, to_arrow, write_parquet

SCHEMA = pa.schema(
    [
        ("whole", pa.int32()),
        ("real", pa.float64()),
        ("text", pa.string()),
        ("flag", pa.bool_()),
        ("at", pa.timestamp("us", tz="UTC")),
    ]
)
TABLE = pa.table(
    {"whole": [1, None], "real": [0.5, None], "text": ["a", None], "flag": [True, None], "at": [0, None]}, SCHEMA
)


def test_types_and_nulls_survive_the_way_through_pandas() -> None:
    assert to_arrow(from_arrow(TABLE)).equals(TABLE)


def test_timestamps_are_written_in_the_unit_spark_reads() -> None:
    frame = pd.DataFrame({"at": pd.Series([pd.Timestamp("2013-01-01", tz="UTC")])})
    assert to_arrow(frame).schema.field("at").type == pa.timestamp("us", tz="UTC")


def test_a_table_written_again_replaces_the_old_one(tmp_path: Path) -> None:
    frame = from_arrow(TABLE)
    write_parquet(pd.concat([frame, frame]), tmp_path / "table")
    write_parquet(frame, tmp_path / "table")
    pd.testing.assert_frame_equal(read_parquet(tmp_path / "table"), frame)
    assert [path.name for path in (tmp_path / "table").iterdir()] == ["part-00000.parquet"]
