"""The stages `training` and `evaluation`: labelled flights, split by day."""

from __future__ import annotations

import pandas as pd

from scripts.demo.layout import KEYS, LABEL
from scripts.demo.months import Month


def labelled(features: pd.DataFrame, first_day: int, last_day: int) -> pd.DataFrame:
    """Return the flights of those days (both included) that have a label: those that were not cancelled."""
    wanted = features["day"].between(first_day, last_day) & features[LABEL].notna()
    return features[wanted].reset_index(drop=True)


def training_set(features: pd.DataFrame, month: Month) -> pd.DataFrame:
    """Return the labelled flights of the first days of the month."""
    return labelled(features, 1, month.train_until)


def evaluation_set(features: pd.DataFrame, training: pd.DataFrame, month: Month) -> pd.DataFrame:
    """Return the labelled flights of the days between training and serving, without those that were trained on."""
    candidates = labelled(features, month.train_until + 1, month.serve_from - 1)
    trained_on = pd.MultiIndex.from_frame(candidates[KEYS]).isin(pd.MultiIndex.from_frame(training[KEYS]))
    return candidates[~trained_on].reset_index(drop=True)
