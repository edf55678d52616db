"""Patterns for whole folders and schemas: tables that join a stage by themselves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any, Final, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from stageprint.config.base import ConfigModel, option_texts
from stageprint.config.problems import Problem, explain, fail
from stageprint.config.sources import FILE_FORMATS, Source
from stageprint.config.tables import ColumnsConfig, TableConfig

STAR: Final = "*"
"""What stands for the table in a pattern."""

_OTHER_WILDCARDS: Final = re.compile(r"[?\[\]^]|\{(?!run_(?:id|date)\})")
_RUN: Final = re.compile(r"\{run_(?:id|date)\}")
_EDGES: Final = "-_. "
_NOT_IN_NAMES: Final = re.compile(r"[\s{}./\\:]+")


class JoinedTable(TableConfig):
    """A table that joined a stage because a pattern matched it."""


class TablePattern(ConfigModel):
    """Tables that join a stage by themselves: one ``*`` in a path or in the last part of a table's name.

    In YAML, text alone stands for `table`, or for `path` where it has a slash or ends like a file.

    Attributes:
        format: Format of the files. Not needed where the path ends in it.
        path: Path in which one ``*`` is the table: part of the name of a file or folder.
        table: Catalog table in whose last part one ``*`` is the table.
        options: Options of Spark's reader, such as ``header`` for CSV.
        exclude: Names of tables that do not join; each may have wildcards.
        keys: Columns that together identify a row, in every table.
        exact_keys: Whether rows that repeat a key are counted exactly.
        event_time: Timestamp or date column that says when a row happened, in every table.
        columns: Which columns are profiled, and how, in every table.
        optional: Whether a run may lack a table that runs before it had.
    """

    format: Literal["parquet", "delta", "csv", "json", "orc"] | None = None
    path: str | None = None
    table: str | None = None
    options: dict[str, str] = Field(default_factory=dict)
    exclude: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    exact_keys: bool = True
    event_time: str | None = None
    columns: ColumnsConfig = ColumnsConfig()
    optional: bool = False

    @model_validator(mode="before")
    @classmethod
    def _text_alone(cls, value: Any) -> Any:
        if isinstance(value, str):
            is_path = "/" in value or "\\" in value or PurePosixPath(value).suffix in FILE_FORMATS
            value = {"path" if is_path else "table": value}
        if isinstance(value, dict) and value.get("format") is None and isinstance(value.get("path"), str):
            found = FILE_FORMATS.get(PurePosixPath(value["path"]).suffix)
            value = value if found is None else {**value, "format": found}
        return value

    @field_validator("options", mode="before")
    @classmethod
    def _text_options(cls, value: Any) -> Any:
        return option_texts(value)

    @model_validator(mode="after")
    def _one_star(self) -> TablePattern:
        try:
            source = self.source
        except ValidationError as error:
            fail(explain(error, Source))
        key = "path" if self.path is not None else "table"
        if source.text.count(STAR) != 1 or _OTHER_WILDCARDS.search(source.text):
            text = f"expected one * where the table's name stands, and no other wildcard, got {source.text!r}"
            fail([Problem((key,), text)])
        if key == "table" and STAR not in source.text.rpartition(".")[2]:
            fail([Problem((key,), f"expected the * in the last part, the table's name, got {source.text!r}")])
        return self

    @property
    def source(self) -> Source:
        """The pattern as a source."""
        return Source(format=self.format, path=self.path, table=self.table, options=self.options)

    def name(self, star: str) -> str:
        """Return the name of the table for which the ``*`` stands in a place that was found."""
        if self.path is not None and self._suffix == "" and self.format != "delta":
            # `raw/*` matches files with their endings.
            star = star.removesuffix(PurePosixPath(star).suffix) if self.is_data_file(star) else star
        return _NOT_IN_NAMES.sub("_", f"{self._prefix}{star}{self._suffix}".strip(_EDGES)).strip("_") or "table"

    def is_data_file(self, name: str) -> bool:
        """Tell whether a file's name ends as those of the pattern's format do."""
        return FILE_FORMATS.get(PurePosixPath(name).suffix.lower()) == self.format

    def allows(self, name: str) -> bool:
        """Tell whether a table of that name would join: the pattern can match it, and it is not excluded."""
        return self._star_of(name) is not None and not self.excludes(name)

    def excludes(self, name: str) -> bool:
        """Tell whether a table of that name is not to join."""
        return any(fnmatchcase(name, one) for one in self.exclude)

    def place(self, name: str) -> str:
        """Return the path or table of a table that is called `name`, as far as the name tells."""
        return self.source.text.replace(STAR, self._star_of(name) or name)

    def joined(self, name: str, place: str | None = None) -> JoinedTable:
        """Return the table that is called `name`, read from a place; None: where its name says."""
        key = "path" if self.path is not None else "table"
        source = self.source.model_copy(update={key: place or self.place(name)})
        same = ("keys", "exact_keys", "event_time", "columns", "optional")
        return JoinedTable(name=name, source=source, **{one: getattr(self, one) for one in same})

    def _star_of(self, name: str) -> str | None:
        prefix, suffix = self._prefix.lstrip(_EDGES), self._suffix.rstrip(_EDGES)
        if not name.startswith(prefix) or not name.endswith(suffix) or len(name) <= len(prefix) + len(suffix):
            return None
        return name[len(prefix) : len(name) - len(suffix)]

    @property
    def _prefix(self) -> str:
        return _RUN.sub("", self._part.partition(STAR)[0])

    @property
    def _suffix(self) -> str:
        """What follows the ``*`` in the name of the file, folder or table, without a file's ending."""
        after = self._part.partition(STAR)[2]
        return _RUN.sub("", after.partition(".")[0] if self.path is not None else after)

    @property
    def _part(self) -> str:
        """The name of the file, folder or table in which the ``*`` is."""
        parts = self.source.text.split("/" if self.path is not None else ".")
        return next(part for part in parts if STAR in part)


def first_allowing(patterns: Sequence[TablePattern], name: str) -> TablePattern | None:
    """Return the first pattern by which a table of that name would join; None: there is none."""
    return next((one for one in patterns if one.allows(name)), None)
