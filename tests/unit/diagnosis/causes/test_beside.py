"""Causes that show between tables of one run: training, evaluation, serving, predictions."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from stageprint.batch.column import ColumnBatch
from stageprint.diagnosis.causes.concept_drift import ConceptDrift
from stageprint.diagnosis.causes.evaluation_population import EvaluationPopulation
from stageprint.diagnosis.causes.label_drift import LabelDrift
from stageprint.diagnosis.causes.score_collapsed import ScoreCollapsed
from stageprint.diagnosis.causes.skew_aggregation import SkewAggregation
from stageprint.diagnosis.causes.stale_column import StaleColumn, deals_out
from stageprint.diagnosis.causes.stale_holdout import StaleHoldout
from stageprint.diagnosis.causes.temporal_leakage import TemporalLeakage
from stageprint.diagnosis.causes.train_evaluation_overlap import TrainEvaluationOverlap
from stageprint.diagnosis.causes.wrong_model_version import WrongModelVersion
from stageprint.diagnosis.diagnose import diagnose
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.example import evidence_of, flag, table_profile, two_tables
from stageprint.diagnosis.graph import table_node
from stageprint.model import ColumnKey, ColumnKind, ShiftRecord, TableKey, TableProfile
from stageprint.states.quality import QualityState

RAW, TRAIN, TEST, LIVE, OUT = (TableKey(stage, "rows") for stage in ("raw", "train", "test", "live", "out"))
UPSTREAM = {"raw": (), "train": ("raw",), "test": ("raw",), "live": ("raw",), "out": ("live",)}
ROLES: Mapping[str, Any] = {"train": "training", "test": "evaluation", "live": "serving", "out": "predictions"}
START = dt.datetime(2026, 1, 1, tzinfo=dt.timezone.utc)

Tables = Mapping[TableKey, TableProfile]


def evidence(*runs: Tables, shifts: Sequence[ShiftRecord]) -> Evidence:
    return evidence_of({str(run): tables for run, tables in enumerate(runs, 1)}, UPSTREAM, shifts, roles=ROLES)


def days(key: TableKey, first: int, last: int) -> TableProfile:
    times = [START + dt.timedelta(days=day) for day in range(first, last + 1)]
    return table_profile(key, {"at": times}, event_time="at")


def answers(key: TableKey, versions: Sequence[str] = (), expected: Sequence[str] = (), **more: Any) -> TableProfile:
    facts = {
        "model_version_column": "v" if versions else None,
        "model_versions": tuple((name, 10) for name in versions),
        "expected_model_versions": tuple(expected),
        **more,
    }
    return replace(table_profile(key, {"v": list(versions) or ["x"], "y": [1.0] * max(1, len(versions))}), facts=facts)


def test_temporal_leakage_is_told_from_either_side() -> None:
    before = {TRAIN: days(TRAIN, 0, 10), TEST: days(TEST, 11, 15)}
    for origin, now in (
        (TRAIN, {TRAIN: days(TRAIN, 0, 13), TEST: days(TEST, 11, 15)}),
        (TEST, {TRAIN: days(TRAIN, 0, 10), TEST: days(TEST, 8, 12)}),
    ):
        seen = evidence(before, now, shifts=[flag(table_node(origin), "time_order", deterministic=True)])
        (finding,) = diagnose(seen)
        assert (finding.cause, finding.origin, finding.evidence["share"]) == (
            "temporal_leakage",
            table_node(origin),
            0.5,
        )
    assert TemporalLeakage().explain(evidence(before, before, shifts=[]), table_node(TRAIN)) is None
    still = evidence(before, before, shifts=[flag(table_node(TRAIN), "time_order")])
    assert TemporalLeakage().explain(still, table_node(TRAIN)) is None
    alone = evidence({TRAIN: before[TRAIN]}, {TRAIN: before[TRAIN]}, shifts=[flag(table_node(TRAIN), "time_order")])
    assert TemporalLeakage().explain(alone, table_node(TRAIN)) is None


def keyed(key: TableKey, ids: range) -> TableProfile:
    return table_profile(key, {"id": list(ids)}, keys=["id"])


def test_rows_of_both_sets() -> None:
    before = {TRAIN: keyed(TRAIN, range(900)), TEST: keyed(TEST, range(900, 1000))}
    now = {TRAIN: keyed(TRAIN, range(900)), TEST: keyed(TEST, range(850, 950))}
    shifts = [flag(table_node(TEST), "never_overlapped"), flag(table_node(TEST), "time_order")]
    (finding,) = diagnose(evidence(before, now, shifts=shifts))
    assert finding.cause == "train_evaluation_overlap"
    assert "50.0 % of the keys of test.rows are in train.rows since 2, before 0.0 %" in finding.sentence
    for tables, known in ((before, shifts), (now, [])):
        assert TrainEvaluationOverlap().explain(evidence(before, tables, shifts=known), table_node(TEST)) is None
    keyless = {TRAIN: table_profile(TRAIN, {"id": [1]}), TEST: keyed(TEST, range(3))}
    assert TrainEvaluationOverlap().explain(evidence(keyless, keyless, shifts=shifts), table_node(TEST)) is None
    only = {TEST: keyed(TEST, range(3))}
    assert TrainEvaluationOverlap().explain(evidence(only, only, shifts=shifts), table_node(TEST)) is None


@pytest.mark.parametrize("role", [LIVE, OUT])
def test_a_holdout_is_out_of_date(role: TableKey) -> None:
    before = {TEST: days(TEST, 10, 14), role: days(role, 15, 20)}
    now = {TEST: days(TEST, 10, 14), role: days(role, 45, 50)}
    shifts = [flag(table_node(TEST), "holdout_age", deterministic=True)]
    (finding,) = diagnose(evidence(before, now, shifts=shifts))
    assert finding.cause == "stale_holdout"
    assert f"ends at 2026-01-15 00:00, 31 days before {role} begins (in earlier runs 1 day)" in finding.sentence


def test_a_holdout_that_begins_as_ever_is_not_out_of_date() -> None:
    before = {TEST: days(TEST, 10, 14), LIVE: days(LIVE, 15, 20)}
    short = {TEST: days(TEST, 10, 11), LIVE: days(LIVE, 15, 20)}
    shifts = [flag(table_node(TEST), "holdout_age")]
    assert StaleHoldout().explain(evidence(before, short, shifts=shifts), table_node(TEST)) is None
    assert StaleHoldout().explain(evidence(before, short, shifts=[]), table_node(TEST)) is None
    timeless = {TEST: table_profile(TEST, {"at": [1.0]}), LIVE: table_profile(LIVE, {"at": [1.0]})}
    assert StaleHoldout().explain(evidence(timeless, timeless, shifts=shifts), table_node(TEST)) is None


def test_the_end_of_a_holdout_is_missing_since_it_is_missing_upstream() -> None:
    def run(rows: int) -> Tables:
        columns = {"at": [START + dt.timedelta(hours=hour) for hour in range(rows)]}
        tables = {key: table_profile(key, columns, event_time="at") for key in (RAW, TEST)}
        return {**tables, LIVE: days(LIVE, 60, 62)}

    shifts = [flag(table_node(RAW), "rows"), flag(table_node(TEST), "holdout_age", deterministic=True)]
    (finding,) = diagnose(evidence(run(1000), run(500), shifts=shifts))
    assert (finding.origin, finding.explains) == (table_node(RAW), ("test.rows",))


def population(seed: int, shift: float = 0.0) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(3000) < 0.5 + shift / 4, "a", "b")
    return {**{name: rng.normal(shift, 1, 3000) for name in "xyz"}, "label": pa.array(labels.tolist())}


def test_another_population_is_evaluated() -> None:
    keys = (TRAIN, TEST, LIVE)
    before = {key: table_profile(key, population(place)) for place, key in enumerate(keys)}
    now = {**before, TEST: table_profile(TEST, population(7, 0.5))}
    shifts = [flag(table_node(TEST), "rows")]
    found = EvaluationPopulation().explain(evidence(before, now, shifts=shifts), table_node(TEST))
    assert found is not None
    assert set(found.evidence["columns"]) == {"x", "y", "z", "label"}
    assert "while those of train.rows have not" in found.sentence
    both = {**now, TRAIN: table_profile(TRAIN, population(8, 0.5))}
    for tables, origin in ((both, TEST), (before, TEST), (now, TRAIN)):
        assert EvaluationPopulation().explain(evidence(before, tables, shifts=shifts), table_node(origin)) is None
    alone = {TEST: before[TEST]}
    assert EvaluationPopulation().explain(evidence(alone, alone, shifts=shifts), table_node(TEST)) is None


def features(key: TableKey, values: Any, name: str = "x") -> TableProfile:
    return table_profile(key, {name: values})


def test_serving_computes_a_feature_otherwise() -> None:
    rng = np.random.default_rng(4)
    mean = rng.normal(2, 10, 4000)
    column = ColumnKey("live", "rows", "x")
    before = {RAW: features(RAW, mean, "delay"), TRAIN: features(TRAIN, mean), LIVE: features(LIVE, mean)}
    now = {**before, LIVE: features(LIVE, np.maximum(mean, 0) + mean**2 / 99)}
    (finding,) = diagnose(evidence(before, now, shifts=[flag(column)]))
    assert (finding.cause, finding.origin, finding.finding_class) == ("skew_aggregation", column, "pipeline")
    assert finding.evidence["skew"] == {"training": "train.rows.x"}
    cause = SkewAggregation()
    as_training = {**now, TRAIN: features(TRAIN, np.maximum(mean, 0) + mean**2 / 99)}
    looked_up = {**now, RAW: features(RAW, mean, "x")}
    for tables in (before, as_training, looked_up):
        assert cause.explain(evidence(tables, tables, shifts=[flag(column)]), column) is None
    trained = ColumnKey("train", "rows", "x")
    assert cause.explain(evidence(before, now, shifts=[flag(trained)]), trained) is None
    strangers = {**now, TRAIN: features(TRAIN, mean, "other")}
    assert cause.explain(evidence(strangers, strangers, shifts=[flag(column)]), column) is None


def test_a_known_fault_of_serving_says_that_it_is_skew() -> None:
    miles = [float(100 + i % 900) for i in range(3000)]
    before = {TRAIN: features(TRAIN, miles), LIVE: features(LIVE, miles)}
    now = {**before, LIVE: features(LIVE, [1.609344 * x for x in miles])}
    (finding,) = diagnose(evidence(before, now, shifts=[flag(ColumnKey("live", "rows", "x"))]))
    assert finding.cause == "unit_change"
    assert finding.sentence.endswith("; train.rows.x has not moved: training-serving skew.")


VERSIONS = [
    ("model_version", ["m-1"], ["m-2"], 0.98, "since 2, the version of run 1, where 'm-2' is expected"),
    ("model_version", ["M_2"], ["m-2"], 0.6, "which is 'm-2' in another spelling"),
    ("model_version_evaluated", ["m-1"], [], 0.93, "while 'm-2' was evaluated in the run: another model answers"),
    ("model_version_back", ["m-1"], [], 0.9, "although the version moved on from run to run"),
]


@pytest.mark.parametrize(("rule", "recorded", "expected", "score", "told"), VERSIONS)
def test_the_wrong_model_answers(rule: str, recorded: list[str], expected: list[str], score: float, told: str) -> None:
    before = {OUT: answers(OUT, ["m-1"]), TEST: answers(TEST, ["m-1"])}
    now = {OUT: answers(OUT, recorded, expected), TEST: answers(TEST, ["m-2"])}
    seen = evidence(before, now, shifts=[flag(table_node(OUT), rule, deterministic=True)])
    found = WrongModelVersion().explain(seen, table_node(OUT))
    assert found is not None
    assert (found.score, str(found.at)) == (score, "out.rows.v")
    assert told in found.sentence
    finding = diagnose(seen)[0]
    assert str(finding.origin) == "out.rows.v"


def test_no_version_no_finding_of_one() -> None:
    runs = {OUT: answers(OUT)}
    for shifts in ([], [flag(table_node(OUT), "model_version")]):
        assert WrongModelVersion().explain(evidence(runs, runs, shifts=shifts), table_node(OUT)) is None


def quality(labels: Sequence[bool], scores: Sequence[float]) -> QualityState:
    state = QualityState()
    rows = pa.StructArray.from_arrays([pa.array(list(labels)), pa.array(list(scores))], ["label", "score"])
    state.update(ColumnBatch(rows, ColumnKind.OTHER))
    return state


def test_worse_answers_follow_what_moved_and_are_an_incident_of_their_own_where_nothing_did() -> None:
    good, bad = quality([True, False] * 50, [0.9, 0.1] * 50), quality([True, False] * 50, [0.1, 0.9] * 50)
    before, now = ({OUT: answers(OUT, quality=state), LIVE: features(LIVE, [1.0])} for state in (good, bad))
    worse = flag(table_node(OUT), "auc")
    (finding,) = diagnose(evidence(before, now, shifts=[worse]))
    assert (finding.cause, finding.finding_class) == ("concept_drift", "population")
    assert "ROC AUC 0.000, before 1.000" in finding.sentence
    for column in (ColumnKey("out", "rows", "y"), ColumnKey("live", "rows", "x")):
        (finding,) = diagnose(evidence(before, now, shifts=[worse, flag(column)]))
        assert (finding.origin, finding.explains) == (column, ("out.rows",))
    rows = evidence(before, now, shifts=[worse, flag(table_node(OUT), "rows")])
    assert ConceptDrift().explain(rows, table_node(OUT)) is None
    blind = evidence({OUT: answers(OUT)}, now, shifts=[worse])
    assert ConceptDrift().explain(blind, table_node(OUT)) is None
    one = quality([True], [0.9])
    same = {OUT: answers(OUT, quality=one)}
    assert ConceptDrift().explain(evidence(same, same, shifts=[worse]), table_node(OUT)) is None


def test_one_value_for_each_entity_was_not_updated() -> None:
    rng = np.random.default_rng(5)
    entity = rng.choice(["a", "b", "c", "d"], 2000).tolist()
    once = {"a": 4.5, "b": 7.25, "c": 4.5, "d": -1.0}
    then = {"entity": entity, "x": rng.normal(0, 5, 2000).tolist()}
    seen, key = two_tables(then, {"entity": entity, "x": [once[name] for name in entity]}, at="x")
    found = StaleColumn().explain(seen, key)
    assert found is not None
    assert (found.evidence["entity"], found.evidence["distinct_values"]) == ("entity", 3)
    other, key = two_tables(then, {"entity": entity, "x": rng.choice([1.0, 2.0, 3.0], 2000).tolist()}, at="x")
    assert StaleColumn().explain(other, key) is None


LABEL, SCORE = ColumnKey("out", "rows", "late"), ColumnKey("out", "rows", "score")


def model(then: Mapping[str, Any], now: Mapping[str, Any], *shifts: ShiftRecord) -> Evidence:
    runs = {run: {OUT: table_profile(OUT, columns)} for run, columns in (("1", then), ("2", now))}
    return evidence_of(runs, {"out": ()}, shifts, answers={LABEL: "label", SCORE: "score"})


def labels(true: int, nulls: int = 0) -> dict[str, Any]:
    return {"late": [None if place < nulls else place < nulls + true for place in range(2000)]}


def test_the_label_drifts() -> None:
    (finding,) = diagnose(model(labels(400), labels(700), flag(LABEL, "true_share")))
    assert (finding.cause, finding.finding_class) == ("label_drift", "population")
    assert "is 'true' in 35.0 % of rows since 2 (before 20.0 %)" in finding.sentence
    for now in (labels(405), labels(400, nulls=300), {"late": ["a", "b"] * 1000}, labels(2000)):
        assert LabelDrift().explain(model(labels(400), now, flag(LABEL)), LABEL) is None


def test_scores_collapse() -> None:
    wide = {"score": np.random.default_rng(3).beta(2, 4, 3000)}
    narrow = {"score": 0.3 + 0.2 * (wide["score"] - 0.3)}
    (finding,) = diagnose(model(wide, narrow, flag(SCORE, "spread")))
    assert finding.cause == "score_collapsed"
    piled = {"score": np.where(np.arange(3000) % 4 > 0, 0.3, narrow["score"])}
    outside = {"score": narrow["score"] + 1}
    for now in (wide, piled, outside, {"score": ["x"] * 3000}):
        assert ScoreCollapsed().explain(model(wide, now, flag(SCORE)), SCORE) is None


def test_dealing_out_gives_up_in_time() -> None:
    assert deals_out([], [])
    assert not deals_out([3], [2])
    assert not deals_out([2] * 40 + [1], [27, 27, 27])
