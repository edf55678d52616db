"""How a process reaches places by what its environment says: variables, profiles, the instance it runs on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final
from urllib.parse import urlsplit

from pyarrow import fs

from stageprint.engines.storage.model import HERE, Access, Places, System, UnreachableError, divided, root_of

SYSTEMS: Final[Mapping[str, System]] = {
    **dict.fromkeys(("s3", "s3a", "s3n"), "s3"),
    **dict.fromkeys(("abfs", "abfss"), "azure"),
    **dict.fromkeys(("gs", "gcs"), "gcs"),
    **dict.fromkeys(("hdfs", "viewfs"), "hdfs"),
}
"""Scheme of a URL → Arrow's file system for it."""

_ENDPOINTS: Final = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")


def environment_access(root: str, environment: Mapping[str, str]) -> Access:
    """Return how a root is reached with what the environment gives.

    Args:
        root: Scheme and authority, such as ``s3://bucket``.
        environment: The environment variables.

    Raises:
        UnreachableError: Arrow has no file system for the scheme.
    """
    scheme, authority = divided(root)
    system = SYSTEMS.get(scheme)
    if system is None:
        message = f"Arrow has no client for {scheme}:"
        raise UnreachableError(message)
    return _MAKERS[system](scheme, authority, environment)


def environment_places(paths: Iterable[str], environment: Mapping[str, str]) -> Places:
    """Return how files are reached with what the environment gives; see `environment_access`."""
    roots = {root_of(path) for path in paths} - {HERE}
    return {root: environment_access(root, environment) for root in roots}


def with_region(access: Access, bucket: str) -> Access:
    """Return the access to a bucket of AWS with its region, which is asked for where nobody said it."""
    known = dict(access.settings)
    if access.system != "s3" or known.get("region") or known.get("endpoint_override"):
        return access
    try:
        region = fs.resolve_s3_region(bucket)
    except (OSError, ValueError):  # the client then goes by its own default
        return access
    return Access.of("s3", {**known, "region": region}, dict(access.secrets))


def hdfs_access(scheme: str, authority: str) -> Access:
    """Return how HDFS is reached: where there is no authority, by the default file system of Hadoop's configuration."""
    host, _, port = authority.partition(":")
    where = "default" if not host else f"{scheme}://{host}" if scheme != "hdfs" else host
    return Access.of("hdfs", {"host": where, "port": int(port) if port.isdigit() else 0})


def _s3(_scheme: str, bucket: str, environment: Mapping[str, str]) -> Access:
    endpoint = next((environment[name] for name in _ENDPOINTS if environment.get(name)), "")
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    if not endpoint:
        return with_region(Access.of("s3", {"region": region}), bucket)
    parts = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
    where = f"{parts.netloc}{parts.path.rstrip('/')}"
    return Access.of("s3", {"endpoint_override": where, "scheme": parts.scheme, "region": region or "us-east-1"})


def _azure(_scheme: str, authority: str, environment: Mapping[str, str]) -> Access:
    del environment
    container, _, host = authority.rpartition("@")
    account, _, rest = host.partition(".")
    if not container or not rest:
        message = f"expected abfss://container@account.dfs.core.windows.net/, got {authority}"
        raise UnreachableError(message)
    other = rest.partition(".")[2]
    if other == "core.windows.net":
        return Access.of("azure", {"account_name": account})
    authorities = {f"{name}_storage_authority": f".{name}.{other}" for name in ("dfs", "blob")}
    return Access.of("azure", {"account_name": account, **authorities})


def _gcs(_scheme: str, _authority: str, _environment: Mapping[str, str]) -> Access:
    return Access.of("gcs", {})


def _hdfs(scheme: str, authority: str, _environment: Mapping[str, str]) -> Access:
    return hdfs_access(scheme, authority)


_MAKERS: Final[Mapping[System, Callable[[str, str, Mapping[str, str]], Access]]] = {
    "s3": _s3,
    "azure": _azure,
    "gcs": _gcs,
    "hdfs": _hdfs,
}
