"""A column and the upstream column it comes from, in one run: what the upstream statistics compare."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import hypot, isnan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from stageprint.features.column import ColumnFeatures, Reference
from stageprint.features.formulas import arcsine
from stageprint.features.labels import LabelShares
from stageprint.features.pairs import Atoms, Pairs
from stageprint.model import ColumnKind

Floats = NDArray[np.float64]

SURELY_MISSED: Final = 1.9
"""Error bounds of a sketch's shares, which hold for one value with 99 %, beyond which none of all the values of all
columns and runs is missed: 4.9 instead of 2.6 standard errors, one in a million."""


@dataclass(frozen=True, slots=True)
class RowShare:
    """A share of a column's rows.

    Attributes:
        share: The share, 0–1; where sketches leave it open, its lower bound.
        labels: The most frequent of the values in these rows, as text.
    """

    share: float
    labels: tuple[str, ...] = ()


_NO_ROWS = RowShare(0.0)


@dataclass(frozen=True)
class UpstreamPair:
    """A column and the upstream column it comes from, in one run.

    Attributes:
        child: The column.
        parent: The upstream column.
        source: The upstream column's name, for texts.
    """

    child: ColumnFeatures
    parent: ColumnFeatures
    source: str

    @property
    def comparable(self) -> bool:
        """Whether both have rows, kinds that can be compared, and labels that were hashed alike or not at all."""
        alike = self.child.labels_hash_id == self.parent.labels_hash_id
        return self.child.rows > 0 and self.parent.rows > 0 and alike and self.child.comparable(self.parent)

    @property
    def about(self) -> str:
        """What the column is compared with, for texts."""
        return f"beside {self.source} of the same run"

    @cached_property
    def pairs(self) -> Pairs:
        """The two columns as a pair whose reference is the upstream column."""
        return Pairs([self.child], [Reference([self.parent])])

    @property
    def atoms(self) -> Atoms | None:
        """Masses at single values, now: the column, then: the upstream column; None where a side has no values."""
        return self.pairs.atoms[0]

    @cached_property
    def surplus(self) -> RowShare:
        """The share of rows whose value is there more often than upstream: no selection of upstream rows gives them.

        If the table has more rows than the upstream table, that many rows are not counted: table statistics see them.
        """
        child, parent = self.child, self.parent
        nulls = max(0.0, child.nulls - parent.nulls)
        values, labels = self._surplus_values()
        grown = max(0.0, child.rows - parent.rows)
        extra = max(0.0, nulls + values - grown)
        if nulls > values:
            labels = ("null",)
        return RowShare(extra / child.rows, labels)

    def _surplus_values(self) -> tuple[float, tuple[str, ...]]:
        child, parent = self.child, self.parent
        if child.labels is not None and parent.labels is not None:
            return _surplus_labels(child.labels, child.present, parent.labels, parent.present)
        if not isnan(child.true_share) and not isnan(parent.true_share) and child.kind is ColumnKind.BOOLEAN:
            true = child.true_share * child.present - parent.true_share * parent.present
            false = (1 - child.true_share) * child.present - (1 - parent.true_share) * parent.present
            return max(0.0, true) + max(0.0, false), ("true" if true > false else "false",)
        atoms = self.atoms
        if atoms is None:
            return 0.0, ()
        change = atoms.now * child.present - atoms.then * parent.present
        cdfs = self.pairs.cdfs[0]
        if cdfs is not None and cdfs[0].rank_error == cdfs[1].rank_error == 0:
            # Less than half a row is rounding.
            return float(change[change > 0.5].sum()), (f"{atoms.points[int(np.argmax(change))]:.6g}",)
        # With sketches: the largest surplus over all intervals, less the rank errors at the interval's two ends.
        running = np.cumsum(change)
        before = np.concatenate(([0.0], running[:-1]))
        most = float((running - np.minimum.accumulate(before)).max())
        error = (
            0.0 if cdfs is None else 2 * hypot(child.present * cdfs[0].rank_error, parent.present * cdfs[1].rank_error)
        )
        return max(0.0, most - error), ()

    @cached_property
    def foreign(self) -> RowShare:
        """The share of values that the upstream column does not hold at all."""
        child, parent = self.child, self.parent
        if child.labels is not None and parent.labels is not None:
            return _only_in(child.labels, parent.labels)
        atoms, cdfs = self.atoms, self.pairs.cdfs[0]
        if atoms is None or cdfs is None:
            return _NO_ROWS
        if cdfs[1].rank_error == 0:
            new = np.where(atoms.then == 0, atoms.now, 0.0)
            share = float(new.sum()) - cdfs[0].rank_error
        else:
            # A sketch misses values: only those beyond its range, or too frequent to be missed, are new for sure.
            beyond = (atoms.points < parent.minimum) | (atoms.points > parent.maximum)
            missed = SURELY_MISSED * np.hypot(cdfs[0].mass_error, cdfs[1].mass_error)
            new = np.where(
                beyond, atoms.now, np.where((atoms.then == 0) & (atoms.now > missed), atoms.now - missed, 0.0)
            )
            share = float(new.sum()) - cdfs[0].rank_error
        return RowShare(max(0.0, share), (f"{atoms.points[int(np.argmax(new))]:.6g}",))

    @cached_property
    def null_gap(self) -> float:
        """Difference of the two null shares on the arcsine scale (Cohen's h), column − upstream column."""
        return float(arcsine(self.child.null_share) - arcsine(self.parent.null_share))

    def ranks(self, grid: Floats) -> Floats | None:
        """Return the relative distribution (Handcock & Morris 1999) at ranks `grid`; None where a side has no values.

        It is the share of the column's values up to each quantile of the upstream column, shape of `grid`: equal to
        `grid` where the two distributions agree.
        """
        cdfs = self.pairs.cdfs[0]
        if cdfs is None:
            return None
        child, parent = cdfs
        points = np.union1d(child.points, parent.points)
        steps = np.append(0.0, parent.at(points)), np.append(0.0, child.at(points))
        return np.asarray(np.interp(grid, *steps), dtype=np.float64)


def _surplus_labels(
    ours: LabelShares, rows: float, theirs: LabelShares, upstream: float
) -> tuple[float, tuple[str, ...]]:
    total, worst = 0.0, ("", 0.0)
    for label, at in ours.index.items():
        there = theirs.index.get(label)
        most = theirs.absent if there is None else theirs.upper[there]
        extra = float(ours.lower[at] * rows - most * upstream)
        if extra > 0.5:
            total += extra
            worst = max(worst, (label, extra), key=lambda entry: entry[1])
    return total, (repr(worst[0]),) if total else ()


def _only_in(ours: LabelShares, theirs: LabelShares) -> RowShare:
    only = {
        label: float(ours.lower[at]) - theirs.absent for label, at in ours.index.items() if label not in theirs.index
    }
    only = {label: share for label, share in only.items() if share > 0}
    largest = sorted(only, key=lambda label: -only[label])[:5]
    return RowShare(sum(only.values()), tuple(repr(label) for label in largest))
