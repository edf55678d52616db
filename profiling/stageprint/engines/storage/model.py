"""What opens the files of an object store or of HDFS, and how their paths are divided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

from stageprint.errors import StageprintError

HERE: Final = ""
"""The root of files on the local file system."""

System = Literal["s3", "azure", "gcs", "hdfs"]


class UnreachableError(StageprintError):
    """Arrow has no file system for a place, or it cannot be given the settings with which Spark reaches it."""


class HadoopSettings(Protocol):
    """Settings by name, as Hadoop has them."""

    def get(self, name: str) -> str | None:
        """Return the value of a setting; None: it is not set."""
        ...

    def secret(self, name: str) -> str | None:
        """Return the value of a setting that holds a secret, which may be in a store of credentials."""
        ...


@dataclass(frozen=True)
class Access:
    """A file system of Arrow and what it is made with; can be pickled, and compared with others.

    Attributes:
        system: Which file system.
        settings: Arguments of Arrow's class, as sorted pairs.
        secrets: Further arguments, which are never shown.
    """

    system: System
    settings: tuple[tuple[str, Any], ...] = ()
    secrets: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, system: System, settings: Mapping[str, Any], secrets: Mapping[str, str | None] | None = None) -> Access:
        """Return the access with those settings and secrets that are not None."""
        given = {name: value for name, value in settings.items() if value is not None}
        hidden = {name: value for name, value in (secrets or {}).items() if value is not None}
        return cls(system, tuple(sorted(given.items())), tuple(sorted(hidden.items())))


Places = Mapping[str, Access]
"""Root of some files, such as ``s3a://bucket`` → how they are reached. Local files need none."""


def local_path(path: str) -> str | None:
    """Return the plain path of a file on the local file system, or None for a file elsewhere."""
    if path.startswith("/"):
        return path
    if path.startswith("file:/"):
        return "/" + path.removeprefix("file:").lstrip("/")
    return None


def root_of(path: str) -> str:
    """Return scheme and authority of a path, such as ``s3a://bucket``; `HERE` for a local file.

    Paths are as Hadoop writes them, without percent-encoding: they may hold characters that a URI may not.
    """
    if local_path(path) is not None or "://" not in path:
        return HERE
    scheme, rest = path.split("://", 1)
    return f"{scheme}://{rest.split('/', 1)[0]}"


def divided(root: str) -> tuple[str, str]:
    """Return scheme, in lower case, and authority of a root."""
    scheme, _, authority = root.partition("://")
    return scheme.lower(), authority


def inside(system: System, path: str) -> str:
    """Return a path as Arrow's file system takes it: bucket and key, container and blob, or a path of HDFS."""
    root = root_of(path)
    rest = path[len(root) :].lstrip("/")
    _, authority = divided(root)
    if system == "hdfs":
        return f"/{rest}"
    if system == "azure":
        authority = authority.split("@", 1)[0]
    return f"{authority}/{rest}" if rest else authority
