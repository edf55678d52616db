"""The state of a model's answers, held against scikit-learn."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from sklearn.metrics import accuracy_score, brier_score_loss, log_loss, roc_auc_score

from stageprint.batch.column import ColumnBatch
from stageprint.errors import StateError
from stageprint.model import ColumnKind, NotComputable
from stageprint.states.quality import QualityState


def state(**columns: object) -> QualityState:
    arrays = [pa.array(values) for values in columns.values()]
    found = QualityState()
    found.update(ColumnBatch(pa.StructArray.from_arrays(arrays, list(columns)), ColumnKind.OTHER))
    return found


def figure(found: QualityState, name: str) -> float:
    value = found.figures()[name]
    assert not isinstance(value, NotComputable)
    return value


def reason(found: QualityState, name: str) -> str:
    value = found.figures()[name]
    assert isinstance(value, NotComputable)
    return value.reason


@pytest.mark.parametrize("power", [1.0, 12.0])
def test_figures_are_those_of_scikit_learn(power: float) -> None:
    rng = np.random.default_rng(7)
    scores = rng.random(4000) ** power
    labels = rng.random(4000) < 0.1 + 0.8 * scores
    found = state(label=labels, score=scores, prediction=scores > 0.35)
    assert figure(found, "accuracy") == accuracy_score(labels, scores > 0.35)
    assert figure(found, "log_loss") == pytest.approx(log_loss(labels, scores), abs=1e-9)
    assert figure(found, "brier") == pytest.approx(brier_score_loss(labels, scores), abs=1e-11)
    assert figure(found, "positive_share") == labels.mean()
    assert figure(found, "mean_score") == pytest.approx(scores.mean(), abs=1e-11)
    error = figure(found, "auc_error")
    assert abs(figure(found, "auc") - roc_auc_score(labels, scores)) <= error < 0.001


def test_parts_merge_to_the_whole() -> None:
    rng = np.random.default_rng(3)
    labels, scores = rng.random(900) < 0.3, rng.random(900)
    parts = [state(label=labels[at::3], score=scores[at::3], prediction=scores[at::3] > 0.5) for at in range(3)]
    for part in parts[1:]:
        parts[0].merge(part)
    whole = state(label=labels, score=scores, prediction=scores > 0.5)
    assert parts[0].to_bytes() == whole.to_bytes() == QualityState.from_bytes(whole.to_bytes()).to_bytes()


def test_rows_without_a_label_or_a_score_do_not_count() -> None:
    found = state(label=[True, None, False, True], score=[0.9, 0.1, None, 0.8], prediction=[True, True, None, False])
    assert (found.rows, found.labelled, found.compared, found.agreeing, found.scored) == (4, 3, 2, 1, 2)
    assert reason(found, "auc") == "all labels are the same"
    assert figure(found, "accuracy") == 0.5


@pytest.mark.parametrize(
    ("columns", "name", "why"),
    [
        ({"label": [True], "score": [1.5]}, "auc", "1 scores are no probability of 0-1"),
        ({"label": [1, 2, 0], "score": [0.1, 0.2, 0.3]}, "brier", "1 labels are neither true nor false, 0 nor 1"),
        ({"label": ["a", "b"], "score": [0.1, 0.2]}, "log_loss", "2 labels are neither true nor false, 0 nor 1"),
        ({"label": [True], "score": ["high"]}, "auc", "no row has both a label and a score"),
        ({"label": [True], "score": [0.5]}, "accuracy", "no row has both a label and a prediction"),
        ({"score": [0.5]}, "mean_score", "no row has both a label and a score"),
    ],
)
def test_what_is_not_known_is_not_zero(columns: dict[str, object], name: str, why: str) -> None:
    assert reason(state(**columns), name) == why


def test_numbers_and_booleans_are_compared_by_value_and_all_else_by_its_text() -> None:
    assert figure(state(label=[1, 0, 1], prediction=[True, False, False]), "accuracy") == pytest.approx(2 / 3)
    assert figure(state(label=[3, 4], prediction=[3.0, 4.5]), "accuracy") == 0.5
    assert figure(state(label=["a", "b"], prediction=["a", "c"]), "accuracy") == 0.5
    assert figure(state(label=["1", "2"], prediction=[1, 3]), "accuracy") == 0.5


def test_certain_scores_that_are_wrong_cost_what_they_cost_elsewhere() -> None:
    found = state(label=[True, False], score=[0.0, 1.0])
    assert figure(found, "log_loss") == pytest.approx(log_loss([1, 0], [0.0, 1.0]))
    assert figure(found, "auc") == 0.0


def test_cells_that_are_cut_off_are_damage() -> None:
    data = state(label=[True, False], score=[0.2, 0.3]).to_bytes()
    with pytest.raises(StateError, match="damaged quality state: 2 cells"):
        QualityState.from_bytes(data[:-1])
