from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from stageprint.config.pipeline import PipelineConfig
from stageprint.diagnosis.graph import StageGraph, table_node
from stageprint.model import ColumnKey, TableKey
from stageprint.model.lineage import NO_LINEAGE, with_declared


def table(name: str, **more: object) -> dict[str, object]:
    return {"name": name, "source": {"table": name}, **more}


CONFIG = PipelineConfig.model_validate(
    {
        "pipeline": "p",
        "store": "s",
        "stages": [
            {"name": "raw", "tables": [table("trips", keys=["id"]), table("planes", keys=["plane"])]},
            {"name": "joined", "upstream": ["raw"], "tables": [table("trips", keys=["id"], event_time="at")]},
            {"name": "skipped", "upstream": ["joined"], "tables": [table("hidden")]},
            {"name": "features", "upstream": ["skipped"], "tables": [table("f"), table("nothing")]},
            {"name": "serving", "role": "serving", "upstream": ["features", "raw"], "tables": [table("log")]},
        ],
    }
)
TRIPS, PLANES, JOINED = TableKey("raw", "trips"), TableKey("raw", "planes"), TableKey("joined", "trips")
FEATURES, NOTHING, LOG = TableKey("features", "f"), TableKey("features", "nothing"), TableKey("serving", "log")
COLUMNS: Mapping[TableKey, Sequence[str]] = {
    TRIPS: ("id", "Plane", "delay"),
    PLANES: ("plane", "seats"),
    JOINED: ("id", "plane", "delay", "seats"),
    FEATURES: ("id", "DELAY", "speed"),
    NOTHING: ("other",),
    LOG: ("speed", "delay"),
}
GRAPH = StageGraph.from_config(CONFIG, COLUMNS)


def key(at: TableKey, column: str) -> ColumnKey:
    return ColumnKey(at.stage, at.table, column)


def test_stages_in_order_with_depth_role_and_event_time() -> None:
    assert GRAPH.pipeline == "p"
    assert GRAPH.stages == ("raw", "joined", "skipped", "features", "serving")
    assert [GRAPH.depth(stage) for stage in GRAPH.stages] == [0, 1, 2, 3, 4]
    assert GRAPH.is_source("raw")
    assert not GRAPH.is_source("serving")
    assert (GRAPH.role("serving"), GRAPH.role("raw")) == ("serving", None)
    assert (GRAPH.event_time(JOINED), GRAPH.event_time(TRIPS)) == ("at", None)
    assert GRAPH.tables("raw") == (TRIPS, PLANES)
    assert GRAPH.tables("elsewhere") == ()


def test_columns_come_from_the_same_name_upstream_whatever_its_case() -> None:
    assert GRAPH.column_parents(key(JOINED, "seats")) == (key(PLANES, "seats"),)
    assert GRAPH.column_parents(key(LOG, "delay")) == (key(FEATURES, "DELAY"), key(TRIPS, "delay"))


def test_a_table_of_the_same_name_goes_before_others() -> None:
    assert GRAPH.column_parents(key(JOINED, "plane")) == (key(TRIPS, "Plane"),)


def test_a_stage_without_a_profile_is_looked_through() -> None:
    assert GRAPH.profiled_upstream("features") == ("joined",)
    assert GRAPH.skipped("features") == ("skipped",)
    assert GRAPH.skipped("joined") == ()
    assert GRAPH.column_parents(key(FEATURES, "DELAY")) == (key(JOINED, "delay"),)


def test_tables_come_from_where_their_columns_do() -> None:
    assert GRAPH.table_parents(JOINED) == (TRIPS, PLANES)
    assert GRAPH.table_parents(NOTHING) == (JOINED,)
    assert GRAPH.table_parents(TRIPS) == ()


def test_the_table_whose_rows_are_kept() -> None:
    assert GRAPH.source_table(JOINED) == TRIPS
    assert GRAPH.source_table(FEATURES) == JOINED
    assert GRAPH.source_table(LOG) is None
    alone = StageGraph.from_config(CONFIG, {**COLUMNS, JOINED: ("seats",)})
    assert alone.table_parents(JOINED) == (PLANES, TRIPS)


def test_parents_of_a_node() -> None:
    assert GRAPH.parents(table_node(JOINED)) == (table_node(TRIPS), table_node(PLANES))
    assert GRAPH.parents(key(JOINED, "seats")) == (table_node(JOINED), key(PLANES, "seats"), table_node(PLANES))


@pytest.mark.parametrize(
    ("node", "derived"),
    [
        (key(FEATURES, "speed"), True),
        (key(FEATURES, "DELAY"), False),
        (key(TRIPS, "id"), False),
        (table_node(FEATURES), False),
    ],
)
def test_a_computed_column_has_no_parent_by_name(node: ColumnKey, derived: bool) -> None:
    assert GRAPH.is_derived(node) is derived


def test_declared_lineage_replaces_the_names() -> None:
    speed = key(FEATURES, "speed")
    recorded = with_declared(NO_LINEAGE, {speed: [key(JOINED, "delay")]})
    graph = StageGraph.from_config(CONFIG, lambda at: COLUMNS.get(at, ()), lineage=recorded)
    assert graph.column_parents(speed) == (key(JOINED, "delay"),)
    assert not graph.is_derived(speed)


def test_columns_are_asked_for_once_and_only_when_needed() -> None:
    asked: list[TableKey] = []

    def columns(at: TableKey) -> Sequence[str]:
        asked.append(at)
        return COLUMNS.get(at, ())

    graph = StageGraph.from_config(CONFIG, columns)
    assert asked == []
    graph.columns(TRIPS)
    graph.columns(TRIPS)
    assert asked == [TRIPS]
