"""What a terminal shows of an object of rich."""

from __future__ import annotations

import io

from rich.console import Console, RenderableType


def text_of(what: RenderableType, width: int = 120) -> list[str]:
    stream = io.StringIO()
    Console(file=stream, width=width, highlight=False, markup=False, emoji=False).print(what)
    return [line.rstrip() for line in stream.getvalue().splitlines()]
