"""What the page's script is given: pictures, all figures of each column, and columns that have no row on the page."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from stageprint.report.html.anchors import anchor
from stageprint.report.html.data import ReportData
from stageprint.report.html.pictures.base import Picture
from stageprint.report.html.pictures.choose import Album
from stageprint.report.rows import Row
from stageprint.report.text import MISSING, clip, count, level, number, share, stored, words

_NOT_FIGURES: Final = frozenset(
    {"run_id", "stage", "table", "column", "column_position", "data_type", "column_kind"}
    | {"severity", "statistic", "explanation", "advances"}
    | {"quantile_grid_101", "top_items", "hour_of_day", "weekday"}
)
_MAX_TEXT_CHARS: Final = 120
_MAX_ITEMS: Final = 10


def payload(data: ReportData, pictures: Sequence[Sequence[Picture]], album: Album) -> str:
    """Return the data of the page's script as JSON that may stand in a ``script`` element.

    Args:
        data: The report's rows.
        pictures: Those of each finding, in the order of the page.
        album: Makes the pictures of columns.
    """
    columns = {}
    for row in data.columns:
        if row["run_id"] != data.run_id:
            continue
        key = (row["stage"], row["table"], row["column"])
        columns[anchor(*key)] = {
            "pictures": [one.as_json() for one in album.of_column(*key)],
            "figures": figures(row),
        }
    content = {
        "run": data.run_id,
        "findings": [[one.as_json() for one in of_one] for of_one in pictures],
        "columns": columns,
        "others": [_other(row) for row in data.others],
    }
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # `</script>` and `<!--` would end or hide the rest of the element.
    return text.replace("<", "\\u003c")


def figures(row: Row) -> list[tuple[str, str]]:
    """Return the metrics of a column that are known, each with its name and its value as text."""
    data_type = str(row["data_type"])
    return [
        (words(name), _text(name, value, data_type))
        for name, value in row.items()
        if name not in _NOT_FIGURES and value is not None and value != []
    ]


def _text(name: str, value: Any, data_type: str) -> str:
    if name.endswith("_share") or "_share_" in name:
        return share(value)
    if name in {"median", "mean"}:
        return level(value, data_type)
    if name in {"min_text", "max_text"}:
        return clip(stored(value, data_type), _MAX_TEXT_CHARS)
    if name == "quantiles":
        return " · ".join(level(one, data_type) for one in value)
    if isinstance(value, list):
        return ", ".join(_item(one) for one in value[:_MAX_ITEMS])
    return count(value) if name.endswith("_count") else number(value)


def _item(one: Any) -> str:
    """Return one of the most frequent values or patterns."""
    return f"{clip(str(one['item']))} ({count(one['count'])})" if isinstance(one, Mapping) else number(one)


def _other(row: Row) -> list[str]:
    """Return a column that has no row on the page: place, type, nulls, distinct values and typical value."""
    typical = next((row[name] for name in ("median", "mean") if row.get(name) is not None), None)
    place = ".".join((row["stage"], row["table"], row["column"]))
    shown = MISSING if typical is None else level(typical, row["data_type"])
    return [place, row["data_type"], share(row.get("null_share")), count(row.get("distinct_count")), shown]
