"""A column beside the upstream column that it comes from, in one run: what the relations read."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from math import hypot, isnan

import numpy as np
from numpy.typing import NDArray

from stageprint.features.column import Reference, Shape
from stageprint.features.formulas import arcsine
from stageprint.features.labels import Labels
from stageprint.features.pairs import Atoms, Pairs
from stageprint.model import ColumnKind

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a column's rows.

    Attributes:
        share: How large it is, or at least is where sketches leave that open.
        labels: The largest of the values it is about, as text.
    """

    share: float
    labels: tuple[str, ...] = ()


NOTHING = Part(0.0)


@dataclass(frozen=True)
class Link:
    """A column and the one it comes from, in one run.

    Attributes:
        child: The column.
        parent: The column upstream.
        source: The upstream column's name.
    """

    child: Shape
    parent: Shape
    source: str

    @property
    def comparable(self) -> bool:
        """Whether both have rows, and values that mean the same."""
        return self.child.rows > 0 and self.parent.rows > 0 and self.child.comparable(self.parent)

    @property
    def about(self) -> str:
        """Say in what it is compared with."""
        return f"beside {self.source} of the same run"

    @cached_property
    def pairs(self) -> Pairs:
        """The two as the statistics of a column against a reference take them: the upstream column is the reference."""
        return Pairs([self.child], [Reference([self.parent])])

    @property
    def atoms(self) -> Atoms | None:
        """Masses at single values; None where a side has no values."""
        return self.pairs.atoms[0]

    @cached_property
    def surplus(self) -> Part:
        """The rows that the upstream column does not have as often, whichever of its rows were taken.

        Rows beyond the number of upstream rows are the table's affair and do not count.
        """
        child, parent = self.child, self.parent
        nulls = max(0.0, child.nulls - parent.nulls)
        values, labels = self._surplus_values()
        grown = max(0.0, child.rows - parent.rows)
        extra = max(0.0, nulls + values - grown)
        if nulls > values:
            labels = ("null",)
        return Part(extra / child.rows, labels)

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
            # Rounding in the shares is no row.
            return float(change[change > 0.5].sum()), (f"{atoms.points[int(np.argmax(change))]:.6g}",)
        # Of sketches: the interval that holds most too many. Its bounds are two ranks on either side.
        running = np.cumsum(change)
        before = np.concatenate(([0.0], running[:-1]))
        most = float((running - np.minimum.accumulate(before)).max())
        error = (
            0.0 if cdfs is None else 2 * hypot(child.present * cdfs[0].rank_error, parent.present * cdfs[1].rank_error)
        )
        return max(0.0, most - error), ()

    @cached_property
    def foreign(self) -> Part:
        """The part of the values that the upstream column does not have at all."""
        child, parent = self.child, self.parent
        if child.labels is not None and parent.labels is not None:
            return _only_in(child.labels, parent.labels)
        atoms, cdfs = self.atoms, self.pairs.cdfs[0]
        if atoms is None or cdfs is None:
            return NOTHING
        if cdfs[1].rank_error == 0:
            new = np.where(atoms.then == 0, atoms.now, 0.0)
            share = float(new.sum()) - cdfs[0].rank_error
        else:
            # A sketch does not hold every value: only what lies beyond its ends, or is heavier than it could miss.
            beyond = (atoms.points < parent.minimum) | (atoms.points > parent.maximum)
            missed = np.hypot(cdfs[0].mass_error, cdfs[1].mass_error)
            new = np.where(
                beyond, atoms.now, np.where((atoms.then == 0) & (atoms.now > missed), atoms.now - missed, 0.0)
            )
            share = float(new.sum()) - cdfs[0].rank_error
        return Part(max(0.0, share), (f"{atoms.points[int(np.argmax(new))]:.6g}",))

    @cached_property
    def null_gap(self) -> float:
        """Share of nulls as h, less that of the upstream column."""
        return float(arcsine(self.child.null_share) - arcsine(self.parent.null_share))

    def ranks(self, grid: Floats) -> Floats | None:
        """Return the share of the values up to each quantile of the upstream column; None where a side has no values.

        The relative distribution (Handcock & Morris 1999): the diagonal where both agree, whatever values there are.
        """
        cdfs = self.pairs.cdfs[0]
        if cdfs is None:
            return None
        child, parent = cdfs
        points = np.union1d(child.points, parent.points)
        steps = np.append(0.0, parent.at(points)), np.append(0.0, child.at(points))
        return np.asarray(np.interp(grid, *steps), dtype=np.float64)


def _surplus_labels(ours: Labels, rows: float, theirs: Labels, upstream: float) -> tuple[float, tuple[str, ...]]:
    total, worst = 0.0, ("", 0.0)
    for label, at in ours.index.items():
        there = theirs.index.get(label)
        most = theirs.absent if there is None else theirs.upper[there]
        extra = float(ours.lower[at] * rows - most * upstream)
        if extra > 0.5:
            total += extra
            worst = max(worst, (label, extra), key=lambda entry: entry[1])
    return total, (repr(worst[0]),) if total else ()


def _only_in(ours: Labels, theirs: Labels) -> Part:
    only = {
        label: float(ours.lower[at]) - theirs.absent for label, at in ours.index.items() if label not in theirs.index
    }
    only = {label: share for label, share in only.items() if share > 0}
    largest = sorted(only, key=lambda label: -only[label])[:5]
    return Part(sum(only.values()), tuple(repr(label) for label in largest))
