"""Lays out the pairs, runs every statistic over them and collects the measurements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pyarrow as pa

from stageprint.features.advancing import Advance, advance_of
from stageprint.features.column import ColumnFeatures, Reference
from stageprint.features.compact import compact_features
from stageprint.features.from_profile import read_column
from stageprint.features.pairs import Pairs
from stageprint.features.run_days import NO_WINDOWS, Windows
from stageprint.features.table import TableFeatures, read_table
from stageprint.features.upstream import UpstreamPair
from stageprint.model import ColumnKey, ColumnKind, ColumnProfile, NotComputable, TableProfile
from stageprint.shifts._registry import column_relations, column_rules, column_shifts, table_rules, table_shifts
from stageprint.shifts._rows import Key, Rows
from stageprint.shifts.advancing._advance import AdvanceRule
from stageprint.shifts.base import (
    NEVER_A_ROW,
    ColumnRelation,
    ColumnRule,
    Outcome,
)

TABLE_KIND = "table"
"""`kind` of the rows of whole tables."""

STAGE = "stage:"
"""Prefix of the names of references that are another stage of the same run."""

PINNED = ("run:", STAGE)
"""Prefixes of the names of references that are not the column's recent past."""


Past: TypeAlias = ColumnProfile | ColumnFeatures
"""A column in an earlier run: its profile, or the compact features that `read_compact` returns."""


@dataclass(frozen=True, slots=True)
class DeliveredAgain:
    """A table whose rows and most columns are exactly those of the last run.

    Attributes:
        exchanged: Column → the column that it changed places with.
    """

    exchanged: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ColumnHistory:
    """A column in the run under test, with the earlier profiles that it is compared with.

    Attributes:
        key: The column.
        current: Its profile in the run under test.
        references: Reference name → the profiles in it, or their compact features, oldest first; empty without runs.
        upstream: The upstream column that it comes from; None: none, or several.
        upstream_current: Profile of the upstream column in the run under test.
        upstream_references: Its profiles in the runs of each reference, in the same order; None: not profiled.
        windows: The days of the run under test, as `stageprint.features.run_days` returns them.
        again: What is known of a table whose rows are exactly those of the last run; None: they are not.
    """

    key: ColumnKey
    current: ColumnProfile
    references: Mapping[str, Sequence[Past]]
    upstream: ColumnKey | None = None
    upstream_current: ColumnProfile | None = None
    upstream_references: Mapping[str, Sequence[Past | None]] = field(default_factory=dict)
    windows: Windows = NO_WINDOWS
    again: DeliveredAgain | None = None


@dataclass(frozen=True, slots=True)
class TableHistory:
    """A table in the run under test, with the earlier profiles that it is compared with, and its upstream table.

    Attributes:
        current: Its profile in the run under test.
        references: Reference name → the profiles in it, oldest first; empty: there is no such run.
        upstream: The upstream table's profile in the run under test.
        reference_upstreams: Reference name → the upstream table's profile in each run of the reference, in the
            same order; None: it was not profiled.
        role: Role of the table's stage: training, evaluation, serving or predictions; None: not declared.
        peers: Role → the table of that role in the run under test, as `PipelineConfig.peers` names them.
        reference_peers: Reference name → the same in each run of the reference, in the same order.
        date: Date of the run under test; None: its name begins with none.
        reference_dates: Reference name → the date of each run of the reference, in the same order.
    """

    current: TableProfile
    references: Mapping[str, Sequence[TableProfile]]
    upstream: TableProfile | None = None
    reference_upstreams: Mapping[str, Sequence[TableProfile | None]] = field(default_factory=dict)
    role: str | None = None
    peers: Mapping[str, TableProfile] = field(default_factory=dict)
    reference_peers: Mapping[str, Sequence[Mapping[str, TableProfile]]] = field(default_factory=dict)
    date: dt.date | None = None
    reference_dates: Mapping[str, Sequence[dt.date | None]] = field(default_factory=dict)


class _ReferencePair(NamedTuple):
    """A column that is compared with one reference."""

    key: int
    name: int
    current: ColumnFeatures
    reference: Reference
    advance: Advance | None


def measure(columns: Sequence[ColumnHistory]) -> pa.Table:
    """Return the statistics of columns against their references.

    Args:
        columns: Columns of any kinds and tables.

    Returns:
        A table of schema `MEASUREMENTS`: a row for each column × statistic × reference, and a row for each column ×
        rule, in no particular order.
    """
    rows = Rows()
    by_kind: dict[ColumnKind, list[_ReferencePair]] = {}
    features = _Features()
    for history in columns:
        by_kind.setdefault(history.current.kind, []).extend(_compare(rows, history, features))
    for kind, comparisons in by_kind.items():
        if comparisons:
            _measure_kind(rows, kind, comparisons)
    return rows.table()


def measure_tables(tables: Sequence[TableHistory]) -> pa.Table:
    """Return the statistics of whole tables against their references.

    Args:
        tables: The tables.

    Returns:
        A table of schema `MEASUREMENTS`, as `measure` returns it, with `TABLE_LEVEL` for the column.
    """
    rows = Rows()
    for history in tables:
        current = read_table(history.current, history.upstream, history.role, history.peers, history.date)
        key = Key(history.current.key.level, TABLE_KIND)
        known: dict[tuple[int, int], TableFeatures] = {}
        for name in history.references:
            past = _past_tables(history, name, known)
            for shift in table_shifts():
                outcome = shift.compare(current, past) if past else NotComputable("no run for this reference")
                rows.one(key, shift, name, outcome, sum(run.rows for run in past), current.rows)
        name = _of_rules(history.references)
        past = _past_tables(history, name, known)
        for rule in table_rules():
            alone = not (past or rule.needs_past)
            outcome = rule.compare(current, past) if past or alone else NotComputable("no earlier run")
            rows.one(key, rule, name, outcome, sum(run.rows for run in past), current.rows)
    return rows.table()


class _Features:
    """Caches the features of profiles, which the columns downstream ask for again."""

    def __init__(self) -> None:
        self._now: dict[int, ColumnFeatures] = {}
        self._past: dict[int, ColumnFeatures] = {}
        self._unlike: dict[int, ColumnFeatures] = {}

    def now(self, profile: ColumnProfile) -> ColumnFeatures:
        """Return the features of a profile of the run under test."""
        if id(profile) not in self._now:
            self._now[id(profile)] = read_column(profile)
        return self._now[id(profile)]

    def past(self, profile: Past) -> ColumnFeatures:
        """Return the compact features of an earlier profile."""
        if isinstance(profile, ColumnFeatures):
            return profile
        if id(profile) not in self._past:
            self._past[id(profile)] = compact_features(self.now(profile))
        return self._past[id(profile)]

    def past_of(self, current: ColumnFeatures, profile: Past) -> ColumnFeatures:
        """Return the compact features of an earlier profile, without labels that are not hashed as the current ones."""
        found = self.past(profile)
        if found.labels_hash_id == current.labels_hash_id:
            return found
        if id(found) not in self._unlike:
            self._unlike[id(found)] = found.without_labels()
        return self._unlike[id(found)]


def _compare(rows: Rows, history: ColumnHistory, features: _Features) -> list[_ReferencePair]:
    """Add the rows of rules and of references that cannot be compared; return the comparisons that are left."""
    current = features.now(history.current)
    current.windows = history.windows
    if history.again is not None:
        current.delivered_again = True
        current.exchanged_with = history.again.exchanged.get(history.key.column)
    key = Key(history.key, current.kind.value)
    code = rows.key(key)
    made: dict[tuple[int, ...], Reference] = {}
    advance = _advance(current, history, features)
    comparisons = []
    for name, profiles in history.references.items():
        runs = [run for profile in profiles if (run := features.past_of(current, profile)).rows > 0]
        problem = _problem(current, runs)
        if problem is not None:
            for shift in column_shifts(current.kind):
                rows.one(key, shift, name, problem, sum(run.rows for run in runs), current.rows)
            continue
        # In the first runs of a store several references are the same run: it is compared once.
        comparable = [run for run in runs if current.comparable(run)]
        same = tuple(id(run) for run in comparable)
        if same not in made:
            made[same] = Reference(comparable)
        comparisons.append(_ReferencePair(code, rows.reference(name), current, made[same], advance))
    name = _of_rules(history.references)
    earlier = history.references.get(name, ())
    past = [run for profile in earlier if (run := features.past_of(current, profile)).rows > 0]
    never = NotComputable(NEVER_A_ROW) if earlier and not past and not current.rows > 0 else None
    for rule in column_rules(current.kind):
        outcome = never if never is not None else _judge(rule, current, past, advance)
        rows.one(key, rule, name, outcome, sum(run.rows for run in past), current.rows)
    _relate(rows, key, history, features)
    return comparisons


def _relate(rows: Rows, key: Key, history: ColumnHistory, features: _Features) -> None:
    """Add the rows of the statistics that compare the column with the upstream column."""
    if history.upstream is None or history.upstream_current is None:
        return
    source = str(history.upstream)
    current = UpstreamPair(features.now(history.current), features.now(history.upstream_current), source)
    relations = column_relations(current.child.kind)
    links: dict[tuple[int, int], UpstreamPair] = {}
    past: dict[str, list[UpstreamPair]] = {}
    for name, profiles in history.references.items():
        past[name] = []
        for own, above in zip(profiles, history.upstream_references.get(name, ()), strict=True):
            if above is None:
                continue
            both = (id(own), id(above))
            links[both] = links.get(both) or UpstreamPair(features.past(own), features.past(above), source)
            if links[both].comparable:
                past[name].append(links[both])
    longest = _of_rules(history.references)
    for shift in relations:
        for name in (longest,) if shift.deterministic else past:
            rows.one(
                key,
                shift,
                name,
                _related(shift, current, past.get(name, ())),
                sum(link.parent.rows for link in past.get(name, ())),
                current.child.rows,
            )


def _related(shift: ColumnRelation, current: UpstreamPair, past: Sequence[UpstreamPair]) -> Outcome | NotComputable:
    if not current.comparable:
        alike = current.child.labels_hash_id == current.parent.labels_hash_id
        why = "none of a like type" if alike else "its values are hashed in another way"
        return NotComputable(f"no rows to compare with those of {current.source}, or {why}")
    return shift.compare(current, past) if past else NotComputable("no earlier run with the upstream column")


def _problem(current: ColumnFeatures, runs: Sequence[ColumnFeatures]) -> NotComputable | None:
    if not runs:
        return NotComputable("no run for this reference")
    if not current.rows > 0:
        return NotComputable("no rows in this run")
    if not any(current.comparable(run) for run in runs):
        return NotComputable(f"type changed from {runs[-1].data_type} to {current.data_type}")
    return None


def _advance(current: ColumnFeatures, history: ColumnHistory, features: _Features) -> Advance | None:
    """Return how the column advances, by the longest past that it is compared with; None against another stage."""
    name = _of_rules(history.references)
    past = [features.past_of(current, profile) for profile in history.references.get(name, ())]
    return advance_of(current, past) if past else None


def _judge(
    rule: ColumnRule, current: ColumnFeatures, past: Sequence[ColumnFeatures], advance: Advance | None
) -> Outcome | NotComputable:
    if not past:
        return NotComputable("no earlier run")
    if not current.rows > 0:
        return NotComputable("no rows in this run")
    if advance is not None and rule.assumes_level:
        return NotComputable(advance.reason)
    if isinstance(rule, AdvanceRule):
        return rule.judge_advance(advance, current, past)
    return rule.judge(current, past)


def _of_rules(references: Mapping[str, Sequence[Any]]) -> str:
    """Return the reference by which rules are judged; ``prev`` if there is none.

    It is the running reference with the most runs, or the pinned run where nothing else is compared with. Another stage
    is no past.
    """
    past = [name for name in references if not name.startswith(STAGE)]
    running = [name for name in past if not name.startswith(PINNED)]
    return max(running or past, key=lambda name: len(references[name]), default="prev")


def _past_tables(history: TableHistory, name: str, known: dict[tuple[int, int], TableFeatures]) -> list[TableFeatures]:
    profiles = history.references.get(name, ())
    upstreams = history.reference_upstreams.get(name) or [None] * len(profiles)
    beside = history.reference_peers.get(name) or [{}] * len(profiles)
    dates = history.reference_dates.get(name) or [None] * len(profiles)
    features = []
    for profile, upstream, peers, date in zip(profiles, upstreams, beside, dates, strict=True):
        identity = (id(profile), id(upstream))
        if identity not in known:
            known[identity] = read_table(profile, upstream, history.role, peers, date)
        features.append(known[identity])
    return features


def _measure_kind(rows: Rows, kind: ColumnKind, comparisons: Sequence[_ReferencePair]) -> None:
    places: dict[tuple[int, int], int] = {}
    unique: list[_ReferencePair] = []
    at = np.empty(len(comparisons), dtype=np.intp)
    for position, comparison in enumerate(comparisons):
        identity = (id(comparison.current), id(comparison.reference))
        if identity not in places:
            places[identity] = len(unique)
            unique.append(comparison)
        at[position] = places[identity]
    pairs = Pairs([one.current for one in unique], [one.reference for one in unique])
    keys = np.array([comparison.key for comparison in comparisons], dtype=np.int64)
    names = np.array([comparison.name for comparison in comparisons], dtype=np.int64)
    n_reference, n_current = pairs.then("rows")[at], pairs.now("rows")[at]
    advancing = {places[id(one.current), id(one.reference)]: one.advance for one in comparisons if one.advance}
    leaves = np.zeros(len(unique), dtype=bool)
    leaves[list(advancing)] = True
    for shift in column_shifts(kind):
        measured = shift.evaluate(pairs)
        if advancing and shift.assumes_level and shift.used_in_decision:
            measured.reasons |= {position: one.reason for position, one in advancing.items()}
            measured.value = np.where(leaves, np.nan, measured.value)
        rows.many(shift, measured, at, keys, names, n_reference, n_current)
