"""Which table of the pipeline a data set is that others name by its place: a folder, a file or a catalog's table."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sources import Source
from stageprint.model import TableKey

_SCHEME: Final = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]*):/*")
_HOLE: Final = re.compile(r"\\\{(?:run_id|run_date)\\\}")
_ALIKE: Final = {
    "s3a": "s3",
    "s3n": "s3",
    "abfs": "abfss",
    "wasb": "abfss",
    "wasbs": "abfss",
    "gcs": "gs",
    "dbfs": "file",
}
"""Scheme → the one that stands for the same store."""

_READ_BY: Final = re.compile(r"(?i)\b(?:from|join)\s+((?:`[^`]+`|[\w]+)(?:\s*\.\s*(?:`[^`]+`|[\w]+))*)")


class Places:
    """The places of a pipeline's tables.

    Args:
        config: The pipeline. Relative paths are below the current folder. Of a query, the place is the one table that
            it reads.
    """

    def __init__(self, config: PipelineConfig) -> None:
        self._paths: list[tuple[re.Pattern[str], TableKey]] = []
        self._names: list[tuple[tuple[str, ...], TableKey]] = []
        self._found: dict[str, tuple[TableKey, ...]] = {}
        for stage, table in config.select():
            key = TableKey(stage.name, table.name)
            name = _table_of(table.source)
            if name is not None:
                self._names.append((_parts(name), key))
            elif table.source.path is not None:
                self._paths.append((_pattern(table.source.path), key))
            self._names.append(((key.stage.casefold(), key.table.casefold()), key))

    def tables(self, names: Iterable[str]) -> tuple[TableKey, ...]:
        """Return the tables of the pipeline that a data set is.

        Args:
            names: What it is called: a place such as ``s3://bucket/orders``, or a name such as ``main.shop.orders``.
        """
        found: dict[TableKey, None] = {}
        for name in names:
            if name not in self._found:
                self._found[name] = tuple(self._of(name))
            found.update(dict.fromkeys(self._found[name]))
        return tuple(found)

    def _of(self, name: str) -> Iterable[TableKey]:
        if "/" in name:
            place = plain_place(name)
            return [key for pattern, key in self._paths if pattern.fullmatch(place)]
        parts = _parts(name)
        return [key for own, key in self._names if _same(own, parts)]


def plain_place(path: str) -> str:
    """Return a path in one spelling: absolute, without a local scheme, with one scheme for each kind of store."""
    scheme = _SCHEME.match(path)
    if scheme is None:
        return str(Path(path).absolute()).rstrip("/")
    rest = path[scheme.end() :].rstrip("/")
    name = _ALIKE.get(scheme[1].lower(), scheme[1].lower())
    return f"/{rest}" if name == "file" else f"{name}://{rest}"


def _pattern(path: str) -> re.Pattern[str]:
    """Return what matches the places of all runs of a table, and what stands below them: partitions and files."""
    text = re.escape(plain_place(path).replace("{run_id}", "\0").replace("{run_date}", "\0"))
    text = text.replace("\0", "[^/]+").replace(re.escape("\0"), "[^/]+")
    text = text.replace(r"\*\*", ".*").replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
    return re.compile(f"{text}(?:/.*)?")


def _parts(name: str) -> tuple[str, ...]:
    return tuple(part.strip("` ").casefold() for part in name.split("."))


def _same(own: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Return whether two names of tables agree in all parts that both have, of which there are at least two."""
    shared = min(len(own), len(other))
    if shared < 2:
        return own == other
    # A placeholder in a table's name stands for a part of a name.
    return all(_like(one, two) for one, two in zip(own[-shared:], other[-shared:], strict=True))


def _like(own: str, other: str) -> bool:
    return own == other or re.fullmatch(_HOLE.sub(r"[^.]+", re.escape(own)), other) is not None


def _table_of(source: Source) -> str | None:
    if source.table is not None:
        return source.table
    if source.sql is None:
        return None
    read = {"".join(name.split()) for name in _READ_BY.findall(source.sql)}
    return read.pop() if len(read) == 1 else None
