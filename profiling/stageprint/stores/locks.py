"""A lock for commits of several processes to a store in a local folder.

Delta's commit protocol needs a file system that creates a file only if it does not exist, atomically. Hadoop's local
file system does not, so two processes could overwrite each other's log entry. Object stores and HDFS need no lock.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlparse

try:
    import fcntl
except ImportError:  # Windows: commits are not serialised across processes there
    fcntl = None  # type: ignore[assignment]


@contextlib.contextmanager
def commit_lock(location: str | None) -> Iterator[None]:
    """Hold the store's lock file while the block runs; does nothing for remote stores and catalogs.

    Args:
        location: The store's path, or None for a catalog.
    """
    folder = _local_folder(location)
    if folder is None or fcntl is None:
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".commit.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _local_folder(location: str | None) -> Path | None:
    if location is None:
        return None
    url = urlparse(location)
    if url.scheme == "file":
        return Path(url.path)
    # Databricks' /dbfs, /Volumes and /Workspace look local and are object stores.
    if url.scheme or location.startswith(("/dbfs/", "/Volumes/", "/Workspace/")):
        return None
    return Path(location)
