"""Which table a name on the command line means."""

from __future__ import annotations

import pytest

from stageprint.cli.selection import named_table
from stageprint.config.loader import parse_config
from stageprint.errors import UsageError
from stageprint.model import TableKey

CONFIG = parse_config(
    "pipeline: shop\nstore: s\nstages:\n"
    "  - {name: raw, tables: [{name: orders, source: {table: a}}, {name: users, source: {table: b}}]}\n"
    "  - {name: joined, tables: [{name: orders, source: {table: c}}]}\n"
)


def test_a_stage_may_be_left_out_where_one_has_the_table() -> None:
    assert named_table(CONFIG, "users") == TableKey("raw", "users")
    assert named_table(CONFIG, "joined.orders") == TableKey("joined", "orders")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("orders", r"2 stages have a table 'orders': name one of raw\.orders, joined\.orders"),
        ("user", "no table 'user' in pipeline 'shop' . did you mean 'users'"),
        ("raw.order", "no table 'order' in stage 'raw' . did you mean 'orders'"),
        ("rav.orders", "no stage 'rav'"),
    ],
)
def test_other_names_are_refused(name: str, text: str) -> None:
    with pytest.raises(UsageError, match=text):
        named_table(CONFIG, name)
