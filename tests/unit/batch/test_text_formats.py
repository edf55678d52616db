from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stageprint.batch.text_formats import MAX_PATTERN_CHARACTERS, TextFormat, formats_of, pattern_of

FORMS: dict[TextFormat, list[str]] = {
    TextFormat.NUMBER: ["0", "-1", "+2.50", ".5", "5.", "1e5", "1.5E-300", "007", "20260302", "9" * 400],
    TextFormat.DATE: ["2026-03-02", "2026/03/02", "2026.03.02", "31.12.2026", "31/12/2026", "12/31/2026", "2024-02-29"],
    TextFormat.TIMESTAMP: [
        "2026-03-02T10:11",
        "2026-03-02 10:11:12",
        "2026-03-02T10:11:12Z",
        "2026-03-02T10:11:12.123456789+05:30",
        "2026-03-02 10:11:12,5 UTC",
        "2026-03-02T23:59:59-0800",
        "2026-03-02T00:00:00+01",
    ],
    TextFormat.BOOLEAN: ["true", "false", "True", "FALSE"],
    TextFormat.JSON: ["{}", "[]", '{"a": [1, null, "x"]}', "[1e999]", '[{"a": 1}]\n', "[" + "9" * 5_000 + "]"],
    TextFormat.UUID: ["550e8400-e29b-41d4-a716-446655440000", "F50E8400-E29B-41D4-A716-446655440000"],
}

NONE = [
    "",
    " ",
    " 1",
    "1 ",
    "1,000",
    "1_000",
    "NaN",
    "Infinity",
    "0x1F",
    "1e",
    ".",
    "-",
    "٣",
    "9" * 401,
    "2026-02-30",
    "2026-3-2",
    "2026-03/02",
    "26-03-02",
    "32.12.2026",
    "13/13/2026",
    "0000-01-01",
    "2026-03-02T24:00",
    "2026-03-02T10:60",
    "2026-13-02T10:11",
    "2026-03-02T10",
    "2026-03-02X10:11:12",
    "yes",
    "t",
    "truely",
    "fals",
    "{",
    "{a: 1}",
    "[NaN]",
    "[1,]",
    "[" * 100_000 + "]" * 100_000,
    '"text"',
    "[1] x]",
    "[1]x",
    "550e8400e29b41d4a716446655440000",
    "{550e8400-e29b-41d4-a716-446655440000}",
    "g50e8400-e29b-41d4-a716-446655440000",
    "1\n",
    "true\n",
]


def ascii_start(value: object) -> str:
    """Return a short name of a case."""
    return repr(value)[:40]


@pytest.mark.parametrize(
    ("form", "text"), [(form, text) for form, texts in FORMS.items() for text in texts], ids=ascii_start
)
def test_of_a_form(form: TextFormat, text: str) -> None:
    assert formats_of(text) == form


@pytest.mark.parametrize("text", NONE, ids=ascii_start)
def test_of_none(text: str) -> None:
    assert not formats_of(text)


@pytest.mark.parametrize(
    ("text", "pattern"),
    [
        ("", ""),
        ("AB-2026", "AA-9999"),
        ("Ünïcode ß", "Aaaaaaa a"),
        ("北京", "aa"),
        ("½ ٣", "9 9"),
        ("a\tb\u200d", "a?a?"),
        ("a" * 8, "a" * 8),
        ("a" * 9, "a" * 8 + "…"),
        ("a" * 100, "a" * 8 + "…"),
        ("a" * 1000, "a" * 8 + "…"),
        ("4111111111111111", "99999999…"),
        ("-" * 20 + "x", "--------…a"),
        ("a1" * 32, "a9" * 32),
        ("a1" * 33, "a9" * 32 + "…"),
        ("a.b@c.de", "a.a@a.aa"),
    ],
)
def test_pattern(text: str, pattern: str) -> None:
    assert pattern_of(text) == pattern


@given(st.text(max_size=400) | st.text("a1 -", max_size=400))
def test_a_pattern_is_bounded_and_keeps_no_letter_and_no_digit(text: str) -> None:
    pattern = pattern_of(text)
    assert len(pattern) <= MAX_PATTERN_CHARACTERS + 1
    assert set(re.findall(r"\w", pattern.replace("_", ""))) <= {"A", "a", "9"}
    assert len(text) > 8 or len(pattern) == len(text)
