"""Keeps what Rust prints of its own panics off standard error: delta-rs raises an error for what it panicked about."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

_PANIC: Final = re.compile(
    rb"\n?^thread '[^\n]*panicked at [^\n]*\n"
    rb"(?:(?!thread '|note: |stack backtrace:)[^\n]*\n)?"
    rb"(?:stack backtrace:\n(?:[ \d][^\n]*\n)*)?"
    rb"(?:note: [^\n]*\n)*",
    re.MULTILINE,
)
"""Where it happened, then the message, frames, and hints about frames."""

_STDERR: Final = 2
_one_at_a_time: Final = threading.Lock()
_hides = False


def hide_panics() -> None:
    """Say that the process is the program's own; in any other, standard error is not touched."""
    global _hides  # noqa: PLW0603 -- about the process, of which there is one
    _hides = True


@contextmanager
def without_panics() -> Iterator[None]:
    """Hold back what is written to standard error meanwhile; if an error is raised, panics are left out of it.

    On a full disk a thread of delta-rs panics beside the error that is raised. What Rust prints of it, with paths of
    the machine on which the library was built, would stand above the one line that says what to do. Linux only.
    """
    held = _hold_back() if _hides and _one_at_a_time.acquire(blocking=False) else None
    if held is None:
        yield
        return
    failed = True
    try:
        yield
        failed = False
    finally:
        text = held.give_back()
        _one_at_a_time.release()
        with suppress(OSError):
            _write(_PANIC.sub(b"", text) if failed else text)


class _StandardError:
    """Standard error while it is kept in memory."""

    def __init__(self, kept: int, saved: int) -> None:
        self._kept = kept
        self._saved = saved

    def give_back(self) -> bytes:
        """Let standard error lead where it led before, and return what was written meanwhile."""
        _flush()
        os.dup2(self._saved, _STDERR)
        os.close(self._saved)
        with os.fdopen(self._kept, "rb") as file:
            file.seek(0)
            return file.read()


def _hold_back() -> _StandardError | None:
    """Return standard error held back; None where that cannot be done."""
    try:
        if sys.platform != "linux":
            raise OSError
        _flush()
        saved = os.dup(_STDERR)
        kept = os.memfd_create("stderr")
    except OSError:  # it is closed
        _one_at_a_time.release()
        return None
    os.dup2(kept, _STDERR)
    return _StandardError(kept, saved)


def _flush() -> None:
    with suppress(AttributeError, OSError, ValueError):  # it may be closed, or none
        sys.stderr.flush()


def _write(text: bytes) -> None:
    while text:
        text = text[os.write(_STDERR, text) :]
