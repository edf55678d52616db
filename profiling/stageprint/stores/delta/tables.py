"""Opens Delta tables; says whether a table is not there or cannot be read."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlparse

from deltalake import DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError

from stageprint.errors import StoreError, plain_reason
from stageprint.stores.delta.errors import reason


def table_uri(location: str, name: str) -> str:
    """Return the URI of a table in the store at a path, relative or absolute, or at a URL."""
    folder = local_folder(location)
    if folder is None:
        return f"{location.rstrip('/')}/{name}"
    return (folder / name).as_uri()


def local_folder(location: str) -> Path | None:
    """Return the folder that a store's location names, as an absolute path; None: it is not in this file system."""
    url = urlparse(location)
    if url.scheme == "file":
        return Path(unquote(url.path))
    if "://" in location:
        return None
    return Path(location).absolute()


def open_table(uri: str, options: Mapping[str, str]) -> DeltaTable | None:
    """Return a Delta table at its latest version, or None if there is none.

    Args:
        uri: URI of the table.
        options: Options of the object store; what they lack is taken from the environment.

    Raises:
        StoreError: There may be a table, but it cannot be opened.
    """
    try:
        return DeltaTable(uri, storage_options=dict(options))
    except TableNotFoundError:
        # delta-rs says the same of a folder that may not be entered.
        _require_access(uri)
        return None
    except (DeltaError, OSError, ValueError) as error:
        message = f"{uri} cannot be read: {reason(error)}"
        raise StoreError(message) from error


def _require_access(uri: str) -> None:
    folder = local_folder(uri)
    if folder is None:
        return
    try:
        list((folder / "_delta_log").iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as refused:
        message = f"{folder} cannot be read: {plain_reason(refused)}"
        raise StoreError(message) from refused
