"""Evaluations that do not measure the model in use on the data it serves."""

from __future__ import annotations

from typing import ClassVar

import pandas as pd

from scripts.demo.frames import Tables
from scripts.demo.incidents.base import Context, Incident, TableIncident, column_in, register
from scripts.demo.layout import EVENT_TIME
from scripts.demo.splits import labelled

_EVALUATION = column_in(EVENT_TIME, "evaluation")


@register
class StaleHoldout(Incident):
    """The evaluation set is that of last month."""

    name = "stale_holdout"
    family = "evaluation"
    stages = ("evaluation",)
    default_stage = "evaluation"
    needs_previous = "same"

    def apply(self, tables: Tables, context: Context) -> Tables:
        """Take the tables of the previous run."""
        del tables
        return context.previous()


class _EvaluationIncident(TableIncident):
    family = "evaluation"
    default_stage = "evaluation"
    targets: ClassVar = _EVALUATION


@register
class EvalMissingRecent(_EvaluationIncident):
    """The evaluation set ends two days after the training cut-off: its later rows are missing."""

    name = "eval_missing_recent"

    def change(self, frame: pd.DataFrame, column: str, context: Context) -> pd.DataFrame:
        """Keep the first two days."""
        del column
        return frame[frame["day"] <= context.month.train_until + 2].reset_index(drop=True)


@register
class TemporalLeakage(TableIncident):
    """Half of the evaluation period is trained on: training rows are later than the first row of the evaluation."""

    name = "temporal_leakage"
    family = "evaluation"
    default_stage = "training"
    targets: ClassVar = column_in(EVENT_TIME, "training")

    def change(self, frame: pd.DataFrame, column: str, context: Context) -> pd.DataFrame:
        """Add random later rows; the evaluation leaves out what was trained on, and so keeps the other half."""
        del column
        features = context.table("features", "flight_features")
        later = labelled(features, context.month.train_until + 1, context.month.serve_from - 1)
        leaked = later[context.rng.random(len(later)) < 0.5]
        return pd.concat([frame, leaked], ignore_index=True)


@register
class TrainEvalOverlap(_EvaluationIncident):
    """A tenth of the training set is also in the evaluation set."""

    name = "train_eval_overlap"

    def change(self, frame: pd.DataFrame, column: str, context: Context) -> pd.DataFrame:
        """Add training rows."""
        del column
        training = context.table("training", "training_set")
        shared = training[context.rng.random(len(training)) < 0.1]
        return pd.concat([frame, shared], ignore_index=True)


@register
class EvalPopulation(_EvaluationIncident):
    """The evaluation set holds only flights from JFK, while the model serves all three airports."""

    name = "eval_population"

    def change(self, frame: pd.DataFrame, column: str, context: Context) -> pd.DataFrame:
        """Keep one airport."""
        del column, context
        return frame[frame["origin"] == "JFK"].reset_index(drop=True)
