from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stageprint.batch.nested import Extractor, arrow_children, is_repeated, quoted, unique_paths, walk

LINES = pa.list_(pa.struct([("sku", pa.string()), ("prices", pa.map_(pa.string(), pa.float64()))]))


def paths(name: str, data_type: pa.DataType, depth: int = 9) -> list[str]:
    return [leaf.path for leaf in walk(quoted(name), data_type, depth, arrow_children)]


def test_every_column_inside_has_a_path() -> None:
    assert paths("lines", LINES) == [
        "lines", "lines[]", "lines[].sku", "lines[].prices", "lines[].prices{}", "lines[].prices{*}",
    ]  # fmt: skip
    assert paths("lines", LINES, 1) == ["lines", "lines[]"]
    assert paths("lines", LINES, 0) == ["lines"]
    assert paths("plain", pa.int64()) == ["plain"]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("plain", "plain"),
        ("with space", "with space"),
        ("é", "é"),
        ("a.b", "`a.b`"),
        ("a`b", "`a``b`"),
        ("a[]", "`a[]`"),
        ("a#2", "`a#2`"),
        ("", "``"),
        (":table", "`:table`"),
    ],
)
def test_names_that_would_be_taken_for_a_path_are_quoted(name: str, path: str) -> None:
    assert quoted(name) == path


def test_a_field_and_a_column_of_the_same_spelling_differ() -> None:
    assert paths("a", pa.struct([("b", pa.int64())]))[1] == "a.b"
    assert paths("a.b", pa.int64()) == ["`a.b`"]
    assert unique_paths(["a", "A", "a", "a#2"]) == ["a", "A", "a#2", "`a#2`"]
    assert paths("s", pa.struct([("x", pa.int64()), ("x", pa.string())])) == ["s", "s.x", "s.x#2"]


@given(st.lists(st.text(alphabet="ab.`#[]{}*:2 ", max_size=4), max_size=6))
def test_no_two_columns_have_one_path(names: list[str]) -> None:
    struct = pa.struct([(name, LINES) for name in names])
    tops = unique_paths([*names, "x"])
    found = [leaf.path for top in tops for leaf in walk(top, struct, 4, arrow_children)]
    assert len(set(found)) == len(found)


class TestExtractor:
    def batch(self) -> pa.RecordBatch:
        lines = [
            [{"sku": "a", "prices": [("eur", 1.0), ("usd", None)]}, {"sku": None, "prices": None}],
            None,
            [],
            [None, {"sku": "b", "prices": [("eur", 2.0)]}],
        ]
        return pa.RecordBatch.from_arrays([pa.array(lines, LINES)], ["lines"])

    @pytest.mark.parametrize(("start", "skus"), [(0, ["a", None, None, "b"]), (1, [None, "b"]), (2, [None, "b"])])
    def test_elements_and_fields_of_slices_too(self, start: int, skus: list[str | None]) -> None:
        extractor = Extractor(self.batch().slice(start))
        assert extractor.column(0, ("[]", 0)).to_pylist() == skus

    def test_keys_and_values(self) -> None:
        extractor = Extractor(self.batch())
        assert extractor.column(0, ("[]", 1, "{}")).to_pylist() == ["eur", "usd", "eur"]
        assert extractor.column(0, ("[]", 1, "{*}")).to_pylist() == [1.0, None, 2.0]

    def test_a_slice_of_a_map(self) -> None:
        maps = pa.array([[("a", 1)], None, [("b", 2), ("c", 3)], []], pa.map_(pa.string(), pa.int64())).slice(1)
        extractor = Extractor(pa.RecordBatch.from_arrays([maps], ["m"]))
        assert extractor.column(0, ("{}",)).to_pylist() == ["b", "c"]
        assert extractor.column(0, ("{*}",)).to_pylist() == [2, 3]

    @pytest.mark.parametrize("list_type", [pa.large_list, lambda of: pa.list_(of, 2), pa.list_view, pa.large_list_view])
    def test_every_encoding_of_lists(self, list_type: Callable[[pa.DataType], pa.DataType]) -> None:
        array_type = list_type(pa.int64())
        made = pa.array([[1, 2], None, [3, None]], array_type)
        extractor = Extractor(pa.RecordBatch.from_arrays([made], ["l"]))
        assert extractor.column(0, ("[]",)).to_pylist() == [1, 2, 3, None]
        assert [child.step for child in arrow_children(array_type)] == ["[]"]

    def test_what_two_columns_share_is_made_once(self) -> None:
        extractor = Extractor(self.batch())
        assert extractor.column(0, ("[]",)) is extractor.column(0, ("[]",))


def test_what_has_any_number_of_values_a_row() -> None:
    assert not is_repeated((0, 3))
    assert is_repeated((0, "[]", 1))
