"""Deletion vectors: as the protocol stores them, and what is said of damaged ones."""

from __future__ import annotations

import base64
import struct
import uuid
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyroaring import BitMap, BitMap64

from stageprint.engines.delta.vectors import (
    DeletionVector,
    VectorError,
    deleted_rows,
    described,
    of_positions,
    z85_decoded,
)
from stageprint.engines.parquet.model import DataFile, FileRange, NotReadableError, Rules, SourceColumn
from stageprint.engines.parquet.read import read

TO_Z85 = str.maketrans(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~",
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#",
)
MAGIC = struct.pack("<i", 1681511377)


def stored(rows: Sequence[int], folder: Path, *, before: bytes = b"") -> DeletionVector:
    """Write the vector of some rows into a file as Delta does: version, size, vector, checksum."""
    data = MAGIC + BitMap64(rows).serialize()
    file = folder / f"deletion_vector_{uuid.UUID(int=7)}.bin"
    packed = struct.pack(">i", len(data)) + data + struct.pack(">I", zlib.crc32(data))
    file.write_bytes(b"\x01" + before + packed + b"of another file")
    return DeletionVector(len(rows), file=str(file), offset=1 + len(before))


def test_z85_as_its_specification_shows_it() -> None:
    assert z85_decoded("HelloWorld") == bytes([0x86, 0x4F, 0xD2, 0x6F, 0xB5, 0x59, 0xF7, 0x5B])
    with pytest.raises(VectorError, match="not encoded as Z85"):
        z85_decoded("Hell o")


def test_the_name_of_a_file_is_in_the_log() -> None:
    name = "ab^-aqEH.-t@S}K{vb[*k^"  # the protocol's own example
    found = described("s3://mytable/", "u", name, 4, 40, 6)
    assert found.file == "s3://mytable/ab/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin"
    assert (found.offset, found.count, found.data) == (4, 6, b"")
    path = "s3://mytable/deletion_vector_d2c639aa-8816-431a-aaf6-d3fe2512ff61.bin"
    assert described("s3://other", "p", path, 4, 40, 6) == DeletionVector(6, file=path, offset=4)


def test_a_vector_in_the_log() -> None:
    data = MAGIC + BitMap64([3, 4, 7, 11, 18, 29]).serialize()
    text = base64.b85encode(data + b"\0" * (-len(data) % 4)).decode().translate(TO_Z85)
    found = described("s3://mytable", "i", text, None, len(data), 6)
    assert deleted_rows(found, {}).tolist() == [3, 4, 7, 11, 18, 29]


def test_the_protocols_own_example_is_of_an_older_format_that_spark_reads() -> None:
    text = "wi5b=000010000siXQKl0rr91000f55c8Xg0@@D72lkbi5=-{L"
    found = described("s3://mytable", "i", text, None, 40, 6)
    assert list(BitMap.deserialize(found.data[12:])) == [3, 4, 7, 11, 18, 29]
    with pytest.raises(VectorError, match="is not in the portable format"):
        deleted_rows(found, {})


@pytest.mark.parametrize("rows", [[0], [5, 1 << 33, (1 << 33) + 1], list(range(0, 200_000, 3))])
def test_rows_of_a_file_and_of_a_vector_made_here(rows: list[int], tmp_path: Path) -> None:
    for vector in (stored(rows, tmp_path, before=b"another vector"), of_positions(np.array(rows, np.int64))):
        assert vector.count == len(rows)
        assert deleted_rows(vector, {}).tolist() == rows


@pytest.mark.parametrize(
    ("at", "byte", "reason"),
    [(-30, 1, "is damaged, or of another format"), (0, 2, "is damaged, or of another format")],
)
def test_damaged_files(at: int, byte: int, reason: str, tmp_path: Path) -> None:
    vector = stored([1, 2, 3], tmp_path)
    data = bytearray(Path(vector.file).read_bytes())
    data[at] ^= byte
    Path(vector.file).write_bytes(bytes(data))
    with pytest.raises(VectorError, match=reason):
        deleted_rows(vector, {})


def test_what_else_is_not_believed(tmp_path: Path) -> None:
    vector = stored([1, 2, 3], tmp_path)
    Path(vector.file).write_bytes(Path(vector.file).read_bytes()[:20])
    with pytest.raises(VectorError, match=r"in deletion_vector_.*\.bin is cut off"):
        deleted_rows(vector, {})
    data = MAGIC + BitMap64([1, 2, 3]).serialize()
    with pytest.raises(VectorError, match="has 3 rows where the log says 4"):
        deleted_rows(DeletionVector(4, data), {})
    with pytest.raises(VectorError, match="is not in the portable format"):
        deleted_rows(DeletionVector(3, b"\0" * 4 + data[4:]), {})
    with pytest.raises(VectorError, match="is damaged"):
        deleted_rows(DeletionVector(3, data[:-3]), {})
    with pytest.raises(VectorError, match="stored in a way that is not known: 'x'"):
        described("s3://t", "x", "", None, 0, 0)


@pytest.mark.parametrize("row_group", [7, 40, 1000])
@pytest.mark.parametrize("limit", [5, 131_072])
def test_deleted_rows_are_left_out(row_group: int, limit: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stageprint.engines.parquet.read.MAX_ROWS_PER_BATCH", limit)
    monkeypatch.setattr("stageprint.engines.parquet.read._MIN_ROWS_PER_BATCH", 1)
    file = tmp_path / "t.parquet"
    table = pa.table({"x": range(200), "s": [f"v{n % 3}" for n in range(200)]})
    pq.write_table(table, file, row_group_size=row_group)
    gone = [0, 6, 7, 8, 39, 40, *range(60, 120), 199]
    kept = [n for n in range(200) if n not in gone]
    whole = DataFile(str(file), file.stat().st_size, deleted=stored(gone, tmp_path))
    columns = [SourceColumn("x", pa.int64()), SourceColumn("s", pa.string())]
    middle = file.stat().st_size // 3
    found: list[int] = []
    for part in (FileRange(whole, 0, middle), FileRange(whole, middle)):
        for batch in read(part, columns, Rules()):
            found += batch.column(0).to_pylist()
    assert found == kept
    counted = [batch.num_rows for batch in read(FileRange(whole), [SourceColumn("none", pa.int64())], Rules())]
    assert sum(counted) == len(kept)
    assert sum(batch.num_rows for batch in read(FileRange(whole), [], Rules())) == len(kept)


def test_a_damaged_vector_leaves_the_file_to_spark(tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    pq.write_table(pa.table({"x": [1]}), file)
    damaged = DataFile(str(file), file.stat().st_size, deleted=DeletionVector(1, b"nothing"))
    with pytest.raises(NotReadableError, match=r"t\.parquet: a deletion vector is not in the portable format"):
        list(read(FileRange(damaged), [SourceColumn("x", pa.int64())], Rules()))
