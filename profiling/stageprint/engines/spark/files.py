"""Questions to Hadoop's file system: whether a path exists, how large it is, which runs lie beside it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pyspark.sql import SparkSession

from stageprint.engines.spark.jvm import hadoop_configuration, java_class, jvm_of
from stageprint.errors import UsageError
from stageprint.reasons import plain_path

_DATA_FILE = re.compile(r"^[^_.]")


@dataclass(frozen=True)
class PathFacts:
    """What lies under a path.

    Attributes:
        bytes: Size of the data files in bytes; None: the session gives no access to the file system.
        files: Number of data files; None: as for `bytes`.
        paths: Paths of the data files, with scheme.
        folders: Paths of the folders below the path, hidden ones left out.
        hidden: Names of hidden files and folders, which were left out.
        is_missing: Whether nothing matches the path.
        empty: Paths of the data files that have 0 bytes.
    """

    bytes: int | None
    files: int | None
    paths: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    hidden: tuple[str, ...] = ()
    is_missing: bool = False
    empty: frozenset[str] = frozenset()


def file_system(spark: SparkSession, path: str) -> tuple[Any, Any] | None:
    """Return Hadoop's (FileSystem, Path) for `path`, or None on Spark Connect, which has neither."""
    jvm = jvm_of(spark)
    if jvm is None:
        return None
    hadoop_path = java_class(jvm, "org.apache.hadoop.fs.Path")(path)
    return hadoop_path.getFileSystem(hadoop_configuration(spark)), hadoop_path


def qualified(spark: SparkSession, path: str) -> str:
    """Return the path with its scheme and folder; ``delta.`path` `` in SQL does not accept relative paths."""
    access = file_system(spark, path)
    if access is None:
        return path if "://" in path or path.startswith(("/", "dbfs:")) else str(Path(path).absolute())
    return str(access[0].makeQualified(access[1]).toString())


def delta_identifier(spark: SparkSession, path: str) -> str:
    """Return what SQL calls the Delta table at a path: ``delta.`path` ``, with backticks in the path doubled."""
    escaped = qualified(spark, path).replace("`", "``")
    return f"delta.`{escaped}`"


def exists(spark: SparkSession, path: str) -> bool | None:
    """Tell whether anything matches `path`, which may be a glob; None: the session gives no access to files."""
    access = file_system(spark, path)
    if access is None:
        return None
    found = access[0].globStatus(access[1])
    return found is not None and len(found) > 0


def siblings(spark: SparkSession, path: str) -> list[str]:
    """Return the paths in the parent folder of `path`; empty if that folder is missing too."""
    access = file_system(spark, path)
    if access is None:
        return []
    fs, hadoop_path = access
    parent = hadoop_path.getParent()
    if parent is None or not fs.exists(parent):
        return []
    folder = path.rsplit("/", 1)[0] if "/" in path else "."
    return [f"{folder}/{status.getPath().getName()}" for status in fs.listStatus(parent)]


def file_above(spark: SparkSession, path: str) -> str | None:
    """Return the nearest existing thing above `path` where that is a file, so that nothing can be below it."""
    access = file_system(spark, path)
    if access is None:
        return None
    fs, hadoop_path = access
    parent = hadoop_path.getParent()
    while parent is not None and not fs.exists(parent):
        parent = parent.getParent()
    if parent is None or fs.getFileStatus(parent).isDirectory():
        return None
    return plain_path(str(parent.toString()))


def facts(spark: SparkSession, path: str) -> PathFacts:
    """Return the files and folders under `path`; hidden ones are only named."""
    access = file_system(spark, path)
    if access is None:
        return PathFacts(None, None)
    fs, hadoop_path = access
    total = 0
    paths: list[str] = []
    folders: list[str] = []
    hidden: list[str] = []
    empty: list[str] = []
    pending = [(status, status.getPath().toString()) for status in fs.globStatus(hadoop_path) or []]
    tops = {own for _, own in pending}
    while pending:
        status, own = pending.pop()
        if not status.isDirectory():
            size = int(status.getLen())
            total += size
            paths.append(own)
            if not size:
                empty.append(own)
            continue
        if own not in tops:
            folders.append(own)
        for child in fs.listStatus(status.getPath()):
            found = child.getPath().toString()
            name = found.rsplit("/", 1)[-1]
            if _DATA_FILE.match(name):
                pending.append((child, found))
            else:
                hidden.append(name)
    return PathFacts(total, len(paths), tuple(paths), tuple(folders), tuple(hidden), not tops, frozenset(empty))


def matching_runs(spark: SparkSession, template: str, placeholder: str) -> list[str]:
    """Return the texts that replace `placeholder` in those paths of `template` that exist.

    ``data/{run_id}/flights.csv`` with ``{run_id}`` finds every folder under ``data`` that holds the file.

    Raises:
        UsageError: The session gives no access to files, as on Spark Connect.
    """
    template = template.rstrip("/")
    access = file_system(spark, template.replace(placeholder, "*"))
    if access is None:
        message = f"Spark Connect lists no files, so the runs of {template} are not known; name them with --run"
        raise UsageError(message)
    fs, hadoop_path = access
    # Globs in the template itself stay globs; the first placeholder captures, later ones must repeat it.
    before, *after = template.split(placeholder)
    pattern = glob_to_regex(before) + "(?P<run>[^/]+)" + "(?P=run)".join(glob_to_regex(part) for part in after)
    found = set()
    for status in fs.globStatus(hadoop_path) or []:
        match = re.search(f"{pattern}$", status.getPath().toString())
        if match is not None:
            found.add(match["run"])
    return sorted(found)


def glob_to_regex(text: str) -> str:
    """Return a regular expression for a part of a path with ``*`` and ``?``."""
    # `./data` and `data` are the same folder, and Hadoop returns neither spelling.
    return re.escape(text.removeprefix("./")).replace(r"\*", "[^/]*").replace(r"\?", "[^/]")
