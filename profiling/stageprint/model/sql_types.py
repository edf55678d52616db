"""Parses the Spark SQL types by which result tables are declared into Arrow types."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Final

import pyarrow as pa

_PLAIN: Final = {
    "string": pa.string(),
    "binary": pa.binary(),
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", tz="UTC"),
}


@cache
def arrow_type(name: str) -> pa.DataType:
    """Return the Arrow type of a Spark SQL type, such as ``array<struct<item:string,count:bigint>>``.

    Raises:
        ValueError: The text is not one of the types that result tables use.
    """
    if name in _PLAIN:
        return _PLAIN[name]
    outer, _, rest = name.partition("<")
    inside = list(_parts(rest.removesuffix(">")))
    if outer == "array" and len(inside) == 1:
        return pa.list_(pa.field("element", arrow_type(inside[0])))
    if outer == "map" and len(inside) == 2:
        return pa.map_(arrow_type(inside[0]), arrow_type(inside[1]))
    if outer == "struct" and all(":" in part for part in inside):
        fields = (part.split(":", 1) for part in inside)
        return pa.struct([pa.field(field, arrow_type(own)) for field, own in fields])
    known = f"{', '.join(_PLAIN)}, array<…>, map<…,…>, struct<…>"
    message = f"expected one of {known}; got {name!r}"
    raise ValueError(message)


def _parts(text: str) -> Iterator[str]:
    """Split a text at the commas that are outside angle brackets."""
    depth = start = 0
    for at, character in enumerate(text):
        depth += (character == "<") - (character == ">")
        if character == "," and depth == 0:
            yield text[start:at]
            start = at + 1
    yield text[start:]
