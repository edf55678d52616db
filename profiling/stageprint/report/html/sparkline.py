"""A sparkline: one number per run, as a small line."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import NamedTuple

WIDTH = 96
HEIGHT = 24
_MARGIN = 4


class Point(NamedTuple):
    """One run's value on the drawing; `label` holds run and value as text, `severity` is ``none`` if not flagged.

    A page has thousands; a frozen dataclass takes three times as long to make.
    """

    x: float
    y: float
    label: str
    severity: str


@dataclass(frozen=True, slots=True)
class Sparkline:
    """A drawing of `WIDTH` × `HEIGHT`.

    Attributes:
        path: The line, as an SVG path, with gaps where a run has no value.
        points: One for each run with a value; the report marks the flagged ones and the last.
        last: The last run's point, or None if that run has no value.
    """

    path: str
    points: tuple[Point, ...]
    last: Point | None

    @property
    def marked(self) -> tuple[Point, ...]:
        """The flagged points."""
        return tuple(point for point in self.points if point.severity != "none")


def sparkline(
    runs: Sequence[str],
    values: Sequence[float | None],
    severities: Sequence[str],
    show: Callable[[float], str],
    *,
    from_zero: bool = False,
) -> Sparkline | None:
    """Return a drawing of one value per run, or None if fewer than two runs have a value.

    The height covers at least a tenth of the largest value, so that noise in a stable column looks flat.

    Args:
        runs: Run names, oldest first.
        values: One per run; None if it was not computed.
        severities: One per run; ``none`` if not flagged.
        show: Turns a value into the label's text.
        from_zero: Whether the lower edge is zero, as is right for counts and shares.
    """
    usable = [None if value is None or not math.isfinite(value) else float(value) for value in values]
    known = [value for value in usable if value is not None]
    if len(known) < 2:
        return None
    low, high = _range(known, from_zero=from_zero)
    path, points = "", []
    pen_down = False
    for x, run, value, severity in zip(_places(len(runs)), runs, usable, severities, strict=True):
        if value is None:
            pen_down = False
            continue
        y = round(HEIGHT - _MARGIN - (value - low) / (high - low) * (HEIGHT - 2 * _MARGIN), 1)
        # `h0` draws a dot for a value between two gaps.
        path += f"L{x:g} {y:g}" if pen_down else f"M{x:g} {y:g}h0"
        pen_down = True
        points.append(Point(x, y, f"{run}: {show(value)}", severity))
    last = points[-1] if usable[-1] is not None else None
    return Sparkline(path, tuple(points), last)


@cache
def _places(runs: int) -> tuple[float, ...]:
    """Return where the runs are from left to right."""
    step = (WIDTH - 2 * _MARGIN) / (runs - 1)
    return tuple(round(_MARGIN + index * step, 1) for index in range(runs))


def as_svg(line: Sparkline) -> str:
    """Return a drawing as SVG: the line, a mark at each flagged run, and a label wherever the mouse is on a run.

    Not part of the template: a page has hundreds, and a template takes three times as long for them.
    """
    parts = [
        f'<svg class="spark" width="{WIDTH}" height="{HEIGHT}" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(line.points[0].label)} … {escape(line.points[-1].label)}"><path d="{line.path}"/>'
    ]
    if line.last is not None and line.last.severity == "none":
        parts.append(f'<circle class="dot" cx="{line.last.x:g}" cy="{line.last.y:g}" r="2.2"/>')
    parts += [f'<circle class="{one.severity}" cx="{one.x:g}" cy="{one.y:g}" r="3.2"/>' for one in line.marked]
    for one in line.points:
        flagged = "" if one.severity == "none" else f" ({one.severity})"
        label = escape(f"{one.label}{flagged}")
        parts.append(f'<circle class="hit" cx="{one.x:g}" cy="{one.y:g}" r="5"><title>{label}</title></circle>')
    parts.append("</svg>")
    return "".join(parts)


def _range(values: Sequence[float], *, from_zero: bool) -> tuple[float, float]:
    low, high = min(values), max(values)
    if from_zero and low >= 0:
        return 0.0, high or 1.0
    least = 0.1 * max(abs(low), abs(high)) or 1.0
    if high - low < least:
        middle = low + (high - low) / 2
        low, high = middle - least / 2, middle + least / 2
    return low, high
