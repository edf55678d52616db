"""Makes Arrow's S3 client from the settings of Hadoop's, `fs.s3a.*`.

Source of names, defaults and precedence: Hadoop's documentation of hadoop-aws ("Core settings", "Authentication",
"Configuring different S3 buckets with Per-Bucket Configuration"), versions 3.3 to 3.5.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

from stageprint.engines.storage.model import Access, HadoopSettings, UnreachableError

_PREFIX: Final = "fs.s3a."
_ENCRYPTION: Final = "encryption.algorithm"
_REGION: Final = re.compile(
    r"(?:^|\.)s3[.-](?:dualstack\.)?([a-z]{2}(?:-[a-z]+)+-\d)\.(?:vpce\.)?amazonaws\.com(?:\.cn)?$"
)
_CENTRAL: Final = frozenset({"", "s3.amazonaws.com"})
_NATIVE: Final = re.compile(r"^s3[.-](?:[a-z]{2}(?:-[a-z]+)+-\d\.)?amazonaws\.com(?:\.cn)?$")
"""Endpoints that follow from the region alone."""

_DURATION: Final = re.compile(r"^(\d+)\s*(ms|s|m|h)?$")
_SECONDS: Final[Mapping[str | None, float]] = {None: 0.001, "ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}

_SECRETS: Final = {"access_key": "access.key", "secret_key": "secret.key", "session_token": "session.token"}
"""Argument of Arrow's client → name of the secret."""

_KEYS: Final = "SimpleAWSCredentialsProvider"
_SESSION: Final = "TemporaryAWSCredentialsProvider"
_NOBODY: Final = "AnonymousAWSCredentialsProvider"
_ROLE: Final = "AssumedRoleCredentialProvider"
_ENVIRONMENT: Final = frozenset({"EnvironmentVariableCredentialsProvider"})
_SURROUNDINGS: Final = frozenset(
    {"IAMInstanceCredentialsProvider", "InstanceProfileCredentialsProvider", "EC2ContainerCredentialsProviderWrapper"}
    | {"ContainerCredentialsProvider", "WebIdentityTokenFileCredentialsProvider", "WebIdentityTokenCredentialsProvider"}
    | {"DefaultCredentialsProvider", "DefaultAWSCredentialsProviderChain"}
    | {"ProfileCredentialsProvider", "ProfileAWSCredentialsProvider"}
)
"""Providers that ask what Arrow's client asks by itself: instance, container, web identity, profile."""

_OWN_PACKAGES: Final = ("org.apache.hadoop.fs.s3a.", "software.amazon.awssdk.", "com.amazonaws.")

_REFUSED: Final = (
    ("delegation.token.binding", "delegation tokens"),
    ("accesspoint.arn", "an access point"),
)
_REFUSED_IF_TRUE: Final = (
    ("requester.pays.enabled", "requester pays"),
    ("endpoint.fips", "FIPS endpoints"),
    ("create.session", "S3 Express sessions"),
)


class _OfBucket:
    """The settings of a bucket: its own where there are such, else those for all."""

    def __init__(self, settings: HadoopSettings, bucket: str) -> None:
        self._settings = settings
        self._own = f"{_PREFIX}bucket.{bucket}."

    def get(self, name: str, default: str = "") -> str:
        for full in (f"{self._own}{name}", f"{_PREFIX}{name}"):
            value = (self._settings.get(full) or "").strip()
            if value:
                return value
        return default

    def secret(self, name: str) -> str | None:
        for full in (f"{self._own}{_PREFIX}{name}", f"{self._own}{name}", f"{_PREFIX}{name}"):
            value = (self._settings.secret(full) or "").strip()
            if value:
                return value
        return None

    def is_true(self, name: str, *, default: bool = False) -> bool:
        return self.get(name, "true" if default else "false").lower() == "true"


def s3a_access(bucket: str, settings: HadoopSettings, environment: Mapping[str, str]) -> Access:
    """Return how Arrow's client reaches a bucket with the settings of Hadoop's.

    Args:
        bucket: Its name.
        settings: Hadoop's configuration.
        environment: The environment variables of the driver.

    Returns:
        The access. Without ``region`` the client of a process finds it out.

    Raises:
        UnreachableError: The bucket is reached in a way that Arrow's client does not have; the message says which.
    """
    own = _OfBucket(settings, bucket)
    for name, what in _REFUSED:
        if own.get(name):
            raise _refused(name, what)
    for name, what in _REFUSED_IF_TRUE:
        if own.is_true(name):
            raise _refused(name, what)
    algorithm = own.get(_ENCRYPTION) or own.get("server-side-encryption-algorithm")
    if algorithm.upper() == "SSE-C" or algorithm.upper().startswith("CSE"):
        raise _refused(_ENCRYPTION, algorithm)
    given, secrets = _credentials(own, environment)
    attempts = own.get("attempts.maximum")
    where = _endpoint(own, environment)
    return Access.of(
        "s3",
        {
            **where,
            **given,
            "connect_timeout": _seconds(own.get("connection.establish.timeout")),
            "request_timeout": _seconds(own.get("connection.timeout")),
            "attempts": int(attempts) if attempts.isdigit() and int(attempts) > 0 else None,
        },
        {**secrets, "proxy_options": _proxy(own)},
    )


def _refused(name: str, what: str) -> UnreachableError:
    return UnreachableError(f"{_PREFIX}{name}: Arrow's client for S3 does not have {what}")


def _endpoint(own: _OfBucket, environment: Mapping[str, str]) -> dict[str, Any]:
    endpoint = own.get("endpoint")
    is_safe = own.is_true("connection.ssl.enabled", default=True)
    parts = urlsplit(endpoint if "://" in endpoint else f"//{endpoint}")
    host, scheme = parts.netloc, parts.scheme or ("https" if is_safe else "http")
    said = own.get("endpoint.region")
    found = _REGION.search(host.lower())
    region = said if said and said.lower() != "sdk" else None
    region = region or (found[1] if found else None) or _region_of(environment)
    if host.lower() in _CENTRAL or _NATIVE.match(host.lower()):
        return {"region": region, "scheme": None if scheme == "https" else scheme}
    is_path_style = own.is_true("path.style.access") or _is_address(parts.hostname or "")
    return {
        "region": region or "us-east-1",
        "scheme": scheme,
        "endpoint_override": f"{host}{parts.path.rstrip('/')}",
        "force_virtual_addressing": None if is_path_style else True,
    }


def _region_of(environment: Mapping[str, str]) -> str | None:
    return environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")


def _is_address(host: str) -> bool:
    """Tell whether a host is an IP address, before which no bucket can stand."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _credentials(own: _OfBucket, environment: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str | None]]:
    """Return settings and secrets of the first provider in the list that has credentials, as Hadoop takes it."""
    names = [name for name in re.split(r"[\s,]+", own.get("aws.credentials.provider")) if name]
    keys = {name: own.secret(text) for name, text in _SECRETS.items()}
    has_keys = keys["access_key"] is not None and keys["secret_key"] is not None
    if not names:
        return {}, keys if has_keys else {}
    for full in names:
        name = full.rsplit(".", 1)[-1] if full.startswith(_OWN_PACKAGES) else full
        if has_keys and (name == _KEYS or (name == _SESSION and keys["session_token"] is not None)):
            return {}, {**keys, "session_token": keys["session_token"] if name == _SESSION else None}
        if name == _ROLE:
            return _role(own, environment), {}
        if name in {_NOBODY, *_SURROUNDINGS} or (name in _ENVIRONMENT and "AWS_ACCESS_KEY_ID" in environment):
            return {"anonymous": True} if name == _NOBODY else {}, {}
        if name not in {_SESSION, _KEYS, *_ENVIRONMENT}:
            message = f"{_PREFIX}aws.credentials.provider: {full} is a class of Java, which Arrow's client cannot ask"
            raise UnreachableError(message)
    message = f"{_PREFIX}aws.credentials.provider: none of its providers has credentials"
    raise UnreachableError(message)


def _role(own: _OfBucket, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return the role to assume, with credentials of the surroundings: Arrow's client takes no others for it."""
    for name, what in (("assumed.role.policy", "a policy"), ("assumed.role.sts.endpoint", "an STS endpoint")):
        if own.get(name):
            raise _refused(name, f"{what} for the role that it assumes")
    for full in re.split(r"[\s,]+", own.get("assumed.role.credentials.provider", f"{_OWN_PACKAGES[0]}{_KEYS}")):
        name = full.rsplit(".", 1)[-1] if full.startswith(_OWN_PACKAGES) else full
        if name in _SURROUNDINGS or (name in _ENVIRONMENT and "AWS_ACCESS_KEY_ID" in environment):
            break
        if name not in _ENVIRONMENT and (name != _KEYS or own.secret("access.key")):
            message = (
                f"{_PREFIX}assumed.role.credentials.provider: Arrow's client assumes a role with credentials of the "
                f"environment or the instance only, not with those of {full}"
            )
            raise UnreachableError(message)
    else:
        message = f"{_PREFIX}assumed.role.credentials.provider: none of its providers has credentials"
        raise UnreachableError(message)
    arn = own.get("assumed.role.arn")
    if not arn:
        message = f"{_PREFIX}assumed.role.arn is not set"
        raise UnreachableError(message)
    duration = _seconds(own.get("assumed.role.session.duration"))
    return {
        "role_arn": arn,
        "session_name": own.get("assumed.role.session.name") or None,
        "external_id": own.get("assumed.role.external.id") or None,
        "load_frequency": max(int(duration / 2), 60) if duration else None,
    }


def _proxy(own: _OfBucket) -> str | None:
    host = own.get("proxy.host")
    if not host:
        return None
    is_safe = own.is_true("proxy.ssl.enabled")
    port = own.get("proxy.port") or ("443" if is_safe else "80")
    user, password = own.secret("proxy.username"), own.secret("proxy.password")
    login = f"{quote(user, safe='')}:{quote(password or '', safe='')}@" if user else ""
    return f"{'https' if is_safe else 'http'}://{login}{host}:{port}"


def _seconds(text: str) -> float | None:
    """Return a duration of Hadoop's in seconds: a bare number is milliseconds; None: there is none, or it is 0."""
    found = _DURATION.match(text.strip().lower())
    return (float(found[1]) * _SECONDS[found[2]] or None) if found else None
