from __future__ import annotations

import pytest

from stageprint.pipeline.source_notes import (
    CountedRows,
    FileNames,
    conflicting_types,
    differing_columns,
    empty_files,
    malformed_rows,
    other_order,
    other_row_count,
    skipped_files,
    some_of,
    widened_columns,
)

NAMES = FileNames("data/orders")
ABSOLUTE = "file:/home/me/data/orders"


@pytest.mark.parametrize(
    ("root", "path", "shown"),
    [
        ("data/orders", f"{ABSOLUTE}/a.csv", "a.csv"),
        ("./data/orders/", f"{ABSOLUTE}/day=1/a.csv", "day=1/a.csv"),
        ("s3a://bucket/orders", "s3a://bucket/orders/x/a.csv", "x/a.csv"),
        ("data/orders/a.csv", f"{ABSOLUTE}/a.csv", "a.csv"),
        ("data/*/a.csv", f"{ABSOLUTE}/a.csv", "a.csv"),
    ],
)
def test_a_file_is_named_by_its_path_below_the_source(root: str, path: str, shown: str) -> None:
    assert FileNames(root).name(path) == shown


def test_values_of_sensitive_partition_columns_are_not_shown() -> None:
    names = FileNames("data", frozenset({"ssn"}))
    assert names.name("/x/data/SSN=078-05-1120/day=1/a.csv") == "SSN=…/day=1/a.csv"


def test_at_most_three_are_named() -> None:
    assert some_of(["a", "b", "c"]) == "a, b, c"
    assert some_of(["a", "b", "c", "d"]) == "a, b, c and 1 other"
    assert NAMES.some([f"{ABSOLUTE}/{number}" for number in range(1200)]).endswith(" and 1,197 others")


def test_files_of_0_bytes() -> None:
    assert empty_files([], 3, NAMES) == []
    (note,) = empty_files([f"{ABSOLUTE}/b.csv"], 3, NAMES)
    assert note.startswith("1 of 3 files has 0 bytes and no rows: b.csv; ")
    (note,) = empty_files([f"{ABSOLUTE}/b.csv", f"{ABSOLUTE}/a.csv"], 3, NAMES)
    assert note.startswith("2 of 3 files have 0 bytes and no rows: a.csv, b.csv; ")


def test_columns_that_only_some_files_have() -> None:
    files = ["a", "b", "c"]
    assert differing_columns({"id": files}, files, NAMES) == []
    (note,) = differing_columns({"id": files, "x": ["c"], "y": ["a", "b"]}, files, NAMES)
    assert note.startswith(
        "files differ in their columns: 'x' is only in c; 'y' is missing from c; all columns are prof"
    )
    (note,) = differing_columns({f"x{number}": ["c"] for number in range(5)}, files, NAMES)
    assert "'x2' is only in c; and 2 other columns; " in note
    (note,) = differing_columns({"id": files, "x": ["c"]}, files, NAMES, left_out=["x"])
    assert note.endswith(
        "'x' is not profiled, since the option mergeSchema is false: remove the option, or write the files with one "
        "schema"
    )


def test_types_that_differ() -> None:
    assert widened_columns({}, {}, NAMES) == []
    types = {"x": {"int": ["a"], "bigint": ["b", "c"]}}
    (note,) = widened_columns(types, {"x": "bigint"}, NAMES)
    assert note.startswith("files differ in types: 'x' is int in a and bigint in b, c, read as bigint; ")
    text = conflicting_types("x", {"int": ["a"], "string": ["b"]}, NAMES)
    assert "column 'x' is int in a and string in b, and no type" in text


def test_columns_in_another_order() -> None:
    assert other_order({("a", "b"): ["1", "2"]}, NAMES) == []
    (note,) = other_order({("a", "b"): ["1", "2"], ("b", "a"): ["3"]}, NAMES)
    assert note.startswith("files have their columns in another order than most: 3; ")


def test_malformed_rows() -> None:
    assert malformed_rows(0, 10, "csv", dropped=False) == []
    (note,) = malformed_rows(1, 10, "csv", dropped=False)
    assert note.startswith("1 of 10 rows is malformed: they have")
    assert "fields beyond the last column are not profiled" in note
    (note,) = malformed_rows(2, 10, "json", dropped=True)
    assert note.startswith("2 of 12 rows are malformed: they are not JSON objects")
    assert "not profiled, since mode is DROPMALFORMED" in note


def test_another_number_of_rows_than_the_source_says() -> None:
    says = CountedRows(10, "the footers of its files")
    assert other_row_count(None, 3) == []
    assert other_row_count(says, 10) == []
    assert other_row_count(says, 8, left_out=2) == []
    (note,) = other_row_count(says, 8)
    assert note.startswith("8 rows were read, 2 fewer than the footers of its files say (10); ")
    (note,) = other_row_count(says, 11)
    assert note.startswith("11 rows were read, 1 more than the footers of its files say (10); ")


def test_damaged_files_that_are_skipped() -> None:
    assert skipped_files([], NAMES) == []
    (note,) = skipped_files(["a"], NAMES)
    assert note.startswith("1 damaged file is skipped, since spark.sql.files.ignoreCorruptFiles is true: a; ")
