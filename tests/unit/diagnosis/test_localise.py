"""Where it began: faults at every stage of a pipeline, alone and two at once, and the golden case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from stageprint.diagnosis.diagnose import diagnose
from stageprint.diagnosis.evidence import FLAG_P, Evidence
from stageprint.diagnosis.example import evidence_of, flag, table_profile
from stageprint.diagnosis.graph import StageGraph
from stageprint.diagnosis.localise import localise
from stageprint.model import ColumnKey, Finding, Severity, TableKey
from tests.unit.diagnosis.chains import chain, origins
from tests.unit.diagnosis.changes import (
    block,
    both,
    dropped,
    first_days,
    label,
    lower,
    nothing,
    older,
    renamed,
    sample,
    scaled,
    stuck,
    swapped,
)
from tests.unit.diagnosis.pipelines import (
    FEATURES,
    JOINED,
    LAST,
    PLANES,
    SERVING,
    TRIPS,
    Change,
    hours,
    keep,
    lose,
    on,
    pipeline_evidence,
    repeat,
)

N = 2500

# Case 27 ("localise") of facts/golden_statistics.json: scores of one column along four stages.
GOLDEN: Mapping[str, Any] = {
    "score": {"raw.c": 0.2, "clean.c": 9.0, "feat.c": 7.5, "train.c": 6.8},
    "parents": {"clean.c": ["raw.c"], "feat.c": ["clean.c"], "train.c": ["feat.c"]},
    "threshold": 3.0,
    "origin": "clean.c",
    "origin_score": 8.8,
}


def test_golden_case() -> None:
    stages = [name.split(".")[0] for name in GOLDEN["score"]]
    upstream = {stage: [name.split(".")[0] for name in GOLDEN["parents"].get(f"{stage}.c", ())] for stage in stages}
    graph = StageGraph("golden", upstream, {stage: ["t"] for stage in stages}, lambda _: ("c",))
    assert pytest.approx(GOLDEN["threshold"]) == -np.log10(FLAG_P)
    shifts = [
        flag(
            ColumnKey(stage, "t", "c"),
            score=score,
            effect=score,
            severity=Severity.NONE if score < 3 else Severity.WARNING,
        )
        for stage, score in zip(stages, GOLDEN["score"].values(), strict=True)
    ]
    evidence = Evidence(
        run_id="2", graph=graph, history=["1"], shifts=shifts, columns=lambda *_: None, tables=lambda *_: None
    )
    (incident,) = localise(evidence)
    assert incident.origin == ColumnKey("clean", "t", "c")
    assert incident.margin == pytest.approx(GOLDEN["origin_score"])
    assert [node.stage for node in incident.explains] == ["feat", "train"]
    assert diagnose(evidence)[0].finding_class == "pipeline"


EITHER = "features.features.delay or features.features.speed"

ONE: Mapping[str, tuple[TableKey, Change, str, str, str]] = {
    "nulls at the source": (TRIPS, on("delay", lose(0.2)), "null_spike", "raw.trips.delay", "data"),
    "miles at the source": (TRIPS, on("distance", scaled(1.609344)), "unit_change", "raw.trips.distance", "data"),
    "time zone at the source": (TRIPS, on("at", hours(5)), "wrong_timezone", "raw.trips.at", "data"),
    "short source": (TRIPS, sample(0.6), "partial_load", "raw.trips", "data"),
    "source cut off": (TRIPS, first_days(15), "partial_load", "raw.trips", "data"),
    "empty source": (TRIPS, keep(nothing), "partial_load", "raw.trips", "data"),
    "source twice": (TRIPS, repeat(1.0), "duplicated_load", "raw.trips", "data"),
    "new label": (TRIPS, on("carrier", label(0.12)), "unseen_category", "raw.trips.carrier", "data"),
    "short dimension": (PLANES, sample(0.5), "partial_load", "raw.planes", "data"),
    "dimension twice": (PLANES, repeat(0.3), "duplicated_load", "raw.planes", "data"),
    "offset of a dimension": (
        PLANES,
        on("built", lambda values, _: values - 1900),
        "offset",
        "raw.planes.built",
        "data",
    ),
    "population": (TRIPS, older(0.5), "population_shift", "raw.trips", "population"),
    "inner join": (JOINED, sample(0.8), "join_lost_rows", "joined.trips", "pipeline"),
    "selective inner join": (
        JOINED,
        keep(lambda table, _: np.char.find(table["plane"], "N0") == 0),
        "join_lost_rows",
        "joined.trips",
        "pipeline",
    ),
    "fan-out": (JOINED, repeat(0.25), "join_duplicated_rows", "joined.trips", "pipeline"),
    "no match": (JOINED, block(0.3), "join_lost_rows", "joined.trips", "pipeline"),
    "miles in the join": (JOINED, on("distance", scaled(1.609344)), "unit_change", "joined.trips.distance", "pipeline"),
    "default in the join": (
        JOINED,
        on("delay", stuck(0.15, -999.0)),
        "default_value",
        "joined.trips.delay",
        "pipeline",
    ),
    "nulls in a feature": (FEATURES, on("built", lose(0.3)), "null_spike", "features.features.built", "pipeline"),
    "hours of a feature": (
        FEATURES,
        on("hour", lambda values, _: (values + 5) % 24),
        "wrong_timezone",
        "features.features.hour",
        "pipeline",
    ),
    "computed feature": (FEATURES, on("speed", scaled(60.0)), "unit_change", "features.features.speed", "pipeline"),
    "turned feature": (
        FEATURES,
        on("late", lambda values, _: ~values),
        "category_reencoded",
        "features.features.late",
        "pipeline",
    ),
    "rounded feature": (
        FEATURES,
        on("distance", lambda values, _: np.round(values / 500) * 500),
        "precision_loss",
        "features.features.distance",
        "pipeline",
    ),
    "swapped features": (FEATURES, swapped("delay", "speed"), "column_swapped", EITHER, "pipeline"),
    "renamed feature": (FEATURES, renamed("speed", "wind"), "column_renamed", "features.features.speed", "pipeline"),
    "dropped feature": (FEATURES, dropped("speed"), "schema_change", "features.features.speed", "pipeline"),
    "lost in features": (FEATURES, sample(0.7), "join_lost_rows", "features.features", "pipeline"),
    "default in serving": (SERVING, on("delay", stuck(0.3, 0.0)), "default_value", "serving.log.delay", "pipeline"),
    "clipped in serving": (
        SERVING,
        on("speed", lambda values, _: np.minimum(values, np.quantile(values, 0.9))),
        "clipping",
        "serving.log.speed",
        "pipeline",
    ),
    "type in serving": (
        SERVING,
        on("late", lambda values, _: values.astype(int)),
        "type_change",
        "serving.log.late",
        "pipeline",
    ),
    "encoding in serving": (SERVING, on("carrier", lower), "category_reencoded", "serving.log.carrier", "pipeline"),
}


@pytest.mark.parametrize("name", ONE)
def test_one_fault_is_one_finding_at_its_place(name: str) -> None:
    table, change, cause, origin, finding_class = ONE[name]
    evidence = pipeline_evidence({table: change}, N)
    (finding,) = diagnose(evidence)
    assert (finding.cause, finding.finding_class) == (cause, finding_class)
    assert str(finding.origin) in origin.split(" or ")
    assert finding.first_run == LAST
    # Every flagged node is the origin or explained by it.
    assert set(map(str, evidence.flagged)) <= {str(finding.origin), *finding.explains}


def test_a_clean_run_has_no_finding() -> None:
    assert diagnose(pipeline_evidence({}, N)) == []


def places(findings: list[Finding]) -> set[tuple[str, str]]:
    return {(finding.cause, str(finding.origin)) for finding in findings}


TWO: Mapping[str, tuple[Mapping[TableKey, Change], set[tuple[str, str]]]] = {
    "source and computed feature": (
        {TRIPS: on("delay", lose(0.2)), FEATURES: on("speed", scaled(60.0))},
        {("null_spike", "raw.trips.delay"), ("unit_change", "features.features.speed")},
    ),
    "source and serving": (
        {TRIPS: on("distance", scaled(1.609344)), SERVING: on("carrier", lower)},
        {("unit_change", "raw.trips.distance"), ("category_reencoded", "serving.log.carrier")},
    ),
    "lost rows and nulls in a feature": (
        {JOINED: sample(0.7), FEATURES: on("built", lose(0.3))},
        {("join_lost_rows", "joined.trips"), ("null_spike", "features.features.built")},
    ),
    "lost rows and a column of the same table": (
        {JOINED: both(sample(0.7), on("delay", scaled(60.0)))},
        {("join_lost_rows", "joined.trips"), ("unit_change", "joined.trips.delay")},
    ),
    "two columns of one table": (
        {TRIPS: both(on("delay", scaled(60.0)), on("carrier", lower))},
        {("unit_change", "raw.trips.delay"), ("category_reencoded", "raw.trips.carrier")},
    ),
    "two sources": (
        {TRIPS: on("delay", lose(0.2)), PLANES: on("maker", lower)},
        {("null_spike", "raw.trips.delay"), ("category_reencoded", "raw.planes.maker")},
    ),
}


@pytest.mark.parametrize("name", TWO)
def test_two_faults_are_two_findings(name: str) -> None:
    changes, expected = TWO[name]
    assert places(diagnose(pipeline_evidence(changes, N))) == expected


def test_a_join_without_a_match_beside_other_trouble_of_the_table() -> None:
    one = both(block(0.3), on("delay", scaled(60.0)))
    assert places(diagnose(pipeline_evidence({JOINED: one}, N))) == {
        ("join_lost_rows", "joined.trips"),
        ("unit_change", "joined.trips.delay"),
    }
    bent = both(block(0.3), older(0.5))
    found = diagnose(pipeline_evidence({JOINED: bent}, N))
    assert [str(finding.origin) for finding in found] == ["joined.trips", "joined.trips"]
    assert {finding.cause for finding in found} == {"join_lost_rows", "distribution_shift"}


@pytest.mark.parametrize(
    "above",
    [
        lambda values, rng: np.where(rng.random(values.size) < 0.3, 0.0, values),
        lambda values, rng: np.where(rng.random(values.size) < 0.05, -999.0, values),
        lambda values, _: values,
    ],
    ids=["another value", "another share", "nothing"],
)
def test_a_signature_upstream_must_be_of_the_same_fault(above: Any) -> None:
    rng = np.random.default_rng(13)
    raw, late = TableKey("raw", "t"), TableKey("features", "t")
    then = {key: table_profile(key, {"x": rng.normal(50, 9, 3000)}) for key in (raw, late)}
    values = rng.normal(50, 9, 3000)
    below = np.where(rng.random(3000) < 0.3, -999.0, values)
    now = {raw: table_profile(raw, {"x": above(values, rng)}), late: table_profile(late, {"x": below})}
    evidence = evidence_of(
        {"1": then, "2": now}, {"raw": (), "features": ("raw",)}, [flag(ColumnKey("features", "t", "x"))]
    )
    (finding,) = diagnose(evidence)
    assert (str(finding.origin), finding.cause) == ("features.t.x", "default_value")


def test_columns_that_moved_each_in_its_own_way_are_the_table() -> None:
    rng = np.random.default_rng(10)
    raw, late = TableKey("raw", "t"), TableKey("features", "t")
    usual = {name: rng.normal(50, 9, 3000) for name in "abcd"}
    bent = {name: np.where(values > 50, values + 4 * rng.random(3000), values) for name, values in usual.items()}
    some = {**bent, "a": np.where(rng.random(3000) < 0.02, 12.0, usual["a"])}
    runs = {
        "1": {key: table_profile(key, usual) for key in (raw, late)},
        "2": {raw: table_profile(raw, usual), late: table_profile(late, some)},
    }
    shifts = [flag(ColumnKey("features", "t", name)) for name in "abcd"]
    found = diagnose(evidence_of(runs, {"raw": (), "features": ("raw",)}, shifts))
    assert {finding.cause: str(finding.origin) for finding in found} == {
        "default_value": "features.t.a",
        "distribution_shift": "features.t",  # three of four columns moved, and nothing says why
    }


def test_what_no_digest_shows_is_no_finding() -> None:
    assert diagnose(chain({"raw": {"x": "ks"}}, severities={"raw.x": Severity.NONE})) == []


def test_a_faint_origin_is_as_severe_as_what_it_explains() -> None:
    evidence = chain(
        {"raw": {"x": "ks"}, "joined": {"x": "ks"}}, severities={"raw.x": Severity.NONE, "joined.x": Severity.CRITICAL}
    )
    (finding,) = diagnose(evidence)
    assert (str(finding.origin), finding.severity) == ("raw.t.x", Severity.CRITICAL)


def test_the_edge_that_amplifies_is_named() -> None:
    evidence = chain(
        {"raw": {"x": "ks"}, "joined": {"x": "ks"}, "features": {"x": "ks"}},
        effects={"raw.x": 2.0, "joined.x": 2.5, "features.x": 9.0},
    )
    (incident,) = localise(evidence)
    assert incident.amplified is not None
    assert [str(node) for node in incident.amplified] == ["joined.t.x", "features.t.x"]
    assert diagnose(evidence)[0].evidence["amplified"] == ["joined.t.x", "features.t.x"]


def test_columns_of_one_table_with_another_onset_are_another_incident() -> None:
    evidence = chain({"raw": {"x": "ks", "y": "ks"}}, since={"raw.x": ("4",)})
    found = {str(incident.origin): incident.since for incident in localise(evidence)}
    assert found == {"raw.t.x": "4", "raw.t.y": "5"}


def test_columns_that_merely_moved_are_beside_each_other() -> None:
    evidence = chain({"raw": {"x": "ks", "y": "ks"}}, effects={"raw.x": 3.0, "raw.y": 7.0})
    first, second = localise(evidence)
    assert (str(first.origin), str(second.origin)) == ("raw.t.y", "raw.t.x")
    assert (first.explains, second.explains) == ((), ())
    assert (first.beside, second.beside) == ((second.origin,), (first.origin,))


def test_many_columns_without_a_signature_are_the_table() -> None:
    columns = {"raw": tuple("abcdefghij")}
    assert origins(chain({"raw": dict.fromkeys("abc", "ks")}, columns=columns)) == ["raw.t"]
    assert set(origins(chain({"raw": dict.fromkeys("ab", "ks")}, columns=columns))) == {"raw.t.a", "raw.t.b"}


def test_an_unprofiled_stage_between_is_named() -> None:
    columns = {"raw": ("x",), "joined": (), "features": ("x",)}
    (finding,) = diagnose(chain({"features": {"x": "ks"}}, columns=columns))
    assert finding.evidence["between"] == ["raw", "features"]
    assert finding.evidence["not_profiled"] == ["joined"]
    assert finding.finding_class == "pipeline"


def test_without_any_profile_upstream_the_class_is_unknown() -> None:
    columns: Mapping[str, tuple[str, ...]] = {"raw": (), "joined": (), "features": ("x",)}
    (finding,) = diagnose(chain({"features": {"x": "ks"}}, columns=columns))
    assert finding.finding_class == "unknown"


def test_a_signature_is_followed_to_where_it_is_first_seen_though_not_flagged() -> None:
    rng = np.random.default_rng(3)
    usual, now = rng.normal(50, 9, 3000), rng.normal(50, 9, 3000)
    raw, joined, late = (TableKey(stage, "t") for stage in ("raw", "joined", "features"))
    then = {key: table_profile(key, {"x": usual}) for key in (raw, joined, late)}
    cut = {key: table_profile(key, {"x": now if key == raw else np.round(now)}) for key in (raw, joined, late)}
    node = ColumnKey("features", "t", "x")
    upstream = {"raw": (), "joined": ("raw",), "features": ("joined",)}
    evidence = evidence_of({"1": then, "2": cut, "3": cut}, upstream, [flag(node)], flagged_runs={node: ("2",)})
    (finding,) = diagnose(evidence)
    assert (str(finding.origin), finding.cause, finding.first_run) == ("joined.t.x", "precision_loss", "2")
    assert "since 2 " in finding.sentence
    assert finding.explains == ("features.t.x",)


def test_tables_of_one_stage_that_stalled_together_are_one_incident() -> None:
    rng = np.random.default_rng(4)
    small, large, other = (TableKey(*names) for names in (("raw", "a"), ("raw", "b"), ("else", "c")))
    sizes = {small: 200, large: 300, other: 250}
    runs: dict[str, Any] = {
        str(run): {key: table_profile(key, {"x": rng.normal(0, 1, size)}) for key, size in sizes.items()}
        for run in range(7)
    }
    runs["7"] = runs["6"]
    shifts = [flag(ColumnKey(key.stage, key.table, "x"), "frozen", deterministic=True) for key in sizes]
    findings = diagnose(evidence_of(runs, {"raw": (), "else": ()}, shifts))
    assert {(finding.cause, str(finding.origin)) for finding in findings} == {
        ("stale_table", "raw.b"),
        ("stale_table", "else.c"),
    }
    merged = next(finding for finding in findings if finding.origin.stage == "raw")
    assert merged.explains == ("raw.a.x", "raw.b.x")
