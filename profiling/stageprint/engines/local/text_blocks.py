"""Reads text files in blocks of whole lines, decompressed and in UTF-8."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import IO, Final

import pyarrow as pa

from stageprint.engines.local.columnar import unreadable
from stageprint.engines.local.files import system_of
from stageprint.errors import SourceError

BLOCK_BYTES: Final = 16 << 20
"""Bytes that are parsed at a time; a longer line makes a longer block."""

_UTF8: Final = frozenset({"utf-8", "utf_8", "utf8", "us-ascii", "ascii"})


def blocks(path: str, encoding: str, *, quotes: bytes | None = None, size: int = BLOCK_BYTES) -> Iterator[bytes]:
    """Yield the text of a file in blocks that end with a line, in UTF-8 without a byte order mark.

    Bytes that are no text in the file's encoding become U+FFFD, as in Spark. Files that end with ``.gz``, ``.bz2``,
    ``.lz4`` or ``.zst`` are decompressed.

    Args:
        path: The file.
        encoding: Its encoding.
        quotes: Quotation mark inside which a line break ends no line; None: every line break ends one.
        size: About the size of a block.

    Raises:
        SourceError: It cannot be read, or there is no such encoding.
    """
    try:
        decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    except LookupError as error:
        message = f"option encoding: expected an encoding such as UTF-8, got {encoding!r}"
        raise SourceError(message) from error
    rest, is_first = b"", True
    try:
        with _opened(path) as file:
            while True:
                raw = file.read(size)
                text = _utf8(raw, decoder, encoding, is_last=not raw)
                if is_first:
                    text, is_first = text.removeprefix(codecs.BOM_UTF8), False
                rest += text
                if not raw:
                    break
                end = _end_of_lines(rest, quotes)
                if end:
                    yield rest[:end]
                    rest = rest[end:]
        if rest:
            yield rest
    except (OSError, pa.ArrowException) as error:
        raise unreadable(path, error) from error


def _opened(path: str) -> IO[bytes]:
    system, bare, _ = system_of(path)
    stream: IO[bytes] = system.open_input_stream(bare, compression="detect")
    return stream


def _utf8(raw: bytes, decoder: codecs.IncrementalDecoder, encoding: str, *, is_last: bool) -> bytes:
    if codecs.lookup(encoding).name in _UTF8 and raw.isascii() and not decoder.getstate()[0]:
        return raw
    return decoder.decode(raw, is_last).encode("utf-8", "replace")


def _end_of_lines(text: bytes, quotes: bytes | None) -> int:
    """Return where the last whole line ends; 0: there is none."""
    end = text.rfind(b"\n") + 1
    while quotes is not None and end and _count(text, quotes, end) % 2:
        end = text.rfind(b"\n", 0, end - 1) + 1
    return end


def _count(text: bytes, quotes: bytes, end: int) -> int:
    return text.count(quotes, 0, end) - text.count(b"\\" + quotes, 0, end)
