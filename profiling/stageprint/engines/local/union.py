"""Unites the schemas of a source's files: the columns of all of them, each with a type that holds all its values."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa

from stageprint.engines.local.types import common_type, read_type
from stageprint.errors import SourceError
from stageprint.pipeline.source_notes import FileNames, conflicting_types, differing_columns, widened_columns


def unite(
    files: Sequence[tuple[str, pa.Schema]],
    names: FileNames,
    common: Callable[[pa.DataType, pa.DataType], pa.DataType | None] = common_type,
) -> tuple[pa.Schema, list[str]]:
    """Return the columns of all files, and a sentence for each way in which the files differ.

    Names that differ in case only are one column, as for Spark.

    Args:
        files: Path and schema of each file.
        names: How files are named.
        common: Returns the type in which values of two types are read, or None where there is none.

    Raises:
        SourceError: The types of a column have no common one; it names the column and the files.
    """
    fields: dict[str, pa.Field] = {}
    have: dict[str, list[str]] = {}
    types: dict[str, dict[str, list[str]]] = {}
    for path, schema in files:
        for own in schema:
            key, found = own.name.casefold(), read_type(own.type)
            known = fields.get(key)
            types.setdefault(key, {}).setdefault(str(found), []).append(path)
            have.setdefault(key, []).append(path)
            both = found if known is None else common(known.type, found)
            if both is None:
                raise SourceError(conflicting_types((known or own).name, types[key], names))
            fields[key] = pa.field((known or own).name, both)
    notes = [
        *differing_columns({fields[key].name: paths for key, paths in have.items()}, [p for p, _ in files], names),
        *widened_columns(
            {fields[key].name: found for key, found in types.items() if len(found) > 1},
            {field.name: str(field.type) for field in fields.values()},
            names,
        ),
    ]
    return pa.schema(list(fields.values())), notes
