"""Two columns exchanged their contents, or one holds a copy of the other."""

from __future__ import annotations

from math import isclose
from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.facts import Facts
from stageprint.diagnosis.pair import Pair, pair_of_runs
from stageprint.diagnosis.shares import label_distance
from stageprint.features.exact import RELATIVE_TOLERANCE
from stageprint.model import NUMERIC, TABLE_LEVEL, TIMESTAMPS, ColumnKey
from stageprint.shifts.exact.columns_exchanged import ColumnsExchanged

MAX_PARTNERS_TRIED = 200
"""Maximum number of columns of a table that are tried as partners; the flagged ones come first."""

MIN_TIMES_NEARER = 2.0
"""A column fits its partner where it is this many times nearer to it than to itself: months differ a little as well."""


class ColumnSwapped(Cause):
    """A column now holds what another column of its table held before.

    Two columns exchanged their contents, or one was filled from the other. Names and types are right, so nothing fails:
    the model silently reads one feature as another.

    Signature: each column's current profile matches the other's earlier profile, and neither matches its own. Or the
    exact figures (extremes, moments, counts) of two columns are equal now and were not before: one was filled from the
    other. Or, in a table whose other columns are exactly those of the last run, each column has the exact figures that
    the other had.

    Told apart from: `column_renamed`: the names in the schema changed; columns that are alike by nature: they match
    their own earlier profile as well.

    Check:
        - Compare a few rows of both columns with the same rows of the source.
        - Check INSERTs and unions that match columns by position, and the order of columns in CSV files.
        - Look for a copied line in the feature code that still reads the other column.

    Fix: Match columns by name wherever they are read by position, correct the assignment, and load the affected runs
    again.

    Evidence:
        partner: the other column of the table.
        change: `swapped` or `copied`.
        distance: distance of the column from its own earlier profile, 0–1: Kolmogorov–Smirnov, or total variation of
            labels.
        distance_crossed: its distance from the partner's earlier profile, 0–1.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import two_tables
        >>> small, large = [float(i % 10) for i in range(2000)], [float(500 + i % 90) for i in range(2000)]
        >>> evidence, key = two_tables({"a": small, "b": large}, {"a": large, "b": small}, at="a")
        >>> ColumnSwapped().explain(evidence, key).evidence["partner"]
        'b'
    """

    name: ClassVar[str] = "column_swapped"
    family: ClassVar[Family] = "data"
    of_values: ClassVar[bool] = True

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Try the table's columns of a like kind as partners."""
        mine = pair_of_runs(evidence, origin)
        if mine is None or mine.now.values <= 0 or mine.then.values <= 0 or mine.now.constant:
            return None
        best: Fit | None = None
        for key in _partners(evidence, origin)[:MAX_PARTNERS_TRIED]:
            theirs = pair_of_runs(evidence, key)
            if theirs is None or not _comparable(mine.now, theirs.now):
                continue
            fit = (
                _exactly(evidence, origin, key, mine, theirs)
                or _exchanged(evidence, origin, key, mine, theirs)
                or _copied(evidence, origin, key, mine, theirs)
            )
            if fit is not None and (best is None or fit.score > best.score):
                best = fit
        return best


def _partners(evidence: Evidence, origin: ColumnKey) -> list[ColumnKey]:
    """Return the other columns of the table, those that are flagged first, fields of structs among them."""
    flagged = [key for key in evidence.flagged if key.table_key == origin.table_key and key.column != TABLE_LEVEL]
    return [key for key in dict.fromkeys((*flagged, *evidence.graph.nodes(origin.table_key))) if key != origin]


def _comparable(a: Facts, b: Facts) -> bool:
    return a.kind is b.kind or any({a.kind, b.kind} <= family for family in (NUMERIC, TIMESTAMPS))


def _exactly(evidence: Evidence, origin: ColumnKey, partner: ColumnKey, mine: Pair, theirs: Pair) -> Fit | None:
    """Return the fit of two columns of a table that was delivered again, each with the other's exact figures."""
    if any(evidence.flagged_by(key, ColumnsExchanged.name) is None for key in (origin, partner)):
        return None
    crossed = zip(mine.now.exact, theirs.then.exact, strict=False), zip(theirs.now.exact, mine.then.exact, strict=False)
    if not all(isclose(a, b, rel_tol=RELATIVE_TOLERANCE) for pairs in crossed for a, b in pairs):
        return None
    sentence = (
        f"Since {evidence.first_run(origin)}, {origin} holds exactly what {partner.column} held before, and "
        f"{partner.column} what {origin.column} held, while the rest of the table is as before: the two columns were "
        "swapped"
    )
    figures = {"partner": partner.column, "change": "swapped", "distance": round(gap(mine), 4), "distance_crossed": 0.0}
    return Fit(0.99, sentence, figures, brief=f"a swap with {partner.column}", also=(partner,))


def _exchanged(evidence: Evidence, origin: ColumnKey, partner: ColumnKey, mine: Pair, theirs: Pair) -> Fit | None:
    here, there = Pair(theirs.then, mine.now, theirs.usual_moves), Pair(mine.then, theirs.now, mine.usual_moves)
    near = min(gap(mine), gap(theirs)) / MIN_TIMES_NEARER
    if not (alike(here, near) and alike(there, near)) or alike(mine) or alike(theirs):
        return None
    sentence = (
        f"Since {evidence.first_run(origin)}, {origin} holds what {partner.column} held before, and {partner.column} "
        f"what {origin.column} held: the two columns were swapped"
    )
    figures = {
        "partner": partner.column,
        "change": "swapped",
        "distance": round(gap(mine), 4),
        "distance_crossed": round(gap(here), 4),
    }
    crossed = max(gap(here) / gap(mine), gap(there) / gap(theirs))
    score = 0.97 if alike(here) and alike(there) else 0.97 - 0.2 * crossed
    return Fit(score, sentence, figures, brief=f"a swap with {partner.column}", also=(partner,))


def _copied(evidence: Evidence, origin: ColumnKey, partner: ColumnKey, mine: Pair, theirs: Pair) -> Fit | None:
    equal = bool(mine.now.exact) and mine.now.exact == theirs.now.exact and len(set(mine.now.exact)) > 1
    if not equal or mine.then.exact == theirs.then.exact or alike(mine) or not alike(theirs):
        return None
    sentence = (
        f"{origin} has exactly the values of {partner.column} since {evidence.first_run(origin)}, "
        f"unlike before: the column is filled from {partner.column}"
    )
    figures = {"partner": partner.column, "change": "copied", "distance": round(gap(mine), 4)}
    return Fit(0.98, sentence, figures, brief=f"a copy of {partner.column}")


def gap(both: Pair) -> float:
    """Return how far apart two sides are: the KS distance, or the total variation of the labels."""
    return label_distance(both) if both.cdfs is None else both.ks


def alike(both: Pair, slack: float = 0.0) -> bool:
    """Return whether two sides are one column, values and nulls, as far as sampling can tell or within `slack`."""
    if both.cdfs is None and not (both.then.labels and both.now.labels):
        return False
    if abs(both.missing_change) > max(0.02, both.missing_step, slack):
        return False
    if both.cdfs is None:
        return label_distance(both) <= max(both.label_noise, slack)
    steady = not abs(both.log_spread) > 2 * both.spread_tolerance + 0.05 + 2 * slack
    return steady and both.ks <= max(both.tolerance, slack)
