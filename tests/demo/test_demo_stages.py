"""A third of a real month's flights in every stage of the demo, made without Spark; other tests use it too."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from scripts.demo.frames import Tables
from scripts.demo.layout import KEYS, STAGES, TABLES
from scripts.demo.model import LatenessModel, predictions
from scripts.demo.months import MONTHS, Month
from scripts.demo.options import Options
from scripts.demo.serving import serving_log
from scripts.demo.sources import Source, load_source
from scripts.demo.splits import evaluation_set, training_set


class _ServedFromTheFirst(Month):
    """A month whose every day is served: serving's code then gives the features of all its flights."""

    @property
    def serve_from(self) -> int:
        return 1


@dataclass(frozen=True)
class Run:
    """A run's month and what each stage holds; shared between tests, so none may change a frame in place."""

    month: Month
    stages: dict[str, Tables]


@cache
def source() -> Source:
    return load_source()


@cache
def run_of(run_id: str) -> Run:
    month = MONTHS[run_id]
    raw = source().month(month)
    raw["flights"] = raw["flights"].iloc[::3].reset_index(drop=True)
    features = serving_log(raw, _ServedFromTheFirst(month.year, month.month), Options()).drop(columns="served_at")
    outcome = raw["flights"][[*KEYS, "arr_delay"]]
    features["arrived_late"] = features[KEYS].merge(outcome, on=KEYS, how="left")["arr_delay"] > 15
    training = training_set(features, month)
    served = serving_log(raw, month, Options())
    stages = {
        "raw": raw,
        "joined": {"flights_joined": features},
        "features": {"flight_features": features},
        "training": {"training_set": training},
        "evaluation": {"evaluation_set": evaluation_set(features, training, month)},
        "serving": {"serving_log": served},
        "predictions": {"predictions": predictions(served, raw["flights"], LatenessModel(training, month))},
    }
    return Run(month, stages)


def test_the_stages_are_those_of_the_layout() -> None:
    made = run_of("2013-06").stages
    assert {stage: tuple(tables) for stage, tables in made.items()} == TABLES
    assert tuple(made) == STAGES


def test_training_ends_before_evaluation_and_evaluation_before_serving() -> None:
    stages = run_of("2013-06").stages
    training, evaluation = stages["training"]["training_set"], stages["evaluation"]["evaluation_set"]
    assert training["time_hour"].max() < evaluation["time_hour"].min()
    assert evaluation["time_hour"].max() < stages["serving"]["serving_log"]["time_hour"].min()


def test_every_row_trained_or_evaluated_on_has_a_label() -> None:
    stages = run_of("2013-06").stages
    assert stages["training"]["training_set"]["arrived_late"].notna().all()
    assert stages["evaluation"]["evaluation_set"]["arrived_late"].notna().all()


def test_what_was_trained_on_is_not_evaluated_on() -> None:
    june = run_of("2013-06")
    evaluation = june.stages["evaluation"]["evaluation_set"]
    leaked = evaluation.head(100)
    rest = evaluation_set(june.stages["features"]["flight_features"], leaked, june.month)
    assert len(rest) == len(evaluation) - 100
    assert rest[KEYS].merge(leaked[KEYS]).empty
