"""Sentences about what a source holds besides the rows of its profile: other columns, malformed rows, empty files.

A note names columns and files, never a value of a row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

MAX_NAMED: Final = 3
"""Files or columns that a sentence names; of the others it says how many they are."""

_HIDDEN: Final = "…"


@dataclass(frozen=True)
class FileNames:
    """Names files for people: by their path below the source.

    Attributes:
        root: Path of the source.
        hidden: Partition columns whose values are not shown, such as sensitive ones.
    """

    root: str
    hidden: frozenset[str] = frozenset()

    def name(self, path: str) -> str:
        """Return a file's path below the source; a value of a hidden partition column is an ellipsis."""
        plain, root = _bare(path), _bare(self.root).rstrip("/") + "/"
        place = plain.rfind(root)
        below = plain[place + len(root) :] if place >= 0 else plain.rsplit("/", 1)[-1]
        return "/".join(self._shown(part) for part in below.split("/"))

    def some(self, paths: Collection[str]) -> str:
        """Return the names of at most `MAX_NAMED` files, and the number of the others."""
        return some_of([self.name(path) for path in sorted(paths)])

    def _shown(self, part: str) -> str:
        column, equals, _ = part.partition("=")
        return f"{column}={_HIDDEN}" if equals and column.casefold() in self.hidden else part


@dataclass(frozen=True)
class CountedRows:
    """The number of rows that a source itself says it has.

    Attributes:
        rows: The number.
        by: Who says so, as the subject of a sentence in the plural, such as ``the footers of its files``.
    """

    rows: int
    by: str


def some_of(names: Sequence[str]) -> str:
    """Return at most `MAX_NAMED` names, and the number of the others: ``a, b, c and 4 others``."""
    shown, others = ", ".join(names[:MAX_NAMED]), len(names) - MAX_NAMED
    return shown if others <= 0 else f"{shown} and {others:,} other{'s' if others > 1 else ''}"


def empty_files(empty: Collection[str], total: int, names: FileNames) -> list[str]:
    """Return a note about files without a single byte; none without such files.

    Args:
        empty: Their paths.
        total: Number of all files of the source.
        names: How files are named.
    """
    if not empty:
        return []
    has = f"file{'s' if total > 1 else ''} {'has' if len(empty) == 1 else 'have'}"
    return [
        f"{len(empty):,} of {total:,} {has} 0 bytes and no rows: {names.some(empty)}; that may be what is left of a "
        "write that failed: write the data again, or delete what is empty"
    ]


def skipped_files(skipped: Collection[str], names: FileNames) -> list[str]:
    """Return a note about damaged files that Spark was told to skip; none without such files."""
    if not skipped:
        return []
    return [
        f"{len(skipped):,} damaged file{'s are' if len(skipped) > 1 else ' is'} skipped, since "
        f"spark.sql.files.ignoreCorruptFiles is true: {names.some(skipped)}; their rows are not profiled: "
        "write them again"
    ]


def differing_columns(
    files_of: Mapping[str, Collection[str]], files: Collection[str], names: FileNames, left_out: Collection[str] = ()
) -> list[str]:
    """Return a note about columns that some files have and others lack; none where all files have the same columns.

    Args:
        files_of: Column → the files that have it.
        files: All files that were looked at.
        names: How files are named.
        left_out: The columns that are not profiled, because the source's reader was told so.
    """
    differing = {column: set(have) for column, have in files_of.items() if len(set(have)) < len(set(files))}
    if not differing:
        return []
    told = [_where(column, have, set(files), names) for column, have in list(differing.items())[:MAX_NAMED]]
    others = len(differing) - len(told)
    more = f"; and {others:,} other column{'s' if others > 1 else ''}" if others > 0 else ""
    absent = [column for column in differing if column in left_out]
    means = (
        f"{_quoted(absent)} {'are' if len(absent) > 1 else 'is'} not profiled, since the option mergeSchema is false: "
        "remove the option, or write the files with one schema"
        if absent
        else "all columns are profiled, and one that a file lacks is null in its rows: write the files with one schema "
        "if they should be alike"
    )
    return [f"files differ in their columns: {'; '.join(told)}{more}; {means}"]


def widened_columns(
    types: Mapping[str, Mapping[str, Collection[str]]], read_as: Mapping[str, str], names: FileNames
) -> list[str]:
    """Return a note about columns whose type differs among files and is read as a common one; none without any.

    Args:
        types: Column → type → the files in which it has that type.
        read_as: Column → the type it is read as.
        names: How files are named.
    """
    if not types:
        return []
    told = [f"{column!r} is {_typed(found, names)}, read as {read_as[column]}" for column, found in types.items()]
    others = len(told) - MAX_NAMED
    more = f"; and {others:,} other column{'s' if others > 1 else ''}" if others > 0 else ""
    return [
        f"files differ in types: {'; '.join(told[:MAX_NAMED])}{more}; write the files with one schema if they should "
        "be alike"
    ]


def other_order(orders: Mapping[tuple[str, ...], Collection[str]], names: FileNames) -> list[str]:
    """Return a note about files that have the same columns in different orders; none where there is one order.

    Args:
        orders: Columns in their order → the files that have them so.
        names: How files are named.
    """
    if len(orders) < 2:
        return []
    usual = max(orders, key=lambda order: len(orders[order]))
    others = [file for order, files in orders.items() if order != usual for file in files]
    return [
        f"files have their columns in another order than most: {names.some(others)}; columns are read by name: write "
        "all files in one order, since other readers go by position"
    ]


def conflicting_types(column: str, types: Mapping[str, Collection[str]], names: FileNames) -> str:
    """Return the error about a column whose types in different files have no common one.

    Args:
        column: The column.
        types: Type → the files in which the column has it.
        names: How files are named.
    """
    return (
        f"its files cannot be read as one table: column {column!r} is {_typed(types, names)}, and no type that Spark "
        "reads holds both; write the files with one type, or configure them as two tables"
    )


def malformed_rows(count: int, total: int, kind: Literal["csv", "json"], *, dropped: bool) -> list[str]:
    """Return a note about rows that the reader could not parse completely; none without such rows.

    Args:
        count: Number of malformed rows.
        total: Number of rows of the profile.
        kind: The format.
        dropped: Whether the reader was told to drop them.
    """
    if not count:
        return []
    every = total + count if dropped else total
    what = (
        "they have too few or too many fields, or a value that does not fit its column's type"
        if kind == "csv"
        else "they are not JSON objects, or have a value that does not fit its column's type"
    )
    means = (
        "they are not profiled, since mode is DROPMALFORMED"
        if dropped
        else "what could not be read counts as null"
        + (", and fields beyond the last column are not profiled" if kind == "csv" else "")
    )
    options = "sep, quote, escape and multiLine" if kind == "csv" else "multiLine"
    verb = f"row{'s' if every > 1 else ''} {'is' if count == 1 else 'are'}"
    return [
        f"{count:,} of {every:,} {verb} malformed: {what}; {means}: mend the writer, or the reader's options, such as "
        f"{options}"
    ]


def other_row_count(counted: CountedRows | None, scanned: int, left_out: int = 0) -> list[str]:
    """Return a note where the rows that were read are not as many as the source says it has; none where they are.

    Args:
        counted: What the source says; None: it says nothing.
        scanned: Number of rows of the profile.
        left_out: Number of rows that were read and left out.
    """
    if counted is None or counted.rows == scanned + left_out:
        return []
    missing = counted.rows - scanned - left_out
    what = f"{missing:,} fewer" if missing > 0 else f"{-missing:,} more"
    return [
        f"{scanned:,} rows were read, {what} than {counted.by} say ({counted.rows:,}); the profile is of the rows that "
        "were read: look whether files were changed, damaged or skipped meanwhile, and profile the run again"
    ]


def _where(column: str, have: set[str], files: set[str], names: FileNames) -> str:
    lack = files - have
    if len(have) <= len(lack):
        return f"{column!r} is only in {names.some(have)}"
    return f"{column!r} is missing from {names.some(lack)}"


def _typed(types: Mapping[str, Collection[str]], names: FileNames) -> str:
    return " and ".join(f"{found} in {names.some(files)}" for found, files in types.items())


def _quoted(columns: Iterable[str]) -> str:
    return some_of([repr(column) for column in columns])


def _bare(path: str) -> str:
    """Return a path without scheme and repeated slashes."""
    scheme, colon, rest = path.partition(":")
    plain = rest if colon and scheme.isalnum() else path
    return "/" + "/".join(part for part in plain.split("/") if part not in {"", "."})
