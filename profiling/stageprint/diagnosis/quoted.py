"""Chooses the figures that a sentence about a transformation quotes: a reader who checks it with them must not fail."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stageprint.diagnosis.facts import PROBED_QUANTILES
from stageprint.diagnosis.pair import Pair
from stageprint.model.figures import moment, number

MAX_DISAGREEMENT = 0.05
"""Maximum distance of a figure from where the transformation takes it, as a share of how far that moves it."""

_MEDIAN = PROBED_QUANTILES.index(0.5)


def quoted_figures(
    both: Pair, names: Sequence[str], apply: Callable[[float], float], undo: Callable[[float], float]
) -> str:
    """Return a figure now and before that agrees with a transformation: ``median 1,231, before 765``.

    Where the values also moved by themselves, none may agree. Then the first is told with the transformation undone, so
    that both moves are seen: ``median 1,403, without that 872, before 765``.

    Args:
        both: The column beside its reference.
        names: Figures to try, the most telling first: ``median``, ``mean``, ``smallest``, ``largest``.
        apply: The transformation.
        undo: Its inverse.
    """
    kind = both.now.kind
    for name in names:
        now, then = _figure(both, name)
        expected = apply(then)
        if abs(now - expected) <= MAX_DISAGREEMENT * abs(expected - then):
            return f"{name} {moment(now, kind)}, before {moment(then, kind)}"
    now, then = _figure(both, names[0])
    return f"{names[0]} {moment(now, kind)}, without that {moment(undo(now), kind)}, before {moment(then, kind)}"


def value_ranges(both: Pair) -> str:
    """Return from where to where the values lie, now and before."""
    now, then = (
        f"from {moment(side.low, side.kind)} to {moment(side.high, side.kind)}" for side in (both.now, both.then)
    )
    return f"values {now}, before {then}"


def values_reached(both: Pair, factor: float) -> str:
    """Return how far the values reach, now and before, and how far a conversion of all of them would take them."""
    name, now, then = ("largest", both.now.high, both.then.high)
    if factor < 1 and both.then.low > 0:
        name, now, then = ("smallest", both.now.low, both.then.low)
    told, expected = f"{name} {number(now)}, before {number(then)}", factor * then
    agrees = abs(now - expected) <= MAX_DISAGREEMENT * abs(expected)
    return told if agrees or (factor < 1 and name == "largest") else f"{told}, which would become {number(expected)}"


def _figure(both: Pair, name: str) -> tuple[float, float]:
    """Return a figure now and before."""
    if name == "median":
        return float(both.now.quantiles[_MEDIAN]), float(both.then.quantiles[_MEDIAN])
    now, then = (
        {"mean": side.mean, "smallest": side.low, "largest": side.high}[name] for side in (both.now, both.then)
    )
    return now, then
