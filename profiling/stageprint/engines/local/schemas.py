"""The columns of sources, read from footers, logs and first lines; no row is profiled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pyarrow as pa

from stageprint.config.pipeline import PipelineConfig
from stageprint.config.sources import PROFILES, Source
from stageprint.config.tables import TableConfig
from stageprint.engines.local import files
from stageprint.engines.local.files import partition_columns
from stageprint.engines.local.json_files import first_records
from stageprint.engines.local.json_types import common_type
from stageprint.engines.local.reach import OPTIONS, why_spark
from stageprint.engines.local.sources import list_runs, list_tables, open_source
from stageprint.engines.local.union import unite
from stageprint.engines.local.windows import window_columns
from stageprint.errors import SourceError, UsageError, did_you_mean
from stageprint.pipeline.source_notes import FileNames
from stageprint.pipeline.validate import SourceSchema

_MAX_JSON_FILES: Final = 20
_MAX_JSON_BYTES: Final = 4 << 20
"""Bytes of each JSON file whose records' names are looked at."""


class LocalSchemas:
    """Says what columns sources have that can be read without Spark; see `stageprint.pipeline.validate.SchemaReader`.

    Args:
        config: The pipeline.
        run: The run; None: of each table the newest run that has it.
    """

    def __init__(self, config: PipelineConfig, run: str | None = None) -> None:
        try:
            self._runs = [run] if run is not None else list(reversed(list_runs(config)))
        except UsageError:  # no source names a run
            self._runs = []
        self._run = run

    def schema(self, table: TableConfig) -> SourceSchema | str:
        """Return the columns of a table, or why only Spark can tell."""
        source = table.source
        reason = why_only_spark(table)
        if reason is not None:
            return reason
        run = self.run_of(source)
        if source.format == PROFILES:
            names = window_columns(source.for_run(run), table.name)
            return SourceSchema(pa.schema([pa.field(name, pa.null()) for name in names]), typed=False)
        if source.format == "csv":
            known = {name: value for name, value in source.options.items() if name.lower() in OPTIONS["csv"]}
            untyped = {name: value for name, value in known.items() if name.lower() != "inferschema"}
            return SourceSchema(open_source(source.model_copy(update={"options": untyped}), run).schema, typed=False)
        if source.format == "json":
            return SourceSchema(_json_schema(source.for_run(run)), typed=False)
        plain = source if source.format == "delta" else source.model_copy(update={"options": {}})
        return SourceSchema(open_source(plain, run, hidden=table.columns.sensitive).schema)

    def tables_of(self, source: Source) -> tuple[str, Sequence[str]]:
        """Return the newest run that has tables of a pattern, and what its ``*`` stands for in each of them.

        Raises:
            SourceError: There is no such run, or only Spark can tell.
        """
        run = self._run or (self.newest_run if source.path is None else self.run_of(source))
        return run, list_tables(source, run)

    @property
    def newest_run(self) -> str:
        """The newest run of any source, which tables and queries are asked for."""
        return self._run or next(iter(self._runs), "no run")

    def run_of(self, source: Source) -> str:
        """Return the newest run whose source exists.

        Raises:
            SourceError: None does.
        """
        if "{run_" not in source.text:
            return self._run or "no run"
        for run in self._runs:
            try:
                concrete = source.for_run(run)
            except UsageError:
                continue
            if files.exists(concrete.text):
                return run
        if self._run is not None:
            message = f"{source.label} source {source.for_run(self._run).text!r} does not exist"
            raise SourceError(message)
        folder = source.text.split("{run_", 1)[0].rpartition("/")[0]
        hint = "" if not folder or files.exists(folder) else f": there is no folder {folder}"
        if folder and hint:
            hint += did_you_mean(folder, files.siblings(folder))
        message = f"no run of the {source.label} source {source.text!r} is there{hint}"
        raise SourceError(message)


def why_only_spark(table: TableConfig) -> str | None:
    """Return why only Spark can tell the columns of a table; None: they can be told here."""
    # How its rows are read does not matter.
    source = table.source.model_copy(update={"options": {}})
    return why_spark(table.model_copy(update={"source": source, "incremental": None}))


def _json_schema(source: Source) -> pa.Schema:
    path = source.text
    options = {name.lower(): value for name, value in source.options.items()}
    encoding = options.get("encoding", options.get("charset", "utf-8"))
    found = files.find_files(path)
    if found is None:
        message = f"json source {path!r} does not exist"
        raise SourceError(message)
    some = [one for one in found if one.bytes][:_MAX_JSON_FILES]
    schemas = [(file.path, first_records(file.path, encoding, _MAX_JSON_BYTES)) for file in some]
    if not schemas:
        message = f"json source {path!r}: there is no file in it that is not empty"
        raise SourceError(message)
    names = FileNames(path, frozenset())
    schema, _ = unite(schemas, names, common=common_type)
    return pa.schema([*schema, *(field for field, _ in partition_columns(found) if field.name not in schema.names)])
