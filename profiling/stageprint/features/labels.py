"""Label shares with the bounds their sketch leaves, and two of them aligned, rare labels pooled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, count

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

MAX_RARE_SHARE = 0.01
"""Labels whose mean share is at most this are pooled into one entry: one by one they are mostly noise."""


MAX_EXCHANGE_LABELS = 10
"""Number of the most frequent labels that are searched for an exchange: pairs of rarer labels are many, and noise."""


@dataclass(frozen=True, slots=True)
class LabelShares:
    """The labels of a column with their shares (0–1) of the non-null values.

    Attributes:
        index: Label → position in the arrays.
        estimate: Share of each label, halfway between its bounds; shape (n,).
        lower: Lower bounds, shape (n,); equal to the estimates where every label is counted exactly.
        upper: Upper bounds, shape (n,).
        absent: Upper bound of the share of any label that is not listed; 0 where every label is counted exactly.
    """

    index: dict[str, int]
    estimate: Floats
    lower: Floats
    upper: Floats
    absent: float = 0.0

    @property
    def exact(self) -> bool:
        """Whether every label is listed, with its exact share."""
        return self.absent == 0.0

    @classmethod
    def of(cls, counts: dict[str, tuple[float, float]], total: float, max_error: float = 0.0) -> LabelShares:
        """Build shares from bounds of counts.

        Args:
            counts: Label → (lower, upper) bound of its count; may be empty.
            total: Number of non-null values; may be 0.
            max_error: Largest count that an unlisted label may have.
        """
        total = total or 1.0
        bounds = np.array(list(counts.values()), dtype=np.float64).reshape(-1, 2) / total
        index = {label: position for position, label in enumerate(counts)}
        return cls(index, bounds.mean(axis=1), bounds[:, 0], bounds[:, 1], max_error / total)

    @classmethod
    def counted(cls, texts: Sequence[str], lower: Floats, total: float, max_error: float) -> LabelShares:
        """Build shares from lower bounds of counts.

        Args:
            texts: The labels.
            lower: Lower bound of each label's count, shape (n,).
            total: Number of non-null values, not 0.
            max_error: How much larger each count may be; the largest count that an unlisted label may have.
        """
        low, high = lower / total, (lower + max_error) / total
        return cls(dict(zip(texts, count())), (low + high) / 2, low, high, max_error / total)

    @classmethod
    def exactly(cls, counts: dict[str, float]) -> LabelShares:
        """Build shares from exact counts, or from exact shares.

        Example:
            >>> LabelShares.exactly({"a": 3, "b": 1}).estimate
            array([0.75, 0.25])
        """
        total = float(sum(counts.values()))
        return cls.of({label: (count, count) for label, count in counts.items()}, total)

    @classmethod
    def mean(cls, runs: Sequence[LabelShares]) -> LabelShares:
        """Return the mean shares, each run of equal weight; a label that a run does not list is in [0, `absent`]."""
        if len(runs) == 1:
            return runs[0]
        index = dict(zip(dict.fromkeys(chain.from_iterable(run.index for run in runs)), count()))
        sums = np.zeros((3, len(index)))
        sums[2] = sum(run.absent for run in runs)
        for run in runs:
            at = np.fromiter(map(index.__getitem__, run.index), dtype=np.intp, count=len(run.index))
            sums[0, at] += run.estimate
            sums[1, at] += run.lower
            sums[2, at] += run.upper - run.absent
        sums /= len(runs)
        return cls(index, sums[0], sums[1], sums[2], sum(run.absent for run in runs) / len(runs))


@dataclass(frozen=True, slots=True)
class AlignedLabels:
    """Two label distributions over the same n entries; the last entry pools rare and unlisted labels.

    Attributes:
        names: Labels of the first n − 1 entries.
        now: Current shares, shape (n,).
        then: Reference shares, shape (n,).
        now_low: Lower bounds of the current shares, shape (n,).
        now_high: Upper bounds of the current shares, shape (n,).
        then_low: Lower bounds of the reference shares, shape (n,).
        then_high: Upper bounds of the reference shares, shape (n,).
        unseen: Current share of all labels that the reference does not list, and its lower bound.
        largest_unseen: Current share of the most frequent of those labels, and its lower bound.
        lost: Reference share of all labels that the current run does not list, and its lower bound.
        unseen_labels: The most frequent unseen labels, at most 5.
        lost_labels: The most frequent lost labels, at most 5.
    """

    names: tuple[str, ...]
    now: Floats
    then: Floats
    now_low: Floats
    now_high: Floats
    then_low: Floats
    then_high: Floats
    unseen: tuple[float, float]
    largest_unseen: tuple[float, float]
    lost: tuple[float, float]
    unseen_labels: tuple[str, ...]
    lost_labels: tuple[str, ...]

    @classmethod
    def of(cls, now: LabelShares, then: LabelShares) -> AlignedLabels:
        """Align two label distributions and pool their rare labels."""
        shared = list(filter(now.index.__contains__, then.index))
        in_then = np.fromiter(map(then.index.__getitem__, shared), dtype=np.intp, count=len(shared))
        in_now = np.fromiter(map(now.index.__getitem__, shared), dtype=np.intp, count=len(shared))
        only_then = np.ones(len(then.index), dtype=bool)
        only_then[in_then] = False
        only_now = np.ones(len(now.index), dtype=bool)
        only_now[in_now] = False

        # Only common labels get an entry of their own.
        common = now.estimate[in_now] + then.estimate[in_then] > 2 * MAX_RARE_SHARE
        new = only_now & (now.estimate > 2 * MAX_RARE_SHARE)
        old = only_then & (then.estimate > 2 * MAX_RARE_SHARE)
        now_names, then_names = list(now.index), list(then.index)
        names = (
            [shared[i] for i in np.flatnonzero(common)]
            + [now_names[i] for i in np.flatnonzero(new)]
            + [then_names[i] for i in np.flatnonzero(old)]
        )
        zeros_new, zeros_old = np.zeros(int(new.sum())), np.zeros(int(old.sum()))

        def current(values: Floats, absent: float) -> Floats:
            return np.concatenate([values[in_now[common]], values[new], zeros_old + absent])

        def reference(values: Floats, absent: float) -> Floats:
            return np.concatenate([values[in_then[common]], zeros_new + absent, values[old]])

        named_now, named_then = np.zeros(len(now.index), dtype=bool), np.zeros(len(then.index), dtype=bool)
        named_now[in_now[common]] = named_now[new] = True
        named_then[in_then[common]] = named_then[old] = True
        now_bounds = _with_pool(
            now, ~named_now, current(now.estimate, 0.0), current(now.lower, 0.0), current(now.upper, now.absent)
        )
        then_bounds = _with_pool(
            then,
            ~named_then,
            reference(then.estimate, 0.0),
            reference(then.lower, 0.0),
            reference(then.upper, then.absent),
        )
        return cls(
            tuple(names),
            now_bounds[0],
            then_bounds[0],
            now_bounds[1],
            now_bounds[2],
            then_bounds[1],
            then_bounds[2],
            _missing(now, only_now, then.absent),
            _missing(now, _first(now, only_now), then.absent),
            _missing(then, only_then, now.absent),
            _largest(now, only_now, now_names),
            _largest(then, only_then, then_names),
        )


def _with_pool(
    labels: LabelShares, pooled: Flags, estimate: Floats, lower: Floats, upper: Floats
) -> tuple[Floats, Floats, Floats]:
    if labels.exact:
        shares = np.append(estimate, labels.estimate[pooled].sum())
        return shares, shares, shares
    # With inexact counts the pool's share may be anything: it must not tell two runs apart.
    rest = max(0.0, 1.0 - float(estimate.sum()))
    return np.append(estimate, rest), np.append(lower, 0.0), np.append(upper, 1.0)


def _missing(labels: LabelShares, only: Flags, absent: float) -> tuple[float, float]:
    # A label that the other side does not list may have a share of up to `absent` there.
    point = min(1.0, float(labels.estimate[only].sum()))
    return point, min(point, float(np.maximum(0.0, labels.lower[only] - absent).sum()))


def _first(labels: LabelShares, only: Flags) -> Flags:
    """Return a mask of the most frequent label among those that `only` marks; no label where it marks none."""
    first = np.zeros(len(only), dtype=bool)
    if only.any():
        first[np.argmax(np.where(only, labels.estimate, -1.0))] = True
    return first


def _largest(labels: LabelShares, only: Flags, names: list[str], limit: int = 5) -> tuple[str, ...]:
    at = np.flatnonzero(only)
    ranked = at[np.argsort(-labels.estimate[at], kind="stable")[:limit]]
    return tuple(names[i] for i in ranked)
