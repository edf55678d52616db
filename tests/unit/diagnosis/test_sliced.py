"""What a slice tells that its whole does not."""

from __future__ import annotations

from dataclasses import replace

from stageprint.config.loader import parse_config
from stageprint.diagnosis.graph import StageGraph
from stageprint.diagnosis.reach import families
from stageprint.diagnosis.sliced import by_slice, named_slice, slice_graph, unexplained
from stageprint.model import TABLE_LEVEL, ColumnKey, Finding, Severity, ShiftRecord, Slice, TableKey

JFK = Slice("origin", "JFK")
CONFIG = parse_config("""pipeline: p
store: s
stages:
  - name: raw
    tables: [{name: flights, source: {format: csv, path: f.csv}, slices: [origin]}]
  - name: clean
    upstream: [raw]
    tables: [{name: flights, source: {format: csv, path: f.csv}, slices: [origin]}]
""")


def shift(
    column: str,
    part: Slice | None = None,
    stage: str = "raw",
    severity: Severity = Severity.CRITICAL,
    table: str = "flights",
) -> ShiftRecord:
    key = ColumnKey(stage, table, column, part)
    return ShiftRecord(key, "ks", 0.5, 0.0, (), None, None, 5.0, 9.0, 1e-9, 1e-5, severity, False, None, "far away")


def finding(origin: ColumnKey, *, explains: tuple[str, ...] = (), finding_class: str = "data") -> Finding:
    return Finding(
        finding_id="1",
        run_id="2",
        severity=Severity.CRITICAL,
        cause="distribution_shift",
        finding_class=finding_class,
        origin=origin,
        first_run="2",
        explains=explains,
        confidence=0.9,
        alternatives=(),
        evidence={"fit": 0.9},
        sentence=f"{origin} moved.",
    )


def test_slices_and_wholes_are_told_apart() -> None:
    whole, sliced = by_slice([shift("delay"), shift("delay", JFK)])
    assert [one.key.slice for one in whole] == [None]
    assert [one.key.slice for one in sliced] == [JFK]


def test_a_slice_is_heard_where_its_whole_is_quiet() -> None:
    sliced = [shift("delay", JFK)]
    assert unexplained(sliced, [], []) == sliced
    assert unexplained(sliced, [shift("delay", severity=Severity.NONE)], []) == sliced
    assert unexplained(sliced, [shift("distance")], []) == sliced


def test_the_whole_column_explains_its_slices() -> None:
    sliced = [shift("delay", JFK)]
    assert unexplained(sliced, [shift("delay", severity=Severity.REVIEW)], []) == []
    assert unexplained(sliced, [shift(TABLE_LEVEL)], []) == []
    assert unexplained(sliced, [], [finding(ColumnKey("raw", "flights", "delay"))]) == []
    other = finding(ColumnKey("raw", "flights", "distance"), explains=("raw.flights.delay",))
    assert unexplained(sliced, [], [other]) == []


def test_the_graph_of_slices_has_no_edges() -> None:
    sliced = [shift("delay", JFK), shift("distance", JFK), shift("delay", JFK, "clean")]
    graph = slice_graph(CONFIG, sliced, lambda _: ["delay", "distance"])
    assert graph.tables("raw") == (TableKey("raw", "flights", JFK),)
    node = ColumnKey("clean", "flights", "delay", JFK)
    assert graph.column_parents(node) == ()
    assert graph.columns(node.table_key) == ("delay", "distance")


def test_a_finding_names_its_slice() -> None:
    found = finding(ColumnKey("raw", "flights", "delay", JFK), explains=("raw.flights [origin = JFK].distance",))
    named = named_slice(found, CONFIG)
    assert named.origin == ColumnKey("raw", "flights", "delay", JFK)
    assert named.explains == ("raw.flights.distance",)
    assert named.evidence["slice"] == {"key": "origin", "value": "JFK"}
    assert named.sentence == "In slice origin = JFK: raw.flights.delay moved."
    assert named.finding_class == "data"


def test_at_an_inner_stage_it_is_the_pipelines() -> None:
    inner = replace(finding(ColumnKey("clean", "flights", "delay", JFK)))
    assert named_slice(inner, CONFIG).finding_class == "pipeline"
    assert named_slice(replace(inner, finding_class="unknown"), CONFIG).finding_class == "unknown"


def test_what_nothing_loud_can_reach_is_left_out() -> None:
    tables = {name: [name] for name in ("a", "b", "c")}
    columns = {TableKey(stage, name): [f"{name}_id"] for stage in ("raw", "clean") for name in tables}
    columns[TableKey("clean", "joined")] = ["a_id", "b_id"]
    graph = StageGraph(
        "p",
        {"raw": (), "clean": ("raw",)},
        {"raw": list(tables), "clean": [*tables, "joined"]},
        lambda key: columns.get(key, ()),
    )
    quiet = Severity.NONE
    flagged = shift("a_id", table="a", stage="clean")
    above = shift("a_id", table="a", stage="raw", severity=quiet)
    apart = shift("c_id", table="c", stage="raw", severity=quiet)
    joined = shift("a_id", table="joined", stage="clean", severity=quiet)
    beside = shift("b_id", table="b", stage="clean", severity=quiet)
    assert families([flagged, above, apart, joined, beside], graph) == [[flagged, above, joined, beside]]
    assert families([flagged, apart, beside], graph) == [[flagged]]
    assert families([apart], graph) == []
    away = shift("c_id", table="c", stage="clean")
    assert families([above, away, joined, flagged, apart], graph) == [[above, joined, flagged], [away, apart]]
