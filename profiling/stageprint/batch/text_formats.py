"""The shape of a text: the formats it parses as, and its pattern of character classes."""

from __future__ import annotations

import datetime as dt
import json
import re
import unicodedata
from enum import IntFlag
from typing import Final, NamedTuple

MAX_REPEATED_CHARACTERS: Final = 8
"""Equal characters in a row that a pattern writes out; more are cut to this number and ``…``."""

MAX_PATTERN_CHARACTERS: Final = 64
"""Length of a pattern; a longer one is cut and ends in ``…``."""

_MAX_TEXT_CHARACTERS: Final = 128  # of a longer text only this many make its pattern
_MAX_NUMBER_CHARACTERS: Final = 400


class TextFormat(IntFlag):
    """Formats that a text may parse as. Written into stored bytes: never renumber, only append."""

    NUMBER = 1
    DATE = 2
    TIMESTAMP = 4
    BOOLEAN = 8
    JSON = 16
    UUID = 32


class TextShape(NamedTuple):
    """What a state keeps of a text.

    Attributes:
        formats: The formats it parses as.
        pattern: Its pattern of character classes.
    """

    formats: TextFormat
    pattern: str


_NONE: Final = TextFormat(0)
_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_YEAR_FIRST: Final = re.compile(r"([0-9]{4})([-/.])([0-9]{2})\2([0-9]{2})")
_YEAR_LAST: Final = re.compile(r"([0-9]{2})([-/.])([0-9]{2})\2([0-9]{4})")
_TIMESTAMP: Final = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]"
    r"(?::[0-5][0-9](?:[.,][0-9]{1,9})?)?(?: ?(?:Z|UTC|[+-](?:0[0-9]|1[0-8])(?::?[0-5][0-9])?))?"
)
_BOOLEAN: Final = re.compile(r"true|false", re.IGNORECASE)
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_RUN: Final = re.compile(rf"(.)\1{{{MAX_REPEATED_CHARACTERS},}}", re.DOTALL)


def text_shape(text: str) -> TextShape:
    """Return a text's formats and its pattern."""
    return TextShape(formats_of(text), pattern_of(text))


def formats_of(text: str) -> TextFormat:
    """Return the formats that a text parses as, white space around it included.

    - `NUMBER`: ASCII digits with an optional sign, decimal point and exponent, at most 400 characters; no thousands
      separators, no NaN.
    - `DATE`: ``YYYY-MM-DD``, ``DD-MM-YYYY`` or ``MM-DD-YYYY``, with ``-``, ``/`` or ``.``; the date must exist.
    - `TIMESTAMP`: ``YYYY-MM-DD``, ``T`` or a space, ``HH:MM``, with optional seconds, fraction and offset (ISO 8601).
    - `BOOLEAN`: ``true`` or ``false`` in any case.
    - `JSON`: an object or an array as RFC 8259 defines them.
    - `UUID`: 8-4-4-4-12 hexadecimal digits in either case.
    """
    # The first character and the length rule out most formats, so that few regular expressions run.
    if not text:
        return _NONE
    first, length = text[0], len(text)
    if first in "{[":
        return TextFormat.JSON if _is_json(text) else _NONE
    if first in "tTfF" and length <= 5 and _BOOLEAN.fullmatch(text):
        return TextFormat.BOOLEAN
    found = _of_digits(text, length) if first in "+-.0123456789" else _NONE
    return TextFormat.UUID if not found and length == 36 and _UUID.fullmatch(text) else found


def pattern_of(text: str) -> str:
    """Return the pattern of a text: its characters' classes, from which the text cannot be recovered.

    An upper-case letter becomes ``A``, any other letter or mark ``a``, a digit or other numeral ``9``, a control
    character ``?``; all other characters stay. More than `MAX_REPEATED_CHARACTERS` equal characters in a row are cut
    to that number and ``…``, patterns to `MAX_PATTERN_CHARACTERS` and ``…``.

    Example:
        >>> pattern_of("Ab-2026"), pattern_of("4111111111111111")
        ('Aa-9999', '99999999…')
    """
    classes = _RUN.sub(
        lambda run: run.group(1) * MAX_REPEATED_CHARACTERS + "…", text[:_MAX_TEXT_CHARACTERS].translate(_CLASSES)
    )
    if len(classes) > MAX_PATTERN_CHARACTERS or len(text) > _MAX_TEXT_CHARACTERS:
        return classes[:MAX_PATTERN_CHARACTERS].rstrip("…") + "…"
    return classes


_OF_CATEGORY: Final = {"L": "a", "M": "a", "N": "9", "C": "?"}


class _Classes(dict[int, str]):
    """Class of each character that has been seen."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        category = unicodedata.category(character)
        self[code] = found = "A" if category in {"Lu", "Lt"} else _OF_CATEGORY.get(category[0], character)
        return found


_CLASSES: Final = _Classes()


def _of_digits(text: str, length: int) -> TextFormat:
    if length <= _MAX_NUMBER_CHARACTERS and _NUMBER.fullmatch(text):
        return TextFormat.NUMBER
    if length == 10 and _is_date(text):
        return TextFormat.DATE
    return TextFormat.TIMESTAMP if 16 <= length <= 40 and _is_timestamp(text) else _NONE


def _is_json(text: str) -> bool:
    if text[-1] not in "}] \t\n\r":
        return False
    try:
        json.loads(text, parse_int=str, parse_float=str, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return False
    return True


def _no_constant(name: str) -> None:
    message = f"{name} is not JSON"
    raise ValueError(message)


def _is_date(text: str) -> bool:
    found = _YEAR_FIRST.fullmatch(text)
    if found is not None:
        return _in_calendar(found[1], found[3], found[4])
    found = _YEAR_LAST.fullmatch(text)
    return found is not None and (
        _in_calendar(found[4], found[3], found[1]) or _in_calendar(found[4], found[1], found[3])
    )


def _is_timestamp(text: str) -> bool:
    found = _TIMESTAMP.fullmatch(text)
    return found is not None and _in_calendar(*found.groups())


def _in_calendar(year: str, month: str, day: str) -> bool:
    try:
        dt.date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True
