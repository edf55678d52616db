"""How texts are written: edges, lengths, formats and forms."""

from __future__ import annotations

import pyarrow as pa
import pytest

from stageprint.features.text_forms import form_of
from stageprint.model import ColumnKey, ColumnKind, ColumnProfile
from stageprint.shifts import ColumnHistory, measure
from tests.support.columns import profile_of

KEY = ColumnKey("raw", "orders", "id")


def texts(values: list[str]) -> ColumnProfile:
    return profile_of(pa.array(values), ColumnKind.STRING)


def measured(now: list[str], *then: list[str]) -> dict[str, dict[str, object]]:
    table = measure([ColumnHistory(KEY, texts(now), {"window": [texts(run) for run in then]})])
    return {row["statistic"]: row for row in table.to_pylist()}


IDS = [f"A{number}" for number in range(900, 1_000)]


def test_a_blank_behind_every_value_moves_edges_length_and_form() -> None:
    found = measured([f"{one} " for one in IDS], IDS, IDS)
    assert found["trailing_share"]["value"] == pytest.approx(3.14159, abs=1e-4)
    assert found["leading_share"]["value"] == 0
    assert found["new_form"]["value"] == pytest.approx(3.14159, abs=1e-4)
    assert found["new_form"]["detail"] == "'A9 '"
    assert found["length"]["value"] == pytest.approx(0.2231, abs=1e-4)
    assert found["text_format"]["value"] == 0


def test_a_number_that_grows_a_digit_keeps_its_form() -> None:
    found = measured([f"A{number}" for number in range(1_000, 1_100)], IDS)
    assert (found["new_form"]["value"], found["form"]["value"]) == (0, 0)
    assert [form_of(pattern) for pattern in ("A999", "A9999", "99999999…", "Aaaa-aaa 9.9")] == [
        "A9",
        "A9",
        "9",
        "Aa-a 9.9",
    ]


def test_numbers_that_become_words_are_named() -> None:
    found = measured([*map(str, range(60)), *(["n/a"] * 40)], list(map(str, range(100))))
    assert found["text_format"]["detail"] == "numbers"
    assert found["text_format"]["current_figure"] == pytest.approx(0.6)


def test_free_texts_have_no_forms_to_compare() -> None:
    free = ["".join("a-_9"[number // 4**place % 4] for place in range(5)) for number in range(1_000)]
    found = measured(free, free)
    assert found["new_form"]["reason"] == "the texts are written in too many forms"
