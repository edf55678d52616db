from __future__ import annotations

from stageprint.diagnosis.edges import MAX_EDGES_NAMED, edges_between, edges_into
from stageprint.diagnosis.graph import StageGraph
from stageprint.model import ColumnKey, TableKey
from stageprint.model.lineage import LineageEdge, lineage_of

RAW, MID = TableKey("raw", "t"), TableKey("mid", "u")
COLUMNS = {RAW: [f"c{at}" for at in range(30)], MID: [f"c{at}" for at in range(30)] + ["made"]}
UPSTREAM = {"raw": (), "mid": ("raw",)}
TABLES = {"raw": ["t"], "mid": ["u"]}


def graph(*edges: LineageEdge, sources: dict[TableKey, TableKey] | None = None) -> StageGraph:
    lineage = lineage_of(edges)
    return StageGraph("p", UPSTREAM, TABLES, lambda key: COLUMNS.get(key, ()), lineage=lineage, sources=sources)


def test_edges_of_a_finding_are_those_between_what_it_is_about_and_what_it_explains() -> None:
    known = graph(LineageEdge(RAW.column("c1"), MID.column("made"), ("dbt", "openlineage")))
    nodes = [RAW.column("c1"), MID.column("c1"), MID.column("made"), MID.column("c2")]
    assert edges_between(known, nodes) == [
        {"from": "raw.t.c1", "to": "mid.u.c1", "said_by": ["same name"]},
        {"from": "raw.t.c1", "to": "mid.u.made", "said_by": ["dbt", "openlineage"]},
    ]
    assert edges_between(known, [MID.column("c2")]) == []
    every = [key.column(name) for key, names in COLUMNS.items() for name in names]
    assert len(edges_between(known, every)) == MAX_EDGES_NAMED


def test_who_says_that_a_table_is_made_from_another() -> None:
    of_column = LineageEdge(RAW.column("c1"), MID.column("c1"), ("declared",))
    of_table = LineageEdge(RAW.level, MID.level, ("dbt",))
    (edge,) = edges_into(graph(of_column, of_table), MID.level)
    assert (edge.parent, edge.said_by) == (RAW.level, ("dbt", "declared", "same name"))
    assert list(edges_into(graph(), RAW.level)) == []


def test_a_table_without_a_common_column_has_the_keys_of_the_one_above() -> None:
    columns = {RAW: ["a"], MID: ["b"]}
    found = StageGraph("p", UPSTREAM, TABLES, lambda key: columns.get(key, ()), sources={MID: RAW})
    assert [edge.said_by for edge in edges_into(found, MID.level)] == [("same keys",)]
    assert list(edges_into(found, ColumnKey("mid", "u", "b"))) == []
