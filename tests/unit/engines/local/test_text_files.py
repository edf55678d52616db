"""CSV and JSON files: how rows are divided, and what becomes of rows and values that do not fit."""

from __future__ import annotations

import bz2
import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from stageprint.engines.local import csv_files, json_files, text_blocks
from stageprint.engines.local.files import find_files
from stageprint.engines.local.model import LocalTable, Tally
from stageprint.engines.local.text_types import TIMESTAMP, as_type
from stageprint.engines.parquet.model import SourceColumn
from stageprint.errors import OnlySparkError, SourceError
from stageprint.pipeline.source_notes import FileNames


def opened(path: Path, kind: str, **options: str) -> LocalTable:
    found = find_files(str(path))
    assert found is not None
    names = FileNames(str(path), frozenset())
    return (csv_files.open_csv if kind == "csv" else json_files.open_json)(str(path), found, names, options)


def rows(path: Path, kind: str, **options: str) -> tuple[dict[str, list[Any]], int]:
    """Return the values by column, and the number of malformed rows."""
    table, tally = opened(path, kind, **options), Tally()
    columns = [SourceColumn(field.name, field.type, None) for field in table.schema]
    batches = [batch for piece in table.pieces for batch in piece.batches(columns, tally)]
    names = pa.schema([(f"c{place}", field.type) for place, field in enumerate(table.schema)])
    read = pa.Table.from_batches(batches, names)
    return {column.name: read.column(place).to_pylist() for place, column in enumerate(columns)}, tally.malformed


@pytest.fixture(params=[text_blocks.BLOCK_BYTES, 7], ids=["one block", "a block a line or two"])
def small(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files in one block, and in blocks of a few bytes: the rows are the same."""
    monkeypatch.setitem(text_blocks.blocks.__kwdefaults__ or {}, "size", request.param)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("text", "options", "expected", "malformed"),
    [
        ("a,b\n1,x\n2,y,z\n3\n\n   \n", {}, {"a": ["1", "2", "3"], "b": ["x", "y", None]}, 2),
        ('a,b\n"",1\n,"x,y"\n', {}, {"a": [None, None], "b": ["1", "x,y"]}, 0),
        ('a,b\n"x\\"1",2\nC:\\new,3\n', {}, {"a": ['x"1', "C:\\new"], "b": ["2", "3"]}, 0),
        ('a,b\n"x ""y""",2\n', {"escape": '"'}, {"a": ['x "y"'], "b": ["2"]}, 0),
        ("a,b\nNA,1\n,NA\n", {"nullvalue": "NA"}, {"a": [None, None], "b": ["1", None]}, 0),
        ('a,b\n"x\ny",2\nz,3\n', {"multiline": "true"}, {"a": ["x\ny", "z"], "b": ["2", "3"]}, 0),
        ("a\tb\n1\t2\n", {"sep": "\\t"}, {"a": ["1"], "b": ["2"]}, 0),
        ("a,A,,c\n1,2,3,4\n", {}, {"a0": ["1"], "A1": ["2"], "_c2": ["3"], "c": ["4"]}, 0),
        ("\ufeffa,b\r\n1,\u00e9\r\n", {}, {"a": ["1"], "b": ["\u00e9"]}, 0),
        ("a,b\n", {}, {"a": [], "b": []}, 0),
        ("a\n1.5\nx\n", {"inferschema": "true"}, {"a": ["1.5", "x"]}, 0),
    ],
)
def test_rows_of_csv_files(
    text: str, options: dict[str, str], expected: dict[str, list[Any]], malformed: int, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_bytes(text.encode())
    assert rows(tmp_path / "a.csv", "csv", header="true", **options) == (expected, malformed)


def test_files_of_one_header_have_one_type(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b\n1,2026-03-01\n")
    (tmp_path / "2.csv").write_text("a,b\n2.5,2026-03-01 10:00:00\n")
    schema = opened(tmp_path, "csv", header="true", inferschema="true").schema
    assert schema == pa.schema([("a", pa.float64()), ("b", TIMESTAMP)])


def test_compressed_files_and_other_encodings_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress("a\n\u00e9\n".encode()))
    assert rows(tmp_path / "a.csv.gz", "csv", header="true")[0] == {"a": ["\u00e9"]}
    (tmp_path / "a.json.bz2").write_bytes(bz2.compress(b'{"a": 1}\n'))
    assert rows(tmp_path / "a.json.bz2", "json")[0] == {"a": [1]}
    (tmp_path / "latin.csv").write_bytes("a\n\u00e9\n".encode("latin-1"))
    assert rows(tmp_path / "latin.csv", "csv", header="true", encoding="ISO-8859-1")[0] == {"a": ["\u00e9"]}
    assert rows(tmp_path / "latin.csv", "csv", header="true")[0] == {"a": ["\ufffd"]}
    (tmp_path / "wide.json").write_bytes('{"a": "\u00e9"}\n'.encode("utf-16"))
    assert rows(tmp_path / "wide.json", "json", encoding="UTF-16")[0] == {"a": ["\u00e9"]}
    with pytest.raises(SourceError, match="option encoding: expected an encoding such as UTF-8, got 'nonsense'"):
        opened(tmp_path / "latin.csv", "csv", encoding="nonsense")


def test_a_separator_of_several_characters_is_sparks(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a||b\n")
    with pytest.raises(OnlySparkError, match="'||' is followed by Spark only".replace("|", r"\|")):
        opened(tmp_path / "a.csv", "csv", sep="||")


def test_a_text_that_is_no_value_of_the_type_is_null() -> None:
    texts = pa.array(["1", "x", None])
    assert as_type(texts, pa.int32()).to_pylist() == [1, None, None]
    assert as_type(pa.array(["2026-03-01 10:00", "soon"]), TIMESTAMP).null_count == 1


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("lines", "expected", "malformed"),
    [
        (['{"b": 1, "a": "x"}', "", '{"c": 2.5}'], {"a": ["x", None], "b": [1, None], "c": [None, 2.5]}, 0),
        (['{"a": 1}', "{bad", "5", '{"a": 2}'], {"a": [1, None, None, 2]}, 2),
        (['[{"a": 1}, {"a": 2}]'], {"a": [1, 2]}, 0),
        (['{"a": 1}', '{"a": 2.50}'], {"a": [1.0, 2.5]}, 0),
        (['{"a": 1}', '{"a": "x"}', '{"a": 2.50}', '{"a": true}'], {"a": ["1", "x", "2.50", "true"]}, 0),
        (
            ['{"a": {"y": 1, "x": null}}', '{"a": {"z": "q"}}'],
            {"a": [{"x": None, "y": 1, "z": None}, {"x": None, "y": None, "z": "q"}]},
            0,
        ),
        (['{"a": [1, "x"]}', '{"a": []}'], {"a": [["1", "x"], []]}, 0),
        (['{"a": "2026-03-01T10:00:00Z"}', '{"a": "2026-03-02"}'], {"a": ["2026-03-01T10:00:00Z", "2026-03-02"]}, 0),
        (['{"a": {}, "b": 1}', '{"a": {}, "b": null}'], {"b": [1, None]}, 0),
        (['{"a": null}', '{"a": null}'], {"a": [None, None]}, 0),
    ],
)
def test_rows_of_json_files(lines: list[str], expected: dict[str, list[Any]], malformed: int, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("\n".join(lines), "utf-8")
    assert rows(tmp_path / "a.json", "json") == (expected, malformed)


def test_columns_that_differ_in_case_only_are_an_error_as_in_spark(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"a": 1, "A": 2}\n')
    with pytest.raises(SourceError, match="columns 'a' and 'A' differ in case only"):
        opened(tmp_path / "a.json", "json")
