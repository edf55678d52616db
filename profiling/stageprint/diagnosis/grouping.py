"""Which origins of one table are one incident, and which are incidents beside each other.

Origins of one table that began in the same run are one incident where they lost or gained the same rows: equal shares
of the same kind, or a cause of the whole table that names them. Where many columns moved and none of them shows why,
the incident is the table's. A column that merely moved at the same time is an incident of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from stageprint.batch.nested import ELEMENTS, KEYS, VALUES
from stageprint.diagnosis.base import Candidate, Fit, candidates
from stageprint.diagnosis.evidence import Evidence
from stageprint.diagnosis.graph import table_node
from stageprint.diagnosis.links import MAX_COLUMNS_DIAGNOSED, Links
from stageprint.model import SCALAR, ColumnKey, TableKey

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

SIZES = ("factor", "offset", "hours_moved", "null_share", "share", "late_share")
"""The keys of a fit's evidence that say how large the fault is. The values that it leaves may differ by column."""

MAX_SIZE_DIFFERENCE = 0.1
"""Maximum relative difference of the sizes of one fault in two columns."""


@dataclass(frozen=True, slots=True)
class OriginGroup:
    """Origins that are one incident: its first member is where it began."""

    members: tuple[ColumnKey, ...]
    candidates: tuple[Candidate, ...]
    at: ColumnKey | None = None

    @property
    def origin(self) -> ColumnKey:
        """Where it began."""
        return self.at or self.members[0]


def split(evidence: Evidence, links: Links, table: TableKey, origins: Sequence[ColumnKey]) -> list[OriginGroup]:
    """Return the incidents among the origins of one table."""
    node = table_node(table)
    groups: list[OriginGroup] = []
    left = [origin for origin in origins if origin != node]
    if node in origins:
        found = candidates(evidence, node)
        if found[0].fit.at is not None:
            # The table names the column, whose own signatures may fit better.
            found = _best_first((*found, *candidates(evidence, found[0].fit.at)))
        at = candidates(evidence, node)[0].fit.at
        mine = {node, *found[0].fit.also, *((at,) if at is not None else ())}
        groups.append(OriginGroup((node, *(origin for origin in left if origin in mine)), found, at))
        left = [origin for origin in left if origin not in mine]
    by_onset: dict[str, list[ColumnKey]] = {}
    for origin in left:
        by_onset.setdefault(evidence.first_run(origin), []).append(origin)
    for together in by_onset.values():
        groups.extend(_split_columns(evidence, links, table, together))
    return groups


def _split_columns(
    evidence: Evidence, links: Links, table: TableKey, origins: Sequence[ColumnKey]
) -> list[OriginGroup]:
    """Return the incidents among columns of one table that were first flagged in the same run."""
    strongest = sorted(origins, key=lambda key: links.strengths[key], reverse=True)
    found = {origin: candidates(evidence, origin) for origin in strongest[:MAX_COLUMNS_DIAGNOSED]}
    unread = strongest[MAX_COLUMNS_DIAGNOSED:]
    ranked = sorted(found, key=lambda key: (found[key][0].fit.score, links.strengths[key]), reverse=True)
    groups = []
    claimed = _claimed(evidence, table, ranked, found)
    if claimed:
        groups.append(OriginGroup((table_node(table), *claimed), candidates(evidence, table_node(table))))
        ranked = [origin for origin in ranked if origin not in claimed]
    whole = _whole_table(evidence, table, ranked, found)
    if whole is not None:
        # Where so many moved that not all were read, what was not read is the table's too.
        groups.append(replace(whole, members=(*whole.members, *unread)))
        ranked, unread = [origin for origin in ranked if origin not in whole.members], []
    return [*groups, *_by_signature(evidence, table, ranked, unread, found)]


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
) -> OriginGroup | None:
    """Return the incident as the table's if many of its columns moved alike, or none of them shows why; else None."""
    if not _are_many(evidence, table, ranked):
        return None
    best = found[ranked[0]][0]
    clear = [
        found[key][0] for key in ranked if found[key][0].cause.signature and found[key][0].fit.score >= MIN_FIT_ALONE
    ]
    # A free offset here and a free factor there, or in one column alone, are what any shift of several looks like.
    shared = len(clear) > 1 and len({candidate.cause.name for candidate in clear}) == 1
    signed = best.fit.score >= MIN_FIT_AMONG_MANY or shared
    alike, members = _alike(evidence, table, ranked, found)
    if signed and (not alike or {ranked[0], *best.fit.also}.issuperset(ranked)):
        return None
    return _of_table(evidence, table, members if signed else ranked, alike)


def _are_many(evidence: Evidence, table: TableKey, moved: Sequence[ColumnKey]) -> bool:
    """Return whether so many columns moved that none of them is likely the cause."""
    return len(moved) >= max(MIN_MOVED_COLUMNS_OF_TABLE, MIN_MOVED_SHARE_OF_TABLE * len(evidence.graph.columns(table)))


def _of_table(
    evidence: Evidence, table: TableKey, members: Sequence[ColumnKey], alike: tuple[Candidate, ...] = ()
) -> OriginGroup:
    node = table_node(table)
    # A cause that explains other columns of the table, or none, does not explain these.
    theirs = (one for one in candidates(evidence, node) if not one.cause.signature or set(one.fit.also) & set(members))
    return OriginGroup((node, *members), _best_first((*alike, *theirs)))


def _best_first(found: Iterable[Candidate]) -> tuple[Candidate, ...]:
    """Return candidates by falling fit, each cause once."""
    ranked = sorted(found, key=lambda candidate: -candidate.fit.score)
    return tuple({candidate.cause.name: candidate for candidate in reversed(ranked)}.values())[::-1]


def _by_signature(
    evidence: Evidence,
    table: TableKey,
    ranked: Sequence[ColumnKey],
    unread: Sequence[ColumnKey],
    found: Mapping[ColumnKey, tuple[Candidate, ...]],
) -> list[OriginGroup]:
    """Return one incident for each signature, and one for each column that merely moved; many of these are the table's.

    Columns with the same signature are one incident where it has the same size in all of them; so are a map or an
    array and its entries, where entries are gone or new.
    """
    groups: dict[ColumnKey, list[ColumnKey]] = {}
    entries = _moved_by_entries(evidence, ranked, found)
    taken: set[ColumnKey] = {member for members in entries.values() for member in members}
    for origin in ranked:
        best = found[origin][0]
        if origin in taken or not _is_clear(best):
            continue
        head = next((head for head in groups if _is_same_fault(found[head][0], best)), origin)
        members = [origin, *(other for other in best.fit.also if other in found and other not in taken)]
        members += entries.get(origin, ())
        groups.setdefault(head, []).extend(members)
        taken.update(members)
    rest = [origin for origin in ranked if origin not in taken]
    made = [OriginGroup(tuple(dict.fromkeys((head, *members))), found[head]) for head, members in groups.items()]
    if unread or _are_many(evidence, table, rest):
        return [*made, _of_table(evidence, table, (*rest, *unread))]
    return [*made, *(OriginGroup((origin,), found[origin]) for origin in rest)]


def _moved_by_entries(
    evidence: Evidence, ranked: Sequence[ColumnKey], found: Mapping[ColumnKey, tuple[Candidate, ...]]
) -> dict[ColumnKey, list[ColumnKey]]:
    """Return what moved with the keys of a map, or the elements of an array, of which some are gone or new.

    The container has fewer or more entries then, and the values of a map lack those of the keys. A signature that lies
    in the values themselves is a fault of their own.
    """
    moved = {}
    for origin in ranked:
        entry = next((mark for mark in (KEYS, ELEMENTS) if origin.column.endswith(mark)), None)
        if entry is None or not _is_clear(found[origin][0]) or found[origin][0].cause.of_values:
            continue
        container = replace(origin, column=origin.column.removesuffix(entry))
        profile = evidence.column(container)
        if profile is None or profile.kind in SCALAR:
            continue
        values = replace(origin, column=container.column + VALUES) if entry == KEYS else container
        with_it = [container] if container in found and not _is_clear(found[container][0]) else []
        if values in found and values != container and not found[values][0].cause.of_values:
            with_it.append(values)
        moved[origin] = with_it
    return moved


def _is_clear(best: Candidate) -> bool:
    return best.cause.signature and best.fit.score >= MIN_FIT_ALONE


def _is_same_fault(one: Candidate, other: Candidate) -> bool:
    """Return whether two columns show the same cause in the same size: what became of the same rows."""
    sizes = ((_size_of(one.fit, name), _size_of(other.fit, name)) for name in SIZES)
    return one.cause.name == other.cause.name and all(
        abs(a - b) <= MAX_SIZE_DIFFERENCE * max(abs(a), abs(b)) for a, b in sizes if a is not None and b is not None
    )


def _size_of(fit: Fit, name: str) -> float | None:
    """Return a size of a fault, of shares the change; None where the cause has no such size."""
    size = fit.evidence.get(name)
    if not isinstance(size, float):
        return None
    before = fit.evidence.get(f"{name}_before")
    return size - before if isinstance(before, float) else size


def _alike(
    evidence: Evidence,
    table: TableKey,
    ranked: Sequence[ColumnKey],
    found: Mapping[ColumnKey, tuple[Candidate, ...]],
) -> tuple[tuple[Candidate, ...], tuple[ColumnKey, ...]]:
    """Return the signature that most of the moved columns share, as the table's, and these columns."""
    sharing: list[list[tuple[ColumnKey, Candidate]]] = []
    for key in ranked:
        best = found[key][0]
        if best.cause.signature:
            same = next((shared for shared in sharing if _is_same_fault(shared[0][1], best)), None)
            if same is None:
                sharing.append([(key, best)])
            else:
                same.append((key, best))
    shared = max(sharing, key=len, default=[])
    if not shared or len(shared) < MIN_SHARE_WITH_SAME_SIGNATURE * len(ranked):
        return (), ()
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
    return (Candidate(best.cause, fit),), tuple(key for key, _ in shared)


def agree(one: Fit, other: Fit) -> bool:
    """Return whether two fits of one cause describe the same fault: all figures that they share agree."""
    shared = FAULT_PARAMETERS & one.evidence.keys() & other.evidence.keys()
    return one.score >= MIN_FIT_ALONE and all(_near(one.evidence[name], other.evidence[name]) for name in shared)


def _near(one: object, other: object) -> bool:
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= MAX_PARAMETER_DIFFERENCE * max(abs(one), abs(other))
    return one == other
