"""What somebody needs first, as Python functions: a drafted configuration, and whether its names are right.

Spark is started only for the tables of a catalog.
"""

# ruff: noqa: PLC0415 -- Spark takes seconds to import

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa

from stageprint.config.loader import load_config_file
from stageprint.config.pipeline import PipelineConfig
from stageprint.config.problems import key_path
from stageprint.engines.given import is_given_spark, why_no_spark
from stageprint.engines.local.discovery import LocalReader, find_tables
from stageprint.engines.local.schemas import LocalSchemas, why_only_spark
from stageprint.errors import ConfigError, SourceError, UsageError
from stageprint.pipeline.draft.dbt import read_manifest
from stageprint.pipeline.draft.draft import Draft, draft
from stageprint.pipeline.draft.layout import plain_name
from stageprint.pipeline.draft.model import Sample, TableFound, TableReader
from stageprint.pipeline.draft.yaml_text import drafted_from
from stageprint.pipeline.lineage.check import CheckedLineage, check_lineage
from stageprint.pipeline.validate import SchemaReader, validate, with_matched
from stageprint.ports import Progress

_PROBLEM: Final = re.compile(r"(?P<file>.*?):(?P<line>\d+): (?:(?P<key>[\w.\[\]-]+): )?(?P<text>.*)")

_SCHEMA: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)?")
"""``schema`` or ``catalog.schema``."""


@dataclass(frozen=True)
class Located:
    """A problem with its place in the file.

    Attributes:
        line: Line of the file.
        key: Path of the key, such as ``stages[0].tables[1].keys[0]``; empty: it is about no single key.
        text: What was expected and what was found.
        kind: ``name`` of something that does not exist, ``source`` that cannot be read, or ``file``.
    """

    line: int
    key: str
    text: str
    kind: str

    @classmethod
    def parse(cls, message: str, file: str) -> Located:
        """Return a problem from a line of the loader's error."""
        match = _PROBLEM.fullmatch(message)
        if match is None or match["file"] != file:
            return cls(1, "", message.removeprefix(f"{file}: "), "file")
        return cls(int(match["line"]), match["key"] or "", match["text"], "file")


@dataclass(frozen=True)
class Checked:
    """What came of checking a configuration file.

    Attributes:
        file: The file.
        problems: What is wrong, from the top of the file to its end.
        notes: What could not be checked, and why.
        tables: Number of tables whose schemas were looked at.
        columns: Number of their columns.
    """

    file: str
    problems: Sequence[Located]
    notes: Sequence[str]
    tables: int
    columns: int


def draft_config(
    where: str | None,
    file: str,
    *,
    pipeline: str | None = None,
    store: str = "./observability",
    progress: Progress | None = None,
) -> Draft:
    """Return a configuration of the tables in a folder, a dbt project or a schema; nothing is written.

    Args:
        where: A folder or file, a dbt ``manifest.json``, or ``catalog.schema``; None: what the file says that it was
            drafted from.
        file: The configuration file; what it says already stays as it is.
        pipeline: Name of the pipeline; None: as the folder, the manifest's project or the schema is called.
        store: Where its results go.
        progress: Follows each table.

    Raises:
        UsageError: No table is there, or Spark is needed and missing.
        ConfigError: The file is not a configuration.
    """
    target = Path(file)
    before = target.read_text("utf-8") if target.is_file() else None
    where = where or (None if before is None else drafted_from(before))
    if where is None:
        message = "expected a folder, a dbt manifest.json or catalog.schema" + (
            f"; {file} does not say what it was drafted from" if before is not None else ""
        )
        raise UsageError(message)
    found, reader = _found(where)
    name = plain_name(pipeline or _name_of(where))
    return draft(
        found, reader=reader, where=where, pipeline=name, store=store, before=before, file=file, progress=progress
    )


def _found(where: str) -> tuple[list[TableFound], TableReader]:
    """Return the tables, and what reads their rows."""
    is_path = "/" in where or "\\" in where or Path(where).exists() or where.endswith(".json")
    if where.endswith(".json") and Path(where).name.startswith("manifest"):
        found = read_manifest(where)
        return found, _catalog_reader() if is_given_spark() else _Unread()
    if is_path or not _SCHEMA.fullmatch(where):
        return find_tables(where), LocalReader()
    reason = why_no_spark()
    if reason is not None:
        message = (
            f"{where!r}: expected a folder that exists, or a catalog.schema, whose tables are read by Spark: {reason}"
        )
        raise UsageError(message)
    from stageprint.engines.spark.catalog import CatalogReader, find_catalog_tables

    return find_catalog_tables(where), CatalogReader()


def validate_config(file: str, *, run: str | None = None, spark: bool = True) -> Checked:
    """Return what is wrong with the names of a configuration file; no table is scanned.

    Args:
        file: The file.
        run: The run whose sources are looked at; None: of each table the newest.
        spark: Whether Spark may be started for catalog tables and queries.
    """
    try:
        loaded = load_config_file(file)
    except ConfigError as error:
        return Checked(file, [Located.parse(line, file) for line in str(error).splitlines()], [], 0, 0)
    local = LocalSchemas(loaded.config, run)
    reader: SchemaReader = local
    if spark and any(why_only_spark(table) for _, table in loaded.config.select_sources()) and why_no_spark() is None:
        from stageprint.engines.spark.engine import open_engine as open_spark
        from stageprint.engines.spark.schemas import SparkSchemas

        reader = SparkSchemas(open_spark(loaded.config).spark, local)
    found = validate(loaded.config, reader)
    asked = loaded.config.lineage.is_asked
    lineage = check_lineage(with_matched(loaded.config, reader)[0]) if asked else CheckedLineage()
    located = [
        Located(loaded.line(one.where), key_path(one.where), one.text, "name" if wrong else "source")
        for some, wrong in ((found.problems, True), ((*found.unreadable, *lineage.unreadable), False))
        for one in some
    ]
    notes = [*found.notes, *lineage.notes]
    return Checked(file, sorted(located, key=lambda one: one.line), notes, found.tables, found.columns)


def matched_tables(config: PipelineConfig) -> tuple[PipelineConfig, list[str]]:
    """Return a pipeline with the tables that its patterns of paths match now, and what could not be listed.

    Spark is not started for those of a catalog.
    """
    if not config.has_patterns:
        return config, []
    found, problems, _ = with_matched(config, LocalSchemas(config))
    return found, [f"{key_path(one.where)}: {one.text}" for one in problems]


class _Unread:
    """A reader of tables that are only described: a dbt project, where no Spark is running that could read them."""

    def sample(self, table: TableFound, run: str | None, limit: int, columns: Sequence[str] | None = None) -> Sample:
        """Raise."""
        del run, limit, columns
        message = f"{table.source.get('table')} is read where Spark is running; what dbt says of it is all there is"
        raise SourceError(message)

    def batches(self, table: TableFound, run: str | None, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Raise."""
        del run, columns
        raise SourceError(str(table.source.get("table")))


def _catalog_reader() -> TableReader:
    from stageprint.engines.spark.catalog import CatalogReader

    return CatalogReader()


def _name_of(where: str) -> str:
    if where.endswith(".json"):
        return Path(where).resolve().parent.parent.name or "dbt"
    if Path(where).exists() or "/" in where:
        return Path(where.rstrip("/")).resolve().name or "pipeline"
    return where.rsplit(".", 1)[-1]
