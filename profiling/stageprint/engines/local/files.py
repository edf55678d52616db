"""Finds the files of a source: a file, a folder with partitions, or a pattern; here or in an object store."""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final
from urllib.parse import unquote

import pyarrow as pa
from pyarrow import fs

from stageprint.engines.storage.environment import environment_access
from stageprint.engines.storage.model import UnreachableError, divided, inside, local_path, root_of
from stageprint.engines.storage.opening import file_system
from stageprint.errors import OnlySparkError, SourceError

_GLOB: Final = re.compile(r"[*?\[{]")
_COMPRESSED: Final = frozenset({".gz", ".bz2", ".lz4", ".zst", ".snappy"})
_SEPARATORS: Final = (",", ";", "\t", "|")
_FIRST_BYTES: Final = 1 << 16
_PARTITION: Final = re.compile(r"([^=/]+)=([^/]*)")
_OPTIONS: Final = {
    ".csv": {"header": "true", "inferSchema": "true"},
    ".tsv": {"header": "true", "inferSchema": "true", "sep": "\t"},
}
"""How files are read whose format is known by their names alone."""

NO_PARTITION: Final = "__HIVE_DEFAULT_PARTITION__"
"""Value of a partition whose column is null."""


@dataclass(frozen=True)
class FoundFile:
    """A data file.

    Attributes:
        path: Path or URI.
        bytes: Its size.
        partition: Name of each partition column → its value as text; None: null.
    """

    path: str
    bytes: int
    partition: dict[str, str | None]


def system_of(path: str) -> tuple[fs.FileSystem, str, str]:
    """Return the file system of a path, the path in it, and what stands before the paths of that file system.

    Raises:
        OnlySparkError: There is no file system for its scheme.
    """
    local = local_path(path)
    if local is None and "://" not in path:
        local = path
    if local is not None:
        return fs.LocalFileSystem(), str(Path(local).absolute()), ""
    root = root_of(path)
    rest = path[len(root) :].lstrip("/")
    try:
        access = environment_access(root, os.environ)
        system = file_system(access)
    except (UnreachableError, pa.ArrowException, OSError, ValueError) as error:
        message = f"{path!r} cannot be reached without Spark: {error}"
        raise OnlySparkError(message) from error
    if access.system == "azure":  # the paths of its file system do not hold the account
        return fs.SubTreeFileSystem(inside("azure", root), system), rest, f"{root}/"
    return system, inside(access.system, path), root[: len(root) - len(divided(root)[1])]


def find_files(path: str) -> list[FoundFile] | None:
    """Return the data files under a path, in the order of their paths; None: nothing is there.

    Files and folders whose names begin with ``_`` or ``.`` are no data, as for Spark.
    """
    system, bare, before = system_of(path)
    tops = list(_matches(system, bare.rstrip("/")))
    if not tops:
        return None
    found = [
        FoundFile(before + info.path, info.size, partition)
        for top in tops
        for info, partition in _data_files(system, top)
    ]
    return sorted(found, key=lambda file: file.path)


def matching_runs(template: str, placeholder: str) -> list[str]:
    """Return the texts that replace `placeholder` in those paths of `template` that exist."""
    system, bare, _ = system_of(template.rstrip("/"))
    before, *after = bare.split(placeholder)
    pattern = re.compile(_regex(before) + "(?P<run>[^/]+)" + "(?P=run)".join(map(_regex, after)))
    paths = (info.path for info in _matches(system, bare.replace(placeholder, "*")))
    return sorted({match["run"] for path in paths if (match := pattern.fullmatch(path)) is not None})


def matching_names(path: str) -> list[tuple[str, str, bool]]:
    """Return (what the ``*`` of a path stands for, the path that matches, whether it is a folder).

    What begins with ``_`` or ``.`` is no data, as for Spark.
    """
    system, bare, scheme = system_of(path.rstrip("/"))
    before, _, after = bare.partition("*")
    pattern = re.compile(f"{_regex(before)}(?P<star>[^/]*){_regex(after)}")
    found = []
    for info in _matches(system, bare):
        match = pattern.fullmatch(info.path)
        if match is not None and not info.path[len(before.rpartition("/")[0]) + 1 :].startswith(("_", ".")):
            found.append((match["star"], scheme + info.path, info.type == fs.FileType.Directory))
    return found


def ending(name: str) -> str:
    """Return the ending of a file's name that says its format, such as ``.csv`` of ``orders.csv.gz``; empty: none."""
    suffixes = [one.lower() for one in PurePosixPath(name).suffixes if one.lower() not in _COMPRESSED]
    return suffixes[-1] if suffixes else ""


def reader_options(system: fs.FileSystem, path: str) -> dict[str, str]:
    """Return how a file is read of which only its name is known.

    CSV has a header, its types are inferred, and its separator is the most frequent one in the first line.

    Args:
        system: The file's file system.
        path: Its path there.
    """
    found = dict(_OPTIONS.get(ending(path), {}))
    if "sep" in found or "header" not in found:
        return found
    try:
        with system.open_input_stream(path) as stream:
            line = stream.read(_FIRST_BYTES).split(b"\n", 1)[0].decode("utf-8", "replace")
    except (OSError, pa.ArrowException):
        return found  # whoever reads it says why
    separator = max(_SEPARATORS, key=line.count)
    return found if separator == "," or line.count(separator) == 0 else {**found, "sep": separator}


def exists(path: str) -> bool:
    """Tell whether anything matches a path, which may be a pattern."""
    system, bare, _ = system_of(path)
    return next(_matches(system, bare.rstrip("/")), None) is not None


def siblings(path: str) -> list[str]:
    """Return the paths beside a path; empty where its folder is missing too."""
    system, bare, _ = system_of(path)
    parent = bare.rstrip("/").rsplit("/", 1)[0] or "/"
    found = system.get_file_info(fs.FileSelector(parent, allow_not_found=True))
    before, slash, _ = path.rstrip("/").rpartition("/")
    return [f"{before}{slash}{info.base_name}" for info in found]


def partition_columns(files: Sequence[FoundFile]) -> list[tuple[pa.Field, list[Any]]]:
    """Return each partition column with its value in each file.

    Types are inferred from all values, as Spark does: whole numbers, decimals, dates, else texts.

    Raises:
        SourceError: Files are at different depths, or under differently named partitions.
    """
    if not files:
        return []
    names = list(files[0].partition)
    other = next((file for file in files if list(file.partition) != names), None)
    if other is not None:
        message = f"its files are in different partitions: {files[0].path} and {other.path}"
        raise SourceError(message)
    return [_typed(name, [file.partition[name] for file in files]) for name in names]


def _typed(name: str, texts: Sequence[str | None]) -> tuple[pa.Field, list[Any]]:
    known = [text for text in texts if text is not None]
    for kind, parse in _PARTITION_TYPES:
        try:
            values = [None if text is None else parse(text) for text in texts]
            pa.array(values, kind)
        except (ValueError, pa.ArrowException, OverflowError):
            continue
        if known:
            return pa.field(name, kind), values
    return pa.field(name, pa.string()), list(texts)


def _whole(text: str) -> int:
    if not re.fullmatch(r"[+-]?\d+", text):
        raise ValueError(text)
    return int(text)


_PARTITION_TYPES: Final[tuple[tuple[pa.DataType, Callable[[str], Any]], ...]] = (
    (pa.int32(), _whole),
    (pa.int64(), _whole),
    (pa.float64(), float),
    (pa.date32(), dt.date.fromisoformat),
)


def _matches(system: fs.FileSystem, path: str) -> Iterator[fs.FileInfo]:
    """Yield the files and folders that a path or pattern names."""
    if not _GLOB.search(path):
        (info,) = system.get_file_info([path])
        if info.type != fs.FileType.NotFound:
            yield info
        return
    base, _, _ = path[: _first_glob(path)].rpartition("/")
    pattern, depth = re.compile(_regex(path)), path.count("/")
    pending = [base or "/"]
    while pending:
        folder = pending.pop()
        for info in system.get_file_info(fs.FileSelector(folder, allow_not_found=True)):
            if info.path.count("/") < depth:
                if info.type == fs.FileType.Directory:
                    pending.append(info.path)
            elif pattern.fullmatch(info.path):
                yield info


def _first_glob(path: str) -> int:
    found = _GLOB.search(path)
    return len(path) if found is None else found.start()


def _data_files(system: fs.FileSystem, top: fs.FileInfo) -> Iterator[tuple[fs.FileInfo, dict[str, str | None]]]:
    if top.type == fs.FileType.File:
        yield top, {}
        return
    pending: list[tuple[str, dict[str, str | None]]] = [(top.path, {})]
    while pending:
        folder, partition = pending.pop()
        for info in system.get_file_info(fs.FileSelector(folder)):
            if info.base_name.startswith(("_", ".")) and "=" not in info.base_name:
                continue
            if info.type == fs.FileType.File:
                yield info, partition
                continue
            match = _PARTITION.fullmatch(info.base_name)
            own = {} if match is None else {unquote(match[1]): _value(match[2])}
            pending.append((info.path, {**partition, **own}))


def _value(text: str) -> str | None:
    return None if text == NO_PARTITION else unquote(text)


def _regex(pattern: str) -> str:
    """Return a regular expression for a pattern of Hadoop's; ``*``, ``?`` and ``[…]`` do not cross folders."""
    made, inside = "", 0
    for character in pattern:
        if character == "{":
            made, inside = made + "(?:", inside + 1
        elif character == "}" and inside:
            made, inside = made + ")", inside - 1
        elif character == "," and inside:
            made += "|"
        elif character in "[]":
            made += character
        else:
            made += {"*": "[^/]*", "?": "[^/]"}.get(character, re.escape(character))
    return made
