"""An example configuration, and the errors of the loader when something in it is wrong."""

from __future__ import annotations

import pytest

from stageprint.config.loader import parse_config
from stageprint.errors import ConfigError

GOOD = """\
pipeline: shop
store: ./observability
stages:
  - name: raw
    tables:
      - name: orders
        source: {format: csv, path: "data/{run_id}/orders.csv", options: {header: true, maxColumns: 30}}
        keys: [order_id]
        event_time: ordered_at
      - name: customers
        source: {table: main.shop.customers}
        keys: [customer_id]
  - name: joined
    upstream: [raw]
    tables:
      - name: orders
        source: {format: parquet, path: "data/{run_date}/joined"}
        keys: [order_id]
        retention: {of: raw.orders, share: 0.98}
        columns: {exclude: [note], kinds: {shop_id: string}, theta: [customer_id]}
  - name: training
    role: training
    upstream: [joined]
    tables:
      - name: matrix
        source: {sql: "select * from x where run = '{run_id}' and y like '{anything}'"}
        label: returned
"""


def error_of(text: str) -> str:
    """Return the loader's error message for a wrong text."""
    with pytest.raises(ConfigError) as caught:
        parse_config(text, "shop.yml")
    assert caught.value.exit_status == 2
    return str(caught.value)


def changed(old: str, new: str) -> str:
    """Return the example with one piece of its text replaced."""
    assert GOOD.count(old) == 1, f"{old!r} is not exactly once in the example"
    return GOOD.replace(old, new)


def assert_one_line(old: str, new: str, line: int, said: str) -> None:
    """Assert that one change of the example gives one line of error message that begins with its place and `said`."""
    message = error_of(changed(old, new))
    assert "\n" not in message
    assert message.startswith(f"shop.yml:{line}: {said}")
