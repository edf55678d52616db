from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from stageprint.report.terminal.first_look import first_look_line, print_first_look
from tests.support.cli import finding


def remark(**changes: Any) -> dict[str, Any]:
    return (
        finding("review", cause="near_duplicate_labels", explains=[], sentence="raw.orders.city has labels.") | changes
    )


def shown(remarks: Sequence[dict[str, Any]]) -> str:
    stream = io.StringIO()
    print_first_look(Console(file=stream, width=120, highlight=False, markup=False), remarks)
    return stream.getvalue()


def test_a_line_a_remark_below_a_headline() -> None:
    text = shown([remark(), remark(explains=["features.f.city"])])
    assert text.splitlines() == [
        "first look at tables that run 2013-03 profiled first (told once, never an alert)",
        "  near duplicate labels: raw.orders.city has labels.",
        "  near duplicate labels: raw.orders.city has labels. So is features.f.city.",
    ]


def test_nothing_is_printed_without_remarks() -> None:
    assert shown([]) == ""
    assert first_look_line([], "shop.yml") is None


def test_one_line_says_how_to_see_them() -> None:
    assert first_look_line([remark(), remark(table="customers")], "shop.yml") == (
        "first look: 2 remarks about 2 tables first profiled in 2013-03: "
        "stageprint findings --config shop.yml --run 2013-03"
    )
