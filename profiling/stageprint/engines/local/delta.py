"""Delta tables: delta-rs reads the log, and the files are read as those of Parquet tables are."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import pyarrow as pa
from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from stageprint.engines.delta.log import read_log
from stageprint.engines.delta.vectors import VectorError
from stageprint.engines.local.columnar import RULES, parquet_pieces
from stageprint.engines.local.delta_history import delta_history
from stageprint.engines.local.files import system_of
from stageprint.engines.local.model import LocalTable, Piece
from stageprint.engines.local.reach import require_options
from stageprint.engines.local.types import read_type
from stageprint.engines.parquet.model import DataFile
from stageprint.errors import OnlySparkError, SourceError
from stageprint.pipeline.source_notes import CountedRows
from stageprint.reasons import reason_of

_TOO_NEW: Final = re.compile(r"[Uu]nsupported|not supported|reader feature|[Mm]in(?:imum)? ?[Rr]eader")
"""What delta-rs says of a table whose protocol it does not know."""


def open_delta(path: str, options: Mapping[str, str]) -> LocalTable:
    """Open a Delta table, in its newest version or in that of the options.

    Raises:
        OnlySparkError: An option is followed by Spark only, or delta-rs does not know the table's protocol.
        SourceError: There is no Delta table, or its log cannot be read.
    """
    require_options("delta", options)
    try:
        version = options.get("versionasof")
        table = DeltaTable(path, version=None if version is None else int(version))
        if "timestampasof" in options:
            table.load_as_version(dt.datetime.fromisoformat(options["timestampasof"]).astimezone(dt.timezone.utc))
        _, bare, before = system_of(path)
        log = read_log(table, f"{before}{bare}")
        schema = pa.schema(table.schema().to_arrow())
    except TableNotFoundError as error:
        message = f"delta source {path!r} does not exist, or is no Delta table"
        raise SourceError(message) from error
    except (DeltaError, OSError, pa.ArrowException, ValueError, VectorError) as error:
        message = f"delta source {path!r} cannot be opened: {reason_of(error)}"
        raise (OnlySparkError if _TOO_NEW.search(str(error)) else SourceError)(message) from error
    wanted = pa.schema([pa.field(field.name, read_type(field.type)) for field in schema])
    rules = replace(RULES, names_by_id=log.mapping.names_by_id)
    pieces: list[Piece] = []
    for file in log.files:
        pieces += parquet_pieces(DataFile(file.path, file.bytes, file.partition, file.deleted), rules)
    rows = [file.rows for file in log.files]
    counted = None
    if None not in rows:
        total = sum(count for count in rows if count is not None)
        counted = CountedRows(total, f"the entries of the Delta log up to version {log.version}")
    return LocalTable(
        wanted,
        tuple(pieces),
        "delta",
        path,
        {name: place for place, name in enumerate(log.partition)},
        version=log.version,
        size=sum(file.bytes for file in log.files),
        files=len(log.files),
        counted=counted,
        mapping=log.mapping,
        history=delta_history(path, log.version),
    )
