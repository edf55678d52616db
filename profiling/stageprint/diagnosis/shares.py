"""Compares label shares, in the forms that distinguish a new mix, a loss and a re-encoding."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stageprint.diagnosis.pair import Pair, Shares, noise


def total_variation(a: Shares, b: Shares) -> float:
    """Return ½ Σ |a − b|.

    Example:
        >>> total_variation({"x": 0.5, "y": 0.5}, {"x": 0.75, "y": 0.25})
        0.25
    """
    return sum(abs(a.get(label, 0.0) - b.get(label, 0.0)) for label in a.keys() | b.keys()) / 2


def sorted_variation(a: Iterable[float], b: Iterable[float]) -> float:
    """Return ½ Σ |a₍ᵢ₎ − b₍ᵢ₎| of the shares in falling order: 0 where only the names changed.

    Example:
        >>> sorted_variation([0.75, 0.25], [0.25, 0.75])
        0.0
    """
    first, second = sorted(a, reverse=True), sorted(b, reverse=True)
    longest = max(len(first), len(second))
    first += [0.0] * (longest - len(first))
    second += [0.0] * (longest - len(second))
    return sum(abs(one - other) for one, other in zip(first, second, strict=True)) / 2


def normalised(shares: Shares) -> dict[str, float]:
    """Return shares that add up to 1; empty where nothing is left."""
    total = sum(shares.values())
    return {label: share / total for label, share in shares.items()} if total > 0 else {}


def label_distance(both: Pair) -> float:
    """Return the total variation of the labels; 0 where a side has none."""
    return both.labels_apart


@dataclass(frozen=True, slots=True)
class Rest:
    """The labels besides some, in proportion to each other.

    Attributes:
        labels: How many there were.
        moved: Total variation of their proportions.
        noise: What sampling alone makes of it.
    """

    labels: int
    moved: float
    noise: float


def thinned(both: Pair, *without: str) -> Rest:
    """Return whether the labels besides `without` kept their proportions."""
    then = {label: share for label, share in both.then.labels.items() if label not in without}
    now = {label: share for label, share in both.now.labels.items() if label not in without}
    sizes = (sum(then.values()) * both.then.values, sum(now.values()) * both.now.values)
    then, now = normalised(then), normalised(now)
    chance = noise(then, now, sizes) + both.then.slack + both.now.slack + both.usual_moves.get("js_distance", 0.0)
    return Rest(len(then), total_variation(then, now), chance)
