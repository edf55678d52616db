"""Makes Arrow's client for Google Cloud Storage from the settings of Hadoop's connector, `fs.gs.*`.

Source of names and values: the connector's CONFIGURATION page, versions 2 to 4, and hadoop-gcp of Hadoop 3.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from stageprint.engines.storage.model import Access, HadoopSettings, UnreachableError

_OLD: Final = "google.cloud.auth."
_NEW: Final = "fs.gs.auth."
_GIVEN: Final = "GOOGLE_APPLICATION_CREDENTIALS"
_DEFAULT_ROOT: Final = "https://storage.googleapis.com"

_FROM_SURROUNDINGS: Final = frozenset({"", "APPLICATION_DEFAULT", "COMPUTE_ENGINE"})


def gcs_access(settings: HadoopSettings, environment: Mapping[str, str]) -> Access:
    """Return how Arrow's client reaches buckets with the settings of Hadoop's connector.

    Args:
        settings: Hadoop's configuration.
        environment: The environment variables of the driver.

    Raises:
        UnreachableError: They are reached in a way that Arrow's client does not have; the message says which.
    """

    def said(name: str) -> str:
        for prefix in ("fs.gs.auth.", _OLD):
            value = (settings.get(f"{prefix}{name}") or "").strip()
            if value:
                return value
        return ""

    given: dict[str, Any] = {"target_service_account": said("impersonation.service.account") or None}
    kind = said("type").upper()
    keyfile = said("service.account.json.keyfile")
    if kind == "UNAUTHENTICATED" or (settings.get(f"{_OLD}null.enable") or "").strip().lower() == "true":
        given["anonymous"] = True
    elif kind == "SERVICE_ACCOUNT_JSON_KEYFILE" or (not kind and keyfile):
        # Arrow's client reads a key file only where this variable names it, on the driver and on every executor.
        if environment.get(_GIVEN) != keyfile:
            message = (
                f"{_NEW}service.account.json.keyfile: Arrow's client takes a key file from {_GIVEN} only; set it to "
                "this file for the driver and in spark.executorEnv"
            )
            raise UnreachableError(message)
    elif kind not in _FROM_SURROUNDINGS:
        message = f"{_NEW}type: Arrow's client does not have {kind}"
        raise UnreachableError(message)
    if settings.get("fs.gs.encryption.key"):
        message = "fs.gs.encryption.key: Arrow's client does not have keys that the client supplies"
        raise UnreachableError(message)
    root = (settings.get("fs.gs.storage.root.url") or _DEFAULT_ROOT).strip().rstrip("/")
    if root != _DEFAULT_ROOT:
        parts = urlsplit(root)
        given |= {"endpoint_override": parts.netloc, "scheme": parts.scheme}
    return Access.of("gcs", given)
