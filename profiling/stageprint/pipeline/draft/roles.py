"""Suggests which columns are a model's label, prediction and score: by their names and their values together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from stageprint.model import ColumnKind
from stageprint.pipeline.draft.columns import ColumnFacts, TableFacts
from stageprint.pipeline.draft.model import Concluded

_LABEL: Final = frozenset(
    {"label", "target", "outcome", "actual", "truth", "churned", "churn", "returned", "fraud", "defaulted", "clicked",
     "converted", "cancelled", "canceled", "survived", "late", "delayed"}
)  # fmt: skip
_MEASURED: Final = frozenset({"label", "target", "outcome", "actual", "truth"})
"""Names of outcomes that may be any number, as in a regression; the others are one of a few."""

_PREDICTION: Final = frozenset({"prediction", "predicted", "pred", "predict", "yhat", "forecast"})
_SCORE: Final = frozenset({"score", "probability", "prob", "proba", "confidence", "likelihood"})

_MAX_LABELS: Final = 50
_MIN_SHARED: Final = 0.9
"""Share of the predicted values that are labels."""

_NUMBERS: Final = frozenset({ColumnKind.INTEGER, ColumnKind.FLOAT, ColumnKind.DECIMAL})


def model_columns(facts: TableFacts, taken: frozenset[str]) -> dict[str, Concluded]:
    """Return the columns that may be ``label``, ``prediction`` and ``score``, each with the evidence.

    Args:
        facts: What is known of the table.
        taken: Columns that are something else, such as keys.
    """
    free = {name: column for name, column in facts.columns.items() if name not in taken and column.values.distinct > 1}
    predictions = {name: column for name, column in free.items() if _named(facts, name, _PREDICTION)}
    scores = {name: column for name, column in free.items() if _named(facts, name, _SCORE)}
    others = {name: column for name, column in free.items() if name not in {**predictions, **scores}}
    label = next(_labels(facts, others), None)
    known = None if label is None else free[str(label.value)]
    found = {"label": label, "prediction": next(_predictions(predictions, known), None)}
    found["score"] = next(_scores({**scores, **predictions}), None)
    return {role: one for role, one in found.items() if one is not None}


def _labels(facts: TableFacts, columns: Mapping[str, ColumnFacts]) -> Iterator[Concluded]:
    # A name of one word says more than one that has the word among others.
    for name in sorted(columns, key=lambda one: len(facts.words(one))):
        column, distinct = columns[name], columns[name].values.distinct
        if not _named(facts, name, _LABEL):
            continue
        if distinct <= _MAX_LABELS and column.kind is not ColumnKind.FLOAT:
            yield Concluded(name, f"{name} is named like an outcome and has {distinct} distinct values")
        elif column.kind in _NUMBERS and _named(facts, name, _MEASURED):
            yield Concluded(name, f"{name} is named like an outcome and is a number")


def _predictions(columns: Mapping[str, ColumnFacts], label: ColumnFacts | None) -> Iterator[Concluded]:
    for name, column in columns.items():
        few = column.values.distinct <= _MAX_LABELS and column.kind is not ColumnKind.FLOAT
        if label is not None and few and column.family is label.family:
            shared = column.values.share_in(label.values)
            if shared is None or shared >= _MIN_SHARED:
                yield Concluded(name, f"{name} is named like a prediction and has the values of {label.name}")
        elif label is None and (few or column.kind in _NUMBERS) and not _is_share(column):
            yield Concluded(name, f"{name} is named like a prediction; no outcome was found beside it")
        elif label is not None and label.kind in _NUMBERS and column.kind in _NUMBERS and not _is_share(column):
            yield Concluded(name, f"{name} is named like a prediction and is a number, as {label.name} is")


def _scores(columns: Mapping[str, ColumnFacts]) -> Iterator[Concluded]:
    for name, column in columns.items():
        if _is_share(column):
            yield Concluded(name, f"{name} is named like a score, and all its values are between 0 and 1")


def _is_share(column: ColumnFacts) -> bool:
    """Tell whether all values are between 0 and 1, and some are neither."""
    if column.kind not in {ColumnKind.FLOAT, ColumnKind.DECIMAL} or column.bounds is None or column.values.distinct < 3:
        return False
    return 0.0 <= column.bounds[0] <= column.bounds[1] <= 1.0


def _named(facts: TableFacts, name: str, words: frozenset[str]) -> bool:
    return bool(words & set(facts.words(name)))
