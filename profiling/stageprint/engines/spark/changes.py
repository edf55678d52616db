"""What a table's own log says of its rows: which version they are, and the files of each partition.

Delta's log names the files of a version, with the values of the partition columns and the number of rows; Iceberg's
snapshots do the same. Neither needs a look at the files, which Spark would read a column of otherwise.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from pyspark.sql import types as T  # noqa: N812 -- the name Spark's own documentation uses

from stageprint.engines.parquet.model import NotReadableError
from stageprint.engines.spark.delta_log import DeltaSnapshot
from stageprint.engines.spark.iceberg import IcebergSnapshot, data_files
from stageprint.engines.spark.sources import OpenSource
from stageprint.model import NULL_VALUE
from stageprint.redact import redacted

_SAME_ROWS: Final = frozenset({"versionasof"})
"""Options of a reader, in lower case, with which a source still has all rows of the version."""

_WHOLE: Final = (T.ByteType, T.ShortType, T.IntegerType, T.LongType)


def version_text(opened: OpenSource, options: Mapping[str, Any]) -> str | None:
    """Return a text that is the same for the same rows of a source alone; None: the source does not say.

    Of Delta these are the files of the version, with their deletion vectors: a table that was made anew, or cleared
    and filled again, has other ones. Of Iceberg it is the snapshot's id.

    Args:
        opened: The source.
        options: The options it is read with.
    """
    if not _has_all_rows(options):
        return None
    if opened.iceberg is not None:
        return f"iceberg snapshot {opened.iceberg.id}"
    if opened.snapshot is not None:
        return "\n".join(sorted(text for _, text in _of_delta(opened.snapshot)))
    return None


def files_by_partition(
    opened: OpenSource, options: Mapping[str, Any], column: T.StructField
) -> dict[str, list[str]] | None:
    """Return one text for each file of each partition, by the partition's value as text.

    Args:
        opened: The source.
        options: The options it is read with.
        column: The column whose values are the partitions.

    Returns:
        None where the log does not tell: the column is no partition column, its values have several texts, files are of
        unknown numbers of rows, or rows of an Iceberg table are deleted.
    """
    parse = _parser(column)
    if parse is None or not _has_all_rows(options):
        return None
    try:
        if opened.iceberg is not None:
            found = list(_of_iceberg(opened.iceberg, column.name))
        elif opened.snapshot is not None:
            found = list(_partitions_of_delta(opened.snapshot, column.name))
        else:
            return None
        parts: dict[str, list[str]] = {}
        for value, text in found:
            parts.setdefault(NULL_VALUE if value is None else parse(str(value)), []).append(text)
    except (NotReadableError, KeyError, ValueError):
        return None
    return parts


def _has_all_rows(options: Mapping[str, Any]) -> bool:
    return {name.lower() for name in options} <= _SAME_ROWS


def _of_delta(snapshot: DeltaSnapshot) -> Iterator[tuple[Mapping[str, str | None], str]]:
    for file in snapshot.files:
        yield file.partition, _text(file.path, file.bytes, file.rows, file.deleted)


def _text(*facts: object) -> str:
    # A file is the same one when the key that opens it is another.
    return redacted("\t".join(map(repr, facts)))


def _partitions_of_delta(snapshot: DeltaSnapshot, column: str) -> Iterator[tuple[str | None, str]]:
    """Yield value and text of each file that has rows.

    Raises:
        KeyError: It is no partition column.
        ValueError: The log does not say how many rows a file has, so that a partition may have none.
    """
    name = snapshot.mapping.name(column)
    for file, (partition, text) in zip(snapshot.files, _of_delta(snapshot), strict=True):
        if file.rows is None:
            message = f"no number of rows of {file.path}"
            raise ValueError(message)
        value = partition[name]
        if file.rows:
            yield value or None, text  # an empty text stands for null


def _of_iceberg(snapshot: IcebergSnapshot, column: str) -> Iterator[tuple[Any, str]]:
    """Yield value and text of each file.

    Raises:
        ValueError: It is no column whose values partitions have as they are.
        NotReadableError: Rows are deleted, or the files are of several partition specs.
    """
    place = list(snapshot.partition).index(column)
    for file in data_files(snapshot):
        yield file.values[place], _text(file.path, file.bytes)


def _parser(column: T.StructField) -> Callable[[str], str] | None:
    """Return the function from a partition value to the text that Spark casts it to; None: types of several texts."""
    data_type = column.dataType
    if isinstance(data_type, _WHOLE):
        return lambda text: str(int(text))
    if isinstance(data_type, T.DateType):
        return lambda text: dt.date.fromisoformat(text).isoformat()
    if isinstance(data_type, T.BooleanType):
        return _truth
    # Spark pads values of CHAR columns, which it describes in the metadata.
    is_char = any("CHAR" in name for name in column.metadata)
    return str if data_type == T.StringType() and not is_char else None


def _truth(text: str) -> str:
    if text.lower() not in {"true", "false"}:
        raise ValueError(text)
    return text.lower()
