"""The few figures of a column that people look for first, as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from stageprint.report.text import MISSING, clip, count, level, number, share, stored

_MAX_CHARS: Final = 32


class Head(NamedTuple):
    """A column of the table.

    Attributes:
        title: Its heading.
        text: Whether it holds text, which is aligned to the left.
        may_be_cut: Whether its cells are shortened where the line is too long; the others say what the line is about.
    """

    title: str
    text: bool = False
    may_be_cut: bool = False


HEADS: Final = (
    Head("column", text=True),
    Head("type", text=True, may_be_cut=True),
    Head("nulls"),
    Head("distinct"),
    Head("min", may_be_cut=True),
    Head("median", may_be_cut=True),
    Head("max", may_be_cut=True),
    Head("most frequent", text=True, may_be_cut=True),
)


def column_cells(column: Mapping[str, Any]) -> list[str]:
    """Return a column's figures as text, in the order of `HEADS`; a dash where a figure is not computable.

    Args:
        column: A row of `column_profiles`.
    """
    data_type = str(column["data_type"])
    items: Sequence[Mapping[str, Any]] = column.get("top_items") or ()
    # Where every value is there once, none is frequent.
    frequent = items and items[0]["count"] > 1
    return [
        str(column["column_name"]),
        clip(data_type, _MAX_CHARS),
        share(column.get("null_share")),
        distinct(column),
        clip(stored(column.get("min_text"), data_type), _MAX_CHARS),
        level(column.get("median"), data_type),
        clip(stored(column.get("max_text"), data_type), _MAX_CHARS),
        f"{clip(number(items[0]['item']), _MAX_CHARS)} ({count(items[0]['count'])})" if frequent else MISSING,
    ]


def distinct(column: Mapping[str, Any]) -> str:
    """Return the number of distinct values; an estimate with its error at two standard deviations (95 %).

    Example:
        >>> distinct({"distinct_count": 1991, "distinct_count_lower": 1960, "distinct_count_upper": 2024})
        '1,991 ± 33'
        >>> distinct({"distinct_count": 12, "distinct_count_lower": 12, "distinct_count_upper": 12})
        '12'
    """
    found, low, high = (column.get(f"distinct_count{end}") for end in ("", "_lower", "_upper"))
    if found is None or low is None or high is None or low == high:
        return count(found)
    return f"{count(found)} ± {count(max(high - found, found - low))}"
