"""Terminal output of ``stageprint history``: one column's metrics, run by run."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from rich.table import Table
from rich.text import Text

from stageprint.model import Severity
from stageprint.report.rows import Row
from stageprint.report.terminal.console import severity_style
from stageprint.report.terminal.layout import GAP_CHARS, line_table
from stageprint.report.text import MISSING, count, level, number, share, spread, stored, words

_MAX_FLAG_CHARS: Final = 24


@dataclass(frozen=True, slots=True)
class _Shown:
    """One column of the table.

    Attributes:
        key: Key of the store's row.
        title: Heading.
        render: Text of a value, given the value and the profiled column's data type.
        justify: Alignment.
        always: Shown even if no run has a value.
        drop_order: Position among the columns that are left out of a narrow terminal; None: never left out.
    """

    key: str
    title: str
    render: Callable[[Any, str], str]
    justify: Literal["left", "right"] = "right"
    always: bool = False
    drop_order: int | None = None


def history_table(rows: Sequence[Row], width: int) -> Table:
    """Return one column through the runs.

    Metrics that no run has are left out. In a narrow terminal the least informative ones are left out too,
    and the table's caption names them. It also says how a column advances with time or run.

    Args:
        rows: One per run, as the store returns them.
        width: Characters available.
    """
    shown = [column for column in _COLUMNS if column.always or any(row.get(column.key) is not None for row in rows)]
    cells = {
        column.key: [column.render(row.get(column.key), str(row.get("data_type"))) for row in rows] for column in shown
    }
    flags = [flag(row) for row in rows]
    widths = {column.key: max(len(column.title), *map(len, cells[column.key])) + GAP_CHARS for column in shown}
    free = width - max(len("flagged"), *(min(len(one), _MAX_FLAG_CHARS) for one in flags))
    left_out = []
    for column in sorted(shown, key=lambda column: column.drop_order or 0):
        if column.drop_order is not None and sum(widths.values()) > free:
            del widths[column.key]
            left_out.append(column.title)
    table = line_table()
    table.caption_justify = "left"
    notes = [f"left out, the terminal is narrow: {', '.join(left_out)}"] if left_out else []
    advances = next((row["advances"] for row in reversed(rows) if row.get("advances")), None)
    if advances is not None:
        notes.append(f"the column {advances}: its level is not compared")
    table.caption = "\n".join(notes) or None
    for column in shown:
        if column.key in widths:
            table.add_column(column.title, justify=column.justify, no_wrap=True, overflow="ellipsis")
    table.add_column("flagged", overflow="fold")
    for index, one in enumerate(flags):
        table.add_row(*(Text(cells[key][index]) for key in widths), one)
    return table


def flag(row: Row) -> Text:
    """Return what is wrong in a row: not profiled, or the severity with its cause or statistic."""
    severity = row.get("severity")
    if row.get("status") == "failed":
        return Text("not profiled", style="failed")
    if severity in {None, Severity.NONE.value}:
        return Text("")
    why = row.get("cause") or row.get("statistic")
    return Text(f"{severity}{f': {words(str(why))}' if why else ''}", style=severity_style(str(severity)))


def _any_type(render: Callable[[Any], str]) -> Callable[[Any, str], str]:
    return lambda value, data_type: render(value)  # noqa: ARG005 -- the same for every data type


def _most_frequent(items: Any) -> str:
    if not items:
        return MISSING
    first = items[0]
    return f"{number(first['item'])} ({count(first['count'])})"


_COLUMNS: Final = (
    _Shown("run_id", "run", _any_type(str), "left", always=True),
    _Shown("row_count", "rows", _any_type(count), always=True),
    _Shown("null_share", "nulls", _any_type(share), always=True),
    _Shown("distinct_count", "distinct", _any_type(count), drop_order=3),
    _Shown("min_text", "min", stored, drop_order=5),
    _Shown("median", "median", level),
    _Shown("max_text", "max", stored, drop_order=6),
    _Shown("mean", "mean", level, drop_order=2),
    _Shown("standard_deviation", "sd", spread, drop_order=1),
    _Shown("top_items", "most frequent", _any_type(_most_frequent), "left", drop_order=4),
)
