"""Finds the tables in a folder, and reads rows of tables that were found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import pyarrow as pa
from pyarrow import fs

from stageprint.config.sources import FILE_FORMATS, Source
from stageprint.engines.local.files import ending, reader_options, system_of
from stageprint.engines.local.model import LocalTable, Tally
from stageprint.engines.local.sources import open_source
from stageprint.engines.parquet.model import SourceColumn
from stageprint.errors import UsageError, did_you_mean
from stageprint.model.result_tables import MANIFESTS, RUNS, TABLE_PROFILES
from stageprint.pipeline.draft.layout import RUN, Place, has_run, names_one_table, templates
from stageprint.pipeline.draft.model import Sample, TableFound

_MAX_FOLDERS: Final = 100_000
"""Folders that are looked through; a path above a whole disk is a mistake."""

_RESULT_TABLES: Final = frozenset({MANIFESTS.name, RUNS.name, TABLE_PROFILES.name})
"""Tables that every store has which ever held a run."""


def find_tables(path: str) -> list[TableFound]:
    """Return the tables in a folder: Delta tables, folders of files, and files.

    Args:
        path: A folder, or a single file.

    Raises:
        UsageError: Nothing is there, or it holds no table.
    """
    system, bare, before = system_of(path)
    root = bare.rstrip("/")
    (info,) = system.get_file_info([root])
    if info.type == fs.FileType.NotFound:
        parent = root.rsplit("/", 1)[0] or "/"
        beside = system.get_file_info(fs.FileSelector(parent, allow_not_found=True))
        hint = did_you_mean(root.rsplit("/", 1)[-1], [one.base_name for one in beside])
        message = f"{path}: expected a folder of tables, a dbt manifest.json or catalog.schema; nothing is there{hint}"
        raise UsageError(message)
    shown = path.rstrip("/") if "://" in path or not before else root
    if info.type == fs.FileType.File:
        places = [_file_place(system, info, root.rsplit("/", 1)[0])]
        shown = shown.rsplit("/", 1)[0] if "/" in shown else "."
    else:
        places = list(_places(system, root))
    found = [place for place in places if place is not None]
    if any(not place.path for place in found):  # the folder itself is a table
        shown, _, name = shown.rpartition("/")
        shown, found = shown or ".", [replace(place, path=f"{name}/{place.path}".rstrip("/")) for place in found]
    if not found:
        message = f"{path}: no Parquet, Delta, CSV, JSON or ORC file is in this folder"
        raise UsageError(message)
    return [
        TableFound(
            one.stage,
            one.table,
            {
                "format": one.format,
                "path": one.path if shown == "." else f"{shown}/{one.path}",
                **({"options": dict(one.options)} if one.options else {}),
            },
            one.runs,
        )
        for one in templates(found)
    ]


class LocalReader:
    """Reads rows of tables whose sources are paths; see `stageprint.pipeline.draft.model.TableReader`."""

    def sample(self, table: TableFound, run: str | None, limit: int, columns: Sequence[str] | None = None) -> Sample:
        """Return at most about `limit` rows, from pieces all over the table."""
        opened = _open(table, run)
        asked = _columns(opened, columns)
        pieces = opened.pieces
        batches: list[pa.RecordBatch] = []
        rows, complete = 0, True
        # First pieces that are spread over the table, then those between.
        step = max(1, len(pieces) // 16)
        order = [at for first in range(step) for at in range(first, len(pieces), step)]
        for at in order:
            for batch in pieces[at].batches(asked, Tally()):
                if rows >= limit:
                    complete = False
                    break
                batches.append(batch.slice(0, limit - rows))
                complete = complete and batch.num_rows <= limit - rows
                rows += batches[-1].num_rows
            if not complete:
                break
        names = [column.name for column in asked]
        if not batches:
            return Sample(pa.table({c.name: pa.array([], c.type) for c in asked}), complete)
        return Sample(pa.Table.from_batches(_alike(batches)).rename_columns(names), complete)

    def batches(self, table: TableFound, run: str | None, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """Yield all rows of some columns."""
        opened = _open(table, run)
        asked = _columns(opened, columns)
        for piece in opened.pieces:
            yield from piece.batches(asked, Tally())


def _open(table: TableFound, run: str | None) -> LocalTable:
    return open_source(Source.model_validate(dict(table.source)), run or "")


def _columns(opened: LocalTable, names: Sequence[str] | None) -> list[SourceColumn]:
    fields = list(opened.schema) if names is None else [opened.schema.field(name) for name in names]
    return [SourceColumn(field.name, field.type, opened.constants.get(field.name)) for field in fields]


def _alike(batches: list[pa.RecordBatch]) -> list[pa.RecordBatch]:
    """Return batches of one schema: texts of some pieces are dictionary-encoded."""
    if all(batch.schema == batches[0].schema for batch in batches):
        return batches
    plain = []
    for batch in batches:
        arrays = [
            column.dictionary_decode() if pa.types.is_dictionary(column.type) else column for column in batch.columns
        ]
        plain.append(pa.record_batch(arrays, batch.schema.names))
    return plain


def _places(system: fs.FileSystem, root: str) -> Iterator[Place]:
    """Yield the tables below a folder: its path relative to it."""
    pending, seen = [root], 0
    while pending:
        folder = pending.pop()
        seen += 1
        if seen > _MAX_FOLDERS:
            message = f"{root}: more than {_MAX_FOLDERS:,} folders are below it; name one further down"
            raise UsageError(message)
        inside = system.get_file_info(fs.FileSelector(folder))
        if any(one.base_name == "_delta_log" for one in inside):
            yield Place(_below(folder, root), "delta")
            continue
        files = [one for one in inside if one.type == fs.FileType.File and _format(one.base_name) is not None]
        files = [one for one in files if not one.base_name.startswith(("_", "."))]
        folders = [
            one.path for one in inside if one.type == fs.FileType.Directory and not one.base_name.startswith((".", "_"))
        ]
        if _is_store(system, folders):
            continue
        partitions = [path for path in folders if "=" in path.rsplit("/", 1)[-1]]
        if folders and len(partitions) == len(folders) and not files:
            yield from _partitioned(system, folder, root, partitions)
            continue
        pending += folders
        yield from _of_files(system, files, folder, root)


def _is_store(system: fs.FileSystem, folders: list[str]) -> bool:
    """Return whether these are the result tables of a store, which are nobody's data."""
    by_name = {path.rsplit("/", 1)[-1]: path for path in folders}
    if not by_name.keys() >= _RESULT_TABLES:
        return False
    logs = system.get_file_info([f"{by_name[name]}/_delta_log" for name in _RESULT_TABLES])
    return all(log.type == fs.FileType.Directory for log in logs)


def _of_files(system: fs.FileSystem, files: list[fs.FileInfo], folder: str, root: str) -> Iterator[Place]:
    by_format: dict[str, list[fs.FileInfo]] = defaultdict(list)
    for file in files:
        by_format[str(_format(file.base_name))].append(file)
    for fmt, some in by_format.items():
        names = [file.base_name for file in some]
        one_table = names_one_table(folder.rsplit("/", 1)[-1], names) and not all(has_run(name) for name in names)
        if one_table and len(by_format) == 1:
            yield Place(_below(folder, root), fmt, reader_options(system, some[0].path), len(some))
        else:
            for file in some:
                place = _file_place(system, file, root)
                if place is not None:
                    yield place


def _partitioned(system: fs.FileSystem, folder: str, root: str, partitions: list[str]) -> Iterator[Place]:
    """Yield a table in partitions: one place a partition where it names the run, else the folder."""
    runs = all(RUN in templates([Place(_below(path, root), "parquet")])[0].path for path in partitions)
    places = partitions if runs else [folder]
    for place in places:
        files = [one for one in system.get_file_info(fs.FileSelector(place, recursive=True)) if _format(one.base_name)]
        formats = {_format(one.base_name) for one in files}
        if len(formats) == 1:
            yield Place(_below(place, root), str(formats.pop()), reader_options(system, files[0].path), len(files))


def _file_place(system: fs.FileSystem, file: fs.FileInfo, root: str) -> Place | None:
    fmt = _format(file.base_name)
    return None if fmt is None else Place(_below(file.path, root), fmt, reader_options(system, file.path))


def _format(name: str) -> str | None:
    return FILE_FORMATS.get(ending(name))


def _below(path: str, root: str) -> str:
    return path[len(root) :].lstrip("/")
