"""Finds incidents: where each fault began, and everything that it explains.

An origin is a suspect without an upstream cause (`links`). Origins of one table that began in the same run are one
incident where one cause explains them (`grouping`), and else incidents *beside* each other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stageprint.diagnosis.base import Candidate, candidates
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.graph import table_node
from stageprint.diagnosis.grouping import MIN_FIT_ALONE, OriginGroup, agree, split
from stageprint.diagnosis.links import Links, link
from stageprint.diagnosis.strength import Strength
from stageprint.model import TABLE_LEVEL, ColumnKey, TableKey

MAX_EFFECT_SHARE_AMPLIFIED = 0.5
"""Where an origin's effect is under this share of a descendant's, the edge that amplifies it is named."""

MIN_SOURCE_LOSS_SHARE = 0.5
"""Minimum share of rows lost by a looked-up table, as a share of the matches that the join lost."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that went wrong.

    Attributes:
        origin: Where it began.
        candidates: Causes that fit there, best first; never empty.
        strength: How strongly it is flagged where it began.
        margin: The origin's score minus its strongest parent's; a source's is its score.
        explains: The other suspects that it explains, nearest to the sources first.
        beside: Suspects of the same table that began in the same run, and that it does not explain.
        amplified: The first edge along which the effect at least doubles, where it does.
        since: The first run of the unbroken flagged streak.
    """

    origin: ColumnKey
    candidates: tuple[Candidate, ...]
    strength: Strength
    margin: float
    explains: tuple[ColumnKey, ...]
    amplified: tuple[ColumnKey, ColumnKey] | None
    since: str
    beside: tuple[ColumnKey, ...] = ()

    @property
    def best(self) -> Candidate:
        """The cause that fits best."""
        return self.candidates[0]


def localise(evidence: Evidence) -> list[Incident]:
    """Return the incidents of the run, the surest origin first."""
    links = link(evidence)
    by_table: dict[TableKey, list[ColumnKey]] = {}
    for node in links.origins:
        by_table.setdefault(node.table_key, []).append(node)
    groups = [group for table, origins in by_table.items() for group in split(evidence, links, table, origins)]
    groups = [_traced(evidence, links, group) for group in _merge_stalled(evidence, groups)]
    place = {node: number for number, node in enumerate(links.parent)}
    incidents = [_incident(evidence, links, group, place) for group in groups]
    return sorted(with_beside(evidence, incidents), key=lambda incident: order(evidence, incident))


def with_beside(evidence: Evidence, incidents: Sequence[Incident]) -> list[Incident]:
    """Return the incidents, each with what it leaves unexplained in its table and its run; chance is left out."""
    together: dict[tuple[TableKey, str], list[ColumnKey]] = {}
    for incident in incidents:
        own = (node for node in (incident.origin, *incident.explains) if node.table_key == incident.origin.table_key)
        worth_a_look = [node for node in own if evidence.severity(node).rank > 0]
        together.setdefault((incident.origin.table_key, incident.since), []).extend(worth_a_look)
    return [
        replace(
            incident,
            beside=tuple(
                node
                for node in dict.fromkeys(together[incident.origin.table_key, incident.since])
                if node not in {incident.origin, *incident.explains}
            ),
        )
        for incident in incidents
    ]


def _merge_stalled(evidence: Evidence, groups: Sequence[OriginGroup]) -> list[OriginGroup]:
    """Merge the tables of one stage that stalled in the same run: one load did not happen."""
    merged: dict[tuple[str, str], OriginGroup] = {}
    others: list[OriginGroup] = []
    for group in groups:
        best = group.candidates[0]
        if best.cause.family != "boundary" or group.members[0].column != TABLE_LEVEL:
            others.append(group)
            continue
        key = (group.members[0].stage, evidence.first_run(group.members[0]))
        known = merged.setdefault(key, group)
        if known is not group:
            larger = max(known, group, key=lambda one: _rows(evidence, one.members[0].table_key))
            members = dict.fromkeys((*larger.members, *known.members, *group.members))
            merged[key] = OriginGroup(tuple(members), larger.candidates)
    return [*merged.values(), *others]


def _traced(evidence: Evidence, links: Links, group: OriginGroup) -> OriginGroup:
    """Follow a column's signature upstream to where it first appears, although it was not flagged there.

    A flag must stand out from chance; a signature that is already known from downstream need not.
    """
    short = _short_source(evidence, links, group)
    if short is not None:
        return short
    while group.candidates[0].cause.signature and group.origin.column != TABLE_LEVEL:
        name, since = group.candidates[0].cause.name, evidence.first_run(group.origin)
        for parent in evidence.graph.column_parents(group.origin):
            if parent in links.strengths:
                continue
            evidence.date(parent, since)
            theirs = candidates(evidence, parent)
            if theirs[0].cause.name == name and agree(theirs[0].fit, group.candidates[0].fit):
                group = OriginGroup((parent, *group.members), theirs)
                break
        else:
            break
    return group


def _short_source(evidence: Evidence, links: Links, group: OriginGroup) -> OriginGroup | None:
    """Return the incident as that of the looked-up table, if that lost as many rows as the join found no match for.

    The number of rows varies and takes a lot to be flagged; the share of matches varies little.
    """
    fit = group.candidates[0].fit
    if group.origin.column != TABLE_LEVEL or not {"source_table", "null_share"} <= fit.evidence.keys():
        return None
    lost = fit.evidence["null_share"] - fit.evidence["null_share_before"]
    for table in evidence.graph.table_parents(group.origin.table_key):
        node = table_node(table)
        then, now = evidence.reference_table(table), evidence.table(table)
        if str(table) != fit.evidence["source_table"] or node in links.strengths or then is None or now is None:
            continue
        if 1 - now.rows / max(then.rows, 1) < MIN_SOURCE_LOSS_SHARE * lost:
            continue
        evidence.date(node, evidence.first_run(group.origin))
        theirs = candidates(evidence, node)
        if theirs[0].cause.signature and theirs[0].fit.score >= MIN_FIT_ALONE:
            return OriginGroup((node, *group.members), theirs)
    return None


def _rows(evidence: Evidence, table: TableKey) -> int:
    profile = evidence.table(table)
    return profile.rows if profile is not None else 0


def _incident(evidence: Evidence, links: Links, group: OriginGroup, place: Mapping[ColumnKey, int]) -> Incident:
    members = {*group.members, group.origin}
    below = [node for node in links.parent if links.origin_of(node) in members]
    explains = sorted((members | set(below)) - {group.origin}, key=lambda node: (place.get(node, 0), node))
    explains = [node for node in explains if node in place]
    flagged = [node for node in group.members if node in links.strengths]
    strength = max(links.strengths[node] for node in flagged)
    return Incident(
        origin=group.origin,
        candidates=group.candidates,
        strength=strength,
        margin=_margin(evidence, group.origin, strength),
        explains=tuple(explains),
        amplified=_amplified(links, strength, below),
        since=min(
            (evidence.first_run(node) for node in flagged),
            key=(*evidence.history, evidence.run_id).index,
        ),
    )


def _margin(evidence: Evidence, origin: ColumnKey, strength: Strength) -> float:
    quiet = (Strength.of(evidence.shifts_of(parent)).score for parent in evidence.graph.parents(origin))
    return strength.score - max(quiet, default=0.0)


def _amplified(links: Links, strength: Strength, below: Iterable[ColumnKey]) -> tuple[ColumnKey, ColumnKey] | None:
    for node in below:
        parent = links.parent[node]
        if parent is not None and 0 < strength.effect < MAX_EFFECT_SHARE_AMPLIFIED * links.strengths[node].effect:
            return (parent, node)
    return None


def order(evidence: Evidence, incident: Incident) -> tuple[Any, ...]:
    """Return what incidents are sorted by: the surest origin first."""
    runs = (*evidence.history, evidence.run_id)
    return (
        not (incident.strength.deterministic or incident.best.fit.deterministic),
        incident.origin.column != TABLE_LEVEL,
        -incident.strength.effect,
        -incident.margin,
        evidence.graph.depth(incident.origin.stage),
        runs.index(incident.since),
        incident.origin,
    )
