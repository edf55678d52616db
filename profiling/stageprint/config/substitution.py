"""Puts a run's id and date into a source's path, table name or query, so that they are never more than a value there.

A run's id comes from whoever calls the command, the configuration from whoever owns the pipeline. The id may therefore
choose a folder's name, a part of a table's name or a text in a query; it may not choose another folder, another
catalog or another condition.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NoReturn

from stageprint.errors import UsageError

_HOLE: Final = re.compile(r"\{(run_id|run_date)\}")
_GLOB: Final = re.compile(r"[*?\[\]{}^]")
_SEPARATOR: Final = re.compile(r"[/\\]")

_PLAIN: Final = re.compile(r"[A-Za-z0-9._:+-]*")
"""A value that ends no text, no name in backticks and no comment in SQL."""

_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9_]+")
_DIGITS: Final = re.compile(r"[0-9]{1,38}")

_SQL: Final = re.compile(
    r"""
    (?P<raw>(?<!\w)[rR](?:'[^']*'|"[^"]*"))
    | (?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<name>`(?:[^`]|``)*`)
    | (?P<comment>--(?:\\\n|[^\r\n])*|/\*.*?\*/)
    | (?P<bare>\{(?:run_id|run_date)\})
    """,
    re.VERBOSE | re.DOTALL,
)
"""The parts of a query in which a placeholder means different things, as Spark's lexer separates them."""

_TYPED: Final = re.compile(r"(?i)(?<!\w)(?:date|time|timestamp|timestamp_[nl]tz|interval|x)\s*$")
"""What precedes a text that is not a string: a typed literal such as ``DATE '…'``."""

_GLUED_BEFORE: Final = re.compile(r"[\w.`}]$")
_GLUED_AFTER: Final = re.compile(r"^[\w.`{]")


def in_path(path: str, values: Mapping[str, str]) -> str:
    """Return a path with its placeholders replaced; each stays within the folder or file name that it stands in.

    Args:
        path: A file, folder or pattern; ``{run_id}`` and ``{run_date}`` are replaced.
        values: Placeholder → value.

    Raises:
        UsageError: A value would lead to another folder (``..``, an empty name, another scheme) or is a pattern.
    """
    parts = path.split("/")
    found = [_in_path_part(part, values, path) for part in parts]
    # A colon in the first name makes it a scheme, as in `s3a:/bucket`.
    if _HOLE.search(parts[0]) and ":" in found[0]:
        _refuse(path, values, "a path that begins with the run may have no colon there")
    return "/".join(found)


def in_table_name(name: str, values: Mapping[str, str]) -> str:
    """Return a table's name with its placeholders replaced; it keeps its number of parts.

    Args:
        name: ``table``, ``schema.table`` or ``catalog.schema.table``, with or without backticks.
        values: Placeholder → value.

    Raises:
        UsageError: A value would change which catalog or schema is meant.
    """
    found = _filled(name, values)
    if _dots(found) != _dots(name) or found.count("`") != name.count("`"):
        _refuse(name, values, "the run would change the schema; put that part of the name in backticks")
    return found


def in_sql(sql: str, values: Mapping[str, str]) -> str:
    """Return a query with its placeholders replaced by values, which Spark reads as nothing but values.

    - In quotes (``'{run_id}'``, ``DATE '{run_date}'``) the value is part of the text.
    - Alone (``day = {run_id}``) it is a number if it consists of digits, else a text.
    - In a name (``orders_{run_id}``, or in backticks) it is a part of that name.

    Characters that could end a text are passed to Spark as a hexadecimal literal.

    Args:
        sql: The query.
        values: Placeholder → value.

    Raises:
        UsageError: A value cannot stand where the query has its placeholder.

    Example:
        >>> in_sql("SELECT * FROM t WHERE run = '{run_id}' AND day = {run_id}", {"run_id": "2013-05"})
        "SELECT * FROM t WHERE run = '2013-05' AND day = '2013-05'"
    """

    def replaced(found: re.Match[str]) -> str:
        part, kind = found[0], str(found.lastgroup)
        if kind == "bare":
            before, after = sql[: found.start()], sql[found.end() :]
            glued = bool(_GLUED_BEFORE.search(before) or _GLUED_AFTER.search(after))
            return _bare(sql, values[part[1:-1]], values, glued=glued)
        holes = _HOLE.findall(part)
        if not holes:
            return part
        if kind == "comment":
            return part if not _are_plain(values) else _filled(part, values)
        if "/" in part:
            in_path(part[1:-1], values)
        if all(_PLAIN.fullmatch(values[name]) for name in holes):
            return _filled(part, values)
        if kind != "text" or _TYPED.search(sql[: found.start()]):
            _refuse(sql, values, f"only letters, digits and . _ : + - can stand in {part}")
        return _concatenation(part, values)

    return _SQL.sub(replaced, sql)


def _in_path_part(part: str, values: Mapping[str, str], path: str) -> str:
    holes = _HOLE.findall(part)
    if not holes:
        return part
    if any(_GLOB.search(values[name]) for name in holes):
        _refuse(path, values, "a run may not be a pattern")
    found = _filled(part, values)
    if not {"", ".", ".."}.isdisjoint(_SEPARATOR.split(found)):
        _refuse(path, values, "the run would lead to another folder")
    return found


def _bare(sql: str, value: str, values: Mapping[str, str], *, glued: bool) -> str:
    if glued:
        if not _IDENTIFIER.fullmatch(value):
            _refuse(
                sql,
                values,
                f"{value!r} cannot be part of a name without quotes; put the name in backticks, or a text in quotes",
            )
        return value
    if _DIGITS.fullmatch(value):
        return value
    return f"'{value}'" if _PLAIN.fullmatch(value) else _hexadecimal(value)


def _concatenation(text: str, values: Mapping[str, str]) -> str:
    """Return the expression of a quoted text whose values need hexadecimal literals."""
    quote, inner = text[0], text[1:-1]
    pieces = []
    for number, piece in enumerate(_HOLE.split(inner)):
        if number % 2:
            pieces.append(_hexadecimal(values[piece]))
        elif piece:
            pieces.append(f"{quote}{piece}{quote}")
    return pieces[0] if len(pieces) == 1 else f"concat({', '.join(pieces)})"


def _hexadecimal(value: str) -> str:
    return f"CAST(X'{value.encode().hex()}' AS STRING)"


def _are_plain(values: Mapping[str, str]) -> bool:
    return all(_PLAIN.fullmatch(value) for value in values.values())


def _filled(text: str, values: Mapping[str, str]) -> str:
    # One pass: a value that looks like a placeholder is not replaced again.
    return _HOLE.sub(lambda hole: values[hole[1]], text)


def _dots(name: str) -> int:
    """Return how many dots separate the parts of a name; those in backticks do not."""
    return sum(part.count(".") for part in name.split("`")[::2])


def _refuse(text: str, values: Mapping[str, str], reason: str) -> NoReturn:
    message = f"run {values['run_id']!r} cannot be put into the source {text!r}: {reason}"
    raise UsageError(message)
