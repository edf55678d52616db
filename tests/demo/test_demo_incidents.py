from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from scripts.demo.frames import Tables
from scripts.demo.incidents import INCIDENTS, Context, Incident, Planted
from scripts.demo.incidents.base import TableIncident, register
from scripts.demo.layout import KEYS, STAGES
from scripts.demo.model import LatenessModel
from scripts.demo.months import MONTHS
from scripts.demo.options import Options
from scripts.demo.serving import serving_log
from scripts.demo.splits import evaluation_set
from tests.demo.test_demo_stages import Run, run_of, source

RUN = "2013-06"

# The failures that a pipeline's observer must be able to find, by family.
EXPECTED = {
    "data": {
        "null_spike",
        "join_drop",
        "join_duplicate",
        "wrong_timezone",
        "unseen_category",
        "unit_change",
        "null_to_sentinel",
        "default_value",
        "clipping",
        "truncation",
        "rounding",
        "type_change",
        "format_change",
        "duplicate_keys",
    },
    "skew": {"skew_null_handling", "skew_aggregation", "skew_encoding"},
    "evaluation": {
        "stale_holdout",
        "eval_missing_recent",
        "temporal_leakage",
        "train_eval_overlap",
        "eval_population",
    },
    "boundaries": {"stalled_ingestion", "wrong_model_version", "stale_feature"},
    "population": {"population_shift"},
}
PAIRS = [(name, stage) for name, incident in INCIDENTS.items() for stage in incident.stages]
IN_TABLES = [(name, stage) for name, stage in PAIRS if Planted(INCIDENTS[name], RUN, stage).changes_tables]
IN_CODE = [pair for pair in PAIRS if pair not in IN_TABLES]
IN_COLUMNS = [
    (name, stage)
    for name, stage in IN_TABLES
    if isinstance(INCIDENTS[name], TableIncident) and INCIDENTS[name].family in {"data", "boundaries"}
]


def _plant(name: str, stage: str, run: Run | None = None) -> Tables:
    run = run or run_of(RUN)
    planted = Planted(INCIDENTS[name], run.month.run_id, stage)
    context = Context(
        month=run.month,
        stage=stage,
        rng=np.random.default_rng(planted.seed),
        table=lambda of, table: run.stages[of][table],
        previous=lambda: run_of("2013-05").stages[stage],
    )
    return planted.incident.apply(run.stages[stage], context)


def _column(name: str, stage: str) -> tuple[pd.Series[Any], pd.Series[Any]]:
    """Return the column an incident strikes, before and after."""
    incident = INCIDENTS[name]
    assert isinstance(incident, TableIncident)
    table, column = incident.targets[stage]
    return run_of(RUN).stages[stage][table][column], _plant(name, stage)[table][column]


def _stages(name: str, *without: str) -> list[str]:
    return [stage for stage in INCIDENTS[name].stages if stage not in without]


def test_every_failure_has_its_incident() -> None:
    found: dict[str, set[str]] = {}
    for name, incident in INCIDENTS.items():
        found.setdefault(incident.family, set()).add(name)
    assert found == EXPECTED


@pytest.mark.parametrize("name", INCIDENTS)
def test_an_incident_says_in_one_line_what_it_does(name: str) -> None:
    incident = INCIDENTS[name]
    assert incident.summary.endswith(".")
    assert incident.default_stage in incident.stages
    assert set(incident.stages) <= set(STAGES)


def test_a_name_is_given_once() -> None:
    with pytest.raises(ValueError, match="two incidents are called 'join_drop'"):
        register(type(INCIDENTS["join_drop"]))


def test_a_default_stage_must_be_one_of_the_stages() -> None:
    class Lost(Incident):
        """Never registered."""

        name = "lost"
        family = "data"
        stages = ("raw",)
        default_stage = "joined"

    with pytest.raises(ValueError, match="default stage 'joined'"):
        register(Lost)
    assert "lost" not in INCIDENTS


@pytest.mark.parametrize(("name", "stage"), IN_TABLES)
def test_it_changes_one_stages_output_the_same_way_each_time_and_nothing_in_place(name: str, stage: str) -> None:
    before = run_of(RUN).stages[stage]
    copies = {table: frame.copy() for table, frame in before.items()}
    first, second = _plant(name, stage), _plant(name, stage)
    for table, frame in before.items():
        pd.testing.assert_frame_equal(frame, copies[table])
        pd.testing.assert_frame_equal(first[table], second[table])
    assert list(first) == list(before)
    struck = [table for table in before if not first[table].equals(before[table])]
    assert struck
    if stage == "raw":
        assert set(struck) <= {"flights", "weather"}


@pytest.mark.parametrize(("name", "stage"), IN_COLUMNS)
def test_a_fault_in_a_column_leaves_rows_types_and_other_columns_alone(name: str, stage: str) -> None:
    incident = INCIDENTS[name]
    assert isinstance(incident, TableIncident)
    table, column = incident.targets[stage]
    before, after = run_of(RUN).stages[stage][table], _plant(name, stage)[table]
    pd.testing.assert_frame_equal(after.drop(columns=column), before.drop(columns=column))
    assert list(after.columns) == list(before.columns)
    if name == "type_change":
        assert after[column].dtype != before[column].dtype
    else:
        assert after[column].dtype == before[column].dtype


@pytest.mark.parametrize(("name", "stage"), IN_CODE)
def test_a_fault_in_code_flips_one_switch(name: str, stage: str) -> None:
    assert stage in INCIDENTS[name].stages
    flipped = INCIDENTS[name].options(Options())
    assert sum(getattr(flipped, field.name) for field in fields(Options)) == 1


@pytest.mark.parametrize("stage", _stages("null_spike"))
def test_null_spike_loses_three_in_ten(stage: str) -> None:
    before, after = _column("null_spike", stage)
    assert after.isna().mean() - before.isna().mean() == pytest.approx(0.3, abs=0.04)


@pytest.mark.parametrize("stage", _stages("wrong_timezone"))
def test_wrong_timezone_is_four_hours_early_in_summer(stage: str) -> None:
    before, after = _column("wrong_timezone", stage)
    assert set(before - after) == {pd.Timedelta(hours=4)}


def test_wrong_timezone_is_four_or_five_hours_early_when_clocks_change() -> None:
    november = run_of("2013-11")
    after = _plant("wrong_timezone", "raw", november)["flights"]["time_hour"]
    early = november.stages["raw"]["flights"]["time_hour"] - after
    assert set(early) == {pd.Timedelta(hours=4), pd.Timedelta(hours=5)}


@pytest.mark.parametrize("stage", _stages("unseen_category"))
def test_unseen_category_is_new_after_the_training_cut_off(stage: str) -> None:
    before, after = _column("unseen_category", stage)
    assert "XE" not in set(before)
    table = next(iter(run_of(RUN).stages[stage].values()))
    late_ev = (before == "EV") & (table["day"] > run_of(RUN).month.train_until)
    assert (after == "XE").sum() / late_ev.sum() == pytest.approx(0.5, abs=0.05)
    assert not ((after == "XE") & ~late_ev).any()


@pytest.mark.parametrize("stage", _stages("unit_change"))
def test_unit_change_is_one_factor_for_all(stage: str) -> None:
    before, after = _column("unit_change", stage)
    factor = 100 if stage == "predictions" else 1.609344
    np.testing.assert_allclose(after.to_numpy(dtype=float), before.to_numpy(dtype=float) * factor, atol=0.5)


@pytest.mark.parametrize("stage", _stages("null_to_sentinel"))
def test_null_to_sentinel_leaves_no_null(stage: str) -> None:
    before, after = _column("null_to_sentinel", stage)
    sentinel = -999 if stage == "raw" else -1
    assert (after == sentinel).sum() == before.isna().sum() > 0
    assert after.notna().all()


@pytest.mark.parametrize("stage", _stages("default_value"))
def test_default_value_takes_a_third(stage: str) -> None:
    before, after = _column("default_value", stage)
    default = 0.5 if stage == "predictions" else 0.0
    gained = (after == default).mean() - (before == default).mean()
    assert gained == pytest.approx((1 - (before == default).mean()) / 3, abs=0.03)


@pytest.mark.parametrize("stage", _stages("clipping"))
def test_clipping_piles_up_at_the_cap(stage: str) -> None:
    before, after = _column("clipping", stage)
    cap = 0.4 if stage == "predictions" else 1500
    assert after.max() == cap
    assert (after == cap).sum() == (before >= cap).sum()


@pytest.mark.parametrize("stage", _stages("truncation", "predictions"))
def test_truncation_cuts_codes_to_two_letters(stage: str) -> None:
    before, after = _column("truncation", stage)
    assert set(after.str.len()) == {2}
    assert after.nunique() < before.nunique()


def test_truncation_cuts_scores_and_rounding_rounds_them() -> None:
    before, cut = _column("truncation", "predictions")
    _, rounded = _column("rounding", "predictions")
    assert ((before - cut) >= 0).all()
    assert (before - cut).max() < 0.1
    assert (before - rounded).abs().max() <= 0.05 + 1e-9


@pytest.mark.parametrize("stage", _stages("rounding", "predictions"))
def test_rounding_leaves_whole_degrees(stage: str) -> None:
    before, after = _column("rounding", stage)
    assert (after.dropna() % 1 == 0).all()
    assert (after - before).abs().max() <= 0.5
    assert after.nunique() < before.nunique()


@pytest.mark.parametrize("stage", _stages("type_change"))
def test_type_change_writes_the_same_numbers_as_text(stage: str) -> None:
    before, after = _column("type_change", stage)
    assert str(after.dtype) == "string"
    np.testing.assert_allclose(pd.to_numeric(after).to_numpy(dtype=float), before.to_numpy(dtype=float))


@pytest.mark.parametrize("stage", _stages("format_change"))
def test_format_change_keeps_the_labels_apart(stage: str) -> None:
    before, after = _column("format_change", stage)
    assert not set(after.dropna()) & set(before.dropna())
    assert after.nunique() == before.nunique()


@pytest.mark.parametrize("stage", _stages("duplicate_keys"))
def test_duplicate_keys_writes_one_flight_in_ten_twice(stage: str) -> None:
    before = next(iter(run_of(RUN).stages[stage].values()))
    after = next(iter(_plant("duplicate_keys", stage).values()))
    assert not before.duplicated(KEYS).any()
    assert after.duplicated(KEYS).sum() == len(after) - len(before)
    assert len(after) / len(before) == pytest.approx(1.1, abs=0.02)  # three standard errors of the smallest table


def _served(**switches: bool) -> pd.DataFrame:
    june = run_of(RUN)
    return serving_log(june.stages["raw"], june.month, replace(Options(), **switches))


def test_join_drop_in_serving_loses_the_flights_of_unknown_planes() -> None:
    served = run_of(RUN).stages["serving"]["serving_log"]
    assert len(_served(drop_unknown_planes=True)) == served["engines"].notna().sum() < len(served)


def test_join_duplicate_in_serving_doubles_flights() -> None:
    served = run_of(RUN).stages["serving"]["serving_log"]
    doubled = _served(planes_twice=True)
    assert len(doubled) > 1.1 * len(served)
    assert len(doubled.drop_duplicates(KEYS)) == len(served)


@pytest.mark.parametrize("switch", ["nulls_as_zero", "late_departures_only", "dest_as_name"])
def test_skew_changes_the_features_it_names_and_no_other(switch: str) -> None:
    before, after = run_of(RUN).stages["serving"]["serving_log"], _served(**{switch: True})
    changed = {column for column in before if not before[column].equals(after[column])}
    if switch == "nulls_as_zero":
        assert changed == {column for column in before if before[column].isna().any()}
        assert not after.isna().any().any()
    elif switch == "late_departures_only":
        assert changed == {"origin_delay_3h", "carrier_delay_24h"}
        for column in changed:
            assert (after[column].dropna() >= before[column].dropna()).all()
            assert (after[column] > before[column]).sum() > 0.8 * before[column].count()
    else:
        assert changed == {"dest"}
        assert before["dest"].str.len().eq(3).all()
        assert after["dest"].nunique() == before["dest"].nunique()


def test_stale_holdout_is_last_months() -> None:
    assert set(_plant("stale_holdout", "evaluation")["evaluation_set"]["month"]) == {5}


def test_eval_missing_recent_ends_two_days_after_the_cut_off() -> None:
    cut_off = run_of(RUN).month.train_until
    evaluation = _plant("eval_missing_recent", "evaluation")["evaluation_set"]
    assert set(evaluation["day"]) == {cut_off + 1, cut_off + 2}


def test_temporal_leakage_trains_on_later_rows_but_shares_none() -> None:
    june = run_of(RUN)
    training = _plant("temporal_leakage", "training")["training_set"]
    evaluation = evaluation_set(june.stages["features"]["flight_features"], training, june.month)
    before = june.stages["evaluation"]["evaluation_set"]
    assert training["time_hour"].max() > evaluation["time_hour"].min()
    assert training[KEYS].merge(evaluation[KEYS]).empty
    assert len(evaluation) / len(before) == pytest.approx(0.5, abs=0.03)


def test_train_eval_overlap_shares_a_tenth_of_training() -> None:
    june = run_of(RUN)
    training = june.stages["training"]["training_set"]
    evaluation = _plant("train_eval_overlap", "evaluation")["evaluation_set"]
    assert len(training[KEYS].merge(evaluation[KEYS])) / len(training) == pytest.approx(0.1, abs=0.02)


def test_eval_population_is_one_airport() -> None:
    assert set(_plant("eval_population", "evaluation")["evaluation_set"]["origin"]) == {"JFK"}


@pytest.mark.parametrize("stage", _stages("stalled_ingestion"))
def test_stalled_ingestion_is_last_months(stage: str) -> None:
    after = _plant("stalled_ingestion", stage)
    struck = ["flights", "weather"] if stage == "raw" else list(after)
    for table in struck:
        pd.testing.assert_frame_equal(after[table], run_of("2013-05").stages[stage][table])


@pytest.mark.parametrize("stage", _stages("stale_feature"))
def test_stale_feature_has_one_value_for_each_it_is_looked_up_by(stage: str) -> None:
    incident = INCIDENTS["stale_feature"]
    assert isinstance(incident, TableIncident)
    table, column = incident.targets[stage]
    after = _plant("stale_feature", stage)[table]
    assert after.groupby("origin" if stage == "raw" else "carrier")[column].nunique().max() == 1
    assert after[column].isna().sum() <= run_of(RUN).stages[stage][table][column].isna().sum()


@pytest.mark.parametrize("run_id", MONTHS)
def test_population_shift_adds_whole_flights_with_keys_of_their_own(run_id: str) -> None:
    run = run_of(RUN) if run_id == RUN else Run(MONTHS[run_id], {"raw": source().month(MONTHS[run_id])})
    before, after = run.stages["raw"]["flights"], _plant("population_shift", "raw", run)["flights"]
    added = after.iloc[len(before) :]
    pd.testing.assert_frame_equal(after.iloc[: len(before)], before)
    assert set(added["carrier"]) == {"EV"}
    assert not after.duplicated(KEYS).any()
    assert added["flight"].between(1, 9999).all()
    assert set(after.columns) == set(before.columns)


def test_population_shift_grows_and_takes_distances_and_delays_with_it() -> None:
    before, after = run_of(RUN).stages["raw"]["flights"], _plant("population_shift", "raw")["flights"]
    share = (after["carrier"] == "EV").groupby(after["day"]).mean()
    assert share.iloc[-5:].mean() > 1.6 * share.iloc[:5].mean()
    assert after["distance"].mean() < before["distance"].mean()
    assert after["dep_delay"].mean() > before["dep_delay"].mean()


def test_wrong_model_version_is_another_model_not_another_label() -> None:
    may, june = run_of("2013-05"), run_of(RUN)
    old = LatenessModel(may.stages["training"]["training_set"], may.month)
    served = june.stages["serving"]["serving_log"]
    assert old.version == "late-2013-05"
    assert not np.allclose(old.score(served), june.stages["predictions"]["predictions"]["score"].to_numpy(dtype=float))
