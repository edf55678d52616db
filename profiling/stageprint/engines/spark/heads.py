"""Reads the first bytes of CSV and JSON files on the driver, and says by them how the files differ in their columns."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from py4j.protocol import Py4JError
from pyspark.sql import SparkSession

from stageprint.engines.spark.jvm import hadoop_configuration, java_class, jvm_of

MAX_FILES: Final = 1000
"""Files whose first bytes are compared; of more files, only those Spark reads first decide the columns."""

MAX_BYTES: Final = 64 << 10
"""Bytes that are read of each file."""

_MAX_RECORDS: Final = 100
"""JSON records that are looked at in each file."""

_FILES_AT_ONCE: Final = 8


def read_heads(spark: SparkSession, files: Sequence[str], encoding: str) -> dict[str, str] | None:
    """Return the first text of each file, unpacked.

    Args:
        spark: The session.
        files: Paths of at most `MAX_FILES` files that have bytes.
        encoding: Their encoding.

    Returns:
        Path → text, with a line that was cut short at its end if the file is longer; None: a file cannot be read, or
        there are too many, or the session has no JVM.
    """
    jvm = jvm_of(spark)
    if jvm is None or not 0 < len(files) <= MAX_FILES:
        return None
    configuration = hadoop_configuration(spark)
    codecs = java_class(jvm, "org.apache.hadoop.io.compress.CompressionCodecFactory")(configuration)

    def head(file: str) -> str:
        path = java_class(jvm, "org.apache.hadoop.fs.Path")(file)
        stream = path.getFileSystem(configuration).open(path)
        try:
            codec = codecs.getCodec(path)
            data = bytes((stream if codec is None else codec.createInputStream(stream)).readNBytes(MAX_BYTES))
        finally:
            stream.close()
        text = data.decode(encoding, "replace").removeprefix("\ufeff")
        # Only whole lines tell something, unless the file is one.
        return text if len(data) < MAX_BYTES or "\n" not in text else text[: text.rindex("\n")]

    try:
        with ThreadPoolExecutor(_FILES_AT_ONCE) as pool:
            return dict(zip(files, pool.map(head, files), strict=True))
    except (Py4JError, TypeError, LookupError):
        return None


def first_record(head: str, options: Mapping[str, str]) -> tuple[str, ...] | None:
    """Return the fields of the first record of a CSV file; None: there is none, or only Spark can tell them apart.

    Args:
        head: The file's first text.
        options: Options of Spark's CSV reader, by name in lower case.
    """
    separator = options.get("sep", options.get("delimiter", ",")).replace("\\t", "\t")
    quote, escape = options.get("quote", '"'), options.get("escape", "\\")
    if len(separator) != 1 or len(quote) > 1 or len(escape) > 1:
        return None
    comment = options.get("comment", "")
    break_ = options.get("linesep", "\n")
    lines = [line for line in head.replace(break_, "\n").splitlines(keepends=True) if line.strip()]
    if comment:
        lines = [line for line in lines if not line.startswith(comment)]
    how: dict[str, Any] = {"delimiter": separator, "doublequote": escape in {quote, "\\"}}
    how |= {"quotechar": quote} if quote else {"quoting": csv.QUOTE_NONE}
    if escape and escape != quote:
        how["escapechar"] = escape
    try:
        record = next(csv.reader(io.StringIO("".join(lines)), **how), None)
    except csv.Error:
        return None
    return None if record is None else tuple(field.strip() for field in record)


def json_columns(head: str, *, is_whole: bool) -> list[Mapping[str, Any]]:
    """Return the first records of a JSON file that are objects.

    Args:
        head: The file's first text.
        is_whole: Whether a record may span lines, as with the option ``multiLine``; the text must then be all of it.
    """
    records: list[Any] = []
    texts = [head] if is_whole else head.splitlines()[:_MAX_RECORDS]
    for text in texts:
        try:
            found = json.loads(text)
        except ValueError:
            continue
        records += found[:_MAX_RECORDS] if is_whole and isinstance(found, list) else [found]
    return [record for record in records if isinstance(record, dict)]


def unlike_columns(records: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, list[str]]:
    """Return the columns that every first record of some file has and no first record of another; else it is optional.

    Args:
        records: File → its first records; a file without any is ignored.

    Returns:
        Column → the files in whose first records it occurs.
    """
    read = {file: found for file, found in records.items() if found}
    names = dict.fromkeys(name for found in read.values() for record in found for name in record)
    unlike = {}
    for name in names:
        shares = {file: sum(name in record for record in found) / len(found) for file, found in read.items()}
        if max(shares.values()) == 1 and min(shares.values()) == 0:
            unlike[name] = [file for file, share in shares.items() if share > 0]
    return unlike


def unlike_types(records: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, dict[str, list[str]]]:
    """Return the columns whose values are of different kinds in the first records of different files.

    Args:
        records: File → its first records.

    Returns:
        Column → kind (text, number, boolean, object or list) → files.
    """
    found: dict[str, dict[str, list[str]]] = {}
    for file, own in records.items():
        for name in dict.fromkeys(name for record in own for name in record):
            kinds = {_kind(record[name]) for record in own if record.get(name) is not None}
            if len(kinds) == 1:
                found.setdefault(name, {}).setdefault(kinds.pop(), []).append(file)
    return {name: kinds for name, kinds in found.items() if len(kinds) > 1}


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    return "text" if isinstance(value, str) else "list" if isinstance(value, list) else "object"
