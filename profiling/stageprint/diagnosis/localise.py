"""Finds incidents: where each fault began, and everything that it explains.

An origin is a suspect without an upstream cause (`links`). Origins of one table that began in the same run are
distinguished by their signatures: a column with a signature of its own is an incident, a column that merely moved joins
the strongest of its table, and where many columns of a table moved at once the incident is the table's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from stageprint.diagnosis.base import Candidate, Fit, candidates
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.graph import table_node
from stageprint.diagnosis.links import MAX_COLUMNS_DIAGNOSED, Links, link
from stageprint.diagnosis.strength import Strength
from stageprint.model import TABLE_LEVEL, ColumnKey, TableKey

MIN_MOVED_SHARE_OF_TABLE = 0.2
"""Minimum share of a table's columns that make the incident the table's, …"""

MIN_MOVED_COLUMNS_OF_TABLE = 3
"""… and their minimum number: two of five columns are still two columns."""

MIN_SHARE_WITH_SAME_SIGNATURE = 0.6
"""Minimum share of the moved columns that must show the same signature for the table to have it."""

MAX_FIT_BY_CHANCE = 0.88
"""Maximum fit of a signature that a change of the population leaves by chance in one of many columns."""

MIN_FIT_AMONG_MANY = 0.87
"""Minimum fit of a signature that counts among many moved columns; a free factor or offset does not reach it."""

MIN_FIT_ALONE = 0.7
"""Minimum fit of a signature that makes an incident of its own."""

FAULT_PARAMETERS = frozenset(
    {
        *("value", "factor", "offset", "bound", "step", "max_length", "hours_moved", "partner", "type"),
        *("labels", "share", "late_share", "null_share"),
    }
)
"""The keys of a fit's evidence that identify the fault."""

MAX_PARAMETER_DIFFERENCE = 0.2
"""Maximum relative difference of two such figures that agree."""

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
    groups = [group for table, origins in by_table.items() for group in _split(evidence, links, table, origins)]
    groups = [_traced(evidence, links, group) for group in _merge_stalled(evidence, groups)]
    place = {node: number for number, node in enumerate(links.parent)}
    incidents = [_incident(evidence, links, group, place) for group in groups]
    return sorted(incidents, key=lambda incident: order(evidence, incident))


@dataclass(frozen=True, slots=True)
class _Group:
    """Origins that are one incident: its first member is where it began."""

    members: tuple[ColumnKey, ...]
    candidates: tuple[Candidate, ...]
    at: ColumnKey | None = None

    @property
    def origin(self) -> ColumnKey:
        return self.at or self.members[0]


def _split(evidence: Evidence, links: Links, table: TableKey, origins: Sequence[ColumnKey]) -> list[_Group]:
    """Return the incidents among the origins of one table."""
    node = table_node(table)
    groups: list[_Group] = []
    left = [origin for origin in origins if origin != node]
    if node in origins:
        found = candidates(evidence, node)
        if found[0].fit.at is not None:
            # The table names the column, whose own signatures may fit better.
            found = _best_first((*found, *candidates(evidence, found[0].fit.at)))
        at = candidates(evidence, node)[0].fit.at
        mine = {node, *found[0].fit.also, *((at,) if at is not None else ())}
        groups.append(_Group((node, *(origin for origin in left if origin in mine)), found, at))
        left = [origin for origin in left if origin not in mine]
    by_onset: dict[str, list[ColumnKey]] = {}
    for origin in left:
        by_onset.setdefault(evidence.first_run(origin), []).append(origin)
    for together in by_onset.values():
        groups.extend(_split_columns(evidence, links, table, together))
    return groups


def _split_columns(evidence: Evidence, links: Links, table: TableKey, origins: Sequence[ColumnKey]) -> list[_Group]:
    """Return the incidents among columns of one table that were first flagged in the same run."""
    strongest = sorted(origins, key=lambda key: links.strengths[key], reverse=True)
    found = {origin: candidates(evidence, origin) for origin in strongest[:MAX_COLUMNS_DIAGNOSED]}
    unread = strongest[MAX_COLUMNS_DIAGNOSED:]
    ranked = sorted(found, key=lambda key: (found[key][0].fit.score, links.strengths[key]), reverse=True)
    groups = []
    claimed = _claimed(evidence, table, ranked, found)
    if claimed:
        groups.append(_Group((table_node(table), *claimed), candidates(evidence, table_node(table))))
        ranked = [origin for origin in ranked if origin not in claimed]
        if not ranked:
            return [_Group((*groups[0].members, *unread), groups[0].candidates)]
    whole = _whole_table(evidence, table, ranked, found)
    if whole is not None:
        return [*groups, _Group((*whole.members, *unread), whole.candidates)]
    return [*groups, *_by_signature(ranked, unread, found)]


def _claimed(
    evidence: Evidence, table: TableKey, ranked: Sequence[ColumnKey], found: Mapping[ColumnKey, tuple[Candidate, ...]]
) -> list[ColumnKey]:
    """Return the columns that a cause of the whole table explains better than their own causes do."""
    best = candidates(evidence, table_node(table))[0]
    also = set(best.fit.also)
    if best.cause.family == "population":
        # By chance some columns look shifted or scaled; a sure signature is not a change of the population.
        return list(ranked) if also.issuperset(ranked) and found[ranked[0]][0].fit.score <= MAX_FIT_BY_CHANCE else []
    return [origin for origin in ranked if origin in also and found[origin][0].fit.score <= best.fit.score]


def _whole_table(
    evidence: Evidence, table: TableKey, ranked: Sequence[ColumnKey], found: Mapping[ColumnKey, tuple[Candidate, ...]]
) -> _Group | None:
    """Return the incident as the table's if many of its columns moved alike, or none of them shows why; else None."""
    if len(ranked) < max(MIN_MOVED_COLUMNS_OF_TABLE, MIN_MOVED_SHARE_OF_TABLE * len(evidence.graph.columns(table))):
        return None
    best = found[ranked[0]][0]
    clear = [
        found[key][0] for key in ranked if found[key][0].cause.signature and found[key][0].fit.score >= MIN_FIT_ALONE
    ]
    # A free offset here and a free factor there are what any shift of several columns looks like.
    signed = best.fit.score >= MIN_FIT_AMONG_MANY or len({candidate.cause.name for candidate in clear}) == 1
    alike = _alike(evidence, table, ranked, found)
    if signed and (not alike or {ranked[0], *best.fit.also}.issuperset(ranked)):
        return None
    node = table_node(table)
    # A cause that explains other columns of the table, or none, does not explain these.
    theirs = (one for one in candidates(evidence, node) if not one.cause.signature or set(one.fit.also) & set(ranked))
    pool = (*alike, *theirs)
    return _Group((node, *ranked), _best_first(pool))


def _best_first(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return candidates by falling fit, each cause once."""
    ranked = sorted(found, key=lambda candidate: -candidate.fit.score)
    return tuple({candidate.cause.name: candidate for candidate in reversed(ranked)}.values())[::-1]


def _by_signature(
    ranked: Sequence[ColumnKey], unread: Sequence[ColumnKey], found: Mapping[ColumnKey, tuple[Candidate, ...]]
) -> list[_Group]:
    """Return one incident for each signature; columns that merely moved join the strongest of the table."""
    groups: dict[ColumnKey, list[ColumnKey]] = {}
    by_cause: dict[str, ColumnKey] = {}
    taken: set[ColumnKey] = set()
    for origin in ranked:
        best = found[origin][0]
        if origin in taken or best.fit.score < MIN_FIT_ALONE or not best.cause.signature:
            continue
        head = by_cause.setdefault(best.cause.name, origin)
        members = [origin, *(other for other in best.fit.also if other in found and other not in taken)]
        groups.setdefault(head, []).extend(members)
        taken.update(members)
    rest = [origin for origin in (*ranked, *unread) if origin not in taken]
    if rest:
        groups.setdefault(next(iter(groups), rest[0]), []).extend(rest)
    return [_Group(tuple(dict.fromkeys((head, *members))), found[head]) for head, members in groups.items()]


def _alike(
    evidence: Evidence,
    table: TableKey,
    ranked: Sequence[ColumnKey],
    found: Mapping[ColumnKey, tuple[Candidate, ...]],
) -> tuple[Candidate, ...]:
    """Return the signature that most of the moved columns share, as the table's."""
    by_cause: dict[str, list[tuple[ColumnKey, Candidate]]] = {}
    for key in ranked:
        if found[key][0].cause.signature:
            by_cause.setdefault(found[key][0].cause.name, []).append((key, found[key][0]))
    if not by_cause:
        return ()
    shared = max(by_cause.values(), key=len)
    if len(shared) < MIN_SHARE_WITH_SAME_SIGNATURE * len(ranked):
        return ()
    first, best = shared[0]
    names = [key.column for key, _ in shared]
    listed = ", ".join(names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")
    total = len(evidence.graph.columns(table))
    fit = replace(
        best.fit,
        sentence=f"{len(names)} of {total} columns of {table} ({listed}) changed in the same way; {best.fit.sentence}",
        evidence={"columns": names, "example": first.column, **best.fit.evidence},
        at=None,
    )
    return (Candidate(best.cause, fit),)


def _merge_stalled(evidence: Evidence, groups: Sequence[_Group]) -> list[_Group]:
    """Merge the tables of one stage that stalled in the same run: one load did not happen."""
    merged: dict[tuple[str, str], _Group] = {}
    others: list[_Group] = []
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
            merged[key] = _Group(tuple(members), larger.candidates)
    return [*merged.values(), *others]


def _traced(evidence: Evidence, links: Links, group: _Group) -> _Group:
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
            if theirs[0].cause.name == name and _agree(theirs[0].fit, group.candidates[0].fit):
                group = _Group((parent, *group.members), theirs)
                break
        else:
            break
    return group


def _short_source(evidence: Evidence, links: Links, group: _Group) -> _Group | None:
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
            return _Group((node, *group.members), theirs)
    return None


def _agree(one: Fit, other: Fit) -> bool:
    """Return whether two fits of one cause describe the same fault: all figures that they share agree."""
    shared = FAULT_PARAMETERS & one.evidence.keys() & other.evidence.keys()
    return one.score >= MIN_FIT_ALONE and all(_near(one.evidence[name], other.evidence[name]) for name in shared)


def _near(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= MAX_PARAMETER_DIFFERENCE * max(abs(one), abs(other))
    return one == other


def _rows(evidence: Evidence, table: TableKey) -> int:
    profile = evidence.table(table)
    return profile.rows if profile is not None else 0


def _incident(evidence: Evidence, links: Links, group: _Group, place: Mapping[ColumnKey, int]) -> Incident:
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
