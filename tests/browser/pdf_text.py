"""Reads the text of a PDF that Chromium printed; nothing else of the format is read."""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from typing import Final

_OBJECT: Final = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_SHOWN: Final = re.compile(rb"/(F\d+) [\d.]+ Tf|<([0-9A-F]+)> Tj")
_RANGE: Final = re.compile(r"<([0-9A-F]+)> <([0-9A-F]+)> <([0-9A-F]+)>")
_CHARACTER: Final = re.compile(r"<([0-9A-F]+)> <([0-9A-F]+)>")


def text_of(pdf: bytes) -> str:
    """Return the text of all pages in the order in which it is drawn, as `plain` has it.

    Chromium writes two-byte numbers of glyphs, and for each font what characters they are.
    """
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    pages = [body for body in objects.values() if b"/Type /Page\n" in body]
    return plain("".join(text for body in pages for text in _page(body, objects)))


def plain(text: str) -> str:
    """Return a text without white space, which is not drawn, and ligatures as the letters that they stand for."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _page(body: bytes, objects: Mapping[int, bytes]) -> Iterator[str]:
    fonts = {name: _characters(int(at), objects) for name, at in re.findall(rb"/(F\d+) (\d+) 0 R", body)}
    (contents,) = re.findall(rb"/Contents (\d+) 0 R", body)
    characters: Mapping[str, str] = {}
    for font, glyphs in _SHOWN.findall(_stream(objects[int(contents)])):
        if font:
            characters = fonts[font]
            continue
        numbers = glyphs.decode()
        yield "".join(characters.get(numbers[at : at + 4], "") for at in range(0, len(numbers), 4))


def _characters(font: int, objects: Mapping[int, bytes]) -> dict[str, str]:
    found = re.search(rb"/ToUnicode (\d+) 0 R", objects[font])
    if found is None or b"/Subtype /Type0" not in objects[font]:
        return {}
    characters: dict[str, str] = {}
    table = _stream(objects[int(found[1])]).decode("latin-1")
    for kind, lines in re.findall(r"beginbf(char|range)\n(.*?)endbf", table, re.DOTALL):
        if kind == "char":
            characters |= {glyph: _decoded(text) for glyph, text in _CHARACTER.findall(lines)}
        for first, last, text in _RANGE.findall(lines) if kind == "range" else ():
            for step in range(int(last, 16) - int(first, 16) + 1):
                characters[f"{int(first, 16) + step:04X}"] = chr(int(text, 16) + step)
    return characters


def _decoded(text: str) -> str:
    return bytes.fromhex(text).decode("utf-16-be")


def _stream(body: bytes) -> bytes:
    return zlib.decompress(body.split(b"stream\n", 1)[1].rsplit(b"\nendstream", 1)[0])
