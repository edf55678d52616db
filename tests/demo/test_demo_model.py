from __future__ import annotations

import numpy as np
import pandas as pd

from scripts.demo.layout import KEYS
from scripts.demo.model import THRESHOLD, LatenessModel, predictions
from tests.demo.test_demo_stages import run_of


def test_each_served_flight_is_scored_once_by_the_runs_own_model() -> None:
    june = run_of("2013-06")
    made = june.stages["predictions"]["predictions"]
    assert made[KEYS].equals(june.stages["serving"]["serving_log"][KEYS])
    assert made["score"].between(0, 1).all()
    assert set(made["model_version"]) == {"late-2013-06"}
    assert (made["prediction"] == (made["score"] >= THRESHOLD)).all()


def test_scores_tell_late_flights_from_others() -> None:
    made = run_of("2013-06").stages["predictions"]["predictions"].dropna(subset=["arrived_late"])
    late = made["arrived_late"].to_numpy(dtype=bool)
    ranks = made["score"].rank().to_numpy(dtype=float)
    area = (ranks[late].sum() - late.sum() * (late.sum() + 1) / 2) / (late.sum() * (~late).sum())
    assert area > 0.6


def test_cancelled_flights_have_no_label() -> None:
    june = run_of("2013-06")
    flights = june.stages["raw"]["flights"]
    unknown = flights[(flights["day"] >= june.month.serve_from) & flights["arr_delay"].isna()]
    assert june.stages["predictions"]["predictions"]["arrived_late"].isna().sum() == len(unknown) > 0


def test_training_twice_gives_the_same_scores() -> None:
    june = run_of("2013-06")
    training, served = june.stages["training"]["training_set"], june.stages["serving"]["serving_log"]
    again = predictions(served, june.stages["raw"]["flights"], LatenessModel(training, june.month))
    pd.testing.assert_frame_equal(again, june.stages["predictions"]["predictions"])


def test_categories_never_seen_and_numbers_as_text_are_scored_too() -> None:
    june = run_of("2013-06")
    served = june.stages["serving"]["serving_log"].head(50)
    odd = served.assign(carrier="XE", distance=served["distance"].astype("string"))
    scores = LatenessModel(june.stages["training"]["training_set"], june.month).score(odd)
    assert np.isfinite(scores).all()
