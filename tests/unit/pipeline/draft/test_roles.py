"""Labels, predictions and scores are suggested by names and values together, as comments."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from stageprint.config.loader import parse_config
from stageprint.pipeline.draft.columns import table_facts
from stageprint.pipeline.draft.model import Concluded, DraftStage, DraftTable, TableFound
from stageprint.pipeline.draft.roles import model_columns
from stageprint.pipeline.draft.yaml_text import whole_file


def suggested(columns: dict[str, Any], taken: frozenset[str] = frozenset()) -> dict[str, Any]:
    found = model_columns(table_facts(pa.table(columns)), taken)
    return {role: one.value for role, one in found.items()}


SCORES = [at / 40 for at in range(40)]
HALF = [at % 2 for at in range(40)]
TEXTS = ["yes", "no"] * 20
NUMBERS = [float(at * 7) for at in range(40)]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (
            {"returned": HALF, "predicted_returned": HALF[::-1], "score": SCORES},
            {"label": "returned", "prediction": "predicted_returned", "score": "score"},
        ),
        ({"churned": [bool(at) for at in HALF]}, {"label": "churned"}),
        ({"outcome": TEXTS, "prediction": TEXTS}, {"label": "outcome", "prediction": "prediction"}),
        # Another set of values is no prediction of that outcome.
        ({"outcome": TEXTS, "prediction": ["a", "b"] * 20}, {"label": "outcome"}),
        ({"target": NUMBERS, "forecast": NUMBERS[::-1]}, {"label": "target", "prediction": "forecast"}),
        # A score of reviews, an amount that was returned, one value.
        ({"score": [float(at % 5 + 1) for at in range(40)]}, {}),
        ({"returned": NUMBERS}, {}),
        ({"fraud": [0] * 40}, {}),
        # A share without the name, and a name without the values.
        ({"humidity": SCORES, "probability": [None, *NUMBERS[1:]]}, {}),
        ({"prediction": SCORES}, {"score": "prediction"}),
    ],
)
def test_names_and_values_must_agree(columns: dict[str, Any], expected: dict[str, str]) -> None:
    assert suggested(columns) == expected


def test_a_key_or_reference_is_no_label() -> None:
    assert suggested({"outcome": list(range(40))}, frozenset({"outcome"})) == {}


def test_suggestions_are_comments_that_can_be_uncommented() -> None:
    table = DraftTable(TableFound("raw", "orders", {"table": "a.orders"}), 40)
    table.roles = {"label": Concluded("returned", "returned is named like an outcome and has 2 distinct values")}
    text = whole_file("a", "shop", "./s", [DraftStage("raw", [table])])
    assert "# perhaps: returned is named like an outcome and has 2 distinct values" in text
    assert parse_config(text).table("raw", "orders").label is None
    assert parse_config(text.replace("# label:", "label:")).table("raw", "orders").label == "returned"
