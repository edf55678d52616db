"""How texts are written: edges, lengths, formats and forms."""

from __future__ import annotations

from collections.abc import Callable

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


TITLES = [f"Order {number} of {town}" for number in range(50) for town in ("York", "Leeds")]


@pytest.mark.parametrize(
    ("change", "share", "detail"),
    [
        (str.upper, 0.0, "letters in lower case"),
        (str.lower, 0.0, "letters in upper case"),
        (lambda text: text.replace(" ", ""), 0.0, "spaces"),
        (lambda text: text.replace("o", "ï¿½"), 1.0, "other characters"),
    ],
)
def test_free_texts_of_other_characters_are_told(change: Callable[[str], str], share: float, detail: str) -> None:
    found = measured([change(title) for title in TITLES], TITLES, TITLES)["characters"]
    assert found["value"] == pytest.approx(3.14159, abs=1e-4)
    assert (found["current_figure"], found["detail"]) == (share, detail)


def test_free_texts_with_new_words_contain_the_same_characters() -> None:
    found = measured([f"Order {number} of Hull" for number in range(200, 300)], TITLES)["characters"]
    assert found["value"] == 0


def test_texts_that_repeat_are_compared_as_labels() -> None:
    found = measured(["YORK", "LEEDS"] * 50, ["York", "Leeds"] * 50)["characters"]
    assert (found["value"], found["reason"]) == (None, "the texts repeat: they are compared as labels")


def test_what_a_sample_of_the_texts_can_hide_is_no_change() -> None:
    many = [f"note {number}" for number in range(20_000)]
    found = measured([note.upper() if number % 40 == 0 else note for number, note in enumerate(many)], many)[
        "characters"
    ]
    assert found["error"] == pytest.approx(found["value"], rel=0.3)
    assert found["value"] == 0
