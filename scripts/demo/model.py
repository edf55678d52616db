"""The stage `predictions`: a model trained on the run's training set scores its serving log."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.preprocessing import OrdinalEncoder
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from scripts.demo.layout import EVENT_TIME, KEYS, LABEL
from scripts.demo.months import Month

CATEGORIES = ["carrier", "origin", "dest"]
NUMBERS = [
    "hour",
    "weekday",
    "distance",
    "temp",
    "wind_speed",
    "visib",
    "precip",
    "pressure",
    "plane_age",
    "seats",
    "engines",
    "dest_tz_shift",
    "scheduled_departures",
    "origin_delay_3h",
    "carrier_delay_24h",
]
LATE_MINUTES = 15
THRESHOLD = 0.35
"""A flight is predicted late from this score on. Only one in four or five is late, so few scores reach 0.5."""


class LatenessModel:
    """Gradient-boosted trees on the features of flights; unseen categories count as missing."""

    def __init__(self, training: pd.DataFrame, month: Month) -> None:
        """Train on a training set.

        Args:
            training: A `training_set`.
            month: The run that the training set belongs to; it names the model.
        """
        self.version = f"late-{month.run_id}"
        self._encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
        self._encoder.fit(_texts(training))
        self._trees = HistGradientBoostingClassifier(
            max_iter=60,
            max_leaf_nodes=15,
            categorical_features=list(range(len(CATEGORIES))),
            early_stopping=False,
            random_state=2013,
        )
        # On 15,000 rows a second thread gains nothing, and on a busy machine threads wait for each other.
        with threadpool_limits(limits=1):
            self._trees.fit(self._inputs(training), training[LABEL].to_numpy(dtype=bool))

    def score(self, flights: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Return each flight's probability of arriving late."""
        with threadpool_limits(limits=1):
            scores: npt.NDArray[np.float64] = self._trees.predict_proba(self._inputs(flights))[:, 1]
        return scores

    def _inputs(self, flights: pd.DataFrame) -> npt.NDArray[np.float64]:
        numbers = flights[NUMBERS].apply(pd.to_numeric).to_numpy(dtype=np.float64, na_value=np.nan)
        return np.hstack([self._encoder.transform(_texts(flights)), numbers])


def _texts(flights: pd.DataFrame) -> npt.NDArray[np.object_]:
    return flights[CATEGORIES].fillna("").to_numpy(dtype=object)


def predictions(served: pd.DataFrame, flights: pd.DataFrame, model: LatenessModel) -> pd.DataFrame:
    """Score a serving log and add the true outcome.

    Args:
        served: A `serving_log`.
        flights: The raw flights; their arrival delay (minutes) gives the label, null where cancelled.
        model: The model.

    Returns:
        One row for each served row: keys, event time, `score` (0–1), `prediction`, `model_version`, label.
    """
    outcome = flights.drop_duplicates(KEYS)[[*KEYS, "arr_delay"]]
    arr_delay = served[KEYS].merge(outcome, on=KEYS, how="left")["arr_delay"]
    scores = model.score(served)
    return served[[*KEYS, EVENT_TIME]].assign(
        score=pd.array(scores, dtype="Float64"),
        prediction=pd.array(scores >= THRESHOLD, dtype="boolean"),
        model_version=pd.array([model.version] * len(served), dtype="string"),
        arrived_late=arr_delay > LATE_MINUTES,
    )
