"""Terminal output of ``stageprint skew``: how the keys of two tables match, and which columns differ."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from stageprint.model.figures import plural
from stageprint.report.terminal.layout import line_table
from stageprint.report.text import MISSING, clip, count, share, some
from stageprint.skew.records import ColumnSkew, TableSkew


def print_skew(console: Console, skews: Sequence[TableSkew]) -> None:
    """Print for each pair of tables how the keys match, then the columns that differ, most different first."""
    for skew in skews:
        console.print(Text.assemble((f"{skew.left} ↔ {skew.right}", "where"), f" by {', '.join(skew.keys)}"))
        console.print(_keys_text(skew), soft_wrap=True)
        different = [column for column in skew.columns if column.differing]
        if different:
            console.print(_columns_table(different))
            _print_details(console, different)
        console.print(_last_line(skew, len(different)), soft_wrap=True)
        for side, columns in ((skew.left, skew.left_columns), (skew.right, skew.right_columns)):
            if columns:
                console.print(Text(f"only in {side}: {some(columns, 8)}", style="remark"), soft_wrap=True)
        for column in skew.columns:
            if column.reason is not None:
                console.print(Text(f"{column.column}: not compared: {column.reason}", style="remark"), soft_wrap=True)
        console.print()


def _keys_text(skew: TableSkew) -> Text:
    parts = [f"{plural(skew.matched, 'row')} on both sides"]
    for side, alone, rows in (
        (skew.left, skew.left_only, skew.left_rows),
        (skew.right, skew.right_only, skew.right_rows),
    ):
        if alone:
            parts.append(f"{count(alone)} of {count(rows)} ({share(alone / rows)}) only in {side}")
    if skew.repeated:
        parts.append(f"{count(skew.repeated)} with a duplicate key")
    if skew.null_keys:
        parts.append(f"{count(skew.null_keys)} with a null in the key")
    return Text(" · ".join(parts))


def _columns_table(columns: Sequence[ColumnSkew]) -> Table:
    table = line_table("column", "rows that differ", "share", "null left", "null right")
    table.add_column("suspected", overflow="fold")
    for column in columns:
        suspected = "; ".join(f"{one.sentence} ({share(one.share)})" for one in column.suspicions)
        table.add_row(
            column.column,
            count(column.differing),
            share(column.share),
            count(column.left_null),
            count(column.right_null),
            suspected or MISSING,
        )
    return table


def _print_details(console: Console, columns: Sequence[ColumnSkew]) -> None:
    for column in columns:
        if column.left_type != column.right_type:
            text = f"{column.column}: {column.left_type} on the left, {column.right_type} on the right"
            console.print(Text(text, style="remark"), soft_wrap=True)
        for example in column.examples:
            left, right = (MISSING if value is None else clip(value) for value in (example.left, example.right))
            console.print(Text(f"{column.column}: {left} ↔ {right}  at {example.key}", style="remark"), soft_wrap=True)


def _last_line(skew: TableSkew, different: int) -> str:
    compared = sum(1 for column in skew.columns if column.reason is None)
    if not skew.matched:
        return "no row was compared: no key occurs exactly once on both sides"
    return (
        f"{different} of {plural(compared, 'column')} differ"
        if different
        else f"{plural(compared, 'column')}: all equal"
    )
