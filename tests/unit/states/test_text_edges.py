from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stageprint.states.text_edges import TextEdgesState
from tests.support.columns import state_of


def edges(array: pa.Array) -> tuple[int, int]:
    state = state_of(TextEdgesState, [array])
    return state.leading, state.trailing


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["a", " a", "a ", "\ta\n", None], (2, 2)),
        (["", " ", "\u2003", " \t"], (0, 0)),
        (["ä", "\u00a0ä", "ä\u3000", "\x85x\u202f", "x\u205f", "\u1680x"], (3, 3)),
        (["€x", "x€", "\u200bx", "x\u200b", "àx", "xà"], (0, 0)),
        (["", "", " a"], (1, 0)),
        (["a b"], (0, 0)),
        ([], (0, 0)),
    ],
)
@pytest.mark.parametrize("arrow_type", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())])
def test_edges(values: list[str | None], expected: tuple[int, int], arrow_type: pa.DataType) -> None:
    assert edges(pa.array(values, pa.string()).cast(arrow_type)) == expected


def test_texts_that_are_not_counted_by_the_batch() -> None:
    values = [f"user-{number}" for number in range(5_000)] + [" x"] * 3 + ["x\t"] * 2 + ["  "]
    assert edges(pa.array(values)) == (3, 2)


SPACES = st.text("a ä\t\u2003\u00a0\x1cÿ", max_size=4)


@given(st.lists(SPACES))
def test_as_python_strips(values: list[str]) -> None:
    filled = [text for text in values if text.strip()]
    leading = sum(text != text.lstrip() for text in filled)
    trailing = sum(text != text.rstrip() for text in filled)
    assert edges(pa.array(values, pa.string())) == (leading, trailing)
