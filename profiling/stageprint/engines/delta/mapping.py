"""Column mapping of Delta tables: the names that their files have for columns.

Source: the Delta protocol, "Column Mapping".
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pyarrow as pa

_MODE: Final = "delta.columnMapping.mode"
_NAME: Final = "delta.columnMapping.physicalName"
_ID: Final = "delta.columnMapping.id"


@dataclass(frozen=True)
class ColumnMapping:
    """Names of the columns of a table in its files.

    Attributes:
        fields: Name of a top-level column → its entry in the table's schema; empty: files have the table's names.
        names_by_id: Where files are read by field ids: the id of each field, at any depth → its name in files.
    """

    fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    names_by_id: Mapping[int, str] = field(default_factory=dict)

    def name(self, column: str) -> str:
        """Return the name that files, and partition values in the log, have for a top-level column."""
        entry = self.fields.get(column)
        return column if entry is None else _physical(entry)

    def type(self, column: str, data_type: pa.DataType) -> pa.DataType:
        """Return the type of a top-level column, with the names that files have for the fields inside it."""
        entry = self.fields.get(column)
        return data_type if entry is None else _renamed(data_type, entry["type"])


def column_mapping(properties: Mapping[str, str], schema: str) -> ColumnMapping:
    """Return the column mapping of a table.

    Args:
        properties: The table's properties.
        schema: Its schema as the log has it, in JSON.
    """
    mode = properties.get(_MODE, "none").lower()
    if mode == "none":
        return ColumnMapping()
    entries = json.loads(schema)["fields"]
    ids = dict(_ids(entries)) if mode == "id" else {}
    return ColumnMapping({entry["name"]: entry for entry in entries}, ids)


def _physical(entry: Mapping[str, Any]) -> str:
    return str(entry.get("metadata", {}).get(_NAME, entry["name"]))


def _renamed(data_type: pa.DataType, entry: Any) -> pa.DataType:
    if not isinstance(entry, Mapping):
        return data_type
    types = pa.types
    if types.is_struct(data_type):
        pairs = zip(data_type, entry["fields"], strict=True)
        return pa.struct(
            [pa.field(_physical(own), _renamed(found.type, own["type"]), found.nullable) for found, own in pairs]
        )
    if types.is_map(data_type):
        return pa.map_(
            _renamed(data_type.key_type, entry["keyType"]), _renamed(data_type.item_type, entry["valueType"])
        )
    if types.is_list(data_type):
        return pa.list_(_renamed(data_type.value_type, entry["elementType"]))
    return data_type


def _ids(entries: Any) -> Iterator[tuple[int, str]]:
    """Yield the id and the physical name of the fields in a type of the schema, at any depth."""
    if isinstance(entries, list):
        for entry in entries:
            if _ID in entry.get("metadata", {}):
                yield int(entry["metadata"][_ID]), _physical(entry)
            yield from _ids(entry["type"])
    elif isinstance(entries, Mapping):
        for key in ("fields", "elementType", "keyType", "valueType"):
            yield from _ids(entries.get(key))
