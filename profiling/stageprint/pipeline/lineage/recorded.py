"""Edges between data sets and their fields, as others record them, and what they mean for the pipeline's tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from stageprint.config.pipeline import PipelineConfig
from stageprint.model import ColumnKey, TableKey
from stageprint.model.lineage import LineageEdge
from stageprint.pipeline.lineage.places import Places

Field: TypeAlias = tuple[str, str]
"""A data set's id, and the name of a field of it."""

_MAX_NAMED: Final = 5


@dataclass
class Recorded:
    """What one source of lineage says.

    Attributes:
        said_by: Its name, as edges show it.
        names: Id of a data set → what it is called.
        fields: Field → the fields that it is computed from.
        inputs: Id of a data set → ids of those that it is made from.
    """

    said_by: str
    names: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    fields: dict[Field, set[Field]] = field(default_factory=lambda: defaultdict(set))
    inputs: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _ids: dict[str, str] = field(default_factory=dict)

    def data_set(self, *names: str) -> str:
        """Return the id of a data set, of which at least one name is given; a name that is known already tells it."""
        found = next((self._ids[name] for name in names if name in self._ids), names[0])
        for name in names:
            self._ids.setdefault(name, found)
            self.names[found].add(name)
        return found


def edges_of(recorded: Recorded, config: PipelineConfig, places: Places) -> tuple[list[LineageEdge], list[str]]:
    """Return the edges between the pipeline's tables, and notes about what was left out.

    Data sets that are no tables of the pipeline are looked through: a temporary table between two stages.

    Args:
        recorded: What the source says.
        config: The pipeline.
        places: Where its tables are.
    """
    upstream = {stage.name: frozenset(config.ancestors(stage.name)) for stage in config.stages}
    resolved = _Resolved(recorded, places)
    edges: list[LineageEdge] = []
    backwards: dict[str, None] = {}
    for parent, child in [*resolved.tables(), *resolved.columns()]:
        if parent.stage in upstream[child.stage]:
            edges.append(LineageEdge(parent, child, (recorded.said_by,)))
        elif parent.table_key != child.table_key:
            backwards[f"{parent.table_key} → {child.table_key}"] = None
    notes = []
    if backwards:
        shown = ", ".join(list(backwards)[:_MAX_NAMED])
        more = f" and {len(backwards) - _MAX_NAMED} more" if len(backwards) > _MAX_NAMED else ""
        notes.append(
            f"lineage of {recorded.said_by}: left out what the order of the stages does not allow: {shown}{more}"
        )
    if recorded.names and not edges:
        names = ", ".join(sorted(recorded.names)[:_MAX_NAMED])
        notes.append(f"lineage of {recorded.said_by}: no two tables of this pipeline are in it; it names {names}")
    return edges, notes


class _Resolved:
    """Data sets as tables of the pipeline; a data set that is none is replaced by what it is made from."""

    def __init__(self, recorded: Recorded, places: Places) -> None:
        self._fields = recorded.fields
        self._tables = {place: places.tables(sorted(names)) for place, names in recorded.names.items()}
        self._inputs: dict[str, set[str]] = defaultdict(set)
        for child, parents in recorded.inputs.items():
            self._inputs[child] |= parents
        for (child, _), origins in recorded.fields.items():
            self._inputs[child] |= {parent for parent, _ in origins}

    def tables(self) -> Iterator[tuple[ColumnKey, ColumnKey]]:
        """Yield (parent, child) of tables, as their levels."""
        for child in list(self._inputs):
            for key in self._tables[child]:
                yield from ((parent.level, key.level) for parent in dict.fromkeys(self._above(child, set())))

    def columns(self) -> Iterator[tuple[ColumnKey, ColumnKey]]:
        """Yield (parent, child) of columns."""
        for child, name in self._fields:
            for key in self._tables[child]:
                origins = dict.fromkeys(self._origins((child, name), set()))
                yield from ((parent, key.column(name)) for parent in origins)

    def _above(self, child: str, seen: set[str]) -> Iterable[TableKey]:
        if child in seen:
            return
        seen.add(child)
        for parent in sorted(self._inputs.get(child, ())):
            known = self._tables[parent]
            yield from known or self._above(parent, seen)

    def _origins(self, child: Field, seen: set[Field]) -> Iterable[ColumnKey]:
        if child in seen:
            return
        seen.add(child)
        for place, name in sorted(self._fields.get(child, ())):
            known = self._tables[place]
            yield from (key.column(name) for key in known) if known else self._origins((place, name), seen)
