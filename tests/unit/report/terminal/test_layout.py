"""Tables that do not fit: the least informative columns go, names stay whole, and it is said."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from rich.table import Table

from stageprint.report.terminal.layout import fitted, line_table

LEAST_FIRST = ("date", "rows")


def table(why: str = "") -> Table:
    found = line_table("run", "date", "rows")
    found.add_column("why", overflow="fold")
    found.add_row("2026-03-01", "2026-03-01", "1,000", why)
    return found


def lines(shown: Table, width: int) -> list[str]:
    target = io.StringIO()
    Console(file=target, width=width).print(shown)
    return [line.rstrip() for line in target.getvalue().splitlines()]


def test_what_fits_stays_as_it_is() -> None:
    whole = table()
    assert fitted(whole, 80, LEAST_FIRST) is whole


@pytest.mark.parametrize(("width", "left_out"), [(30, "date"), (20, "date, rows")])
def test_columns_go_in_the_given_order_and_names_are_whole(width: int, left_out: str) -> None:
    shown = lines(fitted(table(), width, LEAST_FIRST), width)
    assert any(line.startswith("2026-03-01") for line in shown)
    assert " ".join(" ".join(shown).split()).endswith(f"for lack of room: {left_out}")


def test_a_long_text_has_room_for_some_words() -> None:
    shown = lines(fitted(table("an outage of the network in the morning"), 50, LEAST_FIRST), 50)
    assert "date" not in shown[0].split()
    assert any("an outage of the network" in line for line in shown)
