"""Unites the schemas of a source's files: the columns of all of them, each with a type that holds all its values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.errors import SourceError
from stageprint.pipeline.source_notes import FileNames, conflicting_types, differing_columns, widened_columns

_INTEGERS: Final = (T.ByteType, T.ShortType, T.IntegerType, T.LongType)
"""From narrow to wide."""


@dataclass(frozen=True)
class FileSchema:
    """The schema that some of a source's files have.

    Attributes:
        schema: The schema, without partition columns.
        files: Paths of the files.
    """

    schema: T.StructType
    files: tuple[str, ...]


@dataclass(frozen=True)
class SchemaUnion:
    """The schemas of a source's files as one.

    Attributes:
        schema: The columns of the first schema, then those that only others have.
        files: Column → paths of the files that have it.
        types: Column whose type differs among files → type → paths of the files in which it has that type.
    """

    schema: T.StructType
    files: Mapping[str, tuple[str, ...]]
    types: Mapping[str, Mapping[str, tuple[str, ...]]]

    def notes(self, names: FileNames, read: T.StructType | None = None) -> list[str]:
        """Return one sentence for each way in which the files differ.

        Args:
            names: How files are named.
            read: What is read of the files, where that is less than `schema`.
        """
        every = [file for files in self.files.values() for file in files]
        have = {name.casefold() for name in (read or self.schema).names}
        left_out = [name for name in self.files if name.casefold() not in have]
        types = {} if read is not None else self.types
        read_as = {field.name: field.dataType.simpleString() for field in self.schema.fields}
        return [*differing_columns(self.files, every, names, left_out), *widened_columns(types, read_as, names)]


def unite(
    schemas: Sequence[FileSchema],
    names: FileNames,
    *,
    case_sensitive: bool = False,
    widens: bool = True,
    text: bool = False,
) -> SchemaUnion:
    """Return the union of schemas.

    Args:
        schemas: The different schemas, at least one; that of the first file comes first.
        names: How an error names files.
        case_sensitive: Whether names that differ in case only are different columns.
        widens: Whether the reader reads a narrow type as a wider one: Spark does from version 4.0 on.
        text: Whether types without a common one are read as text, as those of a CSV column are.

    Raises:
        SourceError: The types of a column have no common one; it names the column and the files.
    """
    fields: dict[str, T.StructField] = {}
    files: dict[str, list[str]] = {}
    types: dict[str, dict[str, list[str]]] = {}
    for one in schemas:
        for field in one.schema.fields:
            key = field.name if case_sensitive else field.name.casefold()
            types.setdefault(key, {}).setdefault(field.dataType.simpleString(), []).extend(one.files)
            files.setdefault(key, []).extend(one.files)
            known = fields.get(key)
            if known is None:
                fields[key] = field
                continue
            common = common_type(known.dataType, field.dataType, case_sensitive=case_sensitive, widens=widens)
            if common is None and text:
                common = T.StringType()
            if common is None:
                found = {name: tuple(of_type) for name, of_type in types[key].items()}
                raise SourceError(conflicting_types(known.name, found, names))
            if common != known.dataType:
                fields[key] = T.StructField(known.name, common, True, known.metadata)
    return SchemaUnion(
        T.StructType(list(fields.values())),
        {fields[key].name: tuple(found) for key, found in files.items()},
        {
            fields[key].name: {name: tuple(of_type) for name, of_type in found.items()}
            for key, found in types.items()
            if len(found) > 1
        },
    )


def common_type(
    one: T.DataType, other: T.DataType, *, case_sensitive: bool = False, widens: bool = True
) -> T.DataType | None:
    """Return the type as which Spark reads values of both types without loss; None where there is none."""
    if one == other:
        return one
    if isinstance(one, T.StructType) and isinstance(other, T.StructType):
        return _struct(one, other, case_sensitive=case_sensitive, widens=widens)
    if isinstance(one, T.ArrayType) and isinstance(other, T.ArrayType):
        inner = common_type(one.elementType, other.elementType, case_sensitive=case_sensitive, widens=widens)
        return None if inner is None else T.ArrayType(inner, one.containsNull or other.containsNull)
    if isinstance(one, T.MapType) and isinstance(other, T.MapType):
        keys = common_type(one.keyType, other.keyType, case_sensitive=case_sensitive, widens=widens)
        values = common_type(one.valueType, other.valueType, case_sensitive=case_sensitive, widens=widens)
        return None if keys is None or values is None else T.MapType(keys, values, True)
    if isinstance(one, T.NullType) or isinstance(other, T.NullType):
        return other if isinstance(one, T.NullType) else one
    return _wider(one, other) if widens else None


def _wider(one: T.DataType, other: T.DataType) -> T.DataType | None:
    if isinstance(one, _INTEGERS) and isinstance(other, _INTEGERS):
        return max(one, other, key=lambda found: _INTEGERS.index(type(found)))
    if {type(one), type(other)} == {T.FloatType, T.DoubleType}:
        return T.DoubleType()
    if isinstance(one, T.DecimalType) and isinstance(other, T.DecimalType):
        scale = max(one.scale, other.scale)
        precision = max(one.precision - one.scale, other.precision - other.scale) + scale
        return T.DecimalType(precision, scale) if precision <= 38 else None
    return None


def _struct(one: T.StructType, other: T.StructType, *, case_sensitive: bool, widens: bool) -> T.StructType | None:
    fields = {(field.name if case_sensitive else field.name.casefold()): field for field in one.fields}
    for field in other.fields:
        key = field.name if case_sensitive else field.name.casefold()
        known = fields.get(key)
        if known is None:
            fields[key] = field
            continue
        common = common_type(known.dataType, field.dataType, case_sensitive=case_sensitive, widens=widens)
        if common is None:
            return None
        fields[key] = T.StructField(known.name, common, True, known.metadata)
    return T.StructType(list(fields.values()))
