"""Where tables are read from."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any, Final, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from stageprint.config.base import ConfigModel, option_texts
from stageprint.config.problems import Problem, fail
from stageprint.config.run_dates import has_placeholder, run_values, unknown_placeholder
from stageprint.config.substitution import in_path, in_sql, in_table_name
from stageprint.errors import UsageError
from stageprint.redact import hide_everywhere, secret_values

ReadPath = Literal["auto", "local", "spark", "arrow", "dataframe"]
"""How tables are read: ``local`` without Spark; ``arrow`` by Spark's fast path, ``dataframe`` by Spark's own reader,
``spark`` by the first of the two that can; ``auto`` by Spark where a session runs or a source or the store needs it,
else locally."""

PROFILES: Final = "stageprint"
"""Format of a source that holds profiles written by serving processes instead of rows."""


FILE_FORMATS: Final = {
    ".parquet": "parquet",
    ".pq": "parquet",
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".orc": "orc",
}
"""Ending of a file's name → its format."""


class Source(ConfigModel):
    """Where a table is read from: `format` with `path`, or `table`, or `sql`.

    ``{run_id}`` and ``{run_date}`` (the run's date as YYYY-MM-DD) are replaced in all three, as values: see
    `stageprint.config.substitution`.

    Attributes:
        format: Format of the files. ``stageprint`` is a folder of profiles that serving processes wrote
            (`stageprint.serving`): it has no rows.
        path: File, folder or pattern.
        table: Name of a catalog table.
        sql: A query in Spark SQL. Braces in it may be anything, so unknown placeholders are not errors.
        options: Options of Spark's reader, such as ``header`` for CSV.
    """

    format: Literal["parquet", "delta", "csv", "json", "orc", "iceberg", "stageprint"] | None = None
    path: str | None = None
    table: str | None = None
    sql: str | None = None
    options: dict[str, str] = Field(default_factory=dict)

    @field_validator("options", mode="before")
    @classmethod
    def _text_options(cls, value: Any) -> Any:
        return option_texts(value)

    @model_validator(mode="after")
    def _one_way(self) -> Source:
        ways = [way for way in ("path", "table", "sql") if getattr(self, way) is not None]
        if len(ways) != 1:
            got = " and ".join(f"`{way}`" for way in ways) or "none of them"
            fail([Problem((), f"expected one of `format` + `path`, `table` or `sql`, got {got}")])
        if ways == ["path"] and self.format is None:
            formats = "parquet, delta, csv, json, orc, iceberg or stageprint"
            text = f"required key is missing; a `path` needs its format: {formats}"
            fail([Problem(("format",), text)])
        if ways != ["path"] and (self.format is not None or self.options):
            extra = "format" if self.format is not None else "options"
            fail([Problem((extra,), f"allowed with `path` only, got it with `{ways[0]}`")])
        wrong = None if ways == ["sql"] else unknown_placeholder(self.text)
        if wrong is not None:
            fail([Problem((ways[0],), wrong)])
        hide_everywhere(secret_values(self.options, self.text))
        return self

    @property
    def text(self) -> str:
        """Path, table or query, as configured."""
        return next(text for text in (self.path, self.table, self.sql) if text is not None)

    @property
    def label(self) -> str:
        """The format as stored in `table_profiles`: parquet, delta, …, table or sql."""
        return self.format or ("table" if self.table is not None else "sql")

    def for_run(self, run_id: str) -> Source:
        """Return the source of one run, with ``{run_id}`` and ``{run_date}`` replaced.

        Raises:
            UsageError: The source uses ``{run_date}``, and the run's name does not begin with a date; or the run's name
                would be more than a value in the path, table name or query.
        """
        values = run_values(self.text, run_id, "source")
        if self.path is not None:
            return self.model_copy(update={"path": in_path(self.path, values)})
        if self.table is not None:
            return self.model_copy(update={"table": in_table_name(self.table, values)})
        return self.model_copy(update={"sql": in_sql(self.text, values)})


def is_data_file(pattern: Source, name: str) -> bool:
    """Tell whether a file that matches a pattern is a table of it.

    Args:
        pattern: The pattern. One that says how files end takes all that end so, another one those of its format.
        name: The file's name or path.
    """
    if pattern.format == "delta":
        return False
    ending = PurePosixPath(pattern.text.rsplit("/", 1)[-1].replace("*", "x")).suffix
    return bool(ending) or FILE_FORMATS.get(PurePosixPath(name).suffix.lower()) == pattern.format


def profiles_source(directory: str) -> Source:
    """Return the source of the profiles that serving processes write below `directory`.

    ``{run_id}`` and ``{run_date}`` stand for the run; without either, each run has a folder of its name.

    Raises:
        UsageError: `directory` has an unknown placeholder, or is not on a local or mounted file system.
    """
    if "://" in directory and not directory.startswith("file://"):
        message = f"directory: expected a local or mounted folder, got {directory!r}"
        raise UsageError(message)
    path = directory.removeprefix("file://")
    if not has_placeholder(path):
        path = f"{path.rstrip('/')}/{{run_id}}"
    try:
        return Source(format=PROFILES, path=path)
    except ValidationError as error:
        message = f"directory: {error.errors()[0]['msg']}"
        raise UsageError(message) from None
