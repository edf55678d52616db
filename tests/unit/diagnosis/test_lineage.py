from __future__ import annotations

import pytest

from stageprint.config.loader import parse_config
from stageprint.diagnosis.graph import StageGraph
from stageprint.errors import ConfigError
from stageprint.model import ColumnKey, TableKey

CONFIG = """\
pipeline: p
store: s
stages:
  - name: raw
    tables: [{{name: trips, source: {{table: t}}}}]
  - name: joined
    upstream: [raw]
    tables: [{{name: trips, source: {{table: t}}}}]
  - name: features
    upstream: [joined]
    tables:
      - name: f
        source: {{table: f}}
        derived_from: {{{0}}}
"""
COLUMNS = {
    TableKey("raw", "trips"): ["at", "hour"],
    TableKey("joined", "trips"): ["at", "hour"],
    TableKey("features", "f"): ["hour", "speed"],
}


def test_declared_parents_replace_those_of_the_same_name() -> None:
    config = parse_config(CONFIG.format("hour: joined.trips.at, speed: [joined.trips.hour, raw.trips.at]"))
    graph = StageGraph.from_config(config, COLUMNS)
    assert graph.column_parents(ColumnKey("features", "f", "hour")) == (ColumnKey("joined", "trips", "at"),)
    assert graph.column_parents(ColumnKey("features", "f", "speed")) == (
        ColumnKey("joined", "trips", "hour"),
        ColumnKey("raw", "trips", "at"),
    )
    plain = StageGraph.from_config(parse_config(CONFIG.format("")), COLUMNS)
    assert plain.column_parents(ColumnKey("features", "f", "hour")) == (ColumnKey("joined", "trips", "hour"),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("hour: joined.at", r"derived_from\.hour: expected stage\.table\.column, got 'joined\.at'"),
        ("hour: joined.trip.at", r"no table 'joined\.trip' – did you mean 'joined\.trips'"),
        ("hour: features.f.speed", r"expected a column of an upstream stage.*upstream of 'features': joined, raw"),
    ],
)
def test_a_mistake_is_said(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_config(CONFIG.format(text))
