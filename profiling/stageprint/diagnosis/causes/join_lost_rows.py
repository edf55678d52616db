"""A join dropped rows, or found no match for them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from stageprint.diagnosis.base import Cause, Family, Fit, Level
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.facts import Facts
from stageprint.diagnosis.pair import Pair, pair_of_runs
from stageprint.diagnosis.volume import MIN_ROW_CHANGE, Flow, duplicate_rows, flow, kept_keys, multiplicity, rows_moved
from stageprint.model import TABLE_LEVEL, ColumnKey, TableKey, TableProfile
from stageprint.model.figures import count, listing, percent
from stageprint.states.theta import ThetaState

MIN_COLUMNS = 3
"""Minimum number of columns from one table that must lose their values together."""

MAX_LOSS_DIFFERENCE = 0.15
"""Maximum relative difference of losses that count as equal."""

MIN_EARLY_END = dt.timedelta(hours=1)
"""Minimum time by which a source ends before the table made from it, to be named as what is missing."""

MIN_LACKING_SHARE = 0.02
"""Minimum share of the source's keys that another table must lack to be named: theta sketches err by so much."""

MIN_LACKING_PER_LOST = 0.25
"""Minimum ratio of that share to the share of lost rows: keys have unlike numbers of rows."""

MAX_LACKING_LEFT = 0.25
"""Maximum part of the keys that it lacks, or of the rows without a match, which may be left in the table."""

MAX_LACKING_LEFT_TO_TELL = 0.75
"""Maximum part of the keys that it lacks which may be left in the table, to be told without blaming the join."""


@dataclass(frozen=True, slots=True)
class _Loss:
    """A column that lost values which its source still has."""

    key: ColumnKey
    both: Pair
    lost: float


class JoinLostRows(Cause):
    """A join found no match for some of the rows.

    An inner join drops such rows; a left join keeps them with nulls in every column that it looks up. Either way, part
    of the population is gone or incomplete, and usually not at random.

    Signature: the table keeps a smaller share of its source's rows than before, and if keys are declared, the share of
    keys kept falls alike. Or the rows are complete, but at least three columns from one table lose the same share of
    their values at once, which that table has not lost. A join with another table is named if that table lacks keys of
    the source and those keys are gone; otherwise a filter may have dropped the rows just as well, and the finding says
    what the keys show.

    Told apart from: `partial_load`: the source itself is short, or the end of the time range is missing; `null_spike`:
    it hits single columns.

    Check:
        - Take some lost keys (an anti-join of source and result) and look for them in the other table: absent, late, or
          written differently?
        - Compare the type and format of the join key on both sides; leading zeros, blanks and case are the usual
          suspects.
        - See whether the looked-up table was loaded before this stage ran.

    Fix: Repair the key or load the missing rows of the lookup table, then run the stage again. If late rows are normal,
    use a left join and count the unmatched rows.

    Evidence:
        source_table: the upstream table whose rows are lost, or in which no match is found.
        retention: rows per source row now.
        retention_before: rows per source row before.
        rows: rows of the table in this run.
        rows_before: rows of the table in the reference run.
        kept_key_share: share of the source's keys that the table has, 0–1; null: no common key.
        duplicate_rows: rows beyond the first of each key now; null: not counted.
        source_duplicate_rows: the same of the source.
        rows_per_key: rows per distinct key now; null: no key is declared.
        lacking_table: the other side of the join, if its keys show what is lost; null: they do not, or no keys are
            known.
        lacking_key_share: share of the source's keys that it lacks, 0–1.
        columns: columns that lost their values together.
        null_share: share of rows without a value in these columns, 0–1.
        null_share_before: the same before.
        source_ends: last event time of `source_table`, if it newly ends before the rows that look it up; else null.
        rows_end: last event time of the table itself, in the same case.

    Source: this project.

    Example:
        >>> from stageprint.diagnosis.example import two_stages
        >>> rows = {"id": list(range(1000)), "x": [float(i) for i in range(1000)]}
        >>> fewer = {name: values[:850] for name, values in rows.items()}
        >>> evidence, key = two_stages((rows, rows), (rows, fewer))
        >>> round(JoinLostRows().explain(evidence, key).evidence["retention"], 2)
        0.85
    """

    name: ClassVar[str] = "join_lost_rows"
    family: ClassVar[Family] = "data"
    level: ClassVar[Level] = "table"

    def explain(self, evidence: Evidence, origin: ColumnKey) -> Fit | None:
        """Compare the rows kept; where none are lost, look for a block of columns that lost their values."""
        if evidence.graph.is_source(origin.stage):
            return None
        found = flow(evidence, origin.table_key)
        if found is not None and -found.change >= MIN_ROW_CHANGE and rows_moved(evidence, origin):
            return _dropped(evidence, origin, found)
        return _unmatched(evidence, origin)


def _dropped(evidence: Evidence, origin: ColumnKey, found: Flow) -> Fit | None:
    then, now = evidence.table(origin.table_key, found.run), evidence.table(origin.table_key)
    source_then, source_now = evidence.table(found.source, found.run), evidence.table(found.source)
    if then is None or now is None or source_now is None or now.rows == 0:
        return None
    kept = kept_keys(now.keys, source_now.keys)
    kept_then = None if source_then is None else kept_keys(then.keys, source_then.keys)
    rows, rows_then = multiplicity(now), multiplicity(then)
    several = len(evidence.graph.table_parents(origin.table_key)) > 1
    score = 0.88 if several else 0.8
    if kept is not None and kept_then is not None and rows is not None and rows_then is not None:
        # Theta sketches of more keys than they hold are off by a few percent.
        alike = abs(kept / kept_then - 1 - found.change) <= max(0.05, 0.3 * -found.change)
        score = 0.95 if alike and abs(rows / rows_then - 1) <= 0.05 else score
    lacking = _lacking(evidence, origin, found)
    how = "an inner join or a filter drops rows" if lacking is None else _how(lacking, found.source)
    sentence = (
        f"{origin} lost {percent(-found.change)} of the rows of {found.source} since {evidence.first_run(origin)} "
        f"(retention {percent(found.retention)}, before {percent(found.retention_then)}): {how}"
    )
    figures = {
        "source_table": str(found.source),
        "retention": round(found.retention, 6),
        "retention_before": round(found.retention_then, 6),
        "rows": now.rows,
        "rows_before": then.rows,
        "kept_key_share": None if kept is None else round(kept, 4),
        "duplicate_rows": duplicate_rows(now),
        "source_duplicate_rows": duplicate_rows(source_now),
        "rows_per_key": None if rows is None else round(rows, 4),
        "lacking_table": None if lacking is None or lacking.in_part else str(lacking.table),
        "lacking_key_share": None if lacking is None or lacking.in_part else round(lacking.share, 4),
    }
    return Fit(score, sentence, figures, brief=f"a join that drops {percent(-found.change)} of the rows")


@dataclass(frozen=True, slots=True)
class _Lacking:
    """The other side of a join, which lacks keys.

    Attributes:
        table: The other side.
        key: The columns of the key, joined by ``+``.
        share: Share of the source's keys that it lacks, 0–1.
        in_part: What of the loss it tells, where it does not tell all of it; empty: it does.
    """

    table: TableKey
    key: str
    share: float
    in_part: str = ""


def _how(lacking: _Lacking, source: TableKey) -> str:
    """Return what drops rows, as far as the keys of the other side show it."""
    seen = f"lacks {percent(lacking.share)} of the values of {lacking.key} that {source} has"
    if lacking.in_part:
        return f"an inner join or a filter drops rows; {lacking.table} {seen}, {lacking.in_part}"
    return f"a join with {lacking.table} drops rows: it {seen}"


def _lacking(evidence: Evidence, origin: ColumnKey, found: Flow) -> _Lacking | None:
    """Return the other parent whose keys show why rows are lost: it lacks some of the source's, which are gone here.

    Where none shows all of it, one that shows a part of it is returned.
    """
    now, source = evidence.table(origin.table_key), evidence.table(found.source)
    if now is None or source is None:
        return None
    partly: list[_Lacking] = []
    for parent in evidence.graph.table_parents(origin.table_key):
        other = evidence.table(parent)
        if other is None or parent == found.source:
            continue
        for name in other.keys:
            share, left = (kept_keys(other.keys, {name: _distinct(evidence, table, name)}) for table in (source, now))
            lacks = 0.0 if share is None else 1 - share
            if lacks < MIN_LACKING_SHARE:
                continue
            is_much = lacks >= MIN_LACKING_PER_LOST * -found.change
            if left is None:
                is_gone, is_partly = _unmatched_gone(evidence, origin, parent), False
            else:
                is_gone, is_partly = (1 - left <= lacks * most for most in (MAX_LACKING_LEFT, MAX_LACKING_LEFT_TO_TELL))
            if is_gone and is_much:
                return _Lacking(parent, name, lacks)
            if is_gone:
                partly.append(_Lacking(parent, name, lacks, "and their rows are gone, which is a part of the loss"))
            elif is_partly:
                partly.append(_Lacking(parent, name, lacks, "and a part of those is gone"))
    return max(partly, key=lambda one: one.share, default=None)


def _unmatched_gone(evidence: Evidence, origin: ColumnKey, parent: TableKey) -> bool:
    """Return whether rows without a match are gone: what is looked up in a table was null in them, and is not now."""
    pairs = (
        pair_of_runs(evidence, node)
        for node in evidence.graph.nodes(origin.table_key)
        if any(one.table_key == parent for one in evidence.graph.column_parents(node))
    )
    shares = [(both.then.missing_share, both.now.missing_share) for both in pairs if both is not None]
    usual = max((then for then, _ in shares), default=0.0)
    # A column with fewer nulls than rows without a match is not looked up there, such as the key itself.
    fell = (now <= then - usual * (1 - MAX_LACKING_LEFT) for then, now in shares if 2 * then >= usual)
    return usual >= MIN_LACKING_SHARE and all(fell)


def _distinct(evidence: Evidence, table: TableProfile, name: str) -> object:
    """Return the sketch of a key's distinct values: of a declared key, or of the column that has this name."""
    column = evidence.column(table.key.column(name)) if name not in table.keys else None
    return table.keys.get(name) if column is None else column.state(ThetaState)


def _unmatched(evidence: Evidence, origin: ColumnKey) -> Fit | None:
    losses: dict[TableKey, list[_Loss]] = {}
    emptied: dict[ColumnKey, Pair] = {}
    for key in evidence.flagged:
        if key.table_key != origin.table_key or key.column == TABLE_LEVEL:
            continue
        both = pair_of_runs(evidence, key)
        if both is None or both.missing_change < both.missing_step:
            continue
        emptied[key] = both
        seen: set[TableKey] = set()  # a column computed from several of a table is still one column
        for parent in evidence.graph.column_parents(key):
            source = pair_of_runs(evidence, parent)
            # The values are there upstream: it is the match that is missing.
            if parent.table_key not in seen and source is not None and source.missing_change < both.missing_change / 2:
                seen.add(parent.table_key)
                losses.setdefault(parent.table_key, []).append(_Loss(key, both, _unfound(both, source)))
    if not losses:
        return None
    table = max(losses, key=lambda name: len(losses[name]))
    block = _alike(losses[table])
    if len(block) < MIN_COLUMNS:
        return None
    first = block[0].both
    names = sorted(loss.key.column for loss in block)
    sentence = (
        f"{len(names)} columns of {origin} that come from {table} ({listing(names)}) lost "
        f"{percent(first.missing_change)} of their values at once since {evidence.first_run(block[0].key)} "
        f"(null in {percent(first.now.missing_share)} of {count(first.now.rows)} rows, "
        f"before {percent(first.then.missing_share)}): a join finds no match in {table}"
    )
    ends = _ends_early(evidence, table, block[0].key)
    if ends is not None:
        source_end, rows_end = (f"{end:%Y-%m-%d %H:%M}" for end in ends)
        sentence += f", whose events end at {source_end}, where those of {origin} go on to {rows_end}"
    figures = {
        "source_table": str(table),
        "columns": names,
        "null_share": round(first.now.missing_share, 6),
        "null_share_before": round(first.then.missing_share, 6),
        "source_ends": None if ends is None else ends[0].isoformat(),
        "rows_end": None if ends is None else ends[1].isoformat(),
    }
    # What is looked up by a column of the block is lost in the same rows.
    lost = first.missing_change
    chained = (key for key, both in emptied.items() if abs(both.missing_change - lost) <= MAX_LOSS_DIFFERENCE * lost)
    also = tuple(dict.fromkeys((*(loss.key for loss in block), *chained)))
    return Fit(0.98, sentence, figures, also=also, brief=f"a join that finds no match in {table}")


def _ends_early(evidence: Evidence, source: TableKey, column: ColumnKey) -> tuple[dt.datetime, dt.datetime] | None:
    """Return the last event times of a source and of a table made from it, where the source newly ends before it.

    None where it does not, where it did so in the reference run by half as much or more, or where either is not known.
    """
    run = evidence.reference_run(column)
    gap = None if run is None else _gap(evidence.table(source, run), evidence.table(column.table_key, run))
    now = evidence.table(source), evidence.table(column.table_key)
    late = _gap(*now)
    if gap is None or late is None or late < max(2 * gap, MIN_EARLY_END):
        return None
    first, second = (one.facts["event_time_max"] for one in now if one is not None)
    return first, second


def _gap(source: TableProfile | None, table: TableProfile | None) -> dt.timedelta | None:
    """Return by how much a table's last event is later than that of its source; not below zero."""
    ranges = [None if one is None else one.event_range for one in (source, table)]
    ends = [one[1] for one in ranges if one is not None]
    if len(ends) < 2 or (ends[0].tzinfo is None) != (ends[1].tzinfo is None):
        return None
    return max(ends[1] - ends[0], dt.timedelta(0))


def _alike(losses: Sequence[_Loss]) -> list[_Loss]:
    """Return the largest set of columns that lost the same share."""
    best: list[_Loss] = []
    for middle in losses:
        block = [
            loss for loss in losses if abs(loss.lost - middle.lost) <= max(MAX_LOSS_DIFFERENCE * middle.lost, 0.004)
        ]
        best = max(best, block, key=len)
    return best


def _unfound(both: Pair, source: Pair) -> float:
    """Return the share of the source's values, as many as it has now, that were found before and are not now."""

    def found(here: Facts, there: Facts) -> float:
        return (1 - here.missing_share) / max(1 - there.missing_share, 1e-12)

    return 1 - found(both.now, source.now) / max(found(both.then, source.then), 1e-12)
