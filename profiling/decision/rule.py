"""The decision rule: measurements and their history → scores, p values, severities, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from profiling.config import DecisionSettings
from profiling.decision._codes import Codes, combine, dense, find, starts_of
from profiling.decision._explain import Verdict, explain
from profiling.decision._layout import Layout, lay_out
from profiling.decision._limits import Limits
from profiling.decision.classes import (
    HABITS,
    LENGTHS,
    MOTIONS,
    ONCE,
    TWICE,
    Calibration,
    ScoreClass,
    Sorted,
    habit_of,
    length_of,
    motion_of,
)
from profiling.decision.fdr import adjusted_at
from profiling.decision.history import LOUD, MOST_BACKTESTS, PREVIOUS, WATCHED, unlikeliness
from profiling.decision.prior import Moments, Prior
from profiling.decision.records import DECISIONS, REFERENCES
from profiling.decision.references import PINNED_PREFIXES
from profiling.decision.score import LARGEST_SCORE, admissible, minimum_effect, most_scale, reach
from profiling.model import TABLE_LEVEL, Severity
from profiling.shifts import Shift, all_shifts

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

ENOUGH_BACKTESTS = 2
"""The whole rule needs three earlier runs, of which the first had none to be compared with."""

ENOUGH_COLUMNS = 30
"""Columns of a kind from which their own variances shape the prior."""

LEAST_VARIANCE = 1e-6
"""Added to every variance: a column that never moved has still a thousandth to move."""

REVIEW = 10.0
"""The digest takes a column p of up to this multiple of an alert's."""

COLUMNS = 100_000
"""Columns that the budget of false findings is stated for; smaller runs get the same rate, larger ones a lower one."""

UNSEEN = 6.0
"""A scale of m backtests is widened by √(1 + this/m): a week that is not over has had no Sunday."""

UNCERTAIN = 0.5
"""Standard errors of a variance by which the part that is not sampling may be larger than it looks."""

CONFIRMED = 1e-4
"""p of a statistic that confirms what the run before gave notice of, where history is long; else less."""

GROSS = 5.0
"""Times the level up to which p makes a residual of `Shift.gross` an alert, however short the history.

Where p is the score's own: a few runs say too little of how far a column goes for a smaller p, but healthy columns
hardly ever go that far.
"""

AT_ONCE, DIGEST = 0.1, 0.7
"""Parts of the budget for alerts by one run, and of the digest's, where p comes from past scores.

The digest's part is below one, since tails are a little heavier than exponential."""

CONFIRMING: Mapping[str, float] = {"any": 1.5, "exchange": 0.5, "labels": 0.2}
"""`Shift.astray_with` → part of the budget for alerts by two runs, where p comes from past scores.

Two runs tell a fault from chance better than one does, so that they get most of it; what both find is found once. Which
labels there are, and that two changed places, is mostly known at once."""

_SEVERITIES = pa.array([severity.value for severity in sorted(Severity, key=lambda severity: severity.rank)])


def decide(
    measurements: pa.Table,
    previous: pa.Table | None,
    settings: DecisionSettings,
    calibration: Calibration | None = None,
) -> pa.Table:
    """Decide a run's shifts.

    Args:
        measurements: The run's measurements, of schema `profiling.shifts.MEASUREMENTS`.
        previous: What `previous_of` made of the last run's shifts; None: there is no earlier run.
        settings: Budgets and thresholds.
        calibration: Scores of earlier runs; None: scores are taken for what they say.

    Returns:
        A table of schema `DECISIONS`, a row for each column × statistic and each column × rule.
    """
    return decide_and_score(measurements, previous, settings, calibration)[0]


def decide_and_score(
    measurements: pa.Table, previous: pa.Table | None, settings: DecisionSettings, calibration: Calibration | None
) -> tuple[pa.Table, Calibration]:
    """Decide a run's shifts as `decide` does; return them and the run's scores, which calibrate those of later runs."""
    part = Part(measurements, previous, settings, calibration)
    peers = part.peers()
    decisions = part.decide(peers, part.hypotheses(peers))
    return decisions, part.scores(peers, decisions)


Peers = Mapping[tuple[str, str, str], Moments]
"""(kind, statistic, reference) → what its columns say of their variances."""


class Part:
    """Some columns of a run, each with all of its measurements, on the way to their decisions.

    Two things are of the run as a whole: what the columns' peers vary by, and how many hypotheses there are. A run is
    decided in parts, none of which sees the others, by adding up these two between the steps::

        peers = merge_peers(part.peers() for part in parts)
        hypotheses = np.sort(np.concatenate([part.hypotheses(peers) for part in parts]))
        shifts = [part.decide(peers, hypotheses) for part in parts]
        scores = Calibration.merge(part.scores(peers, decided) for part, decided in zip(parts, shifts))

    Args:
        measurements: The columns' measurements, of schema `profiling.shifts.MEASUREMENTS`.
        previous: Their history, of schema `PREVIOUS`; None: there is none.
        settings: Budgets and thresholds.
        calibration: Scores of earlier runs of the store; None: there are none.
    """

    def __init__(
        self,
        measurements: pa.Table,
        previous: pa.Table | None,
        settings: DecisionSettings,
        calibration: Calibration | None = None,
    ) -> None:
        self._measurements = measurements
        self._calibration = calibration or Calibration()
        if not measurements.num_rows:
            return
        self._layout = lay_out(measurements, PREVIOUS.empty_table() if previous is None else previous)
        self._rules = _Rules.of(self._layout)
        statistic = self._layout.statistic[self._layout.starts]
        self._limits = Limits.of(self._layout, self._rules.omega[statistic], self._rules.critical[statistic], settings)
        self._evidence: tuple[Peers, _Evidence] | None = None

    def peers(self) -> Peers:
        """Return what these columns say of their variances."""
        return _peers(self._layout, self._rules) if self._measurements.num_rows else {}

    def hypotheses(self, peers: Peers) -> Floats:
        """Return the p value of each column that is tested, in rising order."""
        if not self._measurements.num_rows:
            return np.zeros(0)
        column_p = _within(self._layout, self._score(peers), self._calibration).column_p
        return np.sort(column_p[np.isfinite(column_p)])

    def decide(self, peers: Peers, hypotheses: Floats) -> pa.Table:
        """Return the decided shifts of these columns, of schema `DECISIONS`.

        Args:
            peers: Those of the whole run.
            hypotheses: Those of the whole run, in rising order.
        """
        if not self._measurements.num_rows:
            return DECISIONS.empty_table()
        layout, rules, limits, evidence = self._layout, self._rules, self._limits, self._score(peers)
        outcome = _across(layout, rules, limits, evidence, self._calibration, hypotheses)
        return _table(self._measurements, layout, rules, limits, evidence, outcome)

    def scores(self, peers: Peers, decisions: pa.Table) -> Calibration:
        """Return the scores of these columns, as later runs are calibrated by them.

        Those that were at least a warning are kept apart, see `Tail.settled`; other scores of the same columns are not
        kept: what was wrong may have moved them too.

        Args:
            peers: Those of the whole run.
            decisions: What `decide` made of these columns.
        """
        if not self._measurements.num_rows:
            return Calibration()
        layout, evidence = self._layout, self._score(peers)
        loud = pc.is_in(decisions["severity"], value_set=pa.array(LOUD)).to_numpy()
        beside = (np.bincount(layout.node, weights=loud) > 0)[layout.node] & ~loud
        p = pc.fill_null(decisions["p_value"], 1.0).to_numpy()
        once, lasting = (np.where(beside, 0.0, scores) for scores in (evidence.score, evidence.lasting(p)))
        return Calibration(
            {
                **evidence.once.tails(once, evidence.active, loud),
                **evidence.twice.tails(lasting, evidence.seasoned, loud, layout.node),
            }
        )

    def _score(self, peers: Peers) -> _Evidence:
        if self._evidence is None or self._evidence[0] is not peers:
            self._evidence = peers, _score(self._layout, self._rules, self._limits, peers)
        return self._evidence[1]


def merge_peers(parts: Iterable[Peers]) -> Peers:
    """Return what the columns of all parts say of their variances."""
    merged: dict[tuple[str, str, str], Moments] = {}
    for part in parts:
        for name, moments in part.items():
            merged[name] = merged[name].merge(moments) if name in merged else moments
    return merged


@dataclass(frozen=True)
class _Rules:
    """What the registry says of each statistic, by its number in the layout."""

    decides: Flags
    deterministic: Flags
    digest: Flags
    signed: Flags
    young: Flags
    stays: Floats
    delta: Floats
    omega: Floats
    critical: Floats
    gross: Floats
    freedom: Floats
    prior: Floats
    least: Floats
    companions: NDArray[np.int64]
    astray_with: NDArray[np.int64]
    astray_names: Sequence[str]
    confirming: Floats
    wobble: Floats
    contract: Floats

    @classmethod
    def of(cls, layout: Layout) -> _Rules:
        known = all_shifts()
        names = layout.names["statistic"].texts.to_pylist()
        shifts = [known.get(name) for name in names]
        places = {name: place for place, name in enumerate(names)}
        named = [() if shift is None else shift.companions for shift in shifts]
        companions = np.full((len(names), max(map(len, named), default=0)), -1, dtype=np.int64)
        for place, found in enumerate(named):
            companions[place, : len(found)] = [places.get(name, -1) for name in found]

        together = [Shift.astray_with if shift is None else shift.astray_with for shift in shifts]
        astray_names, astray_with = np.unique(together, return_inverse=True)

        def flags(name: str) -> Flags:
            return np.array([shift is not None and getattr(shift, name) for shift in shifts], dtype=bool)

        def figures(name: str) -> Floats:
            found = [np.inf if shift is None else getattr(shift, name) for shift in shifts]
            return np.array([np.inf if figure is None else figure for figure in found], dtype=np.float64)

        return cls(
            decides=flags("decides") & ~flags("deterministic"),
            deterministic=flags("deterministic"),
            digest=flags("digest"),
            signed=flags("signed"),
            young=flags("young"),
            stays=figures("stays"),
            delta=figures("delta"),
            omega=figures("omega"),
            critical=figures("critical"),
            gross=figures("gross"),
            freedom=figures("freedom"),
            prior=np.nan_to_num(figures("prior"), posinf=1.0),
            least=np.nan_to_num(figures("least"), posinf=0.0),
            companions=companions,
            astray_with=astray_with,
            astray_names=astray_names.tolist(),
            confirming=np.array([CONFIRMING[name] for name in together]),
            wobble=figures("wobble"),
            contract=figures("contract"),
        )


@dataclass(frozen=True)
class _Evidence:
    """What the references say of each unit.

    Attributes:
        chosen: The row of the reference that decided.
        residual: Least residual over the admissible references; of a rule or a statistic that does not decide, the
            chosen row's.
        score: L, 0 where it does not count.
        deviation: s̃ of the chosen row.
        known: The part of s̃² that sampling and sketches explain, 0–1.
        df: Degrees of freedom of the rest.
        history: Most backtests of any reference.
        active: Units that took part.
        moved: Units that have moved, now or ever: a statistic that never does takes no chance.
        companion: The unit whose score is the most that each may have; −1: none.
        contract: A pinned reference is further away than healthy stages are.
        before: `unlikeliness` of the run before where it was watched, else NaN.
        still: The residual from which on the shift of the run before is still there, or nearly; +∞: one run says all.
        once: What the units' scores are calibrated by.
        twice: The same of two runs' scores.
    """

    chosen: NDArray[np.intp]
    residual: Floats
    score: Floats
    deviation: Floats
    known: Floats
    df: Floats
    history: Floats
    active: Flags
    moved: Flags
    companion: NDArray[np.intp]
    contract: Flags
    before: Floats
    still: Floats
    once: Sorted
    twice: Sorted

    @property
    def seasoned(self) -> Flags:
        """Units that took part and have a history: two runs of them can be compared."""
        return self.active & (self.history > 0)

    @property
    def stayed(self) -> Flags:
        """Units whose shift is still there."""
        return self.residual >= self.still

    def lasting(self, p: Floats) -> Floats:
        """Return the lesser `unlikeliness` of both runs, 0 where not both were watched or the shift did not stay.

        Only of those that were watched is it known how the second run compares with what was before the first.

        Args:
            p: Each unit's own p in this run.
        """
        counts = (p <= WATCHED) & self.stayed & ~np.isnan(self.before)
        return np.where(counts, np.minimum(unlikeliness(self.score, p), self.before), 0.0)


def _score(layout: Layout, rules: _Rules, limits: Limits, peers: Peers) -> _Evidence:
    statistic = layout.statistic
    taking_part = layout.computed & rules.decides[statistic]
    history = layout.most(layout.backtests, taking_part)
    spread = _moderate(layout, rules, peers)
    df, deviation = spread.df, np.sqrt(spread.variance)
    eligible = taking_part & (layout.backtests >= layout.spread(history) / 2)
    admitted = admissible(deviation, layout.starts, eligible, layout.spread(most_scale(history)))
    # Nothing below the practical floor counts: only what is beyond it needs the exact tail.
    known = np.where(layout.residual >= rules.omega[statistic], spread.known, 0.0)
    scores = minimum_effect(layout.residual, spread.variance, df, rules.delta[statistic], known).log_p

    unit_statistic = statistic[layout.starts]
    chosen = _choose(layout, admitted, scores)
    least = layout.least(layout.residual, admitted)
    active = np.isfinite(least) & ((history >= ENOUGH_BACKTESTS) | rules.young[unit_statistic]) & ~limits.ignored
    counts = active & (least >= limits.omega)
    pinned = np.array(
        [name.startswith(PINNED_PREFIXES) for name in layout.names["reference"].texts.to_pylist()], dtype=bool
    )
    breach = layout.computed & pinned[layout.reference] & (layout.backtests < ENOUGH_BACKTESTS)
    breach &= layout.residual >= rules.contract[statistic]
    score = np.where(counts, layout.least(scores, admitted), 0.0)
    companion = _companion_of(layout, rules, active)
    score = np.where(companion >= 0, np.minimum(score, score[companion]), score)
    moved = (layout.residual > 0) | (layout.square > 0)
    history = np.maximum(history, 0.0)
    return _Evidence(
        chosen=chosen,
        residual=np.where(np.isfinite(least), least, layout.residual[chosen]),
        score=score,
        deviation=deviation[chosen],
        known=(spread.known / spread.variance)[chosen],
        df=df[chosen],
        history=history,
        active=active,
        moved=np.logical_or.reduceat(moved, layout.starts),
        companion=companion,
        contract=np.logical_or.reduceat(breach, layout.starts) & ~limits.ignored,
        before=layout.before[layout.starts],
        still=_still(layout, rules, admitted),
        once=_by_motion(layout, rules, history, layout.least(np.sqrt(layout.square), taking_part)),
        twice=_by_habit(layout, rules, history),
    )


def _still(layout: Layout, rules: _Rules, admitted: Flags) -> Floats:
    """Return the residual from which on the run before's shift is still there; +∞ where a second run says nothing."""
    last = layout.least(np.nan_to_num(layout.last), admitted)
    stays = rules.stays[layout.statistic[layout.starts]]
    return np.multiply(stays, last, where=np.isfinite(stays), out=np.full_like(last, np.inf))


def _by_motion(layout: Layout, rules: _Rules, history: Floats, scale: Floats) -> Sorted:
    """Return the classes of one run's scores."""
    known, statistic = np.where(np.isfinite(scale), scale, np.nan), layout.statistic[layout.starts]
    motion = motion_of(known, rules.delta[statistic])
    return _sort(layout, (statistic, layout.names["statistic"].texts.to_pylist()), history, (motion, MOTIONS), ONCE)


def _by_habit(layout: Layout, rules: _Rules, history: Floats) -> Sorted:
    """Return the classes of two runs' scores: a column has one habit, its statistics are of one class or few."""
    names = layout.names["reference"].texts.to_pylist()
    counted = (rules.companions[layout.statistic[layout.starts]] < 0).all(axis=1)

    def scale(reference: str) -> Floats:
        place = names.index(reference) if reference in names else -1
        found = layout.least(np.sqrt(layout.square), (layout.reference == place) & (layout.square > 0))
        return np.where(np.isfinite(found) & counted, found, np.nan)

    from_run_to_run, from_long, from_season = scale("prev"), scale("long"), scale("seasonal")
    habit = habit_of(
        _of_columns(layout.node, from_run_to_run / from_long),
        _of_columns(layout.node, from_season / np.fmin(from_run_to_run, from_long)),
    )
    longest = np.zeros(int(layout.node.max()) + 1)
    np.maximum.at(longest, layout.node, history)
    together = rules.astray_with[layout.statistic[layout.starts]]
    return _sort(layout, (together, rules.astray_names), longest[layout.node], (habit, HABITS), TWICE)


def _of_columns(node: Codes, ratio: Floats) -> Floats:
    """Return on each unit the geometric mean of its column's ratios; NaN where there are none."""
    known = np.isfinite(ratio)
    size = int(node.max()) + 1
    count = np.bincount(node[known], minlength=size)
    total = np.bincount(node[known], weights=np.log(ratio[known]), minlength=size)
    return np.exp(np.where(count > 0, total / np.maximum(count, 1), np.nan))[node]


def _sort(
    layout: Layout,
    statistics: tuple[Codes, Sequence[str]],
    history: Floats,
    motions: tuple[Codes, Sequence[str]],
    runs: int,
) -> Sorted:
    """Sort the units into classes.

    Args:
        layout: The units.
        statistics: The place of each unit's statistic among the names, and these.
        history: Most backtests of each unit.
        motions: The same of motions or habits.
        runs: `ONCE` or `TWICE`.
    """
    kind, length = layout.kind[layout.starts], length_of(history)
    (statistic, statistic_names), (motion, motion_names) = statistics, motions
    sizes = [1, len(statistic_names), len(LENGTHS), len(motion_names)]
    _, group = dense(combine([kind, statistic, length, motion], sizes))
    order = np.argsort(group, kind="stable")
    members = np.split(order, np.cumsum(np.bincount(group))[:-1])
    first = np.array([units[0] for units in members], dtype=np.intp)
    kinds = layout.kinds.decode(kind[first]).to_pylist()
    return Sorted(
        [
            ScoreClass(name, statistic_names[statistic[unit]], LENGTHS[length[unit]], motion_names[motion[unit]], runs)
            for name, unit in zip(kinds, first, strict=True)
        ],
        members,
    )


def _companion_of(layout: Layout, rules: _Rules, active: Flags) -> NDArray[np.intp]:
    """Return each unit's companion: that of the first of its statistic's companions which took part; −1: none did."""
    statistic = layout.statistic[layout.starts]
    sizes = [1, len(layout.names["statistic"])]
    unit = combine([layout.node, statistic], sizes)
    companions = rules.companions[statistic]
    row, rank = np.nonzero(companions >= 0)
    at = find(combine([layout.node[row], companions[row, rank]], sizes), unit)
    taken = (at >= 0) & active[at]
    accompanied, first = np.unique(row[taken], return_index=True)
    found = np.full(len(unit), -1, dtype=np.intp)
    found[accompanied] = at[taken][first]
    return found


@dataclass(frozen=True)
class _Spread:
    """How far each row's residual may go by itself.

    Attributes:
        variance: s̃².
        known: The part of it that sampling and sketches explain.
        df: Degrees of freedom of the rest.
    """

    variance: Floats
    known: Floats
    df: Floats


def _own_variance(layout: Layout) -> Floats:
    """Return each row's variance as its own history has it."""
    return np.fmax(layout.square, layout.floor) + LEAST_VARIANCE


def _classes(layout: Layout) -> tuple[list[tuple[str, str, str]], Codes]:
    """Return the (kind, statistic, reference) there are, and each row's place among them."""
    sizes = [len(layout.names[name]) for name in ("statistic", "reference")]
    _, group = dense(combine([layout.kind, layout.statistic, layout.reference], [1, *sizes]))
    first = np.unique(group, return_index=True)[1]
    names = (
        layout.kinds.decode(layout.kind[first]),
        layout.names["statistic"].decode(layout.statistic[first]),
        layout.names["reference"].decode(layout.reference[first]),
    )
    return list(zip(*(texts.to_pylist() for texts in names), strict=True)), group


def _peers(layout: Layout, rules: _Rules) -> Peers:
    own = _own_variance(layout)
    names, group = _classes(layout)
    seasoned = np.flatnonzero((layout.backtests > 0) & rules.decides[layout.statistic])
    order = seasoned[np.argsort(group[seasoned], kind="stable")]
    parts = np.split(order, np.cumsum(np.bincount(group[seasoned], minlength=len(names)))[:-1])
    return {
        name: Moments.of(own[rows], layout.backtests[rows])
        for name, rows in zip(names, parts, strict=True)
        if rows.size
    }


def _of_all_kinds(peers: Peers) -> Mapping[tuple[str, str], Moments]:
    """Return (statistic, reference) → what columns of all kinds say: a kind alone may have too few."""
    found: dict[tuple[str, str], Moments] = {}
    for (_, *name), moments in peers.items():
        key = (name[0], name[1])
        found[key] = found[key].merge(moments) if key in found else moments
    return found


def _moderate(layout: Layout, rules: _Rules, peers: Peers) -> _Spread:
    """Return each row's moderated variance, what is known of it, and its degrees of freedom."""
    own = _own_variance(layout)
    names, group = _classes(layout)
    statistic = np.zeros(len(names), dtype=np.int64)
    statistic[group] = layout.statistic
    prior_df, prior_variance = np.empty(len(names)), np.empty(len(names))
    of_all = _of_all_kinds(peers)
    for number, name in enumerate(names):
        rule = statistic[number]
        for moments in (peers.get(name), of_all.get(name[1:])):
            if moments is not None and moments.count >= ENOUGH_COLUMNS:
                prior = moments.prior
                break
        else:
            prior = Prior(float(rules.prior[rule]), float(rules.wobble[rule]) ** 2 + LEAST_VARIANCE)
        prior_df[number], prior_variance[number] = prior.df, prior.variance
    df = prior_df[group] + layout.backtests
    moderated = (prior_df[group] * prior_variance[group] + layout.backtests * own) / df
    # Sampling and sketch noise are known: no peer can take them away, and no run was needed to learn them. Of the rest
    # as much remains as so many comparisons cannot rule out.
    moving = np.maximum(moderated - layout.floor, moderated * np.minimum(1.0, UNCERTAIN * np.sqrt(2 / df)))
    # How far healthy columns go astray is known too: no length of history makes their tails lighter, and a short one
    # has seen little of them.
    moving = moving * (1 + UNSEEN / np.maximum(1.0, layout.backtests + rules.prior[layout.statistic] - 4))
    moving = moving + rules.least[layout.statistic] ** 2 + LEAST_VARIANCE
    known = layout.floor
    return _Spread(known + moving, known, np.minimum(df, rules.freedom[layout.statistic]))


def _choose(layout: Layout, admitted: Flags, scores: Floats) -> NDArray[np.intp]:
    """Return each unit's row that decided: the admitted one of least score, then of least residual."""
    lowest = admitted & (scores == layout.spread(layout.least(scores, admitted)))
    nearest = lowest & (layout.residual == layout.spread(layout.least(layout.residual, lowest)))
    places = np.arange(len(scores))
    # Where none is admitted: the first that has a value, else the first that was measured at all.
    preference = np.select([nearest, layout.computed, layout.source >= 0], [0, 1, 2], 3) * len(places) + places
    return np.asarray(np.minimum.reduceat(preference, layout.starts) % len(places), dtype=np.intp)


@dataclass(frozen=True)
class _Outcome:
    """What the run as a whole makes of the units.

    Attributes:
        p: Each unit's own p.
        q: Its Benjamini–Hochberg adjusted p as part of its column, NaN where it took no part.
        rank: Rank of its severity.
        fired: Rules that are broken.
        confirmed: Units that this run alone would not have made an alert.
        levels: Residuals and p values, as scores say them: from that residual on each unit would have been an alert by
            one run where its p is up to this.
    """

    p: Floats
    q: Floats
    rank: NDArray[np.int64]
    fired: Flags
    confirmed: Flags
    levels: Sequence[tuple[Floats, Floats]]


@dataclass(frozen=True)
class _Within:
    """What is left of each p value within its column.

    Attributes:
        p: Each unit's own p.
        within: The same for its column's other statistics: p times the chances the column has.
        live: Units that take one of their column's chances.
        chances: Number of live units of each unit's column.
        column_p: Least `within` of each column; +∞ where none took part.
        calibrated: Units whose p comes from past scores.
    """

    p: Floats
    within: Floats
    live: Flags
    chances: Floats
    column_p: Floats
    calibrated: Flags


def _within(layout: Layout, evidence: _Evidence, calibration: Calibration) -> _Within:
    p, calibrated = evidence.once.calibrate(calibration, evidence.score)
    # A statistic that never moves takes no chance, nor does one that counts no more than another of the same column.
    live = evidence.active & evidence.moved & (evidence.companion < 0)
    chances = np.maximum(1, np.bincount(layout.node, weights=live))[layout.node]
    within = np.minimum(1.0, p * (chances / _agreeing(layout.node, p, live)))
    column_p = np.full(int(layout.node.max()) + 1, np.inf)
    np.minimum.at(column_p, layout.node[evidence.active], within[evidence.active])
    return _Within(p, within, live, chances, column_p, calibrated)


def _across(
    layout: Layout, rules: _Rules, limits: Limits, evidence: _Evidence, calibration: Calibration, tested: Floats
) -> _Outcome:
    statistic = layout.statistic[layout.starts]
    own = _within(layout, evidence, calibration)
    p, within, chances = own.p, own.within, own.chances
    level = limits.budget / max(COLUMNS, tested.size)

    counts = evidence.score > 0
    watched = np.bincount(layout.node, weights=np.logical_or.reduceat(layout.watched, layout.starts)) > 0
    # A short history has not shown yet how far columns go astray, nor for how long: what it calls unlikely goes to the
    # digest, and must be more unlikely to alert. Tables, which are few, and what healthy columns hardly ever do need
    # none, nor does what the store's own past says of columns with as short a history.
    learned = np.minimum(1.0, evidence.history / MOST_BACKTESTS)
    sure = rules.young[statistic] | layout.names["column_name"].among(layout.column[layout.starts], [TABLE_LEVEL])
    alerting = np.where(own.calibrated, AT_ONCE, np.where(sure, 1.0, learned**2)) * level
    lasting_p, known = evidence.twice.calibrate(calibration, evidence.lasting(p))
    again = watched[layout.node] & evidence.stayed & (p <= CONFIRMED * learned**2)
    confirmed = np.where(known, lasting_p <= rules.confirming[statistic] * level, again)
    least_gross = np.where(own.calibrated, np.inf, rules.gross[statistic])
    gross = (evidence.residual >= least_gross) & (p <= GROSS * level)
    at_once = (within <= alerting) | gross
    alert = counts & (at_once | confirmed)
    rule = rules.deterministic[statistic]
    fired = rule & (evidence.residual >= limits.omega) & ~limits.ignored
    reviewed = REVIEW * level * np.where(own.calibrated, DIGEST, 1.0)
    rank = np.where(counts & (within <= reviewed), Severity.REVIEW.rank, Severity.NONE.rank)
    rank = np.where(alert | fired | evidence.contract, Severity.WARNING.rank, rank)
    rank = np.where(fired & rules.digest[statistic], Severity.REVIEW.rank, rank)
    rank = np.where((alert | fired) & (evidence.residual >= limits.critical), Severity.CRITICAL.rank, rank)
    rank = np.minimum(rank, limits.most)

    q = np.full(len(p), np.nan)
    q[evidence.active] = adjusted_at(within[evidence.active], tested)

    needed = 10.0 ** -evidence.once.needed(calibration, np.maximum(alerting / chances, 10.0**-LARGEST_SCORE))
    levels = ((limits.omega, needed), (least_gross, GROSS * level))
    return _Outcome(p, q, rank, fired, alert & ~at_once, levels)


def _agreeing(node: Codes, p: Floats, live: Flags) -> Floats:
    """Return how many live units of its column have a p up to each unit's, at least 1 (Simes 1986)."""
    order = np.lexsort((~live, p, node))
    starts = starts_of(node[order])
    counted = np.cumsum(live[order])
    before: Codes = np.repeat(counted[starts] - live[order][starts], np.diff(np.append(starts, len(p))))
    rank = np.empty(len(p))
    rank[order] = np.maximum(1, counted - before)
    return rank


def _limit(layout: Layout, rules: _Rules, limits: Limits, evidence: _Evidence, outcome: _Outcome) -> Floats:
    """Return the least residual of each unit that would have been flagged; NaN where none would."""
    statistic = layout.statistic[layout.starts]
    limit = np.full(len(statistic), np.inf)
    for least, level in outcome.levels:
        asked = np.flatnonzero(evidence.active & (least < limit))
        far = evidence.deviation[asked] * reach(evidence.known[asked], evidence.df[asked], level[asked])
        beyond = np.maximum(least[asked], rules.delta[statistic[asked]] + far)
        limit[asked] = np.minimum(limit[asked], beyond)
    limit = np.where(evidence.active, limit, np.nan)
    limit = np.where(outcome.confirmed, np.minimum(limit, np.maximum(limits.omega, evidence.still)), limit)
    limit = np.where(evidence.contract, rules.contract[statistic], limit)
    limit = np.where(rules.deterministic[statistic], limits.omega, limit)
    return np.where(limits.ignored, np.nan, limit)


def _table(
    measurements: pa.Table, layout: Layout, rules: _Rules, limits: Limits, evidence: _Evidence, outcome: _Outcome
) -> pa.Table:
    starts, chosen = layout.starts, evidence.chosen
    statistic = layout.statistic[starts]
    computed = layout.computed[chosen]
    error = layout.error[chosen]
    high = error + _limit(layout, rules, limits, evidence, outcome)
    effect = evidence.residual / np.where(limits.omega > 0, limits.omega, 1.0)
    stands = np.isfinite(limits.omega) & computed
    source = pa.array(layout.source[chosen])
    texts = {name: measurements[name].take(source) for name in ("detail", "reason")}
    verdicts = Verdict(
        statistic=layout.names["statistic"].decode(statistic),
        reference=layout.names["reference"].decode(layout.reference[chosen]),
        value=layout.value[chosen],
        error=error,
        high=high,
        signed=rules.signed[statistic],
        rule=rules.deterministic[statistic],
        decides=rules.decides[statistic],
        active=evidence.active,
        contract=evidence.contract,
        confirmed=outcome.confirmed,
        backtests=evidence.history,
        usual=np.sqrt(layout.square[chosen]),
        p=outcome.p,
        rank=outcome.rank,
        detail=texts["detail"],
        reason=texts["reason"],
        ignored=limits.ignored,
        note=limits.note,
    )
    active = evidence.active & computed
    columns = {
        "stage": layout.names["stage"].decode(layout.stage[starts]),
        "table_name": layout.names["table_name"].decode(layout.table[starts]),
        "column_name": layout.names["column_name"].decode(layout.column[starts]),
        "statistic": verdicts.statistic,
        "value": _nullable(layout.value[chosen]),
        "error": _nullable(error),
        "references": _references(layout),
        "expected_low": _nullable(np.where(rules.signed[statistic], -high, np.where(np.isnan(high), np.nan, 0.0))),
        "expected_high": _nullable(high),
        "effect": _nullable(np.where(stands, effect, np.nan)),
        "score": _nullable(np.where(active, evidence.score, np.nan)),
        "p_value": _nullable(np.where(active, outcome.p, np.nan)),
        "q_value": _nullable(outcome.q),
        "severity": _SEVERITIES.take(pa.array(outcome.rank)),
        "deterministic": pa.array(outcome.fired),
        "reason": texts["reason"],
        "explanation": explain(verdicts),
    }
    return pa.table([columns[name] for name in DECISIONS.names], schema=DECISIONS)


def _references(layout: Layout) -> pa.ListArray:
    offsets = pa.array(np.append(layout.starts, len(layout.value)), pa.int32())
    entries = pa.StructArray.from_arrays(
        [
            layout.names["reference"].decode(layout.reference),
            _nullable(layout.value),
            _nullable(layout.residual),
            _nullable(np.sqrt(layout.square)),
            pa.array(layout.backtests.astype(np.int32)),
        ],
        fields=list(REFERENCES.value_type),
    )
    return pa.ListArray.from_arrays(offsets, entries, type=REFERENCES)


def _nullable(values: Floats) -> pa.Array:
    return pa.array(values, mask=np.isnan(values))
