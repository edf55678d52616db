"""What the local engine cannot read, as far as the configuration alone tells."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlparse

from stageprint.config.sources import PROFILES, Source
from stageprint.config.tables import TableConfig
from stageprint.errors import OnlySparkError

OPTIONS: Final[Mapping[str, frozenset[str]]] = {
    "csv": frozenset(
        {
            "header",
            "sep",
            "delimiter",
            "quote",
            "escape",
            "nullvalue",
            "inferschema",
            "encoding",
            "charset",
            "multiline",
        }
    ),
    "json": frozenset({"encoding", "charset"}),
    "delta": frozenset({"versionasof", "timestampasof"}),
    "parquet": frozenset({"mergeschema"}),
    "orc": frozenset({"mergeschema"}),
}
"""Format → the options of Spark's reader that are followed, in lower case."""

_SCHEMES: Final = frozenset({"", "file", "s3", "s3a", "s3n", "gs", "gcs", "abfs", "abfss"})
"""Schemes of URLs that pyarrow and delta-rs have file systems for."""


def why_spark(table: TableConfig) -> str | None:
    """Return why only Spark reads a table; None: nothing in its configuration says so."""
    source = table.source
    if source.sql is not None:
        return "a query is run by Spark"
    if source.table is not None:
        return "a catalog table is found by Spark"
    if source.format == "iceberg":
        return "Iceberg tables are read by Spark"
    if source.format == PROFILES:  # windows have no rows that options or partitions could be about
        return _place(source)
    if table.incremental is not None:
        return "`incremental` is done by Spark"
    return _option(source) or _place(source)


def require_options(label: str, options: Mapping[str, str]) -> None:
    """Raise `OnlySparkError` for an option that this engine does not follow.

    Args:
        label: The format.
        options: Options of Spark's reader, in lower case.
    """
    other = sorted(set(options) - OPTIONS[label])
    if other:
        message = (
            f"option {other[0]!r} of {label} files is followed by Spark only; remove it, or read the table with "
            "engine spark"
        )
        raise OnlySparkError(message)


def _option(source: Source) -> str | None:
    known = OPTIONS.get(source.label, frozenset())
    other = sorted(name for name in source.options if name.lower() not in known)
    return f"option {other[0]!r} of {source.label} files is followed by Spark only" if other else None


def _place(source: Source) -> str | None:
    parts = urlparse(source.text)
    # A letter alone is a drive of Windows.
    if len(parts.scheme) > 1 and parts.scheme not in _SCHEMES:
        return f"Spark alone reaches {parts.scheme}: URLs"
    if parts.scheme in {"s3a", "s3n"} and "@" in parts.netloc:
        return "credentials in a URL are for Hadoop, which only Spark asks"
    if not parts.scheme and "HADOOP_CONF_DIR" in os.environ:
        return "HADOOP_CONF_DIR may say that paths are not of this file system"
    return None
