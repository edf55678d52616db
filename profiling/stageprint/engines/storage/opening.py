"""Makes Arrow's file systems, and opens files with them."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

import pyarrow as pa
from pyarrow import fs

from stageprint.engines.storage.model import (
    Access,
    Places,
    System,
    UnreachableError,
    inside,
    local_path,
    root_of,
)
from stageprint.redact import hide_everywhere

_MAX_SYSTEMS: Final = 32
"""File systems that a process keeps, with their connections."""

_RETRY_SECONDS_GCS: Final = 60
"""How long requests to Google's store are repeated; Arrow's default is a quarter of an hour."""

_LIBHDFS: Final = ("ARROW_LIBHDFS_DIR", "HADOOP_HOME")


@lru_cache(maxsize=_MAX_SYSTEMS)
def file_system(access: Access) -> fs.FileSystem:
    """Return the file system of an access; a process makes each once.

    Raises:
        UnreachableError: This Arrow was built without it, or it does not take these settings.
    """
    hide_everywhere(value for _, value in access.secrets)
    try:
        return _MAKERS[access.system]({**dict(access.settings), **dict(access.secrets)})
    except AttributeError as error:
        message = f"this pyarrow ({pa.__version__}) was built without a client for {_NAMES[access.system]}"
        raise UnreachableError(message) from error
    except TypeError as error:
        message = f"this pyarrow ({pa.__version__}) is too old for the settings of {_NAMES[access.system]}: {error}"
        raise UnreachableError(message, own_words="this pyarrow is too old") from error


def open_file(path: str, places: Places) -> Any:
    """Return a file, opened for reading at any place in it.

    Raises:
        UnreachableError: There is no way to it.
        OSError: It cannot be opened.
    """
    local = local_path(path)
    if local is not None:
        return pa.OSFile(local)
    access = places.get(root_of(path))
    if access is None:
        message = f"it is not known how {root_of(path) or path} is reached"
        raise UnreachableError(message)
    return file_system(access).open_input_file(inside(access.system, path))


def _s3(options: dict[str, Any]) -> fs.FileSystem:
    attempts = options.pop("attempts", None)
    if attempts is not None:
        options["retry_strategy"] = fs.AwsStandardS3RetryStrategy(max_attempts=attempts)
    return fs.S3FileSystem(**options)


def _azure(options: dict[str, Any]) -> fs.FileSystem:
    return fs.AzureFileSystem(**options)


def _gcs(options: dict[str, Any]) -> fs.FileSystem:
    return fs.GcsFileSystem(**options, retry_time_limit=dt.timedelta(seconds=_RETRY_SECONDS_GCS))


def _hdfs(options: dict[str, Any]) -> fs.FileSystem:
    # Without its class path libhdfs prints pages of Java's errors before it fails.
    if "CLASSPATH" not in os.environ or not any(name in os.environ for name in _LIBHDFS):
        message = (
            "Arrow reads HDFS through libhdfs, for which this process lacks CLASSPATH (the output of `hadoop classpath "
            f"--glob`) and {' or '.join(_LIBHDFS)}"
        )
        raise UnreachableError(message)
    return fs.HadoopFileSystem(**options)


_MAKERS: Final[Mapping[System, Callable[[dict[str, Any]], fs.FileSystem]]] = {
    "s3": _s3,
    "azure": _azure,
    "gcs": _gcs,
    "hdfs": _hdfs,
}

_NAMES: Final[Mapping[System, str]] = {
    "s3": "S3",
    "azure": "Azure storage",
    "gcs": "Google Cloud Storage",
    "hdfs": "HDFS",
}
