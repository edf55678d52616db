"""Nested columns: their paths, and how to extract their values.

The fields of a struct, the elements of an array, the keys and the values of a map are profiled as columns of their
own. Their paths extend the path of the column that contains them:

========================  ==================================================
``address.city``          a field of a struct
``tags[]``                the elements of an array, those of all rows
``scores{}``              the keys of a map, those of all rows
``scores{*}``             its values
``orders[].lines[].sku``  any combination of these
========================  ==================================================

A name that contains one of ``. [ ] { } # ` `` or begins with a colon is written in backticks, and backticks within it
are doubled. So every path names exactly one column: ``a.b`` is the field ``b`` of ``a``, `` `a.b` `` a column of that
name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Generic, NamedTuple, TypeAlias, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

T = TypeVar("T")

ELEMENTS: Final = "[]"
KEYS: Final = "{}"
VALUES: Final = "{*}"

Step: TypeAlias = int | str
"""The position of a struct's field, `ELEMENTS`, `KEYS` or `VALUES`."""

_SPECIAL: Final = frozenset(".[]{}#`")


class Child(NamedTuple, Generic[T]):
    """A column directly inside another.

    Attributes:
        step: The step from the outer column to this one.
        name: Name of a struct's field; empty for anything else.
        type: Its type.
    """

    step: Step
    name: str
    type: T


class Leaf(NamedTuple, Generic[T]):
    """A column of a table, at any depth.

    Attributes:
        path: Its path, unique in the table.
        steps: The steps from the top-level column to this one; empty for a top-level column.
        type: Its type.
    """

    path: str
    steps: tuple[Step, ...]
    type: T


def quoted(name: str) -> str:
    """Return a name as it is written in a path."""
    if name and not name.startswith(":") and _SPECIAL.isdisjoint(name):
        return name
    return f"`{name.replace('`', '``')}`"


def unique_paths(names: Sequence[str]) -> list[str]:
    """Return a path for each of the names on one level; repeated names get ``#2``, ``#3`` … appended."""
    seen: dict[str, int] = {}
    paths = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        paths.append(quoted(name) if seen[name] == 1 else f"{quoted(name)}#{seen[name]}")
    return paths


def walk(path: str, data_type: T, depth: int, children: Callable[[T], Sequence[Child[T]]]) -> Iterator[Leaf[T]]:
    """Yield a column and every column inside it, outer columns first.

    Args:
        path: The column's path.
        data_type: Its type.
        depth: Number of levels to go down.
        children: Returns the columns directly inside a type.
    """
    yield from _walk(Leaf(path, (), data_type), depth, children)


def _walk(leaf: Leaf[T], depth: int, children: Callable[[T], Sequence[Child[T]]]) -> Iterator[Leaf[T]]:
    yield leaf
    found = children(leaf.type) if depth > 0 else ()
    names = iter(unique_paths([child.name for child in found if isinstance(child.step, int)]))
    for child in found:
        suffix = f".{next(names)}" if isinstance(child.step, int) else child.step
        yield from _walk(Leaf(leaf.path + suffix, (*leaf.steps, child.step), child.type), depth - 1, children)


def arrow_children(data_type: pa.DataType) -> Sequence[Child[pa.DataType]]:
    """Return the columns directly inside an Arrow type; none for a type that is not nested."""
    if isinstance(data_type, pa.BaseExtensionType):
        return arrow_children(data_type.storage_type)
    if pa.types.is_struct(data_type):
        return [Child(place, field.name, field.type) for place, field in enumerate(data_type)]
    if pa.types.is_map(data_type):
        return [Child(KEYS, "", data_type.key_type), Child(VALUES, "", data_type.item_type)]
    if pa.types.is_nested(data_type) and data_type.num_fields == 1:
        return [Child(ELEMENTS, "", data_type.value_type)]
    return ()


def is_repeated(steps: Sequence[Step]) -> bool:
    """Return whether a row of the table may hold several of the column's values, or none."""
    return any(not isinstance(step, int) for step in steps)


class Extractor:
    """Extracts nested columns of one record batch; a step that two of them share is taken once.

    Args:
        batch: The record batch.
    """

    def __init__(self, batch: pa.RecordBatch) -> None:
        self._batch = batch
        self._made: dict[tuple[int, tuple[Step, ...]], pa.Array] = {}

    def column(self, source: int, steps: tuple[Step, ...]) -> pa.Array:
        """Return the column that `steps` lead to from the top-level column at position `source`."""
        if not steps:
            return self._batch.column(source)
        if (source, steps) not in self._made:
            self._made[source, steps] = _step(self.column(source, steps[:-1]), steps[-1])
        return self._made[source, steps]


def _step(array: pa.Array, step: Step) -> pa.Array:
    if isinstance(array.type, pa.BaseExtensionType):
        array = array.storage
    if isinstance(step, int):
        return pc.struct_field(array, [step])
    if step == ELEMENTS:
        return pc.list_flatten(array)
    present = array.drop_null()
    start, stop = (present.offsets[0].as_py(), present.offsets[-1].as_py()) if len(present) else (0, 0)
    entries = present.keys if step == KEYS else present.items
    # `keys` and `items` begin at the map's first entry; in some versions of Arrow at the buffer's first entry.
    return entries if len(entries) == stop - start else entries.slice(start, stop - start)
