from __future__ import annotations

from stageprint.config.loader import parse_config
from stageprint.model import NULL_VALUE, OTHER_VALUES, Slice, TableKey
from stageprint.model.where import where
from stageprint.pipeline.slices import ComparedSlices

CONFIG = parse_config("""\
pipeline: shop
store: nowhere
stages:
  - name: raw
    tables:
      - name: orders
        source: {table: orders}
        slices: [{by: country, values: [DE, FR]}, {by: channel}]
      - name: events
        source: {table: events}
        incremental: day
""")
ORDERS, EVENTS = TableKey("raw", "orders"), TableKey("raw", "events")
SLICES = ComparedSlices.from_config(CONFIG)


def test_whole_tables_and_configured_slices_are_compared() -> None:
    assert SLICES.include(ORDERS)
    assert SLICES.include(EVENTS)
    assert SLICES.include(ORDERS.of_slice(Slice("country", "DE")))
    assert SLICES.include(ORDERS.of_slice(Slice("channel", NULL_VALUE)))


def test_partitions_of_an_incremental_table_are_not_compared() -> None:
    assert not SLICES.include(EVENTS.of_slice(Slice("day", "2026-03-02")))
    assert not SLICES.include(EVENTS.of_slice(Slice("country", "DE")))


def test_other_values_are_compared_only_where_they_mean_the_same_in_every_run() -> None:
    assert SLICES.include(ORDERS.of_slice(Slice("country", OTHER_VALUES)))
    assert not SLICES.include(ORDERS.of_slice(Slice("channel", OTHER_VALUES)))


def test_rows_to_read() -> None:
    assert SLICES.rows == where(slice_key=[None, "channel", "country"])
    assert ComparedSlices().rows == where(slice_key=None)
    assert not ComparedSlices().include(ORDERS.of_slice(Slice("country", "DE")))
